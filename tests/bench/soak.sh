#!/bin/sh
# soak.sh -- serve a hundred thousand clients under reloads, upgrades and faults.
#
#	sh tests/bench/soak.sh [SECONDS]
#
# From the build tree, as root, in namespaces of its own: the network has only
# lo, /dev/log belongs to the script, and every process ends with it.  There are
# 1000 clients for every 3 seconds (soak.c lists their kinds), in five phases:
#
#	upgrades	half of them: reloads, upgrades, children stopped and
#			killed
#	warm-up		a tenth, from here on without upgrades: reloads,
#			children stopped and killed, too few descriptors and
#			processes, the daemon stopped
#	burst		as fast as possible: more at once than later on
#	endurance	more than a quarter: like the warm-up, but longer
#	deaf syslog	the rest: /dev/log is not read for a while.  No client
#			is refused and there are no faults, so that each lost
#			line is one of a session, or of a linger process that
#			haild replaced
#
# The service "cat" is contained ("strict"), the others are not.
#
# Then the numbers of clients, counters and log lines are compared.  They must be
# equal.
#
#	SOAK_SEED	another seed
#	SOAK_KEEP	a directory for the log and other files of the soak
. "${srcdir:-.}/tests/e2e/lib.sh"
[ "$(id -u)" = 0 ] || { echo 'soak: needs root' >&2; exit 1; }
total=${1:-300}
[ "$total" -ge 20 ] || { echo 'soak: 20 seconds at least' >&2; exit 2; }

own_world "$total"

SOAK=$builddir/tests/bench/soak
seed=${SOAK_SEED:-7}
clients=$((total * 1000 / 3))

own_dev

# --- the daemon, and the configurations that take turns ---

# write_configuration FILE MAX-SESSIONS [MORE]
write_configuration()
{
	cat >"$1" <<END
max-sessions = 2000
kill-grace = "1s"
deny = ["127.128.0.0/10"]
message: {
	listen = ["127.0.0.1:7001"]
	message = "Smile from the server\n"
	max-sessions = $2
	rate-per-source = "2/s:4"
	session-timeout = "6s"
}
echo: {
	listen = ["127.0.0.1:7002"]
	builtin = "echo"
	idle-timeout = "2s"
	session-timeout = "8s"
}
cat: {
	listen = ["127.0.0.1:7003"]
	exec = ["/bin/cat"]
	user = "pool:300000-302047"
	sandbox = "strict"
	session-timeout = "4s"
}
proxied: {
	listen = ["127.0.0.1:7004"]
	exec = ["/bin/cat"]
	user = "nobody"
	proxy-from = ["127.0.0.0/8"]
	allow = ["127.0.0.0/8", "10.0.0.0/8"]
	start-timeout = "2s"
	session-timeout = "4s"
}
commands: {
	listen = ["127.0.0.1:7005"]
	start-timeout = "2s"
	session-timeout = "6s"
	user = "nobody"
	commands: { say: { exec = ["/bin/echo"] args = "1" } }
}
chargen: {
	listen = ["127.0.0.1:7006"]
	builtin = "chargen"
	session-timeout = "3s"
}
${3:-}
END
}

write_configuration "$tmp/one" 1000
write_configuration "$tmp/two" 1001 \
    'more: { listen = ["127.0.0.1:7007"] builtin = "discard" }'
write_configuration "$tmp/broken" 1000 'more: { listen = '
cp "$tmp/one" "$conf"

log=$tmp/syslog
: >"$log"
in_background "$SOAK" log "$log"
reader=$last
wait_until '[ -S /dev/log ]' || exit 1
# shellcheck disable=SC2086 # HAILD may be a command with arguments
$HAILD -v -c "$conf" -p "$tmp/pid" >"$tmp/stdout.log" 2>&1 || {
	cat "$tmp/stdout.log"
	exit 1
}
haild_pid=$(cat "$tmp/pid")

# --- faults during the phases ---

random=$seed
# chance N: a number below N in $chance.
chance()
{
	random=$(((random * 1103515245 + 12345) & 2147483647))
	chance=$(((random >> 8) % $1))
}

# said REGEX [SECONDS]: wait for a log line after $mark that matches.
mark=0
set_mark()
{
	mark=$(($(stat -c %s "$log") + 1))
}
said()
{
	wait_until "tail -c +$mark '$log' | grep -aEq -- '$1'" "${2:-60}"
}

reloads=0 reloads_refused=0 upgrades=0 stops=0 kills=0 disturbed=0 next=one
reload()
{
	reloads=$((reloads + 1))
	if [ $((reloads % 4)) = 0 ]; then
		cp "$tmp/broken" "$conf"
		wanted='reload failed: '
		reloads_refused=$((reloads_refused + 1))
	else
		cp "$tmp/$next" "$conf"
		[ $next = one ] && next=two || next=one
		wanted='reloaded: '
	fi
	set_mark
	kill -HUP "$haild_pid"
	said 'reload(ed| failed): '
	tail -c "+$mark" "$log" | grep -aq "$wanted" || {
		echo "# a reload did not end with: $wanted"
		disturbed=$((disturbed + 1))
	}
	cp "$tmp/one" "$conf"
}

upgrade()
{
	upgrades=$((upgrades + 1))
	set_mark
	kill -USR2 "$haild_pid"
	said 'upgrade complete: |upgrade failed: '
	tail -c "+$mark" "$log" | grep -aq 'upgrade complete: ' || {
		echo '# an upgrade was refused'
		disturbed=$((disturbed + 1))
	}
}

# children: set $children to the pids of the daemon's, the newest first.
children()
{
	children=
	read -r child_list <"/proc/$haild_pid/task/$haild_pid/children"
	for child in $child_list; do
		children="$child $children"
	done
}

is_logger()
{
	grep -aq 'haild: logger' "/proc/$1/cmdline" 2>/dev/null
}

# is_own PID: it is the logger or a linger process.
is_own()
{
	is_logger "$1" ||
	    grep -aq 'haild: linger' "/proc/$1/cmdline" 2>/dev/null
}

# no_sessions: there are no other children.
no_sessions()
{
	children
	for child in $children; do
		is_own "$child" || return 1
	done
}

# strike: stop or kill a child, if there is one.
strike()
{
	children
	# shellcheck disable=SC2086 # a list
	set -- $children
	[ $# -gt 0 ] || return 0
	chance $#
	shift "$chance"
	! is_own "$1" || return 0
	chance 2
	if [ "$chance" = 0 ]; then
		kill -STOP "$1" 2>/dev/null && stops=$((stops + 1))
	else
		kill -KILL "$1" 2>/dev/null && kills=$((kills + 1))
	fi
}

kill_logger()
{
	children
	for child in $children; do
		is_logger "$child" || continue
		set_mark
		kill -KILL "$child"
		said 'the logger was killed by signal 9 \(Killed\); starting another one'
	done
}

# soft_limit NAME: the soft limit now; it alone is changed and restored.
soft_limit()
{
	prlimit --pid "$haild_pid" "--$1" --raw --noheadings -o SOFT
}

# Allow one descriptor more than are open: too few for a client and a channel.
squeeze_descriptors()
{
	files=$(soft_limit nofile)
	prlimit --pid "$haild_pid" --nofile="$(($(descriptors) + 1)):"
	sleep 2
	prlimit --pid "$haild_pid" --nofile="$files:"
}

# Root can still fork, but a program of user nobody cannot be started.
squeeze_processes()
{
	processes=$(soft_limit nproc)
	prlimit --pid "$haild_pid" --nproc=4:
	sleep 2
	prlimit --pid "$haild_pid" --nproc="$processes:"
}

# hold_up: stop the daemon; new clients wait and are then accepted all at once.
hold_up()
{
	kill -STOP "$haild_pid"
	sleep 1
	kill -CONT "$haild_pid"
}

deafen()
{
	kill -STOP "$reader"
	sleep 3
	kill -CONT "$reader"
}

# --- phases ---

ms()
{
	date +%s%3N
}

# due DONE GOAL: DONE of GOAL is less than the share of time that has passed.
due()
{
	[ "$1" -lt $((($2 * (now - begun) + length - 1) / length)) ]
}

first=0
: >"$tmp/clients"
# phase NAME PERCENT TIME KINDS RELOADS UPGRADES STRIKES ONCE...: PERCENT of the
# clients in TIME percent of the time, with so many reloads, upgrades and strikes;
# each function of ONCE runs once.
phase()
{
	name=$1 n=$((clients * $2 / 100)) length=$((total * $3 * 10)) kinds=$4
	reload_goal=$((reloads + $5)) upgrade_goal=$((upgrades + $6))
	reload_from=$reloads upgrade_from=$upgrades strike_goal=$7 struck=0
	shift 7
	once=$# once_done=0
	"$SOAK" load "$seed" $first $n $((length / 1000)) "$kinds" \
	    >"$tmp/phase" 2>"$tmp/phase.err" &
	load=$!
	background="$background $load"
	begun=$(ms)
	while kill -0 $load 2>/dev/null; do
		now=$(ms)
		[ "$now" -lt $((begun + length)) ] || break
		if due $((reloads - reload_from)) \
		    $((reload_goal - reload_from)); then reload; fi
		if due $((upgrades - upgrade_from)) \
		    $((upgrade_goal - upgrade_from)); then upgrade; fi
		if due $once_done $once; then
			once_done=$((once_done + 1))
			"$1"
			shift
		fi
		while due $struck "$strike_goal"; do
			struck=$((struck + 1))
			strike
		done
		sleep 0.05
	done
	wait $load || {
		echo "Bail out! $(cat "$tmp/phase.err")"
		exit 1
	}
	came=$(wc -l <"$tmp/phase")
	echo "# $name: $came clients in $((($(ms) - begun) / 1000)) s," \
	    "$(grep -c ' normal full ' "$tmp/phase") of" \
	    "$(grep -c ' normal ' "$tmp/phase") normal ones answered"
	cat "$tmp/phase" >>"$tmp/clients"
	first=$((first + n))
	wait_until quiet 60
}

# summarize: ask haild for a summary; its lines are in $tmp/summary.
summarize()
{
	set_mark
	kill -USR1 "$haild_pid"
	said 'summary: chargen: ' 10
	tail -c "+$mark" "$log" | sed -n 's/.*\]: summary: //p' >"$tmp/summary"
}

# quiet: there are no sessions and no sources.
quiet()
{
	no_sessions && summarize && sleep 0.5 &&
	    grep -q '^0 sources in the table$' "$tmp/summary"
}

# settle: reload before each measurement, so that the same pages are mapped.
settle()
{
	set_mark
	kill -HUP "$haild_pid"
	said 'reloaded: '
	wait_until quiet 60
}

# own_memory: the daemon's anonymous memory, in kB.  The RSS also counts pages of
# libraries, which the kernel maps up to 64 kB at a time.
own_memory()
{
	awk '/^Anonymous:/ { print $2 }' "/proc/$haild_pid/smaps_rollup"
}

# descriptor_set: the kind of each open descriptor.  Their numbers change: a reload
# opens the new configuration before it closes the old one.
descriptor_set()
{
	find "/proc/$haild_pid/fd" -mindepth 1 -printf '%l\n' |
	    sed 's/:\[[0-9]*\]/:/' | sort
}

reload_share=$((total * 200 / 300))
phase upgrades 50 50 all $((reload_share / 2)) $((total * 20 / 300)) \
    "$total" kill_logger
phase warm-up 10 10 all $((reload_share / 10)) 0 $((total / 5)) \
    hold_up squeeze_descriptors squeeze_processes kill_logger
phase burst 5 1 all 0 0 0
settle
memory_before=$(own_memory)
cat "/proc/$haild_pid/smaps" >"$tmp/smaps.before"
descriptor_set >"$tmp/fds.before"
phase endurance 28 32 all $((reload_share * 4 / 10)) 0 $((total * 2 / 3)) \
    squeeze_descriptors squeeze_processes hold_up squeeze_descriptors \
    squeeze_processes
set_mark
deaf=$mark lingered=$(linger)
phase 'deaf syslog' 7 7 calm 0 0 0 deafen
settle
memory_after=$(own_memory)
cat "/proc/$haild_pid/smaps" >"$tmp/smaps.after"
descriptor_set >"$tmp/fds.after"
used=$(ticks)
sleep 3
used=$(($(ticks) - used))
summarize

. "$srcdir/tests/bench/soak_books.sh"

kill "$haild_pid"
ok 'it stops' ends "$haild_pid"
haild_pid=
if [ -n "${SOAK_KEEP:-}" ]; then
	mkdir -p "$SOAK_KEEP"
	cp "$tmp/syslog" "$tmp/clients" "$tmp/odd" "$tmp/summary" "$tmp"/smaps.* "$SOAK_KEEP"
fi
done_testing
