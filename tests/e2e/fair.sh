# fair.sh -- unless the configuration permits it, one source cannot take all
# sessions of a service or of all services, nor all of a rate (fault 75).
#
# Rates are by the hour: no token comes back while the test runs.
. "${srcdir:-.}/tests/e2e/lib.sh"

newline='
'
greedy=127.0.0.2
other=127.0.0.3

# served FROM PORT N: of N clients from that address at once, how many are.
served()
{
	PEER_FROM=$1 "$PEER" many "$2" "$3" "hello$newline"
}

# announced CLIENT PORT: what a client gets that the proxy announces.
announced()
{
	printf 'PROXY TCP4 %s 198.51.100.1 4411 7890\r\n' "$1" |
	    timeout 30 nc -N -s 127.0.0.9 127.0.0.1 "$2"
}

# --- the rate of a service ---

start_haild <<EOF
waits: { listen = ["127.0.0.1:0"] message = "hello\n" rate = "10/h" }
refuses: { listen = ["127.0.0.1:0"] message = "hello\n" rate = "10/h" at-limit = "refuse" }
one: { listen = ["127.0.0.1:0"] message = "hello\n" rate = "3/m:2" }
all: { listen = ["127.0.0.1:0"] message = "hello\n" rate = "10/h" rate-per-source = "none" at-limit = "refuse" }
proxied: {
	listen = ["127.0.0.1:0"] message = "hello\n" rate = "10/h"
	proxy-from = ["127.0.0.9"]
	deny = ["192.0.2.66"]
}
EOF
for service in waits refuses; do
	port=$(port $service)
	is "$service: one source gets half of the rate" \
	    "$(served $greedy "$port" 50)" 5
	is 'the other half is for others' "$(served $other "$port" 5)" 5
done
ok 'the log says why' logged \
    'waits: 127\.0\.0\.2:[0-9]+ refused: source rate$'
is 'a burst of 2 has one for each' "$(served $greedy "$(port one)" 9)" 1
is 'and one for others' "$(served $other "$(port one)" 1)" 1
is '"none" removes the limit' "$(served $greedy "$(port all)" 50)" 10
is 'which leaves nothing' "$(served $other "$(port all)" 5)" 0

# --- behind a proxy, the source is the client that it announces ---

proxied=$(port proxied)
i=0
while [ $i -lt 20 ]; do
	i=$((i + 1))
	announced 192.0.2.1 "$proxied"
	announced 192.0.2.66 "$proxied"
done >"$tmp/greedy"
is 'a source behind a proxy gets half' "$(grep -c hello "$tmp/greedy")" 5
is 'and takes nothing by being refused' \
    "$(for i in 1 2 3 4 5; do announced 192.0.2.2 "$proxied"; done |
	grep -c hello)" 5
stop_haild

# A check of a proxy that sends nothing and resets, and a false header.
start_haild <<EOF
reset: {
	listen = ["127.0.0.1:0"] message = "hello\n" rate = "1/h"
	proxy-from = ["127.0.0.9"]
}
EOF
reset=$(port reset)
PEER_FROM=127.0.0.9 "$PEER" reset "$reset"
ok 'a check without a header is over' wait_until no_children
printf 'GET / HTTP/1.0\r\n\r\n' | nc -N -s 127.0.0.9 127.0.0.1 "$reset"
ok 'and so is a false header' logged 'reset: .* refused: proxy: '
ok 'its session ends' wait_until no_children
is 'neither takes the only token' "$(announced 192.0.2.2 "$reset")" hello
stop_haild

# --- the sessions of a service ---

start_haild <<EOF
waits: { listen = ["127.0.0.1:0"] exec = ["/bin/cat"] user = "$me" max-sessions = 6 }
refuses: { listen = ["127.0.0.1:0"] exec = ["/bin/cat"] user = "$me" max-sessions = 6 at-limit = "refuse" }
EOF
for service in waits refuses; do
	port=$(port $service)
	hold_from $greedy "$port" 30
	ok "$service: one source gets half of the sessions" has_sessions 3
	is 'the rest is for others' \
	    "$(for i in 1 2 3; do echoed $other "$port"; done | xargs)" 'x x x'
	is 'while the first one is still there' "$(sessions | wc -l)" 3
	release_all
	wait_until no_children
done
ok 'the log says why' logged \
    'waits: 127\.0\.0\.2:[0-9]+ refused: source limit 3$'
stop_haild

# --- all services ---

start_haild <<EOF
max-sessions = 20
a: { listen = ["127.0.0.1:0"] exec = ["/bin/cat"] user = "$me" }
b: { listen = ["127.0.0.1:0"] exec = ["/bin/cat"] user = "$me" }
c: { listen = ["127.0.0.1:0"] exec = ["/bin/cat"] user = "$me" }
d: { listen = ["127.0.0.1:0"] exec = ["/bin/cat"] user = "$me" }
EOF
for service in a b c; do
	hold_from $greedy "$(port $service)" 30
done
ok 'one source gets half of all sessions' has_sessions 10
ok 'the log says why' logged '127\.0\.0\.2:[0-9]+ refused: source limit 10$'
is 'a fourth service serves others' "$(echoed $other "$(port d)")" x
is 'and so does one that the source has filled' \
    "$(echoed $other "$(port a)")" x
release_all
wait_until no_children
stop_haild

# --- a user on a Unix socket, root like any other ---

if [ "$(id -u)" = 0 ]; then
	start_haild <<-EOF
	cat: {
		listen = ["$sock"] socket-mode = "0666"
		exec = ["/bin/cat"] user = "nobody" max-sessions = 2
	}
	EOF
	hold_open "$sock"
	ok 'root has half' has_sessions 1
	is 'and no more' "$(echo x | nc -N -U "$sock")" ''
	ok 'as the log says' logged 'cat: uid:0 refused: source limit 1$'
	is 'another user has the rest' \
	    "$(echo x | setpriv --reuid=65534 --clear-groups nc -N -U "$sock")" x
	release_all
	stop_haild
else
	skip 'users of Unix sockets' 'needs root'
fi

# --- inetd.conf ---

if [ "$(id -u)" = 0 ]; then
	echo "127.0.0.1:7009 stream tcp nowait.10 $me /bin/echo echo hello" \
	    >"$tmp/inetd.conf"
	# shellcheck disable=SC2086 # HAILD may be a command with arguments
	dump=$($HAILD -I "$tmp/inetd.conf" -T)
	like 'a line of inetd.conf has half of its rate for a source' "$dump" \
	    'rate-per-source = "5/m"'
	like 'and half of its sessions' "$dump" '	max-per-source = 32768'
	like 'which is half of all, too' "$dump" '^max-per-source = 32768'
fi

# --- what haild -t says ---

cat >"$conf" <<EOF
x: {
	listen = ["*:7890"]
	message = "hello\n"
	rate = "7/s"
	max-per-source = "none"
	rate-per-source = "7/s"
}
EOF
# shellcheck disable=SC2086 # HAILD may be a command with arguments
warned=$($HAILD -t -c "$conf" 2>&1)
is 'limits that do not protect are no error' $? 0
like 'but -t warns of sessions' "$warned" \
    "$conf:5: one source can take all 256 sessions of service \"x\""
like 'and of the rate' "$warned" \
    "$conf:6: one source can use all of \"rate\" of service \"x\""
# shellcheck disable=SC2086 # HAILD may be a command with arguments
is 'and -T does not' "$($HAILD -T -c "$conf" 2>&1 | grep -c 'one source')" 0
done_testing
