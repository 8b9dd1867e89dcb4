# process1.sh -- haild as process 1 of a PID namespace, as in a container: a root
# directory that is read-only, no cgroups and no /dev/log.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command nc nsenter perl python3 unshare
unshare --mount --propagation private --net --pid --fork true 2>/dev/null ||
    skip_all 'needs namespaces'
own_world

# For start_haild; "$@" is the command of the daemon.
cat >"$tmp/container" <<'END'
tmp=$1
shift
umount -R /sys/fs/cgroup 2>/dev/null
mount --bind "$tmp" "$tmp"
mount -t tmpfs -o mode=755 tmpfs /dev/shm
for f in full null random tty urandom zero; do
	: >"/dev/shm/$f"
	mount --bind "/dev/$f" "/dev/shm/$f"
done
ln -s /proc/self/fd /dev/shm/fd
mount --move /dev/shm /dev
mount -t tmpfs -o "mode=${RUN_MODE:-777}" tmpfs /run
mount -o remount,bind,ro /
exec "$@"
END
HAILD="unshare --mount --propagation private --pid --fork --kill-child --mount-proc
    sh $tmp/container $tmp $HAILD"

# start_init <CONFIGURATION: start haild; $init is its pid out here.
init=
start_init()
{
	cat >"$conf"
	run_haild -f -c "$conf"
	wait_until 'init=$(pgrep -P $haild_pid)'
	wait_until "grep -q '\"serving\"' '$log' || ! kill -0 $haild_pid" 30
}

# inside COMMAND...: run it in the namespaces, as a runtime does.
inside()
{
	nsenter -t "$init" -m -p "$@"
}

# The number of processes of the namespace, zombies included.
processes()
{
	pgrep -c --ns "$init" --nslist pid .
}

signal_init()
{
	kill "-$1" "$init"
}

all_json()
{
	python3 -c 'import json, sys
for line in open(sys.argv[1]):
    json.loads(line)' "$log"
}

# --- a signal during the start ---

# A name whose server does not answer.
perl -MIO::Socket::INET -e '
	my $s = IO::Socket::INET->new(Proto => "udp", LocalAddr => "127.0.0.9:53")
	    or die;
	$| = 1;
	print "bound\n";
	sleep 1000' >"$tmp/resolver" &
background="$background $!"
echo 'hosts: dns' >"$tmp/nsswitch.conf"
echo 'nameserver 127.0.0.9' >"$tmp/resolv.conf"
mount --bind "$tmp/nsswitch.conf" /etc/nsswitch.conf
mount --bind "$tmp/resolv.conf" /etc/resolv.conf
ok 'a name server' wait_until "grep -q bound '$tmp/resolver'"

# ends_by SIGNAL STATUS
ends_by()
{
	echo 'x: { listen = ["name.example:7890"] message = "" }' >"$conf"
	run_haild -f -c "$conf"
	wait_until 'init=$(pgrep -P $haild_pid)'
	ok 'a start waits for a name' wait_until \
	    "pgrep -P '$init' -f '^haild-load.* start' >/dev/null"
	signal_init "$1"
	wait_haild
	is "$1 ends it" "$haild_status" "$2"
}
ends_by TERM 143
ends_by INT 130
umount /etc/nsswitch.conf /etc/resolv.conf

# --- what it cannot do ---

config()
{
	cat <<-END
	log-format = "json"
	drain-delay = "$1"
	greeting: { listen = ["127.0.0.1:7890"] message = "hello\n" }
	cat: { listen = ["127.0.0.1:7891"] exec = ["/bin/cat"] user = "$me" }
	orphan: {
		listen = ["127.0.0.1:7892"]
		exec = ["/bin/sh", "-c", "setsid sleep 1000 >/dev/null 2>&1 & \
	until [ x\$(ps -o comm= \$!) = xsleep ]; do :; done"]
		user = "$me"
		linger = false
	}
	gone: { listen = ["127.0.0.1:7893"] exec = ["/nowhere"] user = "$me" }
	health: { listen = ["127.0.0.1:7900"] builtin = "health" }
	END
}
RUN_MODE=755,ro
export RUN_MODE
config 0s >"$tmp/config"
start_init <"$tmp/config"
is 'it serves' "$(nc -d 127.0.0.1 7890)" hello
ok 'haild logs that it has no cgroups' logged \
    'containment: no cgroups: no cgroup v2 file system is mounted'
ok 'haild logs that it has no control socket' logged 'control: cannot listen on /run/haild/control.sock: /run/haild: Read-only file system; haildctl cannot reach this haild'
ok 'haild logs that a program is missing' logged '/nowhere: No such file or directory; ..gone.. is out of service'
ok 'a session is logged' logged '"event":"session-end","service":"greeting"'
ok 'every line is JSON, those of haild-load too' all_json

# --- orphans ---

# shellcheck disable=SC2034 # for wait_until
before=$(processes)
orphan=
nc -d 127.0.0.1 7892
ok 'a session leaves a process' wait_until \
    'orphan=$(pgrep --ns $init --nslist pid -x sleep)'
# The kernel closes the socket of a process before it gives its children away.
ok 'it is a child of haild' wait_until \
    '[ $(ps -o ppid= "$orphan") = "$init" ]'
ok 'one more' wait_until '[ "$(processes)" = $((before + 1)) ]'
kill -KILL "$orphan"
ok 'haild reaps it' wait_until '[ "$(processes)" = $before ]'
inside sh -c 'sleep 1000 >/dev/null 2>&1 &'
ok 'a process from outside' wait_until \
    'orphan=$(pgrep --ns $init --nslist pid -x sleep)'
kill -KILL "$orphan"
ok 'is reaped too' wait_until '[ "$(processes)" = $before ]'

# --- signals ---

signal_init HUP
ok 'SIGHUP reloads' logged '"reload",.*"reloaded: nothing; out of service: gone"'
signal_init USR1
ok 'SIGUSR1 logs a summary' logged '"event":"summary"'
inside kill -QUIT 1
inside kill -KILL 1
is 'other signals from inside have no effect' "$(nc -d 127.0.0.1 7890)" hello
inside kill -INT 1
wait_haild
is 'SIGINT from inside stops it' "$haild_status" 0
ok 'in order' logged '"event":"stopped"'

# --- drain-delay, and haildctl in a file system of others ---

unset RUN_MODE
config 2s >"$tmp/config"
start_init <"$tmp/config"
is 'haildctl reaches it' "$(inside "$HAILDCTL" health)" ready
like 'in a directory of its own' "$(inside stat -c '%U %a' /run/haild)" \
    '^root 755$'
hold_open 127.0.0.1:7891
inside "$HAILDCTL" stop >"$tmp/stop" 2>&1 &
stop=$!
ok 'haildctl stop begins the delay' logged '"event":"stopping-soon"'
is 'health checks fail' "$(nc -d 127.0.0.1 7900)" drain
is 'clients are served' "$(nc -d 127.0.0.1 7890)" hello
ok 'after that, none is' logged '"event":"stopping"'
ok 'the session goes on' [ -n "$(pgrep --ns "$init" --nslist pid -x cat)" ]
# Even if haildctl is slow, haild must not end before, or the kernel kills it.
slow=$(pgrep --ns "$init" --nslist pid -x haildctl)
parent=$(ps -o ppid= "$slow" | tr -d ' ')
kill -STOP "$slow"
ok 'haildctl and nsenter are stopped' \
    wait_until 'grep -q "^State:.T" "/proc/$parent/status"'
release_all
ok 'then it stops' logged '"event":"stopped"'
# At once, since haild waits for 3 s only.  nsenter(1) has stopped itself, too, and
# then continues haildctl.  A second SIGCONT could end the SIGSTOP with which the
# sanitizer stops a program to look for leaks, and it would wait for ever.
kill -CONT "$parent"
wait_haild
is 'and ends' "$haild_status" 0
wait "$stop"
is 'haildctl has learned that before' "$?: $(cat "$tmp/stop")" '0: stopped'
done_testing
