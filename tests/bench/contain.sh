#!/bin/sh
# contain.sh -- compare a contained session with a plain one, and with bubblewrap
# and setpriv as the program of a plain service.
#
#	sh tests/bench/contain.sh [ROUNDS]
#
# As root, from the build tree, in namespaces of its own.  turns.pl measures, and
# describes how.  The program is tiny.c, which needs no libc, so the rows show the
# price of a start alone.
#
# "strict" has one network namespace for all sessions where Landlock separates
# their abstract sockets (ABI 6, Linux 6.12).  "strict-own-network" has one for each
# session, as strict itself does on an older kernel; then no target applies to it.
#
#	PARENT		a directory with another haild to compare with
#	BENCH_ROWS	the rows to measure; run.sh lists them
#	BENCH_SHORT	not empty: little of everything, and no result is judged
. "${srcdir:-.}/tests/e2e/lib.sh"
. "$srcdir/tests/bench/rows.sh"
[ "$(id -u)" = 0 ] || { echo 'contain.sh: needs root' >&2; exit 2; }
rounds=${1:-10}
wants contain || exit 0
own_world "$rounds"
need_all bwrap perl setpriv

LOAD=$builddir/tests/bench/load
missed=0
some=1000
[ -z "${BENCH_SHORT:-}" ] || some=50

# strict hides what is in /tmp.  This /opt is in the mount namespace of the script.
mount -t tmpfs -o mode=755 tmpfs /opt || exit 2
TINY=/opt/tiny
cp "$builddir/tests/bench/tiny" "$TINY"

# service NAME PORT PROGRAM SETTING...: exec, with the limits of the other rows.
service()
{
	echo "$1: { listen = [\"127.0.0.1:$2\"] exec = [$3]"
	echo 'max-sessions = 1000 max-per-source = 1000'
	shift 3
	printf '%s\n' "$@" '}'
}

# What bubblewrap can do of strict.  It makes a user namespace in place of a
# pool's uid, and has no filter of system calls here, and no Landlock.
bwrap='"/usr/bin/bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc",
	"--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/var/tmp",
	"--tmpfs", "/run", "--cap-drop", "ALL"'
# What setpriv can do of basic: it only gives up privileges.
setpriv='"/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup",
	"--clear-groups", "--no-new-privs", "--bounding-set=-all",
	"--inh-caps=-all"'
pool='user = "pool:300000-301023"'
plain='user = "nobody"'
{
	service plain 7001 "\"$TINY\"" "$plain"
	service basic 7002 "\"$TINY\"" "$plain" 'sandbox = "basic"'
	service strict 7003 "\"$TINY\"" "$pool" 'sandbox = "strict"'
	service strict-own-network 7004 "\"$TINY\"" "$pool" \
	    'sandbox = "strict"' 'landlock-scope = false'
	service bubblewrap 7005 "$bwrap, \"$TINY\"" "$plain"
	service setpriv 7006 "$setpriv, \"$TINY\"" 'user = "root"'
} >"$tmp/services"
start_haild <"$tmp/services"
# A service that this host cannot contain is out of service.
for port in 7001 7002 7003 7004 7005 7006; do
	[ "$("$HAIL" -n "127.0.0.1:$port" 2>&1)" = 'Smile from the server' ] &&
	    continue
	echo "contain.sh: no answer at port $port:" >&2
	cat "$log" >&2
	exit 2
done
if [ -n "${PARENT:-}" ]; then
	service plain 7051 "\"$TINY\"" "$plain" >"$tmp/parent.conf"
	in_background "$PARENT/haild" -f -c "$tmp/parent.conf" \
	    </dev/null 2>"$tmp/parent.log"
	wait_until "grep -q ' serving ' '$tmp/parent.log'" || exit 2
fi

# The version of Landlock; its scopes are in 6.
landlock=$(perl -e 'print syscall(444, 0, 0, 1)')
[ "$landlock" -ge 6 ] && strict=0.5 || strict=0

contender basic basic - "$LOAD many 7002 8 $some"
contender basic plain 0.75 "$LOAD many 7001 8 $some"
contender basic setpriv 0 "$LOAD many 7006 8 $some"
[ -z "${PARENT:-}" ] || contender basic parent 0 "$LOAD many 7051 8 $some"
turns 'sandbox = "basic", 8 at a time' conn/s basic

contender strict strict - "$LOAD many 7003 8 $some"
contender strict plain "$strict" "$LOAD many 7001 8 $some"
contender strict strict-own-network 0 "$LOAD many 7004 8 $some"
contender strict bubblewrap 3 "$LOAD many 7005 8 $some"
turns 'sandbox = "strict", 8 at a time' conn/s strict

contender own strict-own-network - "$LOAD many 7004 8 $some"
contender own plain 0 "$LOAD many 7001 8 $some"
contender own bubblewrap 0 "$LOAD many 7005 8 $some"
turns 'strict, a network namespace each, 8 at a time' conn/s own

stop_haild TERM
exit $missed
