# endings.sh -- how sessions end: timeouts, signals, what they leave behind.
. "${srcdir:-.}/tests/e2e/lib.sh"

cp "$PEER" "$tmp/peer"
# Where programs leave the pids of others.
mkdir -m 1777 "$tmp/pids"
start_haild <<EOF
short: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "echo \$\$; exec sleep 1000"]
	user = "$me"
	session-timeout = "5s"
}
stubborn: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c",
	    "trap '' HUP TERM; echo \$\$; while :; do sleep 1000; done"]
	user = "$me"
	session-timeout = "5s"
	kill-grace = "1s"
}
polite: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c",
	    "trap 'echo bye; exit 0' TERM; echo \$\$; read x"]
	user = "$me"
	session-timeout = "5s"
}
builtin: {
	listen = ["127.0.0.1:0"]
	builtin = "echo"
	session-timeout = "1s"
}
stopped: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "echo \$\$; kill -STOP \$\$"]
	user = "$me"
	session-timeout = "5s"
}
leaving: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "sleep 1000 & echo \$!; exit 4"]
	user = "$me"
}
grouped: {
	listen = ["127.0.0.1:0"]
	exec = ["$tmp/peer", "group", "sleep", "1000"]
	user = "$me"
}
nested: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c",
	    "$tmp/peer group sh -c '$tmp/peer group sleep 1000 >$tmp/pids/inner;
		exec sleep 1000'; until [ -s $tmp/pids/inner ]; do sleep 0.02; done"]
	user = "$me"
}
keeping: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c",
	    "sleep 1000 </dev/null >/dev/null 2>&1 & echo \$!"]
	user = "$me"
	leftovers = "keep"
}
escaping: {
	listen = ["127.0.0.1:0"]
	exec = ["$tmp/peer", "session", "sleep", "1000"]
	user = "$me"
}
EOF

# gone PID: it has ended, and is no zombie either.
gone()
{
	wait_until "[ ! -e '/proc/$1' ]"
}

exits()
{
	grep -c ' exit ' "$log"
}

# milliseconds SERVICE: how long its session took, as the log says.
milliseconds()
{
	sed -n "s/.* $1: .* timeout session \([0-9]*\)\.\([0-9]*\)s.*/\1\2/p" "$log" |
	    sed 's/^0*\([0-9]\)/\1/' | head -n 1
}

# --- timeouts; all of them wait at the same time ---

for service in short stubborn polite stopped; do
	in_background nc -d 127.0.0.1 "$(port $service)" >"$tmp/$service"
	eval "$service=$last"
done
hold_open "$(port builtin)"
ok 'a built-in service has a timeout too' logged \
    'builtin: .* timeout session [1-9][0-9]*\.'
release_all

# shellcheck disable=SC2154 # set by eval
wait "$short" "$stubborn" "$polite" "$stopped"
pid=$(cat "$tmp/short")
ok 'session-timeout ends a session' logged \
    "short: .* pid $pid timeout session [1-9][0-9]*\."
ok 'not before its time' [ "$(milliseconds short)" -ge 5000 ]
ok 'and its process' gone "$pid"

pid=$(cat "$tmp/stubborn")
ok 'a program that ignores TERM is killed after the grace (fault 45)' logged \
    "stubborn: .* pid $pid timeout session [0-9]+\."
ok 'and not sooner' [ "$(milliseconds stubborn)" -ge 6000 ]
ok 'with its process' gone "$pid"

is 'a program that handles TERM has the grace period' "$(tail -n 1 "$tmp/polite")" bye
ok 'and was timed out all the same' logged 'polite: .* timeout session [1-9][0-9]*\.'

pid=$(cat "$tmp/stopped")
ok 'a stopped program is ended' logged \
    "stopped: .* pid $pid timeout session [1-9][0-9]*\."

# --- leftovers ---

# Fault 21: what a program leaves in its group goes, and the client has EOF.
pid=$(nc -d 127.0.0.1 "$(port leaving)")
ok 'the client has its end at once' logged 'leaving: .* exit 4 '
ok 'the background process is gone' gone "$pid"

pid=$(nc -d 127.0.0.1 "$(port grouped)")
ok 'one in a group of its own is swept' gone "$pid"
pid=$(nc -d 127.0.0.1 "$(port nested)")
ok 'one that left another is swept' gone "$pid"
ok 'and that one too' gone "$(cat "$tmp/pids/inner")"

kept=$(nc -d 127.0.0.1 "$(port keeping)")
escaped=$(nc -d 127.0.0.1 "$(port escaping)")
background="$background $kept $escaped"
ok 'the others have ended' wait_until '[ "$(exits)" -ge 5 ]'
# Another sweep has passed when a later session's leftovers are gone.
gone "$(nc -d 127.0.0.1 "$(port grouped)")"
ok 'leftovers = "keep" keeps' kill -0 "$kept"
if has_cgroups; then
	ok 'one that called setsid is found in its cgroup' gone "$escaped"
else
	ok 'one that called setsid escapes, as the manual says' \
	    kill -0 "$escaped"
	kill "$escaped"
fi
kill "$kept"

stop_haild TERM
is 'nothing keeps it from stopping' "$haild_status" 0
done_testing
