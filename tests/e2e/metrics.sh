# metrics.sh -- the metrics are what has happened; promtool accepts them and the
# example rules, and a real Prometheus reads them.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command curl promtool prometheus openssl

# For a program that no other user may replace.
control=$tmp/control
mkdir "$control"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 \
    -keyout "$tmp/key.pem" -out "$tmp/cert.pem" -subj /CN=localhost 2>/dev/null
cp "$builddir/haildctl" "$tmp"

start_haild <<END
control = "$control/ctl.sock"
control-group = "nogroup"
exits: { listen = ["127.0.0.1:0"] exec = ["/bin/sh", "-c", "read x; exit \$x"] user = "nobody" }
dies: { listen = ["127.0.0.1:0"] exec = ["/bin/sh", "-c", "kill -9 \$\$"] user = "nobody" }
late: { listen = ["127.0.0.1:0"] exec = ["/bin/sleep", "60"] user = "nobody" session-timeout = "1s" }
denied: { listen = ["127.0.0.1:0"] builtin = "echo" deny = ["127.0.0.1"] }
held: { listen = ["127.0.0.1:0"] builtin = "echo" max-sessions = 2 max-per-source = 2 at-limit = "refuse" }
secure: { listen = ["127.0.0.1:0"] builtin = "echo" tls = true tls-certificate = "$tmp/cert.pem" tls-key = "$tmp/key.pem" }
metrics: { listen = ["127.0.0.1:0"] exec = ["$tmp/haildctl", "-s", "$control/ctl.sock", "metrics", "--http"] user = "nobody" group = "nogroup" }
END

# visit SERVICE [LINE]: one session, to its end.
visit()
{
	printf '%s\n' "${2:-}" | nc -N 127.0.0.1 "$(port "$1")" >/dev/null 2>&1
}
visit exits 0; visit exits 0; visit exits 3
visit dies; visit late
visit denied; visit denied
hold_open "127.0.0.1:$(port held)" 2
visit held
logged 'late: .* timeout session'
logged 'dies: .* signal 9'
wait_until '[ "$(grep -c "exits: .* exit [03]" "$log")" = 3 ]'

metrics()
{
	"$HAILDCTL" -s "$control/ctl.sock" metrics
}
# has NAME VALUE: a sample has a value.
has()
{
	is "$1" "$(awk -v name="$1" '$1 == name { print $2 }' "$tmp/metrics")" "$2"
}
metrics >"$tmp/metrics"
is 'the end of the text' "$(tail -n 1 "$tmp/metrics")" '# EOF'
has 'haild_sessions_total{service="exits",outcome="exit"}' 3
has 'haild_sessions_total{service="dies",outcome="signal"}' 1
has 'haild_sessions_total{service="late",outcome="timeout-session"}' 1
has 'haild_accepted_total{service="exits"}' 3
has 'haild_accepted_total{service="held"}' 2
has 'haild_sessions_active{service="held"}' 2
has 'haild_sessions_active{service="exits"}' 0
has 'haild_sessions_limit{service="held"}' 2
has 'haild_refused_total{service="denied",reason="access"}' 2
has 'haild_session_duration_seconds_count{service="exits"}' 3
has 'haild_session_duration_seconds_bucket{service="late",le="0.5"}' 0
has 'haild_session_duration_seconds_bucket{service="late",le="+Inf"}' 1
has 'haild_service_up{service="secure"}' 1
has 'haild_ready' 1
has "haild_certificate_expiry_timestamp_seconds{service=\"secure\",file=\"$tmp/cert.pem\"}" \
    "$(date -d "$(openssl x509 -in "$tmp/cert.pem" -noout -enddate |
	cut -d = -f 2)" +%s)"
is 'one client of the full service was refused' \
    "$(grep -c '^haild_refused_total{service="held",reason="[^"]*"} 1$' "$tmp/metrics")" 1
is 'no metric has an address of a client' "$(grep -c '127\.0\.0\.1' "$tmp/metrics")" 0
like 'the processor time of sessions' \
    "$(grep '^haild_cpu_seconds_total{service="exits"}' "$tmp/metrics")" \
    ' 0\.[0-9]*[1-9][0-9]*$'

url=http://127.0.0.1:$(port metrics)
curl -s "$url/metrics" >"$tmp/text"
is 'promtool check metrics' "$(promtool check metrics <"$tmp/text" 2>&1)" ''
is 'both forms have the same samples' \
    "$(grep -v '^#' "$tmp/text" | sed 's/[{ ].*//' | sort -u | grep -v _timestamp_)" \
    "$(metrics | grep -v '^#' | sed 's/[{ ].*//' | sort -u | grep -v _timestamp_)"

# noted COMMAND...: its output goes into a file.
noted()
{
	"$@" >>"$tmp/rules.log" 2>&1
}
cp "$srcdir"/etc/examples/*.yml "$tmp"
ok 'promtool check rules' noted promtool check rules "$tmp/haild.rules.yml"
ok 'promtool test rules' noted promtool test rules "$tmp/haild.rules.test.yml"
sed -e "s/127.0.0.1:9117/127.0.0.1:$(port metrics)/" -e 's/: 15s/: 1s/' \
    "$srcdir/etc/examples/prometheus.yml" >"$tmp/prometheus.yml"
ok 'promtool check config' noted promtool check config "$tmp/prometheus.yml"
sed 's/^/# /' "$tmp/rules.log"

# --- Prometheus ---

in_background prometheus --config.file="$tmp/prometheus.yml" \
    --storage.tsdb.path="$tmp/tsdb" --web.listen-address=127.0.0.1:0 \
    2>"$tmp/prometheus.log"
prometheus=$last
# With TLS off, it tells the port.
wait_until 'grep -q "TLS is disabled.*address=127.0.0.1:[1-9]" "$tmp/prometheus.log"' 30
api=http://$(sed -n 's/.*TLS is disabled.*address=\(127[0-9.:]*\).*/\1/p' \
    "$tmp/prometheus.log" | head -n 1)/api/v1

# value EXPRESSION: what Prometheus has.
value()
{
	curl -s --get "$api/query" --data-urlencode "query=$1" |
	    sed -n 's/.*"value":\[[0-9.]*,"\([^"]*\)"\].*/\1/p'
}
ok 'Prometheus gets an answer' wait_until '[ "$(value "up{job=\"haild\"}")" = 1 ]' 30
curl -s "$api/targets" >"$tmp/targets"
like 'the target is up, without an error' "$(cat "$tmp/targets")" \
    '"lastError":"".*"health":"up"'
is 'sessions' "$(value 'haild_sessions_total{service="exits",outcome="exit"}')" 3
is 'refusals' "$(value 'haild_refused_total{service="denied",reason="access"}')" 2
is 'a bucket' "$(value 'haild_session_duration_seconds_bucket{service="late",le="0.5"}')" 0
is 'the type that Prometheus knows' \
    "$(curl -s "$api/metadata?metric=haild_cpu_seconds" | grep -o '"type":"[a-z]*"')" \
    '"type":"counter"'
visit exits 0
ok 'a new session is counted' \
    wait_until "[ \"\$(value 'haild_sessions_total{service=\"exits\",outcome=\"exit\"}')\" = 4 ]" 30
is 'the rules are loaded' \
    "$(curl -s "$api/rules" | grep -o '"name":"Haild[A-Za-z]*"' | sort -u | wc -l)" \
    "$(grep -c alert: "$srcdir/etc/examples/haild.rules.yml")"
kill "$prometheus"
wait "$prometheus" 2>/dev/null
release_all
done_testing
