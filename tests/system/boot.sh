# boot.sh -- the container has what the other tests need.
# init: systemd sysv
. "${srcdir:-.}/tests/system/lib.sh"

is 'PID 1' "$(cat /proc/1/comm)" "$(
	if [ $init = systemd ]; then echo systemd; else echo init; fi)"
is 'the user is root' "$(id -u)" 0
ok 'it has ::1' have_ipv6
ok 'syslog is there' [ -S /dev/log ]
ok 'haild is not installed' [ ! -e /usr/sbin/haild ]
done_testing
