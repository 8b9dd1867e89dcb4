#!/bin/sh
# contain.sh -- compare a contained session with a plain one, with bubblewrap and
# setpriv as the program of a plain service, and with systemd: with systemd-run as the
# program of a plain service, and with Accept=yes.
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
# systemd runs in a container that shares its network with this script (systemd.sh).
# A plain haild in that container runs systemd-run, as root, with --pipe and --wait.
# Both have the properties that basic and strict set, by the same names.  systemd 252
# has no Landlock, has ProtectProc in place of PID namespaces, and can hide /run only
# with a tmpfs.  Accept=yes starts a unit for each session without systemd-run.
#
#	PARENT		a directory with another haild to compare with
#	BENCH_ROWS	the rows to measure; run.sh lists them
#	BENCH_SHORT	not empty: little of everything, and no result is judged
. "${srcdir:-.}/tests/e2e/lib.sh"
. "$srcdir/tests/bench/rows.sh"
. "$srcdir/tests/bench/systemd.sh"
[ "$(id -u)" = 0 ] || { echo 'contain.sh: needs root' >&2; exit 2; }
rounds=${1:-10}
wants contain || exit 0

basic_properties='NoNewPrivileges=yes CapabilityBoundingSet= PrivateDevices=yes
ProtectSystem=full ProtectHome=yes InaccessiblePaths=-/boot InaccessiblePaths=-/sys/fs/bpf
InaccessiblePaths=-/sys/fs/cgroup RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX
RestrictAddressFamilies=AF_INET
RestrictAddressFamilies=AF_INET6
RestrictAddressFamilies=AF_NETLINK
SystemCallFilter=~@clock
SystemCallFilter=~@cpu-emulation
SystemCallFilter=~@debug
SystemCallFilter=~@keyring
SystemCallFilter=~@module
SystemCallFilter=~@mount
SystemCallFilter=~@obsolete
SystemCallFilter=~@raw-io
SystemCallFilter=~@reboot
SystemCallFilter=~@swap'
strict_properties="$basic_properties ProtectSystem=strict PrivateNetwork=yes
PrivateTmp=yes PrivateIPC=yes ProtectHostname=yes ProtectProc=invisible
TemporaryFileSystem=/run"

# run_service NAME PORT PROPERTY...: a service that runs tiny by systemd-run.
run_service()
{
	printf '%s: { listen = ["127.0.0.1:%s"] user = "root"\n' "$1" "$2"
	printf 'max-sessions = 1000 max-per-source = 1000\n'
	printf 'exec = ["/usr/bin/systemd-run", "--quiet", "--pipe", "--wait",\n'
	printf '"--collect", "--service-type=exec", "--property=User=bench"'
	shift 2
	for property; do
		printf ', "--property=%s"' "$property"
	done
	printf ', "/opt/bench/tiny"] }\n'
}

# shellcheck disable=SC2086 # lists
systemd_services()
{
	accept_service basic 7910 /opt/bench/tiny $basic_properties
	accept_service strict 7911 /opt/bench/tiny $strict_properties
	for program in haild haild-load haild-commands haild-tls; do
		[ ! -e "$builddir/$program" ] ||
		    inside_program "$builddir/$program"
	done
	{
		run_service basic 7912 $basic_properties
		run_service strict 7913 $strict_properties
	} | inside_file /opt/bench/haild.conf
	inside systemd-run --quiet --unit=bench-haild --property=Delegate=yes \
	    --service-type=exec /opt/bench/haild -f -c /opt/bench/haild.conf ||
	    exit 2
}
systemd=
with_systemd systemd_services "$rounds"
own_world "$rounds"
need_all bwrap perl setpriv

LOAD=$builddir/tests/bench/load
missed=0
some=1000 slow=50
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
for port in 7001 7002 7003 7004 7005 7006 ${systemd:+7910 7911 7912 7913}; do
	wait_until "[ \"\$('$HAIL' -n 127.0.0.1:$port 2>&1)\" = \
	    'Smile from the server' ]" && continue
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

# against_systemd FILE PORT PORT: lines for Accept=yes and for systemd-run there.
against_systemd()
{
	[ -n "$systemd" ] || return 0
	contender "$1" systemd 0 "$LOAD many $2 8 $slow"
	contender "$1" systemd-run 0 "$LOAD many $3 8 $slow"
}

contender basic basic - "$LOAD many 7002 8 $some"
contender basic plain 0.75 "$LOAD many 7001 8 $some"
contender basic setpriv 0 "$LOAD many 7006 8 $some"
contender basic bubblewrap 0 "$LOAD many 7005 8 $some"
against_systemd basic 7910 7912
[ -z "${PARENT:-}" ] || contender basic parent 0 "$LOAD many 7051 8 $some"
turns 'sandbox = "basic", 8 at a time' conn/s basic

contender strict strict - "$LOAD many 7003 8 $some"
contender strict plain "$strict" "$LOAD many 7001 8 $some"
contender strict strict-own-network 0 "$LOAD many 7004 8 $some"
contender strict bubblewrap 3 "$LOAD many 7005 8 $some"
against_systemd strict 7911 7913
turns 'sandbox = "strict", 8 at a time' conn/s strict

contender own strict-own-network - "$LOAD many 7004 8 $some"
contender own plain 0 "$LOAD many 7001 8 $some"
contender own bubblewrap 0 "$LOAD many 7005 8 $some"
turns 'strict, a network namespace each, 8 at a time' conn/s own

stop_haild TERM
exit $missed
