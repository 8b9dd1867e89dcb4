# lib.sh -- functions for the tests in a virtual machine.  To be sourced.
#
# Such a test is a plain sh script that writes TAP.  Its first comment has a line
# "root: disk", "root: tree" or both: with systemd and the package installed, or with
# the programs alone.  It runs as root, after the others with this root in the same
# boot, and may change anything of haild: "fresh" undoes that.  It has all functions of
# tests/system/lib.sh, which "root: tree" cannot use.
#
# shellcheck shell=sh disable=SC2034 # used where it is sourced

. "$srcdir/tests/system/lib.sh"

# fresh <SERVICES: haild starts with these services and no others, with the lines of
# $unit in the section [Service] of its unit and no others that are not shipped.
unit=
fresh()
{
	rm -rf /etc/haild/conf.d/* /etc/systemd/system/haild.service.d
	cat >/etc/haild/conf.d/test.conf
	if [ -n "$unit" ]; then
		mkdir /etc/systemd/system/haild.service.d
		printf '[Service]\n%s\n' "$unit" \
		    >/etc/systemd/system/haild.service.d/test.conf
	fi
	systemctl daemon-reload
	systemctl restart haild
}

# says REGEX: wait until the present haild has logged a line that matches.
says()
{
	# Each attempt takes a while.
	wait_until "journal | grep -Eq -- '$1'" 1 && return
	journal | tail -n 20 | sed 's/^/# log: /'
	return 1
}

# journal: what haild logged since it was started.
journal()
{
	journalctl -o cat "_SYSTEMD_INVOCATION_ID=$(systemctl show -P InvocationID haild)"
}

# cgroup: the directory of haild's cgroup.
cgroup()
{
	echo "/sys/fs/cgroup$(systemctl show -P ControlGroup haild)"
}

# opens NAME FD PORT: start a client that stays until "exec FD>&-"; what is written
# to FD, 7 to 9, is sent, and the answer is in $tmp/NAME.  Wait for the program's
# first line.
opens()
{
	mkfifo "$tmp/$1.to"
	in_background sh -c "exec nc -N 127.0.0.1 $3 <'$tmp/$1.to' >'$tmp/$1' \
	    7>&- 8>&- 9>&-"
	# Does not wait for a reader, which may have failed.
	eval "exec $2<>'$tmp/$1.to'"
	wait_until "[ -s '$tmp/$1' ]"
}

# answers NAME FD WORD: a program that copies its input lives.
answers()
{
	echo "$3" >&"$2"
	wait_until "grep -qx '$3' '$tmp/$1'"
}

# leaf PID: the directory of its cgroup.
leaf()
{
	echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$1/cgroup")"
}
