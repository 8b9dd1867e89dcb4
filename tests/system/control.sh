# control.sh -- haildctl with the package as installed: what root, the members of
# control-group and other users may do; the log in JSON; metrics and health.
# slow
. "${srcdir:-.}/tests/system/lib.sh"
session=

# ask COMMAND...: what haildctl prints is in $out, its status in $status.
as=
ask()
{
	# shellcheck disable=SC2086 # a command
	out=$($as haildctl "$@" 2>&1 </dev/null)
	status=$?
}

# json EXPRESSION <JSON: of the value "d", in Python.
json()
{
	python3 -c 'import json, sys
d = json.load(sys.stdin)
print(eval(sys.argv[1]))' "$1"
}

# id_of SERVICE: the ID of its only session.
id_of()
{
	haildctl -j sessions "$1" | json 'd["sessions"][0]["id"]'
}

in_journal()
{
	wait_until "journalctl -u haild -o cat | grep -Eq -- '$1'"
}

install_packages haild hail
service_conf cat <<END
control-group = "haild-control"
cat: { listen = ["127.0.0.1:7881"] exec = ["/bin/cat"] user = "nobody" }
none: {
	listen = ["127.0.0.1:7882"]
	exec = ["/bin/cat"]
	user = "nobody"
	deny = ["127.0.0.0/8"]
}
END
systemctl reload haild
useradd looker -G haild-control
useradd other

# --- what root may do ---

is 'the socket' "$(stat -c '%F %U %G %a' /run/haild/control.sock)" \
    'socket root haild-control 660'
ask status
like 'status' "$status $out" '^0 haild 0[0-9.]+: serving, pid [0-9]+'
like 'with each service' "$out" '^cat '
ask -j status
is 'status as JSON' "$(echo "$out" | json 'd["haild"]["pid"]')" "$(main_pid)"
hold_open 7881
ok 'a session' wait_until 'session=$(pgrep -u nobody -x cat)'
ask sessions cat
like 'sessions' "$status $out" "127\\.0\\.0\\.1:[0-9]+ .*nobody +$session "
ask sources cat
like 'sources' "$status $out" '127\.0\.0\.1'
ask explain cat 127.0.0.1
like 'explain: a client that is served' "$status $out" '^0 served'
ask explain none 127.0.0.1
like 'and one that is refused, by which line' "$status $out" \
    '^9 refused: access .*/etc/haild/conf.d/cat.conf:7'
ask kill "$(id_of cat)"
is 'kill' "$status $out" '0 ending 1 session'
ok 'it has ended' ends "$session"
ok 'as the journal says' in_journal \
    'cat: .* killed by admin [0-9.]+s cpu [0-9.]+s'
release_all
ask kill 999999
is 'kill a session that has ended' "$status" 3
ask drain cat
is 'drain' "$status" 0
ok 'clients are refused' sh -c '! nc -z 127.0.0.1 7881'
ok 'the status of the unit tells' wait_until \
    'systemctl show -P StatusText haild | grep -q "; drained: cat$"'
ask resume cat
is 'resume' "$status" 0
is 'clients are served' "$(echo x | nc -N 127.0.0.1 7881)" x
ask log debug
is 'log' "$status $out" '0 log level: debug'
ask log info
ask sessions holt
is 'a service that does not exist' "$status" 3
ask fly
is 'a command that does not exist' "$status" 2

# --- what others may do ---

as='setpriv --reuid=looker --regid=looker --init-groups'
ask status
like 'a member of control-group may look' "$status $out" '^0 haild '
ask sessions
is 'at sessions, too' "$status" 0
hold_open 7881
wait_until 'session=$(pgrep -u nobody -x cat)'
for command in 'kill --service cat' 'drain cat' reload upgrade stop 'log debug'
do
	# shellcheck disable=SC2086 # a command and its arguments
	ask $command
	like "but not act: $command" "$status $out" \
	    '^4 haildctl: only root and the user of haild may do '
done
ok 'the session goes on' kill -0 "$session"
ok 'and the service' nc -z 127.0.0.1 7881
as='setpriv --reuid=other --regid=other --init-groups'
ask status
is 'another user is refused' "$status $out" "4 haildctl: \
cannot connect to /run/haild/control.sock: permission denied; only root, the user \
of haild and members of control-group may connect"
# Its processes read what clients send.
as='setpriv --reuid=haild --regid=haild --clear-groups'
ask status
is 'so is the user "haild", which the daemon does not run as' "$status" 4
as=
release_all

# --- the log in JSON ---

service_conf json <<END
log-format = "json"
END
systemctl restart haild
echo x | nc -N 127.0.0.1 7881 >"$tmp/echo"
nc -d 127.0.0.1 7882
# Each message of the daemon's present process, as one line.
lines()
{
	journalctl -o cat "_PID=$(main_pid)" | grep "^{"
}
ok 'the log in JSON reaches the journal' wait_until 'lines | grep -q "\"refused\""'
is 'all lines of the daemon are JSON' "$(journalctl -o cat \
    "_PID=$(main_pid)" | grep -v '^{')" ''
lines | python3 -c '
import json, sys
for line in sys.stdin:
    e = json.loads(line)
    if e.get("event") == "session-end" and e.get("service") == "cat":
        print(e["outcome"], e["status"], e["cpu"] >= 0, e["duration"] > 0)
    elif e.get("event") == "refused":
        print(e["service"], e["reason"])
' >"$tmp/events" 2>&1
like 'a parser finds the session and the refused client' \
    "$(tr '\n' ' ' <"$tmp/events")" '^exit 0 True True none access '
is 'the priority is not part of the line' "$(journalctl -o json \
    "_PID=$(main_pid)" | python3 -c '
import json, sys
print(sorted({(json.loads(e["MESSAGE"])["level"], e["PRIORITY"])
    for e in map(json.loads, sys.stdin) if "session-end" in e["MESSAGE"]}))')" \
    "[('info', '6')]"
rm /etc/haild/conf.d/json.conf
systemctl restart haild

# --- metrics and health ---

cp /usr/share/doc/haild/examples/haild-metrics.conf /etc/haild/conf.d/
sed -i /control-group/d /etc/haild/conf.d/cat.conf
ok 'the example of metrics can be loaded' systemctl reload haild
is 'no service is out of service' "$(haildctl -j status |
    json '[s["name"] for s in d["services"] if s["state"] == "out"]')" '[]'
echo x | nc -N 127.0.0.1 7881 >"$tmp/echo"
ok 'metrics over HTTP' wait_until 'curl -s http://127.0.0.1:9117/metrics |
    grep -qx "haild_sessions_total{service=\"cat\",outcome=\"exit\"} 1"'
curl -s -H 'Accept: application/openmetrics-text' \
    http://127.0.0.1:9117/metrics >"$tmp/metrics"
is 'OpenMetrics is complete' "$(tail -n 1 "$tmp/metrics")" '# EOF'
is 'another path' "$(curl -s -o "$tmp/page" -w '%{http_code}' \
    http://127.0.0.1:9117/x)" 404
is 'health' "$(curl -s -w ' %{http_code}' http://127.0.0.1:9118/ |
    tr -d '\n')" 'ready 200'
ask drain cat
is 'with one service drained it is still ready' \
    "$(curl -s http://127.0.0.1:9118/)" ready
ask resume cat

# --- a stop with drain-delay ---

service_conf delay <<END
drain-delay = "8s"
END
systemctl reload haild
pid=$(main_pid)
in_background systemctl stop haild
stopping=$last
ok 'a stop: health fails while clients are served' wait_until \
    '[ "$(curl -s -o /dev/null -w "%{http_code}" http://127.0.0.1:9118/)" = 503 ]' 7
is 'clients are served' "$(echo x | nc -N 127.0.0.1 7881)" x
like 'status tells' "$(haildctl status | head -n 1)" ': draining'
is 'systemd waits' "$(systemctl is-active haild)" deactivating
ok 'systemctl returns' ends "$stopping" 20
ok 'haild has ended' ends "$pid"
is 'the result' "$(systemctl show -P Result -P ActiveState haild |
    tr '\n' ' ')" 'success inactive '

# A delay that is longer than systemd allows for a stop.
mkdir -p /etc/systemd/system/haild.service.d
printf '[Service]\nTimeoutStopSec=2\n' \
    >/etc/systemd/system/haild.service.d/stop.conf
systemctl daemon-reload
systemctl start haild
ok 'a delay above TimeoutStopSec' systemctl stop haild
is 'haild has asked for more time' "$(systemctl show -P Result haild)" success
ok 'and ended by itself' in_journal 'stopping: [0-9]+ sessions? open'

# --- haildctl stop ---

rm /etc/haild/conf.d/delay.conf
systemctl start haild
pid=$(main_pid)
ask stop
is 'haildctl stop' "$status" 0
ok 'haild has ended' ends "$pid"
ok 'systemd has noticed' wait_until \
    '[ "$(systemctl show -P ActiveState haild)" = inactive ]'
is 'it has not started it again, and sees no failure' \
    "$(systemctl show -P Result haild) $(systemctl show -P NRestarts haild)" \
    'success 0'
ok 'nothing is left in /run/haild' [ ! -e /run/haild/control.sock ]
ask status
is 'no daemon' "$status $out" '5 haildctl: cannot connect to /run/haild/control.sock: the socket does not exist; haild is not running, or "control" names another socket'
done_testing
