#!/bin/sh
# sandbox_life.sh -- how contained sessions begin and end: their init, their end
# by haild, what the program is given, and steps that fail.

. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command setsid strace unshare
unshare --pid --fork true 2>/dev/null || skip_all 'needs namespaces'

# last SERVICE: the last line in the log of an ended session, without the time
# that it took.
last()
{
	grep -E ": $1: uid:0 .*pid [0-9]+ " "$log" | tail -n 1 |
	    sed -E 's/^.* pid [0-9]+ ([a-z]+ [a-z0-9]+).*/\1/'
}

# ends_as SERVICE WORDS: what its next session is logged as.
ends_as()
{
	: >"$log"
	hail "$tmp/$1" </dev/null >"$tmp/out" 2>"$tmp/err"
	logged ": $1: uid:0 .*pid [0-9]+ " || return 1
	is "$1: $2" "$(last "$1")" "$2"
}

hail()
{
	$HAIL "$@"
}

# marked N: processes whose argument is this test's mark.
marked()
{
	wait_until "[ \"\$(pgrep -c -x -f 'sleep 3$$')\" = $1 ]"
}

start_haild <<EOF
private-pids = true
user = "nobody"
session-timeout = "10m"
exit: { listen = ["$tmp/exit"] exec = ["/bin/sh", "-c", "exit 3"] }
signal: { listen = ["$tmp/signal"] exec = ["/bin/sh", "-c", "kill -9 \$\$"] }
term: { listen = ["$tmp/term"] exec = ["/bin/sh", "-c", "kill -15 \$\$"] }
none: { listen = ["$tmp/none"] private-pids = false
	exec = ["/bin/sh", "-c", "kill -15 \$\$"] }
late: { listen = ["$tmp/late"] session-timeout = "1s"
	exec = ["/bin/sh", "-c", "setsid sleep 3$$ & setsid setsid sleep 3$$ & exec sleep 3$$"] }
deaf: { listen = ["$tmp/deaf"] session-timeout = "1s" kill-grace = "1s"
	exec = ["/bin/sh", "-c", "trap '' TERM HUP; setsid sleep 3$$ & while :; do sleep 3$$; done"] }
kind: { listen = ["$tmp/kind"] session-timeout = "1s" kill-grace = "1m"
	exec = ["/bin/sh", "-c", "trap 'echo bye; exit 0' TERM; sleep 3$$ & wait"] }
long: { listen = ["$tmp/long"] kill-grace = "1m"
	exec = ["/bin/sh", "-c", "trap 'exit 4' TERM; sleep 3$$ & wait"] }
orphan: { listen = ["$tmp/orphan"] private-tmp = true exec = ["/bin/sh", "-c",
	"(sleep 0 & echo \$! >&3) 3>/tmp/pid; while [ -e /proc/\$(cat /tmp/pid) ]; do sleep 0.02; done; ls -d /proc/[0-9]*"] }
attack: { listen = ["$tmp/attack"] private-tmp = true exec = ["/bin/sh", "-c",
	"kill -9 1; kill -TERM 1; kill -STOP 1; exec 2>&1; for f in environ mem maps; do head -c 1 /proc/1/\$f && echo read; done; ls /proc/1/fd /proc/1/root && echo listed; strace -p 1 -o /dev/null & wait \$! && echo traced; echo over"] }
files: { listen = ["$tmp/files"] exec = ["/bin/ls", "/proc/self/fd"] }
pool: { listen = ["$tmp/pool"] sandbox = "strict" user = "pool:61230-61239" max-sessions = 5
	exec = ["/bin/sh", "-c", "id; echo \$USER \$LOGNAME \$HOME; pwd"] }
run: {
	listen = ["$tmp/run"]
	commands = {
		exit: { exec = ["/bin/sh", "-c", "exit 3"] }
		signal: { exec = ["/bin/sh", "-c", "kill -9 \$\$"] }
		term: { exec = ["/bin/sh", "-c", "kill -15 \$\$"] }
		late: { session-timeout = "1s" exec = ["/bin/sh", "-c",
			"setsid sleep 3$$ & exec sleep 3$$"] }
		deaf: { session-timeout = "1s" kill-grace = "1s"
			exec = ["/bin/sh", "-c", "trap '' TERM HUP; setsid sleep 3$$ & while :; do sleep 3$$; done"] }
		long: { exec = ["/bin/sh", "-c", "setsid sleep 3$$ & exec sleep 3$$"] }
		files: { exec = ["/bin/ls", "/proc/self/fd"] }
		id: { sandbox = "strict" user = "pool:61230-61239" max-sessions = 5
			exec = ["/bin/sh", "-c", "id; echo \$USER \$LOGNAME \$HOME; cat /dev/stdin"] stdin = true }
	}
}
EOF

# --- the end of a program ---

ends_as exit 'exit 3'
ends_as signal 'signal 9'
# A program that is process 1 itself would ignore it.
ends_as term 'signal 15'
ends_as none 'signal 15'

# --- the end by haild ---

ends_as late 'timeout session'
ok 'and of all that it started' marked 0
ends_as deaf 'timeout session'
ok 'and of all that ignored SIGTERM' marked 0
ends_as kind 'timeout session'
is 'a program acts on SIGTERM' "$(cat "$tmp/out")" bye

: >"$log"
in_background "$HAIL" "$tmp/long" </dev/null >/dev/null 2>&1
marked 1
ok 'a signal for the logged pid is passed on' kill "$(session)"
ok 'the program acts on it' logged ': long: .* exit 4 '

# --- process 1 ---

ends_as orphan 'exit 0'
# /proc may hide process 1.
is 'an orphan is reaped' \
    "$(sed 's|.*/||; /^1$/d' "$tmp/out" | head -n 1)" 2
ends_as attack 'exit 0'
is 'process 1 is out of reach' "$(grep -E '^(read|listed|traced|over)' "$tmp/out")" over

# --- what the program has ---

ends_as files 'exit 0'
is 'no other descriptor' "$(xargs <"$tmp/out")" '0 1 2 3'
ends_as pool 'exit 0'
is 'the user is of the pool' "$(cat "$tmp/out")" "$(
	echo 'uid=61230 gid=61230 groups=61230'
	echo 'haild-61230 haild-61230 /'
	echo /)"

# --- commands ---

# run_command NAME STATUS WORDS
run_command()
{
	: >"$log"
	hail "$tmp/run" "$1" </dev/null >"$tmp/out" 2>"$tmp/err"
	is "command $1: status" $? "$2"
	ok "command $1: $3" logged ": run: .* $3 .* command $1"
}
run_command exit 3 'exit 3'
run_command signal 137 'signal 9'
run_command term 143 'signal 15'
run_command late 124 'timeout session'
ok 'and of all that it started' marked 0
run_command deaf 124 'timeout session'
ok 'and of all that ignored SIGTERM' marked 0
run_command files 0 'exit 0'
is 'a command has no other descriptor' "$(xargs <"$tmp/out")" '0 1 2 3'
echo text | hail "$tmp/run" id >"$tmp/out"
is 'the user of a command is of the pool' \
    "$(sed 's/6123[0-9]/N/g' "$tmp/out")" "$(
	echo 'uid=N gid=N groups=N'
	echo 'haild-N haild-N /'
	echo text)"

: >"$log"
in_background "$HAIL" "$tmp/run" long </dev/null >/dev/null 2>&1
marked 2
kill -9 "$last"
ok 'a client that disconnects' logged ': run: .* disconnect .* command long'
ok 'ends all of its command' marked 0
in_background "$HAIL" "$tmp/run" long </dev/null >/dev/null 2>&1
marked 2
kill -9 "$(session)"
ok 'no process outlives a monitor that is killed' marked 0
in_background "$HAIL" "$tmp/run" long </dev/null >/dev/null 2>&1
marked 2
stop_haild
ok 'nor the daemon' marked 0

# --- steps that fail ---

mkdir -m 1777 "$tmp/ran"
start_haild <<EOF
user = "nobody"
pids: { listen = ["$tmp/pids"] private-pids = true
	exec = ["/bin/sh", "-c", "echo ran"] }
strict: { listen = ["$tmp/strict"] sandbox = "strict" user = "pool:61230-61239" max-sessions = 5
	exec = ["/bin/sh", "-c", "echo ran"] }
run: { listen = ["$tmp/run"] commands = {
	strict: { sandbox = "strict" user = "pool:61230-61239" max-sessions = 5
		exec = ["/bin/sh", "-c", "echo ran"] } } }
EOF

# denied CALLS ERROR WORDS: where they fail, no program runs, and why is logged.
denied()
{
	: >"$log"
	inject "$1:error=$2"
	hail "$tmp/strict" </dev/null >"$tmp/out" 2>&1
	hail "$tmp/run" strict </dev/null >>"$tmp/out" 2>&1
	eject
	ok "$1, $2: no program runs" sh -c "! grep -q ran '$tmp/out'"
	ok "$1, $2: logged" logged "$3"
}

inject clone3:error=ENOSYS
is 'clone(2) where clone3(2) is missing' "$(hail "$tmp/strict")" ran
is 'and for a command' "$(hail "$tmp/run" strict </dev/null)" ran
eject
inject clone3:error=EPERM
is 'and where it is denied' "$(hail "$tmp/pids")" ran
eject
inject landlock_create_ruleset:error=ENOSYS
kill -USR1 "$haild_pid"
ok 'the status tells of a kernel without scopes' logged \
    'summary: containment: .*; no Landlock scopes$'
eject
denied clone,clone3 EPERM ': strict: .* refused: .*Operation not permitted'
denied clone,clone3 EINVAL ': strict: .* refused: .*Invalid argument'
denied setns EINVAL ': strict: cannot enter '
denied unshare EINVAL ': strict: cannot '
denied mount EINVAL ': strict: cannot '
denied capget EINVAL ': strict: cannot '
denied seccomp,prctl EINVAL ': strict: cannot '
denied setns EPERM ': strict: cannot enter '
denied unshare EPERM ': strict: cannot '
denied mount EPERM ': strict: cannot '
denied landlock_restrict_self ENOSYS ': strict: cannot set landlock-scope'
denied seccomp,prctl EPERM ': strict: cannot '
denied setresuid EPERM ': strict: cannot become haild-61'
is 'without them it runs' "$(hail "$tmp/strict")" ran

done_testing
