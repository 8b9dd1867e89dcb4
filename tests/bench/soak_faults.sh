# soak_faults.sh -- what happens to the daemon of soak.sh besides clients: reloads,
# upgrades, drains and faults.
#
# shellcheck shell=sh disable=SC2154,SC2034 # variables of soak.sh

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

disturbed=0
# disturb TEXT: count an action that did not end as expected.
disturb()
{
	echo "# $*"
	disturbed=$((disturbed + 1))
}

ctl()
{
	"$HAILDCTL" -s "$control" -t 60 "$@"
}

reloads=0 reloads_refused=0 upgrades=0 drains=0 stops=0 kills=0 next=one
reload()
{
	reloads=$((reloads + 1)) rotated=good
	if [ $((reloads % 4)) = 0 ]; then
		cp "$tmp/broken" "$conf"
	else
		cp "$tmp/$next" "$conf"
		[ $next = one ] && next=two || next=one
		rotate
	fi
	wanted='reloaded: '
	if [ $((reloads % 4)) = 0 ] || [ $rotated = bad ]; then
		wanted='reload failed: '
		reloads_refused=$((reloads_refused + 1))
	fi
	set_mark
	kill -HUP "$haild_pid"
	said 'reload(ed| failed): '
	tail -c "+$mark" "$log" | grep -aq "$wanted" ||
	    disturb "a reload did not end with: $wanted"
	[ $rotated = good ] || restore_pair
	cp "$tmp/one" "$conf"
}

upgrade()
{
	upgrades=$((upgrades + 1))
	set_mark
	kill -USR2 "$haild_pid"
	said 'upgrade complete: |upgrade failed: '
	tail -c "+$mark" "$log" | grep -aq 'upgrade complete: ' ||
	    disturb 'an upgrade failed'
}

# drain: take a service, or all, out of use and back, every second time after its
# sessions have ended, every third time with a reload in between.
drain()
{
	drains=$((drains + 1))
	case $((drains % 6)) in
	0) set -- ;;
	1) set -- message ;;
	2) set -- secure ;;
	3) set -- first ;;
	4) set -- cat ;;
	5) set -- commands ;;
	esac
	set_mark
	ctl drain "$@" >"$tmp/ctl.out" 2>&1 || disturb "drain $*: $(cat "$tmp/ctl.out")"
	if [ $((drains % 3)) = 0 ]; then
		reload
	elif [ $((drains % 2)) = 0 ]; then
		said "$1: drained\$" || disturb "no end of: drain $*"
	fi
	ctl resume "$@" >"$tmp/ctl.out" 2>&1 || disturb "resume $*: $(cat "$tmp/ctl.out")"
}

# look: what an administrator does: call haildctl to look at the daemon.
look()
{
	for look_for in status sessions sources metrics health \
	    'explain echo 127.1.2.3' 'top -n 1'; do
		# shellcheck disable=SC2086 # a command and its arguments
		ctl $look_for >"$tmp/ctl.out" 2>&1 ||
		    disturb "haildctl $look_for: $(tail -n 3 "$tmp/ctl.out")"
	done
}

# children: set $children to the pids of the daemon's, the newest first.
children()
{
	children=
	# Not by "read", which reads a byte at a time, while children end.
	child_list=$(cat "/proc/$haild_pid/task/$haild_pid/children")
	for child in $child_list; do
		children="$child $children"
	done
}

# is_a PID REGEX: it is a process of haild with such a title.
is_a()
{
	grep -aEq "haild[^ ]*: ($2)|^haild-load" "/proc/$1/cmdline" 2>/dev/null
}

# no_sessions: the daemon has no other children.
no_sessions()
{
	children
	for child in $children; do
		is_a "$child" 'logger|linger|keeper|signer' || return 1
	done
}

# strike: stop or kill a session or relay: the first of five children that is one and
# has not ended meanwhile.  Those that stay are the oldest, and thus the last.
strike()
{
	for _ in 1 2 3 4 5; do
		children
		# shellcheck disable=SC2086 # a list
		set -- $children
		[ $# -gt 4 ] || return 0
		chance $(($# - 4))
		shift "$chance"
		! is_a "$1" 'logger|linger|keeper|signer|control' || continue
		chance 2
		if [ "$chance" = 0 ]; then
			kill -STOP "$1" 2>/dev/null || continue
			stops=$((stops + 1))
		else
			kill -KILL "$1" 2>/dev/null || continue
			kills=$((kills + 1))
		fi
		return
	done
}

# kill_one NAME LINE: kill that process of haild; haild must log LINE and start
# another one.
kill_one()
{
	children
	for child in $children; do
		is_a "$child" "$1" || continue
		set_mark
		kill -KILL "$child" 2>/dev/null
		said "$2" || disturb "no line: $2"
		return
	done
}
kill_logger()
{
	kill_one logger \
	    'the logger was killed by signal 9 \(Killed\); starting another one'
}
kill_keeper()
{
	kill_one keeper 'the keeper of haild-tls '
}

# soft_limit NAME: print the present soft limit.  The hard limit is never changed.
soft_limit()
{
	prlimit --pid "$haild_pid" "--$1" --raw --noheadings -o SOFT
}

# Allow one descriptor more than are open: too few for a client and a channel.  The
# limit stays for a second, as other faults that last do.
squeeze_descriptors()
{
	files=$(soft_limit nofile)
	prlimit --pid "$haild_pid" --nofile="$(($(descriptors) + 1)):"
	sleep 1
	prlimit --pid "$haild_pid" --nofile="$files:"
}

# Root can still fork, but a program of user nobody cannot be started.
squeeze_processes()
{
	processes=$(soft_limit nproc)
	prlimit --pid "$haild_pid" --nproc=4:
	sleep 1
	prlimit --pid "$haild_pid" --nproc="$processes:"
}

# hold_up: stop the daemon; new clients wait and are then accepted all at once.
hold_up()
{
	kill -STOP "$haild_pid"
	sleep 1
	kill -CONT "$haild_pid"
}

# hold_crowd: the same until 300 clients wait.
hold_crowd()
{
	kill -STOP "$haild_pid"
	wait_until '[ "$(ss -Hltn | awk "{ n += \$2 } END { print n }")" -ge 300 ]' 20
	kill -CONT "$haild_pid"
}

deafen()
{
	kill -STOP "$reader"
	sleep 3
	kill -CONT "$reader"
}
