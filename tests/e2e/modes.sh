# modes.sh -- options, exit statuses, daemon and foreground, starting, stopping.
. "${srcdir:-.}/tests/e2e/lib.sh"

# run ARGUMENT...: its output is in $out, its status in $status.
run()
{
	# shellcheck disable=SC2086 # HAILD may be a command with arguments
	out=$($HAILD "$@" 2>&1 </dev/null)
	status=$?
}

cat >"$conf" <<EOF
greeting: { listen = ["127.0.0.1:0"] message = "hello\n" }
hold: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "trap '' TERM; echo; sleep 1000; sleep 1000"]
	user = "$me"
	kill-grace = "1s"
}
EOF
printf 'stop-timeout = "1h"\n' | cat - "$conf" >"$tmp/patient.conf"
printf 'stop-timeout = "1s"\n' | cat - "$conf" >"$tmp/impatient.conf"

# --- options ---

run --version
like 'version' "$out" '^haild [0-9]'
is 'status of version' $status 0
run --help
like 'help' "$out" '--foreground'
is 'status of help' $status 0
for usage in '-x' '--nonsense' 'file' '-c' '-u nobody' '-l 127.0.0.1:0' \
    '-f -l 127.0.0.1:0' '-f -l 127.0.0.1:0 -m x -- /bin/cat' \
    '-f -l 127.0.0.1:0 -c x -m x'; do
	# shellcheck disable=SC2086 # words
	run $usage
	is "usage: $usage" $status 2
	like 'with a text' "$out" '^usage: haild'
done

run -t -c "$conf"
is 'a good configuration' $status 0
for long in --test --dump; do
	run $long --config "$conf"
	is "$long" $status 0
done
# shellcheck disable=SC2086 # HAILD may be a command with arguments
$HAILD -T -c "$conf" >/dev/full 2>"$tmp/full" </dev/null
is 'a dump that cannot be written' $? 1
like 'with the reason' "$(cat "$tmp/full")" \
    'cannot write to standard output: No space left on device$'
is 'and no other' "$(grep -c 'haild-load' "$tmp/full")" 0
# More than a pipe holds, for a reader that leaves.
{
	# shellcheck disable=SC2086 # HAILD may be a command with arguments
	$HAILD -T -l 127.0.0.1:0 -m "$(head -c 100000 /dev/zero | tr '\0' x)" \
	    2>"$tmp/left" </dev/null
	echo $? >"$tmp/pipe"
} | head -c 1 >/dev/null
is 'a dump that nobody reads to its end: by SIGPIPE' "$(cat "$tmp/pipe")" 141
is 'which is no error' "$(grep -c 'haild-load' "$tmp/left")" 0
run -T -c "$conf"
printf '%s\n' "$out" | grep -v '^haild:' >"$tmp/dump.conf"
run -T -c "$tmp/dump.conf"
# Comments tell where parts of containment come from.
is 'a dump parses again to the same dump' \
    "$(printf '%s\n' "$out" | grep -v '^haild:' | sed 's/ # .*//')" \
    "$(sed 's/ # .*//' "$tmp/dump.conf")"

# --- bad configurations, by name and as a whole ---

bad()
{
	cat >"$tmp/bad.conf"
	run -t -c "$tmp/bad.conf"
	is "$1: status" $status 78
	like "$1: error" "$out" "^haild: $tmp/bad.conf:$2"
	run -f -c "$tmp/bad.conf"
	is "$1: no start" $status 78
}

bad 'unknown name' '2: unknown setting "mesage"; did you mean "message"\?$' <<EOF
x: {
	listen = ["127.0.0.1:0"]; mesage = ""
}
EOF
bad 'syntax' '2: "=" where the name of a setting is expected$' <<EOF
x: { listen = ["127.0.0.1:0"]
= 5
EOF
bad 'duration' '1: "session-timeout" must be a duration' <<EOF
x: { listen = ["127.0.0.1:0"] message = "" session-timeout = "10x" }
EOF
: >"$tmp/empty.conf"
mkfifo "$tmp/fifo.conf"
for case in "missing.conf:No such file or directory" 'empty.conf:is empty' \
    ':is a directory' 'fifo.conf:is not a regular file'; do
	run -t -c "$tmp/${case%%:*}"
	is "${case#*:}: status" $status 78
	like "${case#*:}: error" "$out" "^haild: $tmp/${case%%:*}: ${case#*:}"
done
if [ "$(id -u)" = 0 ]; then
	cp "$conf" "$tmp/open.conf"
	chmod 666 "$tmp/open.conf"
	run -t -c "$tmp/open.conf"
	is 'writable by everyone: status' $status 78
	like 'writable by everyone: error' "$out" \
	    "^haild: $tmp/open.conf: is writable by everyone: chmod o-w it\$"
	run -f -c "$tmp/open.conf"
	is 'writable by everyone: no start' $status 78
else
	skip 'writable by everyone' 'needs root'
fi
run -c "$tmp/missing.conf" -p "$tmp/pid"
is 'a start in the background fails with the same status' $status 78

# --- the one-liner ---

one_liner()
{
	run_haild -f -l 127.0.0.1:0 "$@"
	logged ' serving 1 service '
}

ok 'one-liner: a message' one_liner -m 'hello there'
is 'served' "$(nc -d 127.0.0.1 "$(port message)")" 'hello there'
stop_haild INT
is 'Ctrl-C ends it' "$haild_status" 0
ok 'one-liner: a program' one_liner -u "$me" -- /bin/cat
is 'served' "$(echo back | nc -N 127.0.0.1 "$(port cat)")" back
stop_haild TERM
ok 'one-liner: a program of PATH, with arguments' \
    one_liner -u "$me" -- tr a-z A-Z
is 'served' "$(echo back | nc -N 127.0.0.1 "$(port tr)")" BACK
stop_haild TERM
if [ "$(id -u)" = 0 ]; then
	run -f -l 127.0.0.1:0 -- /bin/cat
	is 'one-liner: root must say who' $status 78
	like 'and is told so' "$out" 'haild runs as root, so "exec" needs "user"'
else
	skip 'one-liner: root must say who' 'needs root'
fi

# --- by hand, on a terminal ---

# on_terminal OPTION...: start haild on a terminal, where what is written to
# descriptor 9 is typed; its log is what is to be seen there.
on_terminal()
{
	rm -f "$tmp/keys"
	mkfifo "$tmp/keys"
	: >"$log"
	in_background sh -c 'exec script -qefc "$1" "$2" <"$3" >/dev/null' \
	    sh "$HAILD $*" "$log" "$tmp/keys"
	terminal=$last
	exec 9>"$tmp/keys"
	logged ' serving '
}

terminal_port()
{
	tr -d '\r' <"$log" | sed -n "s/.*: $1: listening on .*:\([0-9]*\)\$/\1/p"
}

# is_over: with the status, which script hands on.
is_over()
{
	ends "$terminal" || kill "$terminal"
	wait "$terminal"
	is "$1" $? 0
	exec 9>&-
}

cat >"$tmp/terminal.conf" <<EOF
stop-timeout = "1h"
greeting: { listen = ["127.0.0.1:0"] message = "hello\n" }
shell: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "trap 'echo INT' INT; echo ready; read x; echo \$x"]
	user = "$me"
}
EOF
for options in '-f -l 127.0.0.1:0 -m hello' '-d -l 127.0.0.1:0 -m hello'; do
	# shellcheck disable=SC2086 # words
	ok "haild ${options%% *} on a terminal" on_terminal $options
	is 'serves' "$(nc -d 127.0.0.1 "$(terminal_port message)")" hello
	printf '\003' >&9
	is_over 'Ctrl-C ends it'
	ok 'in order' grep -q ' stopped' "$log"
done
ok 'with a session' on_terminal -f -c "$tmp/terminal.conf"
mkfifo "$tmp/lines"
in_background sh -c 'exec nc -N 127.0.0.1 "$1" <"$2" >"$3"' \
    sh "$(terminal_port shell)" "$tmp/lines" "$tmp/answer"
exec 8>"$tmp/lines"
wait_until "grep -q ready '$tmp/answer'"
printf '\003' >&9
ok 'Ctrl-C lets it go on' logged 'stopping: 1 session open'
echo unharmed >&8
exec 8>&-
is_over 'and when it is over, so is haild'
is 'the session saw nothing of it' "$(tail -n +2 "$tmp/answer")" unharmed

# --- how much is logged ---

# starts OPTION...: how many sessions say so at their start, of one, in n.
starts()
{
	run_haild "$@" -l 127.0.0.1:0 -m hello
	logged ' serving 1 service '
	nc -d 127.0.0.1 "$(port message)" >/dev/null
	logged 'message: .* exit 0 '
	stop_haild TERM
	n=$(grep -c 'message: .* start$' "$log")
}

starts -f
is 'the start of a session is not logged' "$n" 0
starts -f -v
is 'with -v it is' "$n" 1
starts -d
is 'with -d too, which stays in the foreground' "$n" 1

# --- the daemon ---

pidfile=$tmp/pid
printf 'greeting: { listen = ["%s"] message = "hello\\n" }\n' "$sock" \
    >"$tmp/daemon.conf"
(cd "$tmp" && run -c daemon.conf -p pid && exit $status)
is 'the command returns with status 0' $? 0
ok 'when it serves' [ -S "$sock" ]
is 'and it does' "$(nc -d -U "$sock")" hello
pid=$(cat "$pidfile")
background="$background $pid"
is 'the pid file names it' "$(ps -o comm= -p "$pid")" haild
is 'it left the directory' "$(readlink "/proc/$pid/cwd")" /
is 'and the terminal' "$(readlink "/proc/$pid/fd/0" "/proc/$pid/fd/1" \
    "/proc/$pid/fd/2" | sort -u)" /dev/null
is 'it leads a session of its own' "$(ps -o sid= -p "$pid" | tr -d ' ')" "$pid"
is 'its umask' "$(sed -n 's/^Umask:.//p' "/proc/$pid/status")" 0022
run -f -c "$conf" -p "$pidfile"
is 'a second one does not start' $status 1
like 'and says why' "$out" "$pidfile: haild is already running, pid $pid\$"
is 'the first goes on' "$(nc -d -U "$sock")" hello
is 'its pid file untouched' "$(cat "$pidfile")" "$pid"
kill "$pid"
ok 'TERM ends it' ends "$pid"
ok 'its pid file goes' [ ! -e "$pidfile" ]
# Nothing keeps what the command was started with: not the process that reads
# what programs have to say, either.
printf 'cat: { listen = ["%s"] exec = ["/bin/cat"] user = "%s" }\n' "$sock" \
    "$me" >"$tmp/exec.conf"
start_substituted()
{
	run -c "$tmp/exec.conf" -p "$pidfile"
	echo "$status" >"$tmp/status"
}
in_background start_substituted
ok 'with programs, a command substitution around it comes to its end' \
    wait_until "[ -s '$tmp/status' ]"
is 'and has the status' "$(cat "$tmp/status")" 0
is 'while it serves' "$(echo back | nc -N -U "$sock")" back
pid=$(cat "$pidfile")
background="$background $pid"
kill "$pid"
ok 'and then ends' ends "$pid"
run -c "$tmp/daemon.conf" -p "$tmp/no/such/pid"
is 'a pid file that cannot be' $status 1
like 'says what to do' "$out" 'use another with -p'

# --- stopping ---

start_haild <"$tmp/impatient.conf"
p=$(port greeting)
hold_open "$(port hold)"
has_sessions 1
kill -TERM "$haild_pid"
ok 'TERM: it says that it stops' logged \
    'stopping: 1 session open; a second signal ends them now$'
ok 'and listens no more' sh -c "! nc -d 127.0.0.1 $p"
wait "$haild_pid"
is 'after stop-timeout and the grace it has ended' $? 0
ok 'the session with it' grep -Eq 'hold: .* killed by stop [0-9.]+s( cpu [0-9.]+s( mem [0-9.]+.)?)?$' "$log"
haild_pid=
release_all

start_haild <"$tmp/patient.conf"
hold_open "$(port hold)"
has_sessions 1
kill -TERM "$haild_pid"
logged stopping:
ok 'with a long stop-timeout it waits for the session' kill -0 "$haild_pid"
stop_haild INT
is 'a second signal does not wait' "$haild_status" 0
ok 'the session has ended' grep -Eq 'hold: .* killed by stop [0-9.]+s( cpu [0-9.]+s( mem [0-9.]+.)?)?$' "$log"
release_all

# Both while it cannot look: they are two.
start_haild <"$tmp/patient.conf"
hold_open "$(port hold)"
has_sessions 1
kill -STOP "$haild_pid"
kill -TERM "$haild_pid"
kill -INT "$haild_pid"
kill -CONT "$haild_pid"
ok 'TERM and INT at once do not wait either' ends "$haild_pid"
ok 'the session has ended' grep -Eq 'hold: .* killed by stop [0-9.]+s( cpu [0-9.]+s( mem [0-9.]+.)?)?$' "$log"
stop_haild KILL
release_all

# A session that ended before a signal came is over when it is heard.
start_haild <"$tmp/patient.conf"
hold_open "$(port greeting)"
session=$(session)
kill -STOP "$haild_pid"
release_all
ends "$session"
kill -TERM "$haild_pid"
kill -INT "$haild_pid"
kill -CONT "$haild_pid"
ok 'one that had ended already is not counted' logged 'stopping: 0 sessions open$'
ends "$haild_pid"
ok 'nor taken for one that was ended' grep -Eq 'greeting: .* exit 0 ' "$log"
stop_haild KILL

start_haild <"$tmp/patient.conf"
hold_open "$(port greeting)"
has_sessions 1
kill -TERM "$haild_pid"
release_all
wait "$haild_pid"
is 'it ends with its last session' $? 0
ok 'which ended by itself' grep -Eq 'greeting: .* exit 0 ' "$log"
haild_pid=
done_testing
