# syslog.sh -- a daemon and its /dev/log, in a mount namespace of their own.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command unshare socat
unshare --mount true 2>/dev/null || skip_all 'needs namespaces'

# The test continues in the namespace, with a /dev/log of its own.
if [ -z "${HAILD_TEST_INSIDE:-}" ]; then
	leave_tmp
	HAILD_TEST_INSIDE=yes
	export HAILD_TEST_INSIDE srcdir builddir HAILD HAIL
	exec unshare --mount --propagation private sh "$0"
fi
own_dev

listen_log()
{
	in_background socat -u UNIX-RECV:/dev/log,mode=666 OPEN:"$tmp/syslog",creat,append
	syslog=$last
	wait_until '[ -S /dev/log ]'
}

listen_log
cat >"$conf" <<EOF
log-facility = "local3"
greeting: { listen = ["$sock"] message = "hello\n" }
cat: {
	listen = ["$tmp/cat"]
	exec = ["/bin/sh", "-c", "printf 'esc \\\\033[31m' >&2; echo >&2"]
	user = "nobody"
}
EOF
# shellcheck disable=SC2086 # HAILD may be a command with arguments
$HAILD -c "$conf" -p "$tmp/pid" >"$log" 2>&1
is 'a daemon starts' $? 0
haild_daemon=$(cat "$tmp/pid")
background="$background $haild_daemon"

in_syslog()
{
	wait_until "grep -aEq -- '$1' '$tmp/syslog'"
}

# RFC 3164: local3 is 19, info is 6: 19 * 8 + 6 = 158; warning is 4.
ok 'the form of RFC 3164' in_syslog \
    "<158>[A-Z][a-z]{2} [ 1-3][0-9] [0-9:]{8} haild\[$haild_daemon\]: haild .* serving"
is 'haild serves' "$(nc -d -U "$sock")" hello
ok 'a session' in_syslog \
    "haild\[$haild_daemon\]: greeting: uid:0 pid [0-9]+ exit 0 [0-9.]+s"
nc -d -U "$tmp/cat"
ok 'standard error of a program, escaped' in_syslog \
    'haild\[[0-9]+\]: cat: stderr: esc \\033\[31m'

# Fault 54: syslog goes away and comes back.
kill "$syslog"
wait "$syslog" 2>/dev/null
rm -f /dev/log
is 'haild serves without syslog' "$(nc -d -U "$sock")" hello
wait_until "[ -z \"\$(ps -o pid= --ppid $haild_daemon | grep -v \"\$(pgrep -f 'haild: logger' -P $haild_daemon)\")\" ]"
: >"$tmp/syslog"
listen_log
nc -d -U "$sock" >/dev/null
ok 'syslog is used again when it is back' in_syslog 'greeting: uid:0 .* exit 0'
ok 'the number of lost messages is logged' in_syslog \
    '<156>.*: [1-9][0-9]* messages? lost, not accepted by syslog'

# messages: what syslog received, one message per line.
messages()
{
	tr '<' '\n' <"$tmp/syslog"
}

# summaries: how many summaries haild has logged.
summaries()
{
	messages | grep -ac ' lost messages$'
}

# lost: the number of messages lost since the start, from a new summary.
lost()
{
	n=$(summaries)
	wait_until "kill -USR1 $haild_daemon; [ \"\$(summaries)\" -gt $n ]"
	messages | sed -n 's/.* \([0-9]*\) lost messages$/\1/p' | tail -n 1
}

# Fault 53: a syslog that does not read.  The size of its queue depends on the
# host, so the number of clients is doubled until messages are lost.
before=$(lost)
after=$before
clients=100
while [ "$after" = "$before" ] && [ $clients -le 3200 ]; do
	kill -STOP "$syslog"
	i=0
	while [ $i -lt $clients ]; do
		[ "$(timeout 10 nc -d -U "$sock")" = hello ] || break
		i=$((i + 1))
	done
	kill -CONT "$syslog"
	is "a stuck syslog delays no client: $clients are served" "$i" $clients
	[ "$i" = $clients ] || break
	clients=$((clients * 2))
	after=$(lost)
done
ok "messages were dropped ($after)" [ "$after" -gt "$before" ]
# The notes before the last summary add up to its number.
is 'all lost messages are counted' "$(messages |
	awk '/ messages? lost, not accepted by syslog$/ { sub(/ messages lost: .*/, "");
		sub(/.*: /, ""); told += $1 }
	    / lost messages$/ { said = told }
	    END { print said }')" "$after"
kill "$haild_daemon"
ok 'haild stops' wait_until "! kill -0 $haild_daemon 2>/dev/null"
ok 'and logs it' in_syslog 'haild\[[0-9]+\]: stopped$'
done_testing
