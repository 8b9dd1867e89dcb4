# foreground.sh -- haild started by hand, where no service manager has prepared
# cgroups, makes a subtree of its own.
# root: tree
HAILD=/usr/sbin/haild HAIL=/usr/bin/hail builddir=/
. "${srcdir:-.}/tests/e2e/lib.sh"

start_haild <<EOF
user = "nobody"
greeting: { listen = ["127.0.0.1:0"] message = "hello\n" }
where: { listen = ["127.0.0.1:0"] exec = ["/bin/cat", "/proc/self/cgroup"] }
hog: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "setsid sleep 4242 & tail /dev/zero"]
	memory-max = "16M"
}
bomb: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "b() { b | b & b; }; b"]
	tasks-max = 20
	stderr = "discard"
}
strict: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "id -u; echo /proc/[0-9]*"]
	user = "pool:200000-200015"
	max-sessions = 16
	sandbox = "strict"
	memory-max = "16M"
}
EOF

# client SERVICE
client()
{
	nc -d 127.0.0.1 "$(port "$1")"
}

base=/sys/fs/cgroup/haild.$haild_pid
is 'it serves' "$(client greeting)" hello
like 'sessions have leaves in a subtree of its own' "$(client where)" \
    "^0::/haild.$haild_pid/sessions/where/[0-9]+\$"
is 'in which it is, too' "$(sed -n 's/^0:://p' "/proc/$haild_pid/cgroup")" \
    "/haild.$haild_pid/daemon"
like 'the subtree has controllers' "$(cat "$base/cgroup.controllers")" \
    'cpu.*memory.*pids'
client hog
ok 'memory-max' logged 'hog: .* limit memory '
ok 'nothing is left' wait_until '! pgrep -x sleep >/dev/null'
client bomb
ok 'tasks-max' logged 'bomb: .* limit tasks '
like 'a strict session' "$(client strict)" '^2000[01][0-9]$'
upgrade
ok 'an upgrade' logged 'upgrade complete'
like 'keeps the subtree' "$(client where)" "^0::/haild.$haild_pid/sessions/where/"
client hog
ok 'and the limits' wait_until \
    '[ "$(grep -c "hog: .* limit memory" "$log")" = 2 ]'
stop_haild
is 'it stops' "$haild_status" 0
ok 'and removes its subtree' [ ! -e "$base" ]
done_testing
