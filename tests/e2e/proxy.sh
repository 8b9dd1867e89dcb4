# proxy.sh -- behind a proxy: its header, and HAProxy's (faults 13, 22-26).
#
# In a network of its own, so that ports can have numbers: 7001 and so on are
# haild's, 8001 and so on HAProxy's.  127.0.0.9 is where the proxy is.
#
# shellcheck disable=SC2059 # what is sent are formats
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command haproxy ip unshare
if [ "${1:-}" != inside ]; then
	leave_tmp
	exec unshare -n sh "$0" inside
fi
ip link set lo up

start_haild <<EOF
who: {
	listen = ["127.0.0.1:7001"]
	exec = ["/bin/sh", "-c", "echo \$TCPREMOTEIP \$TCPREMOTEPORT \$TCPLOCALIP \$TCPLOCALPORT \$REMOTE_ADDR; exec cat"]
	user = "$me"
	proxy-from = ["127.0.0.9"]
	start-timeout = "3s"
	deny = ["192.0.2.66"]
}
cat: {
	listen = ["127.0.0.1:7002"]
	exec = ["/bin/cat"]
	user = "$me"
	proxy-from = ["127.0.0.9"]
}
echo: {
	listen = ["127.0.0.1:7003", "$sock"]
	builtin = "echo"
	proxy-from = ["127.0.0.9"]
	socket-mode = "0666"
}
message: {
	listen = ["127.0.0.1:7004"]
	message = "hello\n"
	proxy-from = ["127.0.0.9"]
	max-per-source = 1
	busy-message = "busy\n"
}
few: {
	listen = ["127.0.0.1:7005"]
	exec = ["/bin/cat"]
	user = "$me"
	proxy-from = ["127.0.0.9"]
	max-per-source = 1
	deny = ["127.0.0.4"]
	busy-message = "busy\n"
}
EOF
fds=$(descriptors)

# say PORT FORMAT: what is sent by the proxy, and what comes back.
say()
{
	printf "$2" | timeout 20 nc -N -s 127.0.0.9 127.0.0.1 "$1"
}

v1='PROXY TCP4 192.0.2.7 198.51.100.1 4411 7890\r\n'
v2='\r\n\r\n\0\r\nQUIT\n'
v2_end='\300\0\2\7\306\63\144\1\21\73\36\322'

is 'version 1: the program sees the client' "$(say 7001 "$v1")" \
    '192.0.2.7 4411 198.51.100.1 7890 192.0.2.7'
ok 'and so does the log' logged 'who: 192\.0\.2\.7:4411 pid [0-9]+ exit 0 '
is 'version 2' "$(say 7001 "$v2!\21\0\14$v2_end")" \
    '192.0.2.7 4411 198.51.100.1 7890 192.0.2.7'
is 'IPv6, to an IPv4 listener' \
    "$(say 7001 'PROXY TCP6 2001:db8::7 2001:db8::1 1 2\r\n')" \
    '2001:db8::7 1 2001:db8::1 2 2001:db8::7'
is 'UNKNOWN is the proxy' \
    "$(say 7001 'PROXY UNKNOWN whatever\r\n' | sed 's/ .*//')" 127.0.0.9
is 'a datagram of another client is, too' \
    "$(say 7001 "$v2!\22\0\14$v2_end" | sed 's/ .*//')" 127.0.0.9
is 'LOCAL is the proxy, whatever follows' \
    "$(say 7001 "$v2 \21\0\3abcx" | sed 's/^127.0.0.9 .*/proxy/')" 'proxy
x'
wait_until no_children
ok 'and not worth a line' \
    wait_until '[ "$(grep -c "who: 127.0.0.9:" "$log")" = 2 ]'

# Fault 26.
is 'header and payload in one segment' "$(say 7002 "${v1}one\0two\r\n" | od -c)" \
    "$(printf 'one\0two\r\n' | od -c)"
head -c 1000000 /dev/urandom >"$tmp/random"
{ printf "$v2!\21\0\14$v2_end"; cat "$tmp/random"; } |
    nc -N -s 127.0.0.9 127.0.0.1 7002 >"$tmp/back"
ok 'not a byte more is read' cmp -s "$tmp/random" "$tmp/back"
is 'built-in services are behind a proxy too' "$(say 7003 "${v1}x")" x
is 'that read nothing too' "$(say 7004 "$v1")" hello
ok 'with the address in the log' logged 'message: 192\.0\.2\.7:4411 pid '
is 'on a Unix socket there is none' "$(echo x | nc -N -U "$sock")" x

# Fault 23.
{
	printf '%b' "$v1" | od -An -v -to1 | tr -s ' \n' '\n' |
	    while read -r byte; do
		[ -n "$byte" ] || continue
		printf "\\$byte"
		sleep 0.03
	done
	printf 'tail'
} | nc -N -s 127.0.0.9 127.0.0.1 7002 >"$tmp/bytes"
is 'byte by byte' "$(cat "$tmp/bytes")" tail

# Faults 23, 24, 25: nothing is run, and one line says why.
refused()
{
	before=$(grep -c 'refused: proxy' "$log")
	is "no program: $2" "$(say 7001 "$1")" ''
	wait_until "[ \"\$(grep -c 'refused: proxy' '$log')\" -gt $before ]"
	like 'one line' "$(grep 'refused: proxy' "$log" | tail -n +$((before + 1)))" \
	    "who: 127\\.0\\.0\\.9:[0-9]+ refused: proxy: $2\$"
	sleep 0.12 # ten lines a second are logged
}
long=$(printf '%094d' 0)
refused '' 'closed without a header'
refused 'PROXY TCP4 192.0.2.7 198' 'header cut short'
refused "$v2!\21\0\14\300" 'header cut short'
refused 'GET / HTTP/1.0\r\n\r\n' 'no header'
refused "PROXY UNKNOWN$long" 'v1: line too long'
refused 'PROXY TCP4 192.0.2.7 198.51.100.1 1 2\n' 'v1: bad end of line'
refused 'PROXY TCP4 192.0.2.7 198.51.100.1 0123 2\r\n' 'v1: bad port'
refused 'PROXY TCP4 192.0.2.7\0 198.51.100.1 1 2\r\n' 'v1: bad end of line'
refused 'PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n' 'v1: bad address'
refused "$v2!\21\0\13$v2_end" 'v2: addresses cut short'
refused "$v2!\21\0\20$v2_end\4\0\2x" 'v2: TLV cut short'
refused "$v2!\21\377\377$v2_end" 'v2: header too long'
refused "$v2\42\21\0\14$v2_end" 'v2: unknown command'
refused "$v2!\21\0\23$v2_end\3\0\4abcd" 'v2: wrong checksum'
refused '' 'closed without a header'

# Fault 13: a byte now and then makes it no longer.
{
	while printf 'P' 2>/dev/null; do
		printf 'ROXY UNKNOWN '
		sleep 0.3
		for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do printf x; sleep 0.3; done
		break
	done
} | nc -N -s 127.0.0.9 127.0.0.1 7001 >"$tmp/slow"
ok 'a byte now and then' logged 'who: .* refused: proxy: no header in time$'
is 'runs nothing' "$(cat "$tmp/slow")" ''

# Fault 22.
is 'a stranger gets nothing' \
    "$(printf '%b' "$v1" | nc -N -s 127.0.0.5 127.0.0.1 7001)" ''
ok 'and is not asked for a header' \
    logged 'who: 127\.0\.0\.5:[0-9]+ refused: proxy$'
is 'a denied client' \
    "$(say 7001 'PROXY TCP4 192.0.2.66 198.51.100.1 1 2\r\n')" ''
ok 'is denied behind a proxy' logged 'who: 192\.0\.2\.66:1 refused: access$'

# half_a_header: start a client that sends half of a header, and then whatever is
# written to descriptor 8.  Its pid is in $client, that of its session in $reader.
half_a_header()
{
	rm -f "$tmp/hold"
	mkfifo "$tmp/hold"
	nc -N -s 127.0.0.9 127.0.0.1 7002 <"$tmp/hold" >"$tmp/upgraded" &
	client=$!
	exec 8>"$tmp/hold"
	printf 'PROXY TCP4 192.0.2.7' >&8
	reader=$(session)
}

# Who reads it has given up all, and has nothing.
half_a_header
uid=$(id -u "$me")
ok 'the reader of a header has become the user' wait_until \
    "grep -q '^Uid:.$uid.$uid.$uid.$uid\$' '/proc/$reader/status'"
ok 'is out of reach for others of that user' wait_until \
    "[ \"\$(stat -c %U '/proc/$reader/environ')\" = root ]"
# open_in PID: how many descriptors of each kind it has.
open_in()
{
	find "/proc/$1/fd" -mindepth 1 -printf '%l\n' | sed 's/:.*//' | sort |
	    uniq -c | tr -s ' \n' ' '
}
ok 'and has the client, the log and the channel' wait_until \
    "[ \"\$(open_in $reader)\" = ' 1 $tmp/haild.log 1 pipe 3 socket ' ]"

exec 8>&-
wait $client
wait_until no_children

# The upgrade must be complete within the five seconds that a header may take.  A
# busy machine may need longer, so there are five tries.
upgraded_in_time()
{
	for _ in 1 2 3 4 5; do
		half_a_header
		upgrade
		printf ' 198.51.100.1 4412 1\r\nlater' >&8
		exec 8>&-
		wait "$client"
		[ "$(cat "$tmp/upgraded")" != later ] || return 0
		wait_until no_children
	done
	return 1
}
ok 'an upgrade in the middle of a header' upgraded_in_time
ok 'which the next haild logs' logged 'cat: 192\.0\.2\.7:4412 pid [0-9]+ exit 0 '
ok 'nobody is left' wait_until no_children
is 'and no descriptor' "$(descriptors)" "$fds"

# HAProxy.
cat >"$tmp/haproxy.cfg" <<EOF
global
	maxconn 100
defaults
	mode tcp
	timeout connect 5s
	timeout client 20s
	timeout server 20s
listen one
	bind 127.0.0.1:8001
	server haild 127.0.0.1:7001 source 127.0.0.9 send-proxy
listen two
	bind 127.0.0.1:8002
	server haild 127.0.0.1:7001 source 127.0.0.9 send-proxy-v2 proxy-v2-options crc32c,unique-id
listen checked
	bind 127.0.0.1:8003
	server haild 127.0.0.1:7002 source 127.0.0.9 send-proxy-v2 check-send-proxy check inter 200ms
listen few
	bind 127.0.0.1:8005
	server haild 127.0.0.1:7005 source 127.0.0.9 send-proxy
EOF
checks() { grep -c 'cat: 127\.0\.0\.9' "$log"; }
before=$(checks)
in_background haproxy -db -f "$tmp/haproxy.cfg" >"$tmp/haproxy.log" 2>&1
haproxy=$last
wait_until 'ss -Htln "sport = :8005" | grep -q .'
like 'HAProxy, send-proxy: the program sees the client' \
    "$(echo x | nc -N -s 127.0.0.2 127.0.0.1 8001 | tr '\n' ' ')" \
    '^127\.0\.0\.2 [0-9]+ 127\.0\.0\.1 8001 127\.0\.0\.2 x $'
like 'send-proxy-v2' \
    "$(echo x | nc -N -s 127.0.0.3 127.0.0.1 8002 | tr '\n' ' ')" \
    '^127\.0\.0\.3 [0-9]+ 127\.0\.0\.1 8002 127\.0\.0\.3 x $'
ok 'the log too' logged 'who: 127\.0\.0\.3:[0-9]+ pid [0-9]+ exit 0 '
is 'check-send-proxy' "$(echo x | nc -N -s 127.0.0.2 127.0.0.1 8003)" x
is 'health checks are not in the log' "$(checks)" "$before"
is 'access by the client: one is denied' \
    "$(echo x | nc -N -s 127.0.0.4 127.0.0.1 8005)" ''
ok 'and logged' logged 'few: 127\.0\.0\.4:[0-9]+ refused: access$'
mkfifo "$tmp/first"
nc -N -s 127.0.0.2 127.0.0.1 8005 <"$tmp/first" >"$tmp/one" &
client=$!
exec 8>"$tmp/first"
echo one >&8
wait_until "[ -s '$tmp/one' ]"
is 'a limit for each client: the second of one' \
    "$(nc -d -s 127.0.0.2 127.0.0.1 8005)" busy
ok 'is logged' logged 'few: 127\.0\.0\.2:[0-9]+ refused: source limit 1$'
is 'another is served, though the proxy is one' \
    "$(echo two | nc -N -s 127.0.0.3 127.0.0.1 8005)" two
exec 8>&-
wait $client
kill "$haproxy"
ok 'nobody is left behind HAProxy' wait_until no_children
is 'no descriptor either' "$(descriptors)" "$fds"
done_testing
