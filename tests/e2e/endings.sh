# endings.sh -- how sessions end: timeouts, signals, what they leave behind.
. "${srcdir:-.}/tests/e2e/lib.sh"

cp "$PEER" "$tmp/peer"
start_haild <<EOF
short: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "echo \$\$; exec sleep 1000"]
	user = "$me"
	session-timeout = "1s"
}
stubborn: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c",
	    "trap '' HUP TERM; echo \$\$; while :; do sleep 1000; done"]
	user = "$me"
	session-timeout = "1s"
	kill-grace = "1s"
}
polite: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c",
	    "trap 'echo bye; exit 0' TERM; echo \$\$; read x"]
	user = "$me"
	session-timeout = "1s"
}
builtin: {
	listen = ["127.0.0.1:0"]
	builtin = "echo"
	session-timeout = "1s"
}
leaving: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "sleep 1001 & echo \$!; exit 4"]
	user = "$me"
}
grouped: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "$tmp/peer group sleep 1002; exit 0"]
	user = "$me"
}
nested: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c",
	    "$tmp/peer group sh -c '$tmp/peer group sleep 1003; sleep 1003'"]
	user = "$me"
}
keeping: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c",
	    "sleep 1004 </dev/null >/dev/null 2>&1 & echo \$!"]
	user = "$me"
	leftovers = "keep"
}
escaping: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c",
	    "setsid sleep 1005 </dev/null >/dev/null 2>&1 & sleep 0.2"]
	user = "$me"
}
stopped: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "kill -STOP \$\$"]
	user = "$me"
	session-timeout = "1s"
}
EOF

no_session_left()
{
	[ "$(grep -c ' exit ' "$log")" -ge 5 ]
}

# alive PATTERN: a process with those arguments.
alive()
{
	pgrep -f "^$1\$" >/dev/null
}

pid=$(nc -d 127.0.0.1 "$(port short)")
ok 'session-timeout ends a session' logged \
    "short: .* pid $pid timeout session [1-9][0-9]*\."
ok 'and its process' [ ! -e "/proc/$pid" ]

pid=$(nc -d 127.0.0.1 "$(port stubborn)")
ok 'who ignores TERM is killed after the grace (fault 45)' logged \
    "stubborn: .* pid $pid timeout session [0-9]+\."

text=$(nc -d 127.0.0.1 "$(port polite)" | tail -n 1)
is 'who handles TERM has the grace for it' "$text" bye
ok 'and was timed out all the same' logged 'polite: .* timeout session [1-9][0-9]*\.'

hold_open "$(port builtin)"
ok 'a built-in service has a timeout too' logged \
    'builtin: .* timeout session [1-9][0-9]*\.'
release_all

hold_open "$(port stopped)"
ok 'a stopped program is ended' logged 'stopped: .* timeout session [1-9][0-9]*\.'
release_all

# Fault 21: what a program leaves in its group goes, and the client has EOF.
pid=$(nc -d 127.0.0.1 "$(port leaving)")
ok 'the client has its end at once' logged 'leaving: .* exit 4 '
ok 'the background process is gone' wait_until "[ ! -e /proc/$pid ]"

nc -d 127.0.0.1 "$(port grouped)"
ok 'one in a group of its own is swept' wait_until "! alive 'sleep 1002'"
nc -d 127.0.0.1 "$(port nested)"
ok 'those that it left in turn too' wait_until "! alive 'sleep 1003'"

pid=$(nc -d 127.0.0.1 "$(port keeping)")
nc -d 127.0.0.1 "$(port escaping)"
ok 'the others have ended' wait_until no_session_left
# Another sweep has passed when a later session's leftovers are gone.
nc -d 127.0.0.1 "$(port grouped)"
wait_until "! alive 'sleep 1002'"
ok 'leftovers = "keep" keeps' kill -0 "$pid"
ok 'one that called setsid escapes, as the manual says' alive 'sleep 1005'
kill "$pid"
pkill -f '^sleep 1005$'

stop_haild TERM
is 'nothing keeps it from stopping' "$haild_status" 0
done_testing
