# boot.sh -- the container is what the other tests take it for.
# init: systemd sysv
. "${srcdir:-.}/tests/system/lib.sh"

is 'PID 1' "$(cat /proc/1/comm)" "$(
	if [ $init = systemd ]; then echo systemd; else echo init; fi)"
is 'we are root' "$(id -u)" 0
ok 'it has ::1' have_ipv6
ok 'syslog is there' [ -S /dev/log ]
ok 'haild is not' [ ! -e /usr/sbin/haild ]
done_testing
