# lib.sh -- what the tests on a booted system share.  To be sourced.
#
# Such a test is a plain sh script that writes TAP.  It runs as root in a
# container that was booted for it alone (run.sh), or on the machine of
# autopkgtest, and may do there what it likes.  Its first comment may have a
# line "init: systemd sysv", which says under which it runs (only systemd, if
# there is none).  The packages that it needs stand in the file "packages".
#
#	debs	where our own packages are; those of a version that is higher
#		are in $debs/next
#	init	systemd, or sysv
#
# It has all functions of tests/e2e/lib.sh, but those that start a haild of
# their own; here HAILD is the one that is installed.
#
# shellcheck shell=sh disable=SC2034 # used where it is sourced

srcdir=${srcdir:-/src}
debs=${debs:-$srcdir/build/deb}
HAILD=/usr/sbin/haild
HAIL=/usr/bin/hail
. "$srcdir/tests/e2e/lib.sh"

init=sysv
[ ! -d /run/systemd/system ] || init=systemd

# apt_get ARGUMENT...: without a word if all goes well.
apt_get()
{
	apt-get -q -y -o Dpkg::Options::=--force-confold \
	    -o APT::Install-Recommends=false "$@" >"$tmp/apt" 2>&1 && return
	sed 's/^/# apt: /' "$tmp/apt"
	return 1
}

# install_packages NAME...: our own, as built.
install_packages()
{
	for tap_p; do
		set -- "$@" "$(echo "$debs/${tap_p}"_*.deb)"
		shift
	done
	apt_get install "$@"
}

# main_pid: the daemon's, as its lock file has it.
main_pid()
{
	cat /run/haild.pid
}

# serves [ADDRESS [PORT]]: whether the greeting is there.
serves()
{
	[ "$(nc -d -w 5 "${1:-127.0.0.1}" "${2:-7890}" 2>/dev/null)" = \
	    'Smile from the server' ]
}

# hold_open PORT: a client that connects, and then does nothing.  Until
# release_all.
hold_open()
{
	: >"$tmp/held"
	in_background bash -c '
		exec 3<>"/dev/tcp/127.0.0.1/$1" && echo open && exec sleep 1000
	' bash "$1" >"$tmp/held" 3>&-
	held="$held $last"
	wait_until "grep -q open '$tmp/held' || ! kill -0 $last"
}

# done_testing: the plan.
done_testing()
{
	echo "1..$tap_n"
	[ $tap_failed -eq 0 ]
	exit
}
