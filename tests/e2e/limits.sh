# limits.sh -- max-sessions, for a service and in all, and what happens there.
. "${srcdir:-.}/tests/e2e/lib.sh"

start_haild <<EOF
max-sessions = 5
max-per-source = "none"
refusing: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/cat"]
	user = "$me"
	max-sessions = 2
	max-per-source = "none"
	at-limit = "refuse"
}
waiting: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/cat"]
	user = "$me"
	max-sessions = 1
}
message: { listen = ["127.0.0.1:0"] message = "hello\n" at-limit = "refuse" }
EOF

refusing=$(port refusing)
hold_open "$refusing" 2
ok 'two sessions of two' has_sessions 2
is 'the third is refused' "$(echo x | nc -N 127.0.0.1 "$refusing")" ''
ok 'with the reason in the log' logged \
    'refusing: 127\.0\.0\.1:[0-9]+ refused: service limit 2$'

waiting=$(port waiting)
hold_open "$waiting"
ok 'one session of one' has_sessions 3
echo patient | nc -N 127.0.0.1 "$waiting" >"$tmp/patient" &
patient=$!
is 'another service has room' "$(nc -d 127.0.0.1 "$(port message)")" hello
is 'the second waits in the queue' "$(cat "$tmp/patient")" ''
release_all
wait $patient
is 'and is served when there is room' "$(cat "$tmp/patient")" patient
ok 'all are gone' wait_until no_children

# The total: two, one, and two that a message leaves lingering.
hold_open "$refusing" 2
hold_open "$waiting" 1
hold_open "$(port message)" 2
has_sessions 5
is 'the sixth of all is refused' "$(nc -d 127.0.0.1 "$(port message)")" ''
ok 'for the total' logged 'message: .* refused: total limit 5$'
release_all

wait_until no_children 30

# Refusals are logged at a bounded rate, and the rest is counted (fault 56).
hold_open "$refusing" 2
has_sessions 2
before=$(grep -c ' refused: service limit 2$' "$log")
"$PEER" many "$refusing" 200 >"$tmp/many"
ok 'what was left out is counted' logged '[0-9]+ more refusals not logged: [0-9]+ service limit$'
told()
{
	lines=$(($(grep -c ' refused: service limit 2$' "$log") - before))
	sed -n 's/.* \([0-9]*\) more refusals not logged: .*/\1/p' "$log" |
	    awk -v n="$lines" '{ n += $1 } END { print n }'
}
ok 'none is forgotten' wait_until '[ "$(told)" = 200 ]'
# 10 a second, of which the log's second may see the end of one and another.
most=$(most_a_second ' refused: ')
ok "few lines say so (at most $most a second)" [ "$most" -le 20 ]
release_all
stop_haild TERM

# Many who wait for one service do not keep others from the slots of all.
start_haild <<EOF
max-sessions = 2
max-per-source = "none"
crowded: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "sleep 0.02; echo crowded"]
	user = "$me"
}
lonely: { listen = ["127.0.0.1:0"] message = "lonely\\n" }
EOF
floods=
newline='
'
for i in 1 2 3 4 5 6 7 8 9 10; do
	"$PEER" flood "$(port crowded)" 60 "crowded$newline" >/dev/null &
	floods="$floods $!"
done
wait_until "[ \"\$(grep -c 'crowded: .* exit 0' '$log')\" -ge 20 ]"
is 'the one client of another service has its turn' \
    "$(nc -d 127.0.0.1 "$(port lonely)")" lonely
# shellcheck disable=SC2086 # a list
ok 'while the crowd is still there' kill -0 $floods
for i in $floods; do
	kill "$i"
	wait "$i" 2>/dev/null
done
done_testing
