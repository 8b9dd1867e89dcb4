# life.sh -- haild as process 1 of a container: it reaps, reloads, drains and ends.
. "${srcdir:-.}/tests/image/lib.sh"
make_tools

config()
{
	cat <<-END
	log-format = "json"
	drain-delay = "$1"
	stop-timeout = "20s"
	greeting: { listen = ["*:7890"] message = "${2:-hello}\n" }
	cat: { listen = ["*:7891"] exec = ["/tools/cat"] }
	# It leaves a process in a session of its own.
	daemon: {
		listen = ["*:7892"]
		linger = false
		exec = ["/tools/dash", "-c", "/tools/setsid /tools/sleep 1000 \\
		    </dev/null >/dev/null 2>&1 & until read c </proc/\$!/comm && [ \$c = sleep ]; do :; done"]
	}
	health: { listen = ["*:7900"] builtin = "health" }
	END
}
config 2s >"$tmp/config"
start_container seccomp "$tools" tmpfs=/run:mode=777 <"$tmp/config"

# --- orphans ---

before=$(processes)
is 'its processes' "$before" \
    '/usr/sbin/haild -f,haild: linger,haild: logger'
nc -d 127.0.0.1 7892
ok 'a session leaves a process' wait_until \
    'processes | grep -q /tools/sleep'
pkill -KILL -x sleep --nslist pid --ns "$(cat "$tmp/$container/pid")"
ok 'haild reaps it' wait_until '[ "$(processes)" = "$before" ]'

# --- reloads ---

is 'haildctl' "$(inside haildctl health)" ready
config 2s again >"$tmp/etc1/haild.conf"
ok 'haildctl reload' inside haildctl reload
is 'is done' "$(nc -d 127.0.0.1 7890)" again
config 2s more >"$tmp/etc1/haild.conf"
runtime kill "$container" HUP
ok 'SIGHUP' wait_until '[ "$(nc -d 127.0.0.1 7890)" = more ]'
echo nonsense >"$tmp/etc1/haild.conf"
inside haildctl reload >"$tmp/reload" 2>&1
is 'a broken configuration: status' $? 1
like 'the reason' "$(cat "$tmp/reload")" '/etc/haild/haild.conf:[0-9]+: '
is 'it goes on' "$(nc -d 127.0.0.1 7890)" more

# --- the end ---

mkfifo "$tmp/to"
in_background sh -c "exec nc -N 127.0.0.1 7891 <'$tmp/to' >'$tmp/from'"
exec 8>"$tmp/to"
echo one >&8
ok 'a session' wait_until "grep -qx one '$tmp/from'"
runtime kill "$container" TERM
ok 'SIGTERM starts the delay' logged '"event":"stopping-soon"'
is 'health checks fail' "$(nc -d 127.0.0.1 7900)" drain
is 'haildctl health, too' "$(inside haildctl health)" draining
is 'clients are served' "$(nc -d 127.0.0.1 7890)" more
ok 'then it stops' logged '"event":"stopping"'
ok 'without new clients' sh -c '! nc -z 127.0.0.1 7890'
echo two >&8
ok 'the session goes on' wait_until "grep -qx two '$tmp/from'"
exec 8>&-
wait_container
is 'it ends by itself' $status 0
ok 'in order' logged '"event":"stopped"'
ok 'every line is JSON' all_json

for signal in INT TERM; do
	config 0s >"$tmp/config"
	start_container "$tools" <"$tmp/config"
	in_background nc -d 127.0.0.1 7891
	ok 'a session' wait_until 'processes | grep -q /tools/cat'
	runtime kill "$container" $signal
	logged '"event":"stopping"'
	runtime kill "$container" $signal
	wait_container
	is "a second SIG$signal ends sessions" $status 0
done

# --- errors ---

# fails DESCRIPTION CONFIGURATION REGEX
fails()
{
	mkdir -p "$tmp/broken"
	echo "$2" >"$tmp/broken/haild.conf"
	run_container "mount=$tmp/broken:/etc/haild"
	wait_container
	is "$1: status" $status 78
	like "$1: message" "$(cat "$log")" "$3"
}
fails 'a setting' 'log-format = "json" x: { listen = ["*:7890"] nonsense = 1 }' \
    '^\{.*"/etc/haild/haild.conf:1: unknown setting ..nonsense..'
fails 'syntax' 'x: {' ' /etc/haild/haild.conf:1: the "\{" of "x" has no "\}"$'
fails 'no service' '' ' /etc/haild/haild.conf: no service is configured$'
done_testing
