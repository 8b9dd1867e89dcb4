# lib.sh -- functions for the end-to-end tests.  To be sourced.
#
# A test is a plain sh script that writes TAP (testanything.org).  It runs the
# programs of the build tree in a temporary directory, which is removed at the
# end, and stops the processes that it started, by pid.
#
#	srcdir	the top of the source tree	builddir  of the build tree
#	HAILD	the command for the daemon	HAIL	  for the client
#	HAILDCTL	for the control client
#
# shellcheck shell=sh disable=SC2034,SC2120 # used where it is sourced

set -u
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
builddir=${builddir:-$(pwd)}
HAILD=${HAILD:-$builddir/haild}
HAIL=${HAIL:-$builddir/hail}
HAILDCTL=${HAILDCTL:-$builddir/haildctl}
PEER=$builddir/tests/e2e/peer
LC_ALL=C
export LC_ALL
umask 022

# Programs of services run as other users, who cannot enter a home directory that
# only its owner can, such as /root.  Then the script runs again in a mount namespace
# in which /media is the source tree.
if [ "$(id -u)" = 0 ] && [ -z "${HAILD_TEST_MOVED:-}" ] &&
    [ "${builddir#"$srcdir/"}" != "$builddir" ] &&
    ! setpriv --reuid=65534 --regid=65534 --clear-groups \
	test -x "$builddir/." 2>/dev/null &&
    unshare --mount true 2>/dev/null; then
	# moved TEXT: print TEXT with the new path of the source tree.
	moved()
	{
		printf '%s\n' "$1" | sed "s|$srcdir/|/media/|g"
	}
	HAILD=$(moved "$HAILD")
	HAIL=$(moved "$HAIL")
	HAILDCTL=$(moved "$HAILDCTL")
	builddir=$(moved "$builddir")
	HAILD_TEST_MOVED=$srcdir
	srcdir=/media
	export HAILD HAIL HAILDCTL builddir srcdir HAILD_TEST_MOVED
	# shellcheck disable=SC2016 # for another shell
	exec unshare --mount --propagation private sh -ec '
		mount --bind "$HAILD_TEST_MOVED" /media
		cd "$builddir"
		exec sh "$@"' sh "$srcdir/tests/e2e/${0##*/}" "$@"
fi

# The user of programs in services: haild refuses to run them as root.
me=$(id -un)
[ "$(id -u)" != 0 ] || me=nobody

tap_n=0
tap_failed=0
haild_pid=
logger=
lingerer=
background=

# ok DESCRIPTION COMMAND...: passes when COMMAND succeeds.
ok()
{
	tap_what=$1
	shift
	if "$@"; then tap_report ok "$tap_what"; else
		tap_report 'not ok' "$tap_what"
		echo "# failed: $*"
	fi
}

# is DESCRIPTION GOT WANTED
is()
{
	if [ "$2" = "$3" ]; then tap_report ok "$1"; else
		tap_report 'not ok' "$1"
		printf '%s\n' "$2" | sed 's/^/#    got: /'
		printf '%s\n' "$3" | sed 's/^/# wanted: /'
	fi
}

# like DESCRIPTION GOT EXTENDED-REGULAR-EXPRESSION
like()
{
	if printf '%s\n' "$2" | grep -Eq -- "$3"; then
		tap_report ok "$1"
	else
		tap_report 'not ok' "$1"
		printf '%s\n' "$2" | sed 's/^/#    got: /'
		echo "#   like: $3"
	fi
}

tap_report()
{
	tap_n=$((tap_n + 1))
	echo "$1 $tap_n - $2"
	[ "$1" = ok ] || tap_failed=$((tap_failed + 1))
}

# skip DESCRIPTION REASON: one test that this machine cannot run.
skip()
{
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
}

# skip_all REASON: skip the script.
skip_all()
{
	echo "1..0 # SKIP $1"
	exit 0
}

# need_root: run the script again through sudo if necessary, or skip it.
need_root()
{
	[ "$(id -u)" != 0 ] || return 0
	if sudo -n true 2>/dev/null; then
		leave_tmp
		exec sudo -n srcdir="$srcdir" builddir="$builddir" \
		    HAILD="$HAILD" HAIL="$HAIL" \
		    ASAN_OPTIONS="${ASAN_OPTIONS:-}" \
		    UBSAN_OPTIONS="${UBSAN_OPTIONS:-}" sh "$0"
	fi
	skip_all 'needs root'
}

# leave_tmp: remove $tmp before the script executes itself again.
leave_tmp()
{
	rm -rf --one-file-system "$tmp"
	trap - EXIT
}

# have_ipv6: whether this machine has ::1.
have_ipv6()
{
	grep -q '^0\{31\}1 ' /proc/net/if_inet6 2>/dev/null
}

# need_command NAME...: skip the script if one is not installed.
need_command()
{
	for tap_cmd; do
		command -v "$tap_cmd" >/dev/null || skip_all "needs $tap_cmd"
	done
}

# wait_until COMMAND-LINE [SECONDS]: evaluate it until it succeeds; the limit of
# 10 seconds is only reached by a failing test.  After half a second it is evaluated
# less often, because processor time is short.
wait_until()
{
	tap_tries=$((${2:-10} * 50)) tap_often=25
	until eval "$1"; do
		if [ $tap_tries -le 0 ]; then
			echo "# timed out waiting for: $1"
			return 1
		fi
		if [ $tap_often -gt 0 ]; then
			tap_often=$((tap_often - 1))
			tap_tries=$((tap_tries - 1))
			sleep 0.02
		else
			tap_tries=$((tap_tries - 5))
			sleep 0.1
		fi
	done
}

# run_haild [OPTION...]: start haild in the background; it logs to $log.
run_haild()
{
	: >"$log"
	# shellcheck disable=SC2086 # HAILD may be a command with arguments
	$HAILD "$@" </dev/null >>"$log" 2>&1 &
	haild_pid=$!
}

# start_haild [OPTION...] <CONFIGURATION: start haild and wait until it serves.
start_haild()
{
	cat >"$conf"
	run_haild -f -c "$conf" "$@"
	wait_until "grep -q ' serving ' '$log' || ! kill -0 $haild_pid" 30
	lingerer=$(ps -o pid=,args= --ppid "$haild_pid" |
	    awk '/haild[^ ]*: linger/ { print $1 }')
	logger=$(ps -o pid=,args= --ppid "$haild_pid" |
	    awk -v other="$lingerer" '$1 != other &&
		!/haild[^ ]*:? (keeper|signer)/ { print $1; exit }')
	# Under valgrind, no process has a title of its own.
	[ -n "$lingerer" ] ||
	    lingerer=$(ps -o pid=,args= --ppid "$haild_pid" |
		awk -v other="$logger" '$1 != other &&
		    !/haild[^ ]*:? (keeper|signer)/ { print $1; exit }')
	if ! kill -0 "$haild_pid" 2>/dev/null; then
		echo "Bail out! haild did not start"
		sed 's/^/# /' "$log"
		exit 1
	fi
}

# port SERVICE: the first port it listens on, from the log.
port()
{
	sed -n "s/.*: $1: listening on .*:\([0-9]*\)\$/\1/p" "$log" | head -n 1
}

# stop_haild [SIGNAL]: stop haild; its exit status is in $haild_status.
stop_haild()
{
	[ -n "$haild_pid" ] || return 0
	kill "-${1:-TERM}" "$haild_pid" 2>/dev/null
	wait "$haild_pid"
	haild_status=$?
	haild_pid=
}

# wait_haild: wait until haild exits by itself; its status is in $haild_status.
# It is killed after a minute, so that the test ends.
wait_haild()
{
	wait_until "! kill -0 $haild_pid 2>/dev/null" 60 || kill "$haild_pid"
	wait "$haild_pid"
	haild_status=$?
	haild_pid=
}

# sessions: the pids of the daemon's children without its logger, linger
# and control processes and those of haild-tls and haild-load.  $logger and $lingerer
# are those at the start; new ones have set their titles.
sessions()
{
	ps -o pid=,args= --ppid "$haild_pid" |
	    awk -v logger="$logger" -v linger="$lingerer" '
		$1 != logger && $1 != linger && $2 != "haild-load" &&
		    !/haild[^ ]*: (logger|linger|keeper|signer|relay|control)/ {
			print $1
		}'
}

# linger: the pid of the present linger process, the youngest.
linger()
{
	pgrep -n -P "$haild_pid" -f 'haild[^ ]*: linger'
}

no_children()
{
	[ -z "$(sessions)" ]
}

# logged EXTENDED-REGULAR-EXPRESSION [SECONDS]: wait for a log line that matches.
logged()
{
	wait_until "grep -Eq -- '$1' '$log'" "${2:-10}" && return
	tail -n 20 "$log" | sed 's/^/# log: /'
	return 1
}

# reload: send SIGHUP and wait until the reload has succeeded or failed.
reloads=0
reload()
{
	reloads=$((reloads + 1))
	kill -HUP "$haild_pid"
	wait_until "[ \"\$(grep -Ec 'reloaded: |reload failed: ' '$log')\" -ge $reloads ]" 30
}

# last_reload: the log message of the last reload.
last_reload()
{
	grep -E 'reloaded: |reload failed: ' "$log" | tail -n 1 |
	    sed 's/^.*\]: //'
}

# upgrade: send SIGUSR2 and wait until the upgrade has succeeded or failed.
upgrades=0
upgrade()
{
	upgrades=$((upgrades + 1))
	kill -USR2 "$haild_pid"
	wait_until "[ \"\$(grep -Ec 'upgrade (complete|failed): ' '$log')\" -ge $upgrades ]" 60
	# An upgrade starts a new logger, if there is one.
	[ -z "$logger" ] ||
	    wait_until 'logger=$(pgrep -P "$haild_pid" -f "haild: logger")'
}

# last_upgrade: the log message of the last upgrade.
last_upgrade()
{
	grep -E 'upgrade (complete|failed): ' "$log" | tail -n 1 |
	    sed 's/^[^]]*\]: //'
}

# most_a_second REGEX: the largest number of matching log lines with the same
# second in their timestamps.
most_a_second()
{
	grep -E -- "$1" "$log" | cut -c 1-19 | sort | uniq -c |
	    awk '$1 > most { most = $1 } END { print most + 0 }'
}

# in_background COMMAND...: start it; its pid is in $last.  It is killed at the
# end of the test.
in_background()
{
	"$@" &
	last=$!
	background="$background $last"
}

# hold_open ADDRESS [N]: start N clients (1) that connect and then do nothing.
held=
hold_open()
{
	: >"$tmp/held"
	in_background "$PEER" hold "$1" "${2:-1}" >"$tmp/held"
	held="$held $last"
	wait_until "grep -q open '$tmp/held' || ! kill -0 $last"
}

# hold_from FROM WHERE N: as hold_open, from that address.
hold_from()
{
	PEER_FROM=$1
	export PEER_FROM
	hold_open "$2" "$3"
	unset PEER_FROM
}

# echoed FROM PORT: what a client from there gets.
echoed()
{
	echo x | nc -N -s "$1" 127.0.0.1 "$2"
}

# wait_listening PATH: wait until a server listens at a Unix socket.  The file alone is
# there from bind(2) on.
wait_listening()
{
	wait_until "ss -Hlx | grep -Fq ' $1 '"
}

# has_sessions N [SECONDS]: wait until N sessions are open.
has_sessions()
{
	wait_until "[ \"\$(sessions | wc -l)\" = $1 ]" "${2:-10}"
}

# queued PORT N: wait until N clients wait to be accepted at PORT.  A socket that a
# reload has replaced does not count; it is bound to an interface that does not
# exist, which ss shows after a "%".
queued()
{
	wait_until "[ \"\$(ss -Hltn 'sport = :$1' | grep -v % |
	    awk '{ n += \$2 } END { print n }')\" = $2 ]"
}

# session: wait until there is exactly one session, and print its pid.
session()
{
	has_sessions 1 >&2
	sessions
}

# end_child PID: kill it, unless it has ended and another process has its pid now.
end_child()
{
	! grep -q "^PPid:.$$\$" "/proc/$1/status" 2>/dev/null ||
	    kill "$1" 2>/dev/null
}

# release_all: end the clients that hold_open started.
release_all()
{
	for tap_pid in $held; do
		end_child "$tap_pid"
		wait "$tap_pid" 2>/dev/null
	done
	held=
}

# inject RULE [PATH]: from now on haild's system calls fail by RULE, as for
# inject= of strace(1); with PATH only those that refer to this file.
inject()
{
	in_background strace -f -q -o "$tmp/strace" -e "inject=$1" \
	    ${2:+-P "$2"} -p "$haild_pid" 2>/dev/null
	tracer=$last
	wait_until "! grep -q 'TracerPid:.0$' /proc/$haild_pid/status"
}

# eject [SIGNAL]: end the injection.  When strace(1) ends, a signal for haild can
# be lost, so SIGCHLD is sent again.  With KILL no signal is lost, but a call
# that strace was changing may fail.
eject()
{
	kill "-${1:-INT}" "$tracer"
	wait_until "grep -q 'TracerPid:.0$' /proc/$haild_pid/status"
	# strace can wait for ever for a process that ended while it detached.
	wait_until "! grep -q '^State:.[^Z]' /proc/$tracer/status 2>/dev/null" ||
	    kill -KILL "$tracer"
	wait "$tracer" 2>/dev/null
	kill -CHLD "$haild_pid"
}

# silent_name_server: start one at 127.0.0.9 that does not answer; $tmp/questions
# has a line for each query.
silent_name_server()
{
	in_background perl -MIO::Socket::INET -e '
		my $socket = IO::Socket::INET->new(Proto => "udp",
		    LocalAddr => "127.0.0.9:53") or die;
		$| = 1;
		print STDERR "ready\n";
		print "question\n" while $socket->recv(my $question, 512);
	' >"$tmp/questions" 2>"$tmp/ready"
	wait_until '[ -s "$tmp/ready" ]'
}

# has NAME=VALUE...: wait for a line of $log, in JSON, that has all of these.
has()
{
	has_these=
	for has_one in "$@"; do
		has_these="$has_these '$has_one'"
	done
	wait_until "python3 '$srcdir/tests/e2e/json_lines.py' has '$log' $has_these" \
	    20 && return
	tail -n 20 "$log" | sed 's/^/# log: /'
	return 1
}

# ticks: the processor time that haild has used, in clock ticks.
ticks()
{
	awk '{ print $14 + $15 }' "/proc/$haild_pid/stat"
}

# is_idle TICKS SECONDS: the processor time is at most 1 % of the time.
is_idle()
{
	[ $(($1 * 100)) -le $(($(getconf CLK_TCK) * $2)) ]
}

# ends PID [SECONDS]: wait until it has ended; it may still be a zombie.
ends()
{
	wait_until "[ ! -e '/proc/$1' ] || grep -q '^State:.Z' '/proc/$1/status' 2>/dev/null" "${2:-10}"
}

# is_sanitized: haild has sanitizers, which need more memory and time.
is_sanitized()
{
	grep -q libasan "/proc/$haild_pid/maps"
}

# has_cgroups: whether haild has a cgroup for each session.
has_cgroups()
{
	grep -q '^0::.*/daemon$' "/proc/$haild_pid/cgroup"
}

# without_cgroups: from now on, haild starts in a mount namespace without cgroup
# v2, so that a process that calls setsid(2) escapes from its session.
without_cgroups()
{
	cat >"$tmp/without_cgroups" <<-EOF
	#!/bin/sh
	if [ "\$1" != inside ]; then
		exec unshare --mount --propagation private \
		    sh "\$0" inside "\$@"
	fi
	shift
	awk '\$3 == "cgroup2" { print \$2 }' /proc/mounts | xargs -r umount -l
	exec $HAILD "\$@"
	EOF
	HAILD="sh $tmp/without_cgroups"
}

# descriptors: the number of descriptors that haild has open while it waits.  A
# session may answer its client before haild has closed its copy of the socket.
descriptors()
{
	wait_until 'grep -q "^State:.S" "/proc/$haild_pid/status"' >&2
	find "/proc/$haild_pid/fd" -mindepth 1 | wc -l
}

# own_world ARGUMENT...: execute the script again with these arguments, in new
# namespaces: the network has only lo, and every process ends with the script.  If
# WORLD_NET is the path of a network namespace, it is used instead of a new one.
own_world()
{
	if [ -z "${HAILD_TEST_INSIDE:-}" ]; then
		leave_tmp
		HAILD_TEST_INSIDE=yes
		export HAILD_TEST_INSIDE srcdir builddir HAILD HAIL
		set -- --pid --fork --kill-child --mount-proc sh "$0" "$@"
		[ -n "${WORLD_NET:-}" ] || set -- --net "$@"
		exec ${WORLD_NET:+nsenter "--net=$WORLD_NET"} \
		    unshare --mount --propagation private "$@"
	fi
	ip link set lo up
	# The default of 10 messages would lose log lines on a busy machine.
	sysctl -q -w net.unix.max_dgram_qlen=512
}

# cover DIR: make DIR empty, in this test's world only.  The source and build trees
# can still be reached, even if they are in it.
cover()
{
	set -- "$1" "$(realpath "$srcdir")" "$(realpath "$builddir")"
	mkdir "$tmp/covered"
	mount --bind "$1" "$tmp/covered"
	mount -t tmpfs -o mode=755 tmpfs "$1"
	for kept_tree in "$2" "$3"; do
		case $kept_tree in
		"$1"/*)
			mkdir -p "$kept_tree"
			mount --bind "$tmp/covered${kept_tree#"$1"}" "$kept_tree"
			;;
		esac
	done
	umount "$tmp/covered"
	rmdir "$tmp/covered"
}

# own_dev: in a mount namespace, make a /dev without /dev/log.  It is built
# elsewhere and moved, so that cleanup never sees the real /dev below $tmp.
own_dev()
{
	mkdir "$tmp/dev"
	mount -t tmpfs -o mode=755 tmpfs "$tmp/dev"
	for tap_node in null zero full random urandom tty; do
		: >"$tmp/dev/$tap_node"
		mount --bind "/dev/$tap_node" "$tmp/dev/$tap_node"
	done
	ln -s /proc/self/fd "$tmp/dev/fd"
	mount --move "$tmp/dev" /dev
}

# done_testing: check the reports of sanitizers, print the plan, exit.
done_testing()
{
	stop_haild TERM
	ok 'no reports from sanitizers or valgrind' no_complaints
	echo "1..$tap_n"
	[ $tap_failed -eq 0 ]
	exit
}

# "Unable to get registers" is not of the program: a process was killed while
# LeakSanitizer looked for leaks at its exit.
no_complaints()
{
	find "$tmp/san" -type f -exec cat {} + |
	    grep -v 'Unable to get registers from thread' |
	    sed 's/^/# /' >"$tmp/reports"
	grep -hE 'Sanitizer|runtime error:|^==[0-9]+== ' "$tmp"/*.log* \
	    >>"$tmp/reports" 2>/dev/null
	head -n 100 "$tmp/reports"
	[ ! -s "$tmp/reports" ]
}

cleanup()
{
	[ -z "$haild_pid" ] || kill -9 "$haild_pid" 2>/dev/null
	for tap_pid in $background; do
		end_child "$tap_pid"
	done
	# Not into file systems that a test mounted there.
	rm -rf --one-file-system "$tmp"
}

tmp=$(mktemp -d "${TMPDIR:-/tmp}/haild-test.XXXXXX") || exit 1
chmod 755 "$tmp"

# Sanitizers write their reports here, since standard error of many processes is
# /dev/null.  Processes without privileges must be able to write, too.
mkdir -m 1777 "$tmp/san"
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}log_path=$tmp/san/asan
UBSAN_OPTIONS=${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}log_path=$tmp/san/ubsan
export ASAN_OPTIONS UBSAN_OPTIONS
# Do not use the known hosts of the user who runs the tests.
XDG_CONFIG_HOME=$tmp/config
export XDG_CONFIG_HOME
conf=$tmp/haild.conf
log=$tmp/haild.log
# haild finds its helpers beside itself: a copy of it in $tmp does, too.
ln -s "$builddir/haild-load" "$builddir/haild-commands" \
    "$builddir/haild-tls" "$builddir/hail-tls" "$tmp"
sock=$tmp/sock
trap cleanup EXIT
trap 'exit 1' HUP INT TERM
