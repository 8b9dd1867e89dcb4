# lib.sh -- functions for the tests on a booted system.  To be sourced.
#
# Such a test is a plain sh script that writes TAP.  It runs as root in a
# container of its own (run.sh), or on the machine of autopkgtest, and may change
# anything there.  Its first comment may have a line "init: systemd sysv" with the
# init systems that it runs under; the default is systemd; and a line "slow".  The
# packages that it needs are listed in the file "packages".
#
#	debs	the directory of our packages
#	init	systemd or sysv
#
# It has all functions of tests/e2e/lib.sh except those that start a haild; HAILD
# is the installed one.
#
# shellcheck shell=sh disable=SC2034,SC2119,SC2120 # used where it is sourced

srcdir=${srcdir:-/src}
debs=${debs:-$srcdir/build/deb}
HAILD=/usr/sbin/haild
HAIL=/usr/bin/hail
HAILDCTL=/usr/sbin/haildctl
. "$srcdir/tests/e2e/lib.sh"

init=sysv
[ ! -d /run/systemd/system ] || init=systemd

# apt_get ARGUMENT...: print its output only if it fails.
apt_get()
{
	apt-get -q -y -o Dpkg::Options::=--force-confold \
	    -o APT::Install-Recommends=false "$@" >"$tmp/apt" 2>&1 && return
	sed 's/^/# apt: /' "$tmp/apt"
	return 1
}

# install_packages NAME...: install our packages.
install_packages()
{
	for tap_p; do
		set -- "$@" "$(echo "$debs/${tap_p}"_*.deb)"
		shift
	done
	apt_get install "$@"
}

# repack VERSION [COMMAND]: another version of haild, in $tmp/haild-VERSION.deb;
# COMMAND is evaluated in its unpacked root before.
repack()
{
	rm -rf "$tmp/root"
	dpkg-deb -R "$debs"/haild_*.deb "$tmp/root" &&
	    sed -i "s/^Version: .*/Version: $1/" "$tmp/root/DEBIAN/control" &&
	    (cd "$tmp/root" && eval "${2:-:}") &&
	    dpkg-deb --root-owner-group -b "$tmp/root" "$tmp/haild-$1.deb" >/dev/null
}

# service_conf NAME <TEXT: add a file to the configuration.
service_conf()
{
	cat >"/etc/haild/conf.d/$1.conf"
}

# start_storm: start clients, one after the other, until stop_storm.
start_storm()
{
	: >"$tmp/storm"
	in_background storm
	storm=$last
}

storm()
{
	until [ -e "$tmp/enough" ]; do
		if serves; then echo served; else echo refused; fi
	done >>"$tmp/storm"
}

# storm_goes_on: wait until some more of them were served.
storm_goes_on()
{
	tap_many=$(($(wc -l <"$tmp/storm") + 20))
	wait_until "[ \$(wc -l <'$tmp/storm') -gt $tap_many ]"
}

# stop_storm: stop the clients and print how many were refused.
stop_storm()
{
	touch "$tmp/enough"
	ends "$storm"
	grep -c refused "$tmp/storm"
}

# main_pid: the daemon's pid, from its lock file.
main_pid()
{
	cat /run/haild.pid
}

# serves [ADDRESS [PORT]]: wait for the greeting.
serves()
{
	[ "$(nc -d -w 5 "${1:-127.0.0.1}" "${2:-7890}" 2>/dev/null)" = \
	    'Smile from the server' ]
}

# hold_open PORT: start a client that connects and then does nothing until
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

# done_testing: print the plan and exit.
done_testing()
{
	echo "1..$tap_n"
	[ $tap_failed -eq 0 ]
	exit
}
