#!/bin/sh
# soak.sh -- serve a hundred thousand clients under reloads, upgrades and faults.
#
#	sh tests/bench/soak.sh [SECONDS]
#
# From the build tree, as root, in namespaces of its own: the network has only
# lo, /dev/log belongs to the script, and every process ends with it.  For each
# second there are 300 plain clients (soak_kinds.c lists their kinds), 25 that speak
# TLS (soak_tls.c) and 10 requests to the control socket (soak_peer.c).  They come
# in phases:
#
#	upgrades	half of them: reloads with new certificates, upgrades,
#			drains, children stopped and killed
#	warm-up		a tenth, from here on without upgrades: reloads, drains,
#			children stopped and killed, too few descriptors and
#			processes, the daemon stopped
#	burst		as fast as possible, and hundreds accepted at once: more
#			than later on
#	endurance	more than a quarter: like the warm-up, but longer
#	deaf syslog	the rest: /dev/log is not read for a while.  No client
#			is refused and there are no faults, so that each lost
#			line belongs to a session, or to a linger process that
#			haild replaced
#
# soak_config.sh has the services and certificates, soak_faults.sh the rest of what
# happens.  Then the numbers of clients, counters and log lines are compared.
# They must agree, and nothing may be left (soak_books.sh).
#
#	SOAK_SEED	another seed
#	SOAK_KEEP	a directory for the log and other files of the soak, and
#			result.md, a table of the result
. "${srcdir:-.}/tests/e2e/lib.sh"
[ "$(id -u)" = 0 ] || { echo 'soak: needs root' >&2; exit 1; }
total=${1:-300}
[ "$total" -ge 20 ] || { echo 'soak: 20 seconds at least' >&2; exit 2; }

own_world "$total"
. "$srcdir/tests/e2e/left.sh"
. "$srcdir/tests/e2e/pki.sh"

SOAK=$builddir/tests/bench/soak
seed=${SOAK_SEED:-7}

own_dev
mkdir "$tmp/run"
# strict hides /tmp, so the bombs are in a /opt of this mount namespace.
mount -t tmpfs -o mode=755 tmpfs /opt
cp "$builddir/tests/bench/soak_peer" /opt

. "$srcdir/tests/bench/soak_config.sh"
make_certificates
restore_pair
write_configuration "$tmp/one" 1000
write_configuration "$tmp/two" 1001 \
    'more: { listen = ["127.0.0.1:7007"] builtin = "discard" }'
write_configuration "$tmp/broken" 1000 'more: { listen = '
cp "$tmp/one" "$conf"

log=$tmp/syslog
: >"$log"
in_background "$SOAK" log "$log"
# shellcheck disable=SC2031 # left.sh has another one, in a subshell
reader=$last
wait_until '[ -S /dev/log ]' || exit 1
in_background "${SOAK}_peer" target 7101 >"$tmp/targets"
# shellcheck disable=SC2031
targets=$last
wait_until 'ss -Hltn "sport = :7103" | grep -q .' || exit 1
# shellcheck disable=SC2086 # HAILD may be a command with arguments
$HAILD -v -c "$conf" -p "$tmp/run/pid" >"$tmp/stdout.log" 2>&1 || {
	cat "$tmp/stdout.log"
	exit 1
}
haild_pid=$(cat "$tmp/run/pid")
find_leaves

. "$srcdir/tests/bench/soak_faults.sh"

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

# begin_load NAME CLIENTS COMMAND...: COMMAND adds its clients to the phase NAME.
loads=
begin_load()
{
	load_file=$tmp/$1.$2
	shift 2
	"$@" >"$load_file" 2>"$load_file.err" &
	loads="$loads $!"
	background="$background $!"
}

first=0 first_tls=0 names=
: >"$tmp/clients"
: >"$tmp/requests"
# Sessions last a few seconds longer than the time in which clients come.
span=$((total > 40 ? total - 15 : total - total / 3))
# phase NAME CLIENTS TIME KINDS RELOADS UPGRADES DRAINS STRIKES ONCE...: serve CLIENTS
# per mille of all clients, in TIME per mille of the time, with so many reloads,
# upgrades, drains and strikes.  Each function of ONCE runs once.  The last clients of
# a phase can still be there when the next one begins.
phase()
{
	name=$1 length=$((span * $3)) seconds=$(((span * $3 + 999) / 1000)) kinds=$4
	n=$((total * 300 * $2 / 1000)) tls=$((total * 25 * $2 / 1000))
	reload_goal=$((reloads + $5)) upgrade_goal=$((upgrades + $6))
	drain_goal=$((drains + $7)) strike_goal=$8 struck=0
	reload_from=$reloads upgrade_from=$upgrades drain_from=$drains
	shift 8
	once=$# once_done=0 names="$names $name" begun=$(ms)
	begin_load "$name" plain "$SOAK" load "$seed" $first $n $seconds "$kinds"
	begin_load "$name" tls "${SOAK}_tls" "$seed" $first_tls $tls $seconds "$kinds"
	[ "$kinds" != all ] ||
	    begin_load "$name" control "${SOAK}_peer" control "$control" \
		$((seed + first)) $((length / 100)) $seconds 65534 $looker_gid
	first=$((first + n)) first_tls=$((first_tls + tls))
	# A slow machine needs longer for all that is to happen.
	while now=$(ms); [ "$now" -lt $((begun + length)) ] || is_more_due; do
		if [ $reloads -lt $reload_goal ] && due $((reloads - reload_from)) \
		    $((reload_goal - reload_from)); then reload; fi
		if [ $upgrades -lt $upgrade_goal ] && due $((upgrades - upgrade_from)) \
		    $((upgrade_goal - upgrade_from)); then upgrade; fi
		if [ $drains -lt $drain_goal ] && due $((drains - drain_from)) \
		    $((drain_goal - drain_from)); then drain; fi
		if [ $# -gt 0 ] && due $once_done $once; then
			once_done=$((once_done + 1))
			"$1"
			shift
		fi
		while [ $struck -lt "$strike_goal" ] &&
		    due $struck "$strike_goal"; do
			struck=$((struck + 1))
			strike
		done
		sleep 0.05
	done
}

is_more_due()
{
	[ $reloads -lt $reload_goal ] || [ $upgrades -lt $upgrade_goal ] ||
	    [ $drains -lt $drain_goal ] || [ $once_done -lt $once ]
}

# gather: wait for the end of the clients, and of their sessions.
gather()
{
	for load in $loads; do
		wait "$load" || {
			echo "Bail out! a load failed: $(cat "$tmp"/*.err) (seed $seed)"
			exit 1
		}
	done
	loads=
	for name in $names; do
		cat "$tmp/$name.plain" "$tmp/$name.tls" >"$tmp/phase"
		[ ! -e "$tmp/$name.control" ] ||
		    cat "$tmp/$name.control" >>"$tmp/requests"
		echo "# $name: $(wc -l <"$tmp/phase") clients," \
		    "$(grep -c ' normal full ' "$tmp/phase") of" \
		    "$(grep -c ' normal ' "$tmp/phase") normal ones answered"
		cat "$tmp/phase" >>"$tmp/clients"
	done
	names=
	wait_until quiet 60
}

# summarize: ask haild for a summary; its lines are in $tmp/summary.
summarize()
{
	set_mark
	kill -USR1 "$haild_pid"
	said 'summary: filler: ' 10
	tail -c "+$mark" "$log" | sed -n 's/.*\]: summary: //p' >"$tmp/summary"
}

# quiet: there are no sessions and no sources.
quiet()
{
	no_sessions && summarize && sleep 0.5 &&
	    grep -q '^0 sources in the table$' "$tmp/summary"
}

# settle NAME: reload before each measurement, so that the same pages are mapped;
# and serve a few clients, so that new processes have done what old ones have.  A
# second later the daemon gives back the memory of its empty tables.  It keeps only the
# table of leaves, for later sessions.
settle()
{
	set_mark
	kill -HUP "$haild_pid"
	said 'reloaded: '
	phase "$1" 5 20 good 0 0 0 0
	gather
	wait_until 'children; [ "$(echo $children | wc -w)" = 4 ]' 60
	wait_until '[ "$(table_memory)" -le 160 ]' 10
}

# table_memory: the memory in kB of the tables that children do not have (flag "dc"
# of smaps in proc(5)).
table_memory()
{
	awk '/^Anonymous:/ { anonymous = $2 }
	    /^VmFlags:/ && / dc( |$)/ { n += anonymous }
	    END { print n + 0 }' "/proc/$haild_pid/smaps"
}

. "$srcdir/tests/bench/soak_left.sh"

reload_share=$((total * 200 / 300)) drain_share=$((total / 10))
began=$(ms)
phase upgrades 500 500 all $((reload_share / 2)) $((total * 20 / 300)) \
    $((drain_share / 2)) "$total" kill_logger look kill_keeper
phase warm-up 100 100 all $((reload_share / 10)) 0 1 $((total / 5)) \
    hold_up squeeze_descriptors squeeze_processes kill_logger kill_keeper
phase burst 50 10 all 0 0 0 0 hold_crowd
gather
settle settling
take_stock before
phase endurance 270 320 all $((reload_share - reloads)) 0 \
    $((drain_share - drains)) $((total * 2 / 3)) \
    squeeze_descriptors look squeeze_processes hold_up squeeze_descriptors \
    squeeze_processes kill_keeper
gather
settle settling-again
take_stock middle
set_mark
deaf=$mark lingered=$(linger)
phase deaf 65 70 calm 0 0 0 0 deafen
gather
take_stock later
settle settling-last
take_stock after
used=$(ticks)
sleep 3
used=$(($(ticks) - used))
summarize
ctl metrics >"$tmp/metrics" 2>&1
kill "$targets"
wait "$targets"

. "$srcdir/tests/bench/soak_books.sh"
. "$srcdir/tests/bench/soak_result.sh"
done_testing
