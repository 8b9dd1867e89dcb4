# unit.sh -- the unit as installed starts haild and gives it controllers.
# root: disk
. "${srcdir:-.}/tests/vm/lib.sh"

is 'systemd is PID 1' "$(cat /proc/1/comm)" systemd
like 'the kernel is that of Debian' "$(uname -v)" Debian
is 'haild was started at boot' "$(systemctl is-active haild)" active
ok 'and serves' serves
is 'its unit delegates controllers' \
    "$(systemctl show -P DelegateControllers haild)" 'cpu memory pids'
like 'which its cgroup has' "$(cat "$(cgroup)/cgroup.controllers")" \
    'cpu.*memory.*pids'
is 'the daemon is in a cgroup below it' "$(leaf "$(main_pid)")" \
    "$(cgroup)/daemon"
is 'and all of its processes are' "$(cat "$(cgroup)/cgroup.procs")" ''
is 'sessions can be limited' "$(cat "$(cgroup)/sessions/cgroup.subtree_control")" \
    'cpu memory pids'

# --- a session ---

fresh <<EOF
where: {
	listen = ["127.0.0.1:7881"]
	exec = ["/bin/sh", "-c", "echo \$\$; exec cat"]
	user = "nobody"
}
EOF
opens where 8 7881
pid=$(cat "$tmp/where")
like 'a session has a leaf' "$(leaf "$pid")" \
    '/haild.service/sessions/where/[0-9]+$'
ok 'and answers' answers where 8 text
exec 8>&-
ok 'it ends' ends "$pid"
ok 'the log has what it used' \
    says 'where: .* exit 0 [0-9.]+s cpu [0-9.]+s mem [0-9.]+[KMG]'
ok 'no process is left' wait_until \
    '[ -z "$(cat "$(cgroup)"/sessions/where/*/cgroup.procs 2>/dev/null)" ]'

# --- the end ---

cgroup=$(cgroup)
opens again 8 7881
pid=$(head -n 1 "$tmp/again")
ok 'systemctl stop' systemctl stop haild
is 'is in order' "$(systemctl show -P Result haild)" success
ok 'the session ended' [ ! -e "/proc/$pid" ]
ok 'no cgroup is left' [ ! -e "$cgroup" ]
exec 8>&-
done_testing
