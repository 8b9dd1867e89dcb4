# forward_names.sh -- names of targets are resolved again (resolve-interval), in
# namespaces with their own hosts(5) (fault 94).
# shellcheck disable=SC2034,SC2154 # used and set in wait_until
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command unshare perl ip strace
unshare --mount --propagation private --net true 2>/dev/null ||
    skip_all 'needs namespaces'
own_world
ip addr add 192.0.2.1/32 dev lo # getaddrinfo(3) gives nothing without an address
mkdir "$tmp/etc"
mount -t tmpfs -o mode=755,strictatime tmpfs "$tmp/etc"
: >"$tmp/etc/hosts"
echo 'hosts: files' >"$tmp/etc/nsswitch.conf"
echo 'nameserver 127.0.0.9' >"$tmp/etc/resolv.conf"
for name in hosts nsswitch.conf resolv.conf; do
	mount --bind "$tmp/etc/$name" "/etc/$name"
done

# hosts LINE...: replace hosts(5) by these lines.
hosts()
{
	printf '%s\n' "$@" >"$tmp/etc/hosts"
}

# another_load: wait until haild-load has run again.  It may run for only a few
# milliseconds; but it reads hosts(5), and no other program does.
another_load()
{
	wait_until '! pgrep -P "$haild_pid" -x haild-load >/dev/null'
	touch "$tmp/etc/hosts"
	wait_until '[ "$(stat -c %x "$tmp/etc/hosts")" != \
	    "$(stat -c %y "$tmp/etc/hosts")" ]' &&
	    wait_until '! pgrep -P "$haild_pid" -x haild-load >/dev/null'
}

# arena: the configuration that the daemon has mapped.
arena()
{
	awk '/memfd:haild/ && /r--p/ { print $1, $5, $6 }' "/proc/$haild_pid/maps"
}

ask()
{
	nc -d 127.0.0.1 "$1"
}

hosts '127.0.0.2 app.example'
cat >"$tmp/config" <<EOF
resolve-interval = "1s"
control = "$tmp/ctl.sock"  log-start = true
one: { listen = ["127.0.0.2:7001"] message = "one\\n" }
two: { listen = ["127.0.0.3:7001"] message = "two\\n" }
front: { listen = ["127.0.0.1:7002"] forward = "app.example:7001" }
hold: { listen = ["127.0.0.2:7003"] builtin = "echo" }
long: { listen = ["127.0.0.1:7004"] forward = "app.example:7003" }
some: { listen = ["127.0.0.1:7005"]
	forward = ["late.example:7001", "127.0.0.2:7001"] }
EOF
start_haild <"$tmp/config"
is 'a target by name' "$(ask 7002)" one
like 'a name without an address is left out' "$(cat "$log")" \
    "$conf:9: forward \"late.example:7001\": cannot resolve \"late.example\": .*; leaving it out\$"
is 'the other target is used' "$(ask 7005)" one

# --- the name has another address ---
in_background nc 127.0.0.1 7004 </dev/zero >/dev/null
# From the log: a haild-load that has only just been forked looks like a session.
ok 'a client of another target' logged ' long: .* start$'
ok 'which is a session, too' logged ' hold: .* start$'
session_pids=$(sed -n 's/.* \(hold\|long\): .* pid \([0-9]*\) start$/\2/p' "$log")
in_background strace -q -e trace=openat,socket,connect,socketpair -o "$tmp/trace" \
    -p "$haild_pid" 2>/dev/null
tracer=$last
wait_until "! grep -q 'TracerPid:.0$' /proc/$haild_pid/status"
hosts '127.0.0.3 app.example' '127.0.0.3 late.example'
ok 'a new address is logged' logged 'front: targets: 127\.0\.0\.3:7001$'
is 'new sessions use it without a reload' "$(ask 7002)" two
ok 'a target that was left out has an address: logged' logged \
    'some: targets: 127\.0\.0\.3:7001, 127\.0\.0\.2:7001$'
is 'new sessions use it, too' "$(ask 7005)" two
is 'no reload is logged' "$(grep -c 'reloaded' "$log")" 0
# shellcheck disable=SC2086 # a list
ok 'running sessions continue' kill -0 $session_pids
kill "$tracer"
wait "$tracer" 2>/dev/null
is 'the daemon opens no file of the resolver' \
    "$(grep -Ec 'hosts|nsswitch|resolv|htons\(53\)' "$tmp/trace")" 0
ok 'the daemon has started haild-load meanwhile' grep -q socketpair "$tmp/trace"
end_child "$(echo "$background" | awk '{ print $1 }')"

# --- the name keeps its address ---
before=$(arena)
ok 'the name is resolved again' another_load
like 'the daemon has a configuration' "$before" memfd
is 'the configuration stays the same' "$(arena)" "$before"
is 'each change was logged once' "$(grep -c ' front: targets: ' "$log")" 1

# --- the name disappears ---
hosts '127.0.0.3 late.example'
ok 'the missing name is logged' logged \
    'cannot resolve target "app\.example": .*; using its last addresses$'
another_load
is 'it is logged once' "$(grep -c 'cannot resolve target' "$log")" 1
is 'new sessions use its last address' "$(ask 7002)" two
is 'the configuration is the same' "$(arena)" "$before"
hosts '127.0.0.3 app.example' '127.0.0.3 late.example'
ok 'the name resolves again: logged' logged 'target "app\.example" resolved again$'

# --- the name makes a loop ---
hosts '127.0.0.1 app.example' '127.0.0.3 late.example'
sed 's/app.example:7001/app.example:7002/' "$tmp/config" >"$conf"
hosts '127.0.0.3 app.example' '127.0.0.3 late.example'
reload
hosts '127.0.0.1 app.example' '127.0.0.3 late.example'
ok 'a name with the address of the listener: logged' logged \
    'front: forward "127\.0\.0\.1:7002" makes a loop: service "front" itself listens there'
ok 'the service is out of service' logged 'front: out of service$'
hosts '127.0.0.3 app.example' '127.0.0.3 late.example'
ok 'with another address, it is in service again' logged '1 service back in service$'
cp "$tmp/config" "$conf"
reload

# --- while it is drained ---
control()
{
	"$HAILDCTL" -s "$tmp/ctl.sock" "$@" >/dev/null
}
control drain front
hosts '127.0.0.2 app.example' '127.0.0.3 late.example'
ok 'a drained service is resolved again, too' wait_until \
    '[ "$(grep -c "front: targets: 127\.0\.0\.2:7001$" "$log")" = 1 ]'
is 'and stays drained' "$(ask 7002)" ''
control resume front
is 'it resumes with the new address' "$(ask 7002)" one
hosts '127.0.0.3 app.example' '127.0.0.3 late.example'
wait_until '[ "$(ask 7002)" = two ]'

# --- after an upgrade ---
upgrade
like 'an upgrade' "$(last_upgrade)" '^upgrade complete: '
hosts '127.0.0.2 app.example' '127.0.0.3 late.example'
ok 'the new image resolves names again' wait_until \
    '[ "$(grep -c "front: targets: 127\.0\.0\.2:7001$" "$log")" = 2 ]'
is 'new sessions use the new address' "$(ask 7002)" one

# --- the name server does not answer ---
silent_name_server
echo 'hosts: dns' >"$tmp/etc/nsswitch.conf"
ok 'haild-load sends a query to the name server' wait_until '[ -s "$tmp/questions" ]'
wait_until 'waits=$(pgrep -P "$haild_pid" -x haild-load)'
is 'it delays no client' "$(ask 7002)" one
sed 's/"one/"uno/' "$tmp/config" >"$conf"
reload
is 'it delays no reload' "$(last_reload)" 'reloaded: changed one'
ok 'the reload ends the haild-load that waits' ends "$waits"
is 'the reload keeps the last addresses' "$(ask 7002)" uno
stop_haild TERM
is 'it delays no stop' "$haild_status" 0

# --- resolve-interval = "none" ---
echo 'hosts: files' >"$tmp/etc/nsswitch.conf"
sed '/resolve-interval/s/1s/none/; /^some/,$d' "$tmp/config" >"$tmp/none"
reloads=0
start_haild <"$tmp/none"
is 'a target by name, without an interval' "$(ask 7002)" one
hosts '127.0.0.3 app.example'
reload
is 'a reload resolves names' "$(last_reload)" 'reloaded: changed front, long'
is 'new sessions use the result' "$(ask 7002)" two
done_testing
