#!/bin/sh
#
# container.sh -- boot the init of a root directory in a container and run
# commands in it.  The host need not run systemd.
#
#	container.sh make ROOT systemd|sysv|bench	make one from Debian's packages
#	container.sh start NAME ROOT [systemd-nspawn's option...]
#	container.sh exec NAME COMMAND [ARGUMENT...]
#	container.sh stop NAME
#
# It needs root.  ROOT does not change: it is the lower layer of an overlay whose
# upper layer is a tmpfs that only the container sees.  Exit status 125: there was
# no container.
#
# The container has a network of its own: lo, and an eth0 without a peer, since
# getaddrinfo(3) ignores the addresses of lo (AI_ADDRCONFIG).

set -u
top=$(cd "${0%/*}/../.." && pwd)
. "$top/tests/system/sources.sh"
state=$top/build/system/containers
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

die()
{
	echo "container: $*" >&2
	exit 125
}

# --- the root directory ------------------------------------------------------

# packages INIT: the packages of such a root directory, separated by commas.  For the
# benchmarks they are few: systemd, Python, and haild's libraries.
packages()
{
	[ "$1" != bench ] || {
		echo dbus,libbsd0,libconfig9,libgnutls30,libseccomp2,python3-minimal,systemd-sysv
		return
	}
	sed 's/#.*//' "${0%/*}/packages" | awk -v init="$1:" '
	NF == 1 { print $1 }
	NF == 2 && $1 == init { print $2 }' | paste -sd, -
}

make()
{
	root=$1 list=$(packages "$2") || exit 125
	# The root records its list of packages; another list makes a new root.
	[ "$(cat "$root/etc/haild-packages" 2>/dev/null)" != "$list" ] ||
	    return 0
	suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
	sources=$(debian_sources "$suite")
	rm -rf --one-file-system "$root"
	mkdir -p "${root%/*}"
	mmdebstrap --quiet --variant=minbase --include="$list" \
	    --aptopt='APT::Install-Recommends "false"' \
	    --dpkgopt='path-exclude=/usr/share/locale/*' \
	    --dpkgopt='path-exclude=/usr/share/doc/*' \
	    --dpkgopt='path-exclude=/usr/share/man/*' \
	    --dpkgopt='path-include=/usr/share/doc/haild/*' \
	    "$suite" "$root" ${sources:+"$sources"} || die "cannot make a root of $suite"
	rm -f "$root/etc/resolv.conf" "$root/etc/hostname"
	printf '127.0.0.1 localhost\n::1 localhost ip6-localhost\n' \
	    >"$root/etc/hosts"
	# Only some tests need these servers, which start them.
	for unit in nginx postgresql; do
		rm -f "$root/etc/systemd/system/multi-user.target.wants/$unit.service"
	done
	# There are no consoles for getty.
	[ ! -e "$root/etc/inittab" ] ||
	    sed -i '/getty/s/^/#/' "$root/etc/inittab"
	printf '%s\n' "$list" >"$root/etc/haild-packages"
}

# --- boot --------------------------------------------------------------------

# Runs in a mount namespace on the host, and executes systemd-nspawn.
# shellcheck disable=SC2016 # for another shell
inside='
set -e
# systemd-nspawn needs a /run of this form, which the host may lack.
mount -t tmpfs -o mode=755 haild-run /run
mkdir /run/systemd
mount -t tmpfs -o mode=755 haild-upper "$dir"
mkdir "$dir/upper" "$dir/work" "$dir/root"
mount -t overlay haild-root -o \
    "lowerdir=$root,upperdir=$dir/upper,workdir=$dir/work" "$dir/root"
# Use cgroup v2 whatever the host mounts, in a subtree of our own.
umount -R /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir "/sys/fs/cgroup/$cgroup"
echo 0 >"/sys/fs/cgroup/$cgroup/cgroup.procs"
SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY
exec systemd-nspawn --quiet --boot --directory="$dir/root" --machine="$name" \
    --register=no --keep-unit --link-journal=no --resolv-conf=off \
    --timezone=off --console=read-only --private-network \
    --system-call-filter="landlock_create_ruleset landlock_add_rule landlock_restrict_self" \
    "$@"
'

# The host's pid of the container's PID 1.
find_init()
{
	for pid in $(pgrep -P "$supervisor"); do
		case $(sed -n 's/^NSpid:.*\t//p' "/proc/$pid/status") in
		1) echo "$pid" ;;
		esac
	done 2>/dev/null
}

wire()
{
	nsenter -t "$1" -n sh -ec '
	ip link add eth0 type veth peer name eth0-end
	ip addr add 192.0.2.1/24 dev eth0
	ip addr add 2001:db8::1/64 dev eth0 nodad
	ip link set eth0 up
	ip link set eth0-end up' 2>/dev/null
}

is_up()
{
	if [ -e "$root/lib/systemd/systemd" ]; then
		case $(nsenter -t "$1" -a systemctl is-system-running \
		    2>/dev/null) in
		running) return 0 ;;
		degraded) nsenter -t "$1" -a systemctl --failed --no-legend >&2
			return 0 ;;
		esac
		return 1
	fi
	# sysvinit has booted when no rc script runs any more.
	[ "$(nsenter -t "$1" -a runlevel 2>/dev/null)" = 'N 2' ] &&
	    ! nsenter -t "$1" -a pgrep -f '^/bin/sh /etc/init.d/rc' >/dev/null
}

start()
{
	name=$1 root=$(realpath "$2") dir=$state/$1
	shift 2
	[ -x "$root/sbin/init" ] || die "$root: no init there"
	mkdir -p "$state"
	mkdir "$dir" 2>/dev/null || die "$name: is there already"
	cgroup=haild-container.$name.$$
	echo "$cgroup" >"$dir.cgroup"
	echo "$root" >"$dir.root"
	export name root dir cgroup
	setsid unshare --mount --propagation private \
	    sh -c "$inside" sh "$@" </dev/null >"$dir.log" 2>&1 &
	supervisor=$!
	echo "$supervisor" >"$dir.supervisor"
	init='' wired='' tries=600
	until [ -n "$init" ] && is_up "$init"; do
		tries=$((tries - 1))
		if [ $tries = 0 ] || ! kill -0 "$supervisor" 2>/dev/null; then
			tail -n 30 "$dir.log" >&2
			stop "$name"
			die "$name: did not boot; this machine may not allow" \
			    "containers (mount, unshare, cgroup v2)"
		fi
		sleep 0.1
		init=$(find_init)
		[ -n "$init" ] || continue
		echo "$init" >"$dir.init"
		[ -n "$wired" ] || ! wire "$init" || wired=yes
	done
}

# init_of NAME
init_of()
{
	cat "$state/$1.init" 2>/dev/null || die "$1: is not running"
}

# Run with a clean environment, with systemd in a unit of its own.
run()
{
	name=$1 init=$(init_of "$1") || exit 125
	shift
	set -- env -i PATH=$path HOME=/root LC_ALL=C.UTF-8 \
	    DEBIAN_FRONTEND=noninteractive "$@"
	[ ! -e "$(cat "$state/$name.root")/lib/systemd/systemd" ] ||
	    set -- env -i PATH=$path systemd-run --quiet --pipe --wait \
		--collect --service-type=exec -- "$@"
	exec nsenter -t "$init" -a --wdns=/ "$@"
}

# The same without a unit, for processes that outlive the command.
enter()
{
	init=$(init_of "$1") || exit 125
	shift
	exec nsenter -t "$init" -a --wdns=/ "$@"
}

stop()
{
	dir=$state/$1
	supervisor=$(cat "$dir.supervisor" 2>/dev/null) ||
	    die "$1: is not running"
	# Kill it: its files are not kept.
	init=$(cat "$dir.init" 2>/dev/null) && kill -KILL "$init" 2>/dev/null
	tries=100
	while kill -0 "$supervisor" 2>/dev/null; do
		tries=$((tries - 1))
		[ $tries != 0 ] || kill -KILL "$supervisor"
		sleep 0.05
	done
	cgroup=$(cat "$dir.cgroup")
	for tree in /sys/fs/cgroup /sys/fs/cgroup/unified; do
		[ ! -d "$tree/$cgroup" ] ||
		    find "$tree/$cgroup" -depth -type d -exec rmdir {} \;
	done 2>/dev/null
	rm -rf --one-file-system "$dir" "$dir".*
	rmdir "$state" 2>/dev/null
}

[ "$(id -u)" = 0 ] || die 'needs root'
[ $# -ge 2 ] || die 'usage: make, start, exec, enter or stop; see its head'
command=$1
shift
case $command in
make | start | stop | enter) $command "$@" ;;
exec) run "$@" ;;
*) die "$command: no such command" ;;
esac
