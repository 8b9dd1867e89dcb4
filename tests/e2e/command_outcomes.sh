# command_outcomes.sh -- how a command ended: the log tells what haild did from
# what the program did.  Names, places of arguments, costly patterns.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command perl

run=$tmp/run
mkdir -m 777 "$run"
cp /bin/true "$run/vanishes"
nail=$srcdir/tests/e2e/nailgun.pl
start_haild <<EOF
stop-timeout = "1s"
admin: {
	listen = ["127.0.0.1:0", "$sock"]
	user = "nobody"
	kill-grace = "1s"
	max-sessions = 100
	max-per-source = 100
	commands: {
		exits:    { exec = ["/bin/sh", "-c", "exit \$1", "sh"] args = "1" }
		dies:     { exec = ["/bin/sh", "-c", "kill -\$1 \$\$", "sh"] args = "1" }
		slow:     { exec = ["/bin/sleep", "60"] session-timeout = "1s" }
		holds:    { exec = ["/bin/sh", "-c", "echo ready; echo \$\$ >$run/holds; exec sleep 61"] stdin = true }
		mine:     { exec = ["/bin/true"] allow-user = ["root"] }
		strict:   { exec = ["/bin/echo"] args = "1-3" arg-match = ["[a-z]+"] }
		gone:     { exec = ["$run/gone"] }
		vanishes: { exec = ["$run/vanishes"] }
		main:     { exec = ["/bin/sh", "-c", "echo ready; echo >$run/main; exec sleep 62"]
			    name = "com.example.Main" summary = "a class" max-sessions = 1 }
		words:    { exec = ["/usr/bin/printf", "[%s]", "--name=%1", "%2%2", "%%1", "%s"] args = "2-3" }
		costly:   { exec = ["/bin/echo"] args = "0-"
			    arg-match = ["(a|b)*a(a|b){250}"] }
		poor:     { exec = ["/bin/echo"] args = "0-" limit-as = "24M"
			    arg-match = ["(a|b)*a(a|b){250}"] }
		dear:     { exec = ["/usr/bin/env"] accept-env = ["X*=(a|b)*a(a|b){250}"] }
		fine:     { exec = ["/bin/echo", "fine"] }
	}
}
hasty: {
	listen = ["127.0.0.1:0"]
	user = "nobody"
	start-timeout = "1s"
	session-timeout = "3s"
	commands: { holds: { exec = ["/bin/sh", "-c", "echo ready; exec sleep 63"] } }
}
EOF
port=$(port admin)
hasty=$(port hasty)
say() { perl "$nail" "$port" "$@" 2>&1; }
# hold ACTION...: in the background; its pid is in $last.
hold() { in_background perl "$nail" "$port" "$@" >/dev/null; }
# ended WORDS COMMAND: there is a line of a session that ended so.
ended()
{
	logged "admin: 127[^ ]* pid [0-9]+ $1 [0-9]+\.[0-9]{3}s( cpu [0-9.]+s( mem [0-9.]+.)?)? user [a-z]+ in [0-9]+ out [0-9]+ command $2\$"
}
# answer STATUS [TEXT]: what a client gets.
answer()
{
	[ $# -lt 2 ] || printf '2 haild: %s\\n\n' "$2"
	printf 'X %s\nclosed\n' "$1"
}

# --- statuses of the program's own, and the same of haild's ---

for n in 0 75 124 125 126 127 137; do
	is "the program exits with $n" "$(say A:$n C:exits)" "$(answer $n)"
	ok 'and the log has that status' ended "exit $n" "exits $n"
done
is 'a signal' "$(say A:9 C:dies)" "$(answer 137 'dies: ended by signal 9 (Killed)')"
ok 'the log has a signal' ended 'signal 9' 'dies 9'
is 'a timeout' "$(say C:slow)" "$(answer 124 'slow: ended: timeout')"
ok 'the log has a timeout' ended 'timeout session' slow
is 'no such command' "$(say C:none)" \
    "$(answer 127 'no command "none"; "help" lists the commands')"
ok 'the log has that it is not known' ended 'refused: unknown command' none
is 'a command that the client may not run looks the same' "$(say C:mine)" \
    "$(answer 127 'no command "mine"; "help" lists the commands')"
ok 'the log has the difference' ended 'refused: access' mine
is 'too few arguments' "$(say C:strict)" \
    "$(answer 126 'strict: takes 1 to 3 arguments, got 0')"
ok 'the log has their number' ended 'refused: number of arguments 0' strict
is 'an argument that does not match' "$(say A:a A:b A:C C:strict)" \
    "$(answer 126 'strict: argument 3 does not match ^([a-z]+)$')"
ok 'the log has which' ended 'refused: argument 3' 'strict a b C'
is 'a program that is missing' "$(say C:gone)" "$(answer 126 'gone: out of service')"
ok 'the log has it' ended 'refused: out of service' gone
rm "$run/vanishes"
is 'one that cannot be executed' "$(say C:vanishes)" \
    "$(answer 126 'vanishes: cannot execute: No such file or directory')"
ok 'the log has the error' ended 'failed: execute: No such file or directory' vanishes
say C:holds wait:S . . >/dev/null
ok 'a protocol error' ended 'protocol error' holds
say Z >/dev/null
ok 'and one before the command' logged \
    'admin: .* protocol error [0-9.]+s( cpu [0-9.]+s( mem [0-9.]+.)?)? no command: protocol error: '
say C:holds show:ready die >/dev/null
ok 'a client that disconnects' ended disconnect holds
is 'a client that names no command in time' "$(perl "$nail" "$hasty")" \
    "$(answer 125 'no command received in time')"
ok 'the log has that timeout' logged \
    'hasty: .* timeout start [0-9.]+s( cpu [0-9.]+s( mem [0-9.]+.)?)? no command: no command received in time$' 30
is 'the timeout of the service' "$(perl "$nail" "$hasty" C:holds)" "1 ready\\n
$(answer 124 'holds: ended: timeout')"
ok 'is in the log, too' logged 'hasty: .* timeout session [0-9.]+s( cpu [0-9.]+s( mem [0-9.]+.)?)? user nobody .* command holds$'
wait_until no_children

# --- processes of haild's own that are killed (fault 83) ---

# killed SIGNAL WHICH: kill the speaker or the monitor of a session.
killed()
{
	rm -f "$run/holds"
	hold C:holds
	wait_until '[ -s "$run/holds" ]'
	monitor=$(session)
	case $2 in
	monitor) kill "-$1" "$monitor" ;;
	*) kill "-$1" "$(pgrep -P "$monitor" -f 'admin speaker')" ;;
	esac
	ends "$(cat "$run/holds")"
}
ok 'a speaker is killed: the program ends' killed KILL speaker
ok 'the log has the signal' logged \
    "admin: pid $monitor: session ended: the speaker was killed by signal 9 \\(Killed\\)\$"
ok 'and the session failed' ended 'failed: speaker' holds
wait_until no_children
ok 'another signal' killed ABRT speaker
ok 'the log has it' logged \
    "admin: pid $monitor: session ended: the speaker was killed by signal 6 \\(Aborted\\)\$"
wait_until no_children
ok 'a monitor is killed: the program ends' killed KILL monitor
ok 'it does not look like the end of the program' logged \
    "admin: 127[^ ]* pid $monitor monitor signal 9 [0-9.]+s( cpu [0-9.]+s( mem [0-9.]+.)?)?\$"
wait_until no_children

# --- a name of its own ---

like 'help lists the name' "$(say C:help)" 'com\.example\.Main	a class'
is 'the name of the group is none' "$(say C:main)" \
    "$(answer 127 'no command "main"; "help" lists the commands')"
hold C:com.example.Main
ok 'it runs' wait_until '[ -e "$run/main" ]'
limit=$(answer 75 'com.example.Main: limit of 1 sessions reached')
is 'busy, in frames' "$(say C:com.example.Main)" "$limit"
ok 'the log has the limit' ended 'refused: command limit 1' 'com\.example\.Main'
has_sessions 1
upgrade
like 'an upgrade' "$(last_upgrade)" '^upgrade complete: '
is 'counts it by its name' "$(say C:com.example.Main)" "$limit"
kill "$last"
ok 'the log has the name' ended disconnect 'com\.example\.Main'
has_sessions 0

# --- places inside words ---

is 'arguments inside words, each in one argument' \
    "$(say 'A:a b; c' A:x 'A:%1' C:words | tr -d '\n')" \
    '1 [--name=a b; c][xx][%1][%s][%1]X 0closed'

# --- a costly pattern (fault 82) ---

# It matches, after about 4,096 steps of 250 states each.
text=$(perl -e 'srand 1; my $t = join "", map { rand() < 0.5 ? "a" : "b" } 1 .. 4096;
	substr($t, -251, 1) = "a"; print $t')
perl "$nail" "$port" "times:250:A:$text" C:costly >"$tmp/costly" &
caller=$!
monitor=$(session)
# It takes a second of its own time, so it can be seen.
ok 'patterns are matched as the user of the command' wait_until \
    'ps -o ruser=,args= --ppid "$monitor" 2>/dev/null | grep -v speaker | grep -q ^nobody'
is 'others are served meanwhile' "$(say C:fine)" "1 fine\\n
$(answer 0)"
wait $caller
is 'the request is refused after a while' "$(cat "$tmp/costly")" \
    "$(answer 126 'costly: checking the request took too long')"
ok 'the log has it' logged ' refused: slow pattern [0-9.]+s .* command costly '
is 'so is one with costly variables' "$(say "times:250:E:X=$text" C:dear)" \
    "$(answer 126 'dear: checking the request took too long')"
# A sanitized build can need more than a second for all of it on a busy machine.
most=4096
! is_sanitized || most=1024
is "one such argument, of $most bytes, is no trouble" \
    "$(say "A:$(printf %s "$text" | tail -c $most)" C:costly | tail -n 2)" "$(answer 0)"
# Sanitizers need more memory than that.
if ! is_sanitized; then
	is 'without the memory for it, it does not match' "$(say "A:$text" C:poor)" \
	    "$(answer 126 'poor: argument 1 does not match ^((a|b)*a(a|b){250})$')"
fi
is 'the daemon serves' "$(say C:fine)" "1 fine\\n
$(answer 0)"

# --- the daemon stops ---

rm -f "$run/holds"
hold C:holds
wait_until '[ -s "$run/holds" ]'
stop_haild
ok 'a stop' logged ' killed by stop [0-9.]+s( cpu [0-9.]+s( mem [0-9.]+.)?)? user nobody .* command holds$'
done_testing
