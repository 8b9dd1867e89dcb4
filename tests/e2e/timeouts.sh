# timeouts.sh -- clients who take their time, and more than that (faults 12, 16,
# 19, 44).
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command ip nft socat

# ended SERVICE WORDS: how many sessions of it ended so.
ended()
{
	grep -c "$1: .* pid [0-9]* $2 " "$log"
}

start_haild <<EOF
hello: { listen = ["127.0.0.1:0"] message = "hello\n" }
echo: {
	listen = ["127.0.0.1:0"]
	builtin = "echo"
	start-timeout = "5s"
	idle-timeout = "1s"
	max-sessions = 500
	max-per-source = "none"
}
patient: {
	listen = ["127.0.0.1:0"]
	builtin = "echo"
	start-timeout = "none"
}
chargen: {
	listen = ["127.0.0.1:0"]
	builtin = "chargen"
	idle-timeout = "3s"
}
large: {
	listen = ["127.0.0.1:0"]
	exec = ["/usr/bin/head", "-c", "1000000000", "/dev/zero"]
	user = "$me"
	tcp-keepalive = "2s"
}
EOF

# Fault 12.
hold_open "$(port patient)"
hold_open "$(port echo)" 500
has_sessions 501
# A daemon that takes its time to reap must not take that for theirs.
inject waitid:delay_enter=3000
is '500 are silent: others are served' \
    "$(nc -d 127.0.0.1 "$(port hello)")" hello
ok 'and they are gone when their time is over' \
    wait_until '[ "$(ended echo "timeout start")" = 500 ]' 30
eject
is 'none of them before' "$(sed -n 's/.* timeout start \([0-9]*\)\..*/\1/p' \
    "$log" | awk '$1 < 5' | wc -l)" 0
ok 'without a timeout one may be silent' has_sessions 1
release_all
ok 'its end is no timeout' logged 'patient: .* exit 0 '

# The first byte is enough for a start, and then there is idle-timeout.
mkfifo "$tmp/hold"
exec 8<>"$tmp/hold" # so that nobody sees its end
in_background sh -c "exec nc 127.0.0.1 $(port echo) <'$tmp/hold'" >"$tmp/a"
printf a >&8
ok 'a byte, and then silence' logged 'echo: .* timeout idle '
is 'it was answered' "$(cat "$tmp/a")" a

# Fault 16: who does not read is idle too, and costs no memory meanwhile.
hold_open "$(port chargen)"
rss=$(awk '/^RssAnon/ { print $2 }' "/proc/$(session)/status")
ok "chargen does not grow: $rss kB" [ "$rss" -lt 65536 ]
ok 'and ends' logged 'chargen: .* timeout idle '
is 'its output does not stay in the kernel' \
    "$(ss -Htan state fin-wait-1 "sport = :$(port chargen)")" ''
release_all
in_background socat -u OPEN:/dev/zero "TCP:127.0.0.1:$(port echo)"
ok 'echo, of what is not read' \
    wait_until '[ "$(ended echo "timeout idle")" = 2 ]'
hold_open "$(port large)"
ok 'a program that sends 1 GB to a client that does not read ends by tcp-keepalive' \
    logged 'large: .* (disconnect|signal 13|exit 1) ' 20
release_all
ok 'no child is left' wait_until no_children
stop_haild TERM

# Fault 44: the time of day is no matter.
HAILD_TEST_CLOCK=$tmp/clock
export HAILD_TEST_CLOCK
echo 0 >"$tmp/clock"
plain=$HAILD
HAILD="env LD_PRELOAD=$builddir/tests/e2e/clock.so \
    ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0 \
    $builddir/haild"
start_haild <<EOF
echo: {
	listen = ["127.0.0.1:0"]
	builtin = "echo"
	max-per-source = "none"
	start-timeout = "3s"
	idle-timeout = "3s"
	session-timeout = "1h"
}
EOF
hold_open "$(port echo)"
in_background sh -c "exec nc 127.0.0.1 $(port echo) <'$tmp/hold'" >"$tmp/a"
printf a >&8
wait_until "[ -s '$tmp/a' ]"
echo 86400 >"$tmp/clock"
ok 'a day ahead: a start takes its time all the same' \
    logged 'timeout start ([3-9]|[12][0-9])\.' 20
ok 'and so does silence' logged 'timeout idle ([3-9]|[12][0-9])\.' 20
release_all
echo -86400 >"$tmp/clock"
is 'a day back: served' "$(echo b | nc -N 127.0.0.1 "$(port echo)")" b
stop_haild TERM

# Fault 19, in a network of its own: the client's packets come no more.
net=haild-test-$$
ip netns add "$net" && trap 'cleanup; ip netns delete "$net"' EXIT
ip -n "$net" link set lo up
HAILD="ip netns exec $net $plain"
start_haild <<EOF
stop-timeout = 0
program: {
	listen = ["127.0.0.1:7001"]
	exec = ["/bin/sh", "-c", "echo there; exec sleep 1000"]
	user = "$me"
	tcp-keepalive = "2s"
}
sending: {
	listen = ["127.0.0.1:7002"]
	exec = ["/bin/sh", "-c", "while echo there; do sleep 0.2; done"]
	user = "$me"
	tcp-keepalive = "2s"
}
builtin: {
	listen = ["127.0.0.1:7003"]
	builtin = "echo"
	start-timeout = "none"
	tcp-keepalive = "2s"
}
never: {
	listen = ["127.0.0.1:7004"]
	exec = ["/bin/sh", "-c", "echo there; exec sleep 1000"]
	user = "$me"
	tcp-keepalive = "none"
}
EOF
for p in 7001 7002 7003 7004; do
	in_background ip netns exec "$net" \
	    socat -u "TCP:127.0.0.1:$p" "CREATE:$tmp/from$p"
done
for p in 7001 7002 7004; do
	wait_until "[ -s '$tmp/from$p' ]"
done
has_sessions 4
ip netns exec "$net" nft -f - <<EOF
table inet vanish {
	chain in {
		type filter hook input priority 0;
		tcp dport 7001-7004 drop
	}
}
EOF
ok 'a client vanished: its idle program is ended' \
    logged 'program: .* disconnect ' 20
# A program that writes may see the error before haild does.
ok 'one that sends is too' logged \
    'sending: .* (disconnect|exit [0-9]+|signal 13) ' 20
ok 'and a built-in service' logged 'builtin: .* exit 0 ' 20
is 'but not without tcp-keepalive' "$(sessions | wc -l)" 1
done_testing
