# unit.sh -- the unit as installed starts haild and gives it controllers.
# root: disk
. "${srcdir:-.}/tests/vm/lib.sh"

is 'systemd is PID 1' "$(cat /proc/1/comm)" systemd
like 'the kernel is that of Debian' "$(uname -v)" Debian
like 'it has the controllers' "$(cat /sys/fs/cgroup/cgroup.controllers)" \
    'cpu.*memory.*pids'
is 'haild was started at boot' "$(systemctl is-active haild)" active
ok 'and serves' serves
done_testing
