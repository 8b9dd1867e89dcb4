# forward_proxy.sh -- "forward-proxy": the PROXY header that haild sends to a target,
# as HAProxy and a program that shows all of it read it, and HAProxy as the proxy
# in front of haild.
#
# In a network of its own, with fixed ports: 7001 and so on are haild's, 8001 and so
# on HAProxy's, 9001 is the program's.  127.0.0.9 is the proxy in front of haild.
#
# shellcheck disable=SC2059 # what is sent are formats
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
PATH=$PATH:/usr/sbin
need_command curl haproxy ip nc openssl perl unshare
own_world
. "$srcdir/tests/e2e/pki.sh"
ip -6 addr add 2001:db8::1/128 dev lo nodad 2>/dev/null

pki_ca root
pki_ca other
pki_cert www root server DNS:www.example.org
pki_cert web1 root client cn='Web One' DNS:web1.example.org
pki_cert injected root client cn="$(printf 'admin\001')" DNS:web2.example.org
pki_cert fake other client cn='Web One' DNS:web1.example.org
pki_self pinned client cn='Web One'
keys=$tmp/identities
echo "backup $(pki_pin pinned)" >"$keys"

in_background perl "$srcdir/tests/e2e/proxy_target.pl" 127.0.0.1:9001 \
    >"$tmp/targets" 2>&1
wait_until "grep -q listening '$tmp/targets'"

start_haild <<END
control = "$tmp/ctl.sock"
forward-proxy = "v2"
user = "$me"
tls-certificate = "$pki/www.pem"
tls-key = "$pki/www.key"
tls-alpn = ["http/1.1"]
socket-mode = "0666"
# From a proxy, to HAProxy and to the program.
haproxy1: {
	listen = ["127.0.0.1:7001"]
	proxy-from = ["127.0.0.9"]
	forward = ["127.0.0.1:8001"]
	forward-proxy = "v1"
}
haproxy2: {
	listen = ["127.0.0.1:7002"]
	proxy-from = ["127.0.0.9"]
	forward = ["127.0.0.1:8001"]
}
shown1: {
	listen = ["127.0.0.1:7003"]
	proxy-from = ["127.0.0.9"]
	start-timeout = "1s"
	deny = ["192.0.2.66"]
	forward = ["127.0.0.1:9001"]
	forward-proxy = "v1"
}
shown2: {
	listen = ["127.0.0.1:7004"]
	proxy-from = ["127.0.0.9"]
	forward = ["127.0.0.1:9001"]
}
# From clients.
clients: {
	listen = ["*:7005", "$sock"]
	forward = ["127.0.0.1:9001"]
}
clients1: {
	listen = ["*:7007"]
	forward = ["127.0.0.1:9001"]
	forward-proxy = "v1"
}
plain: {
	listen = ["127.0.0.1:7008"]
	forward = ["127.0.0.1:8002"]
	forward-proxy = "none"
}
# To another service of this haild.
chained: {
	listen = ["127.0.0.1:7009"]
	forward = ["127.0.0.1:7004"]
	forward-source = "127.0.0.9"
}
# With TLS.
tls: {
	listen = ["127.0.0.1:7011", "$tmp/tls.sock"]
	tls = true
	tls-client = "optional"
	tls-client-ca = "$pki/root.pem"
	forward = ["127.0.0.1:9001"]
}
any: {
	listen = ["127.0.0.1:7012"]
	tls = true
	tls-client = "any"
	tls-client-ca = "$pki/root.pem"
	identities = "$keys"
	forward = ["127.0.0.1:9001"]
}
tlsproxy: {
	listen = ["127.0.0.1:7013"]
	tls = true
	proxy-from = ["127.0.0.9"]
	forward = ["127.0.0.1:9001"]
}
web: {
	listen = ["127.0.0.1:7014"]
	tls = true
	forward = ["127.0.0.1:8001"]
}
END

# HAProxy as the target: 8001 answers with what it has understood.
# As the proxy: 8011 and so on.
cat "$pki/www.pem" "$pki/www.key" >"$tmp/haproxy.pem"
cat >"$tmp/haproxy.cfg" <<END
global
	maxconn 200
	stats socket $tmp/haproxy.sock level admin
defaults
	mode tcp
	timeout connect 20s
	timeout client 20s
	timeout server 20s
	timeout check 20s
	unique-id-format of-haproxy-%rt
frontend target
	bind 127.0.0.1:8001 accept-proxy
	mode http
	http-request return status 200 content-type text/plain lf-string "%[src] %[src_port] %[dst] %[dst_port] proxy=%[fc_rcvd_proxy] authority=%[fc_pp_authority] id=%[fc_pp_unique_id]\n"
frontend bare
	bind 127.0.0.1:8002
	mode http
	http-request return status 200 content-type text/plain lf-string "%[src] proxy=%[fc_rcvd_proxy]\n"
listen v1
	bind 127.0.0.1:8011
	server haild 127.0.0.1:7001 source 127.0.0.9 send-proxy
listen v2
	bind 127.0.0.1:8012
	server haild 127.0.0.1:7002 source 127.0.0.9 send-proxy-v2 proxy-v2-options crc32c,unique-id
listen ssl
	bind 127.0.0.1:8013 ssl crt $tmp/haproxy.pem alpn http/1.1
	server haild 127.0.0.1:7002 source 127.0.0.9 send-proxy-v2-ssl-cn proxy-v2-options crc32c,unique-id,ssl-cipher,cert-sig,cert-key,authority
listen v1v2
	bind 127.0.0.1:8014
	server haild 127.0.0.1:7004 source 127.0.0.9 send-proxy
listen v2v1
	bind 127.0.0.1:8015
	server haild 127.0.0.1:7003 source 127.0.0.9 send-proxy-v2 proxy-v2-options crc32c
listen tls
	bind 127.0.0.1:8016
	server haild 127.0.0.1:7013 source 127.0.0.9 ssl verify none send-proxy-v2
listen checked
	bind 127.0.0.1:8017
	option httpchk
	server one 127.0.0.1:7001 source 127.0.0.9 send-proxy check-send-proxy check inter 100ms
	server two 127.0.0.1:7002 source 127.0.0.9 send-proxy-v2 check-send-proxy check inter 100ms
listen shown
	bind 127.0.0.1:8018
	server plain 127.0.0.1:7004 source 127.0.0.9 send-proxy-v2 check-send-proxy check inter 100ms
	server tls 127.0.0.1:7013 source 127.0.0.9 ssl verify none send-proxy-v2 check-send-proxy check-ssl check inter 20s
END
in_background haproxy -db -f "$tmp/haproxy.cfg" >"$tmp/haproxy.log" 2>&1
haproxy=$last
wait_until 'ss -Htln "sport = :8018" | grep -q .'

# get FROM URL [OPTION...]: what HAProxy answers.
get()
{
	get_from=$1 get_url=$2
	shift 2
	curl -s --max-time 20 --interface "$get_from" "$@" "$get_url"
}

# show FROM PORT: what the program has read.
show()
{
	echo data | timeout 20 nc -N -s "$1" 127.0.0.1 "$2"
}

# say PORT FORMAT: the proxy sends it; what comes back.
say()
{
	printf "$2" | timeout 20 nc -N -s 127.0.0.9 127.0.0.1 "$1"
}

# --- HAProxy on both sides ---

like 'version 1 from HAProxy, version 1 to HAProxy' \
    "$(get 127.0.0.2 http://127.0.0.1:8011/)" \
    '^127\.0\.0\.2 [0-9]+ 127\.0\.0\.1 8011 proxy=1 authority= id=$'
like 'version 2 from HAProxy, version 2 to HAProxy' \
    "$(get 127.0.0.3 http://127.0.0.1:8012/)" \
    '^127\.0\.0\.3 [0-9]+ 127\.0\.0\.1 8012 proxy=1 authority= id=[0-9]+-[0-9]+\.[0-9]{6}$'
like 'TLVs of TLS from HAProxy' \
    "$(get 127.0.0.4 https://www.example.org:8013/ --cacert "$pki/root.pem" \
	--connect-to ::127.0.0.1:)" \
    '^127\.0\.0\.4 [0-9]+ 127\.0\.0\.1 8013 proxy=1 authority= id=[0-9]+-'
ok 'the log has the client and the target' logged \
    'haproxy2: 127\.0\.0\.4:[0-9]+ pid [0-9]+ exit 0 .* to 127\.0\.0\.1:8001$'
like 'version 1 from HAProxy becomes version 2' "$(show 127.0.0.5 8014)" \
    '^ends: 127\.0\.0\.5 [0-9]+ 127\.0\.0\.1 8014$'
like 'version 2 from HAProxy becomes version 1' "$(show 127.0.0.6 8015)" \
    '^v1: PROXY TCP4 127\.0\.0\.6 127\.0\.0\.1 [0-9]+ 8015$'
like 'HAProxy with TLS to haild' "$(show 127.0.0.7 8016)" \
    '^ends: 127\.0\.0\.7 [0-9]+ 127\.0\.0\.1 8016$'
like 'a client with TLS to haild, HAProxy as the target' \
    "$(get 127.0.0.8 https://www.example.org:7014/ --cacert "$pki/root.pem" \
	--connect-to ::127.0.0.1:)" \
    '^127\.0\.0\.8 [0-9]+ 127\.0\.0\.1 7014 proxy=1 authority=www\.example\.org id=[0-9]+-'
is 'without a header' "$(get 127.0.0.2 http://127.0.0.1:7008/)" \
    '127.0.0.1 proxy=0'

# Health checks: HAProxy finds all of them up, and the target learns that the
# proxy is the client.  HAProxy gives up a handshake after "inter".
up()
{
	echo 'show stat' | nc -N -U "$tmp/haproxy.sock" |
	    awk -F, -v name="$1" -v server="$2" '
		$1 == name && $2 == server && $18 == "UP" && $37 != "" {
			found = 1
		}
		END { exit !found }'
}
ok 'a check through version 1' wait_until 'up checked one'
ok 'a check through version 2' wait_until 'up checked two'
ok 'a check of a target' wait_until 'up shown plain'
ok 'a check through TLS' wait_until 'up shown tls'
# A server is up once haild has accepted: the target may get the header later.  After
# this many checks there would be lines of the first ones.
ok 'a check is LOCAL, with and without TLS' wait_until \
    '[ "$(grep -c "^v2: LOCAL UNSPEC\$" "$tmp/targets")" -ge 10 ]'
# HAProxy cuts off its last checks, and there are lines of those.
is 'and no line in the log' \
    "$(grep -E ': (haproxy2|shown2|tlsproxy): 127\.0\.0\.9:' "$log")" ''
kill "$haproxy"
wait "$haproxy" 2>/dev/null

# --- all of a header ---

# shows WHAT TEXT LINE...: TEXT has exactly these lines, as extended regular
# expressions.
shows()
{
	shows_what=$1 shows_text=$2
	shift 2
	like "$shows_what" "$(printf '%s' "$shows_text" | tr '\n' '|')" \
	    "^$(IFS='|'; printf '%s' "$*" | sed 's/|/\\|/g')\$"
}
id='unique-id: [0-9]+-[0-9]+\.[0-9]{6}'
crc='crc32c: right'

shows 'a client of IPv4' "$(show 127.0.0.2 7005)" 'v2: PROXY TCP4' \
    'ends: 127\.0\.0\.2 [0-9]+ 127\.0\.0\.1 7005' "$id" "$crc" 'data: data'
shows 'the same with version 1' "$(show 127.0.0.2 7007)" \
    'v1: PROXY TCP4 127\.0\.0\.2 127\.0\.0\.1 [0-9]+ 7007' 'data: data'
if have_ipv6; then
	shows 'a client of IPv6' "$(echo data | nc -N -s 2001:db8::1 ::1 7005)" \
	    'v2: PROXY TCP6' 'ends: 2001:db8::1 [0-9]+ ::1 7005' \
	    "$id" "$crc" 'data: data'
	shows 'the same with version 1' \
	    "$(echo data | nc -N -s 2001:db8::1 ::1 7007)" \
	    'v1: PROXY TCP6 2001:db8::1 ::1 [0-9]+ 7007' 'data: data'
else
	skip 'a client of IPv6' 'needs IPv6'
fi
shows 'a client of a Unix socket' "$(echo data | nc -N -U "$sock")" \
    'v2: PROXY UNIX' "ends: unnamed $sock" "$id" "$crc" 'data: data'
shows 'a client with a name in the abstract namespace' "$(perl -MSocket -e '
	socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die;
	bind($s, pack_sockaddr_un("\0client")) or die;
	connect($s, pack_sockaddr_un($ARGV[0])) or die;
	syswrite $s, "data\n";
	print while <$s>;' "$sock")" \
    'v2: PROXY UNIX' "ends: @client $sock" "$id" "$crc" 'data: data'
shows 'two services of haild in a row' "$(show 127.0.0.2 7009)" \
    'v2: PROXY TCP4' 'ends: 127\.0\.0\.2 [0-9]+ 127\.0\.0\.1 7009' \
    "$id" "$crc" 'data: data'

# The ID of "haildctl sessions", which is in use while the client is connected.
mkfifo "$tmp/hold"
nc -N -s 127.0.0.2 127.0.0.1 7005 <"$tmp/hold" >"$tmp/held.out" &
holding=$!
exec 8>"$tmp/hold"
has_sessions 1
shown_id=$("$HAILDCTL" -s "$tmp/ctl.sock" sessions clients |
    awk '$2 == "clients" { print $1 }')
echo data >&8
exec 8>&-
wait "$holding"
like 'the unique ID begins with that of haildctl' "$(cat "$tmp/held.out")" \
    "^unique-id: $shown_id-[0-9]+\.[0-9]{6}\$"

# Fault 96.
v2='\r\n\r\n\0\r\nQUIT\n'
v2_end='\300\0\2\7\306\63\144\1\21\73\36\322'
shows 'UNKNOWN stays unknown: version 1' \
    "$(say 7003 'PROXY UNKNOWN\r\ndata\n')" 'v1: PROXY UNKNOWN' 'data: data'
shows 'UNKNOWN stays unknown: version 2' \
    "$(say 7004 'PROXY UNKNOWN 1.2.3.4 x\r\ndata\n')" 'v2: PROXY UNSPEC' \
    'ends: none' "$id" "$crc" 'data: data'
shows "a client of the proxy's Unix socket is unknown" \
    "$(say 7004 "$v2!1\0\330$(printf '\\0%.0s' $(seq 216))data\n")" \
    'v2: PROXY UNSPEC' 'ends: none' "$id" "$crc" 'data: data'
shows 'LOCAL stays local' "$(say 7004 "$v2 \21\0\3abcdata\n")" \
    'v2: LOCAL UNSPEC' 'ends: none' 'data: data'
shows 'LOCAL is unknown in version 1' "$(say 7003 "$v2 \0\0\0data\n")" \
    'v1: PROXY UNKNOWN' 'data: data'
shows 'the addresses are those of the header' \
    "$(say 7003 'PROXY TCP6 2001:db8::7 2001:DB8::8 1 65535\r\ndata\n')" \
    'v1: PROXY TCP6 2001:db8::7 2001:db8::8 1 65535' 'data: data'
shows 'the TLVs of the header are not passed on' \
    "$(say 7004 "$v2!\21\0\26$v2_end\2\0\7fakednsdata\n")" 'v2: PROXY TCP4' \
    'ends: 192\.0\.2\.7 4411 198\.51\.100\.1 7890' "$id" "$crc" 'data: data'
shows 'nor is a second header read' \
    "$(say 7003 'PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\nPROXY TCP4 192.0.2.9 192.0.2.8 1 2\r\n')" \
    'v1: PROXY TCP4 192\.0\.2\.7 192\.0\.2\.8 1 2' \
    "data: PROXY TCP4 192\\.0\\.2\\.9 192\\.0\\.2\\.8 1 2$(printf '\r')"

# --- TLS ---

# tls NAME PORT [OPTION...]: a client with the certificate of NAME; "-": none.
tls()
{
	tls_name=$1 tls_port=$2
	shift 2
	[ "$tls_name" = - ] || set -- -cert "$pki/$tls_name.pem" \
	    -key "$pki/$tls_name.key" "$@"
	{ echo data; cat "$tmp/never"; } |
	    timeout 20 openssl s_client -quiet -verify_quiet \
		-CAfile "$pki/root.pem" -connect "127.0.0.1:$tls_port" "$@" \
		2>>"$tmp/client.err"
}
: >"$tmp/never"
cipher='version TLSv1\.3 cipher TLS_[A-Z0-9_]+'
ends='ends: 127\.0\.0\.1 [0-9]+ 127\.0\.0\.1'

shows 'a client without a certificate' \
    "$(tls - 7011 -servername www.example.org -alpn http/1.1)" \
    'v2: PROXY TCP4' "$ends 7011" 'alpn: http/1\.1' \
    'authority: www\.example\.org' "$id" "ssl: client 1 verify 1 $cipher" \
    "$crc" 'data: data'
shows 'a certificate of the CA' "$(tls web1 7011 -noservername)" \
    'v2: PROXY TCP4' "$ends 7011" "$id" \
    "ssl: client 7 verify 0 $cipher cn Web One" \
    'identity: web1\.example\.org' "$crc" 'data: data'
shows 'a common name with a control character is not sent' \
    "$(tls injected 7011 -noservername)" 'v2: PROXY TCP4' "$ends 7011" "$id" \
    "ssl: client 7 verify 0 $cipher" 'identity: web2\.example\.org' "$crc" \
    'data: data'
shows 'a certificate that is not verified' "$(tls fake 7012 -noservername)" \
    'v2: PROXY TCP4' "$ends 7012" "$id" "ssl: client 7 verify 1 $cipher" \
    "$crc" 'data: data'
shows 'a pin: no name of its certificate' "$(tls pinned 7012 -noservername)" \
    'v2: PROXY TCP4' "$ends 7012" "$id" "ssl: client 7 verify 0 $cipher" \
    'identity: backup' "$crc" 'data: data'
shows 'a certificate of the CA, where any key is admitted' \
    "$(tls web1 7012 -noservername)" 'v2: PROXY TCP4' "$ends 7012" "$id" \
    "ssl: client 7 verify 0 $cipher cn Web One" \
    'identity: web1\.example\.org' "$crc" 'data: data'
shows 'TLS on a Unix socket' "$({ echo data; cat "$tmp/never"; } |
	timeout 20 openssl s_client -quiet -verify_quiet -noservername \
	    -CAfile "$pki/root.pem" -unix "$tmp/tls.sock" 2>>"$tmp/client.err")" \
    'v2: PROXY UNIX' "ends: unnamed $tmp/tls.sock" "$id" \
    "ssl: client 1 verify 1 $cipher" "$crc" 'data: data'

# --- bad input: no target is reached ---

reached=$(wc -l <"$tmp/targets")
refused()
{
	is "no answer: $2" "$(say 7003 "$1")" ''
	ok "refused: $2" logged "shown1: 127\\.0\\.0\\.9:[0-9]+ refused: proxy: $2\$"
}
# A client that sends nothing, and one that sends half of a header.
mkfifo "$tmp/silent"
nc -N -s 127.0.0.9 127.0.0.1 7003 <"$tmp/silent" >"$tmp/silent.out" &
silent=$!
exec 8>"$tmp/silent"
has_sessions 1
shows 'another client is served meanwhile' "$(show 127.0.0.2 7005)" \
    'v2: PROXY TCP4' "ends: .*" "$id" "$crc" 'data: data'
ok 'a client that sends nothing' logged \
    'shown1: 127\.0\.0\.9:[0-9]+ refused: proxy: no header in time$'
ok 'is disconnected' wait_until no_children
exec 8>&-
wait "$silent"
is 'and gets nothing' "$(cat "$tmp/silent.out")" ''
refused '' 'closed without a header'
refused 'PROXY TCP4 192.0.2.7 198' 'header cut short'
refused 'GET / HTTP/1.0\r\n\r\n' 'no header'
refused 'PROXY TCP4 192.0.2.7 198.51.100.1 1 2\n' 'v1: bad end of line'
refused "$v2!\21\0\20$v2_end\4\0\2x" 'v2: TLV cut short'
refused "$v2!\21\0\23$v2_end\3\0\4abcd" 'v2: wrong checksum'
refused "$v2!\21\377\377$v2_end" 'v2: header too long'
is 'a client that is denied' \
    "$(say 7003 'PROXY TCP4 192.0.2.66 198.51.100.1 1 2\r\ndata\n')" ''
ok 'is logged' logged 'shown1: 192\.0\.2\.66:1 refused: access$'
is 'a client that is no proxy' "$(show 127.0.0.5 7003)" ''
ok 'is logged, too' logged 'shown1: 127\.0\.0\.5:[0-9]+ refused: proxy$'
is 'the target has seen only the client that was served' \
    "$(wc -l <"$tmp/targets")" $((reached + 1))
ok 'no session is left' wait_until no_children
stop_haild

# --- the example of the manual ---

awk '/^\.\\" forward_proxy\.sh/ { on = 1; next }
on && /^\.Ed/ { exit }
on && !/^\.Bd/ { print }' "$srcdir/man/haild.conf.5" | sed 's/\\(dq/"/g' >"$tmp/example"
sed -e "s|/etc/ssl/www\.pem|$pki/www.pem|" \
    -e "s|/etc/ssl/private/www\.key|$pki/www.key|" \
    -e "s|127\.0\.0\.1:8080|127.0.0.1:8001|" "$tmp/example" >"$tmp/changed"
is 'the example has what the test replaces' "$(grep -c "$pki\|127.0.0.1:8001" "$tmp/changed")" 3
start_haild <"$tmp/changed"
in_background haproxy -db -f "$tmp/haproxy.cfg" >"$tmp/haproxy.log" 2>&1
wait_until 'ss -Htln "sport = :8018" | grep -q .'
like 'the example of the manual, with HAProxy as the target' \
    "$(get 127.0.0.2 https://www.example.org/ --cacert "$pki/root.pem" \
	--connect-to ::127.0.0.1:)" \
    '^127\.0\.0\.2 [0-9]+ 127\.0\.0\.1 443 proxy=1 authority=www\.example\.org id=[0-9]+-'
done_testing
