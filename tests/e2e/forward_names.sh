# forward_names.sh -- names of targets are resolved again (resolve-interval), in
# namespaces with their own hosts(5).
# shellcheck disable=SC2034,SC2154 # used and set in wait_until
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command unshare perl ip strace
unshare --mount --propagation private --net true 2>/dev/null ||
    skip_all 'needs namespaces'
own_world
ip addr add 192.0.2.1/32 dev lo # getaddrinfo(3) gives nothing without an address
: >"$tmp/hosts"
echo 'hosts: files' >"$tmp/nsswitch.conf"
echo 'nameserver 127.0.0.9' >"$tmp/resolv.conf"
for name in hosts nsswitch.conf resolv.conf; do
	mount --bind "$tmp/$name" "/etc/$name"
done

# hosts LINE...: from now on, hosts(5) has these.
hosts()
{
	printf '%s\n' "$@" >"$tmp/hosts"
}

# another_load: wait until haild-load runs, another one than before.
seen=
another_load()
{
	wait_until 'load=$(pgrep -P "$haild_pid" -x haild-load) &&
	    [ "$load" != "$seen" ]'
	seen=$load
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
is 'while there is another target' "$(ask 7005)" one

# --- it has another address ---
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
is 'and used, without a reload' "$(ask 7002)" two
ok 'a target that has come is logged' logged \
    'some: targets: 127\.0\.0\.3:7001, 127\.0\.0\.2:7001$'
is 'and used' "$(ask 7005)" two
is 'nothing is reloaded' "$(grep -c 'reloaded' "$log")" 0
# shellcheck disable=SC2086 # a list
ok 'sessions that run go on' kill -0 $session_pids
kill "$tracer"
wait "$tracer" 2>/dev/null
is 'the daemon itself opens no file of the resolver' \
    "$(grep -Ec 'hosts|nsswitch|resolv|htons\(53\)' "$tmp/trace")" 0
ok 'but starts haild-load meanwhile' grep -q socketpair "$tmp/trace"
end_child "$(echo "$background" | awk '{ print $1 }')"

# --- nothing changes ---
before=$(arena)
another_load
ok 'it is asked again' another_load
like 'the daemon has a configuration' "$before" memfd
is 'the configuration stays the same' "$(arena)" "$before"
is 'each change was logged once' "$(grep -c ' front: targets: ' "$log")" 1

# --- it disappears ---
hosts '127.0.0.3 late.example'
ok 'a name that disappears is logged' logged \
    'cannot look up target "app\.example": .*; using its last addresses$'
another_load
is 'once' "$(grep -c 'cannot look up target' "$log")" 1
is 'its last addresses are used' "$(ask 7002)" two
is 'by the same configuration' "$(arena)" "$before"
hosts '127.0.0.3 app.example' '127.0.0.3 late.example'
ok 'and it comes back' logged 'target "app\.example" is resolved again$'

# --- it becomes a loop ---
hosts '127.0.0.1 app.example' '127.0.0.3 late.example'
sed 's/app.example:7001/app.example:7002/' "$tmp/config" >"$conf"
hosts '127.0.0.3 app.example' '127.0.0.3 late.example'
reload
hosts '127.0.0.1 app.example' '127.0.0.3 late.example'
ok 'a name that has the address of the listener' logged \
    'front: forward "127\.0\.0\.1:7002": a loop: service "front" itself listens there'
ok 'puts the service out of service' logged 'front: out of service$'
hosts '127.0.0.3 app.example' '127.0.0.3 late.example'
ok 'until it has another one' logged '1 service back in service$'
cp "$tmp/config" "$conf"
reload

# --- after an upgrade ---
upgrade
like 'an upgrade' "$(last_upgrade)" '^upgrade complete: '
hosts '127.0.0.2 app.example' '127.0.0.3 late.example'
ok 'after it, names are resolved again' logged 'front: targets: 127\.0\.0\.2:7001$'
is 'and the new address is used' "$(ask 7002)" one

# --- the resolver does not answer ---
in_background perl -MIO::Socket::INET -e '
	my $socket = IO::Socket::INET->new(Proto => "udp",
	    LocalAddr => "127.0.0.9:53") or die;
	$| = 1;
	print STDERR "ready\n";
	print "question\n" while $socket->recv(my $question, 512);
' >"$tmp/questions" 2>"$tmp/ready"
wait_until '[ -s "$tmp/ready" ]'
echo 'hosts: dns' >"$tmp/nsswitch.conf"
ok 'a name server that gives no answer' wait_until '[ -s "$tmp/questions" ]'
another_load
waits=$load
is 'delays no client' "$(ask 7002)" one
sed 's/"one/"uno/' "$tmp/config" >"$conf"
reload
is 'and no reload' "$(last_reload)" 'reloaded: changed one'
ok 'which ends the process that waits' ends "$waits"
is 'and uses the last addresses' "$(ask 7002)" uno
stop_haild TERM
is 'nor a stop' "$haild_status" 0

# --- resolve-interval = "none" ---
echo 'hosts: files' >"$tmp/nsswitch.conf"
sed '/resolve-interval/s/1s/none/; /^some/,$d' "$tmp/config" >"$tmp/none"
reloads=0
start_haild <"$tmp/none"
is 'without an interval' "$(ask 7002)" one
hosts '127.0.0.3 app.example'
reload
is 'a reload resolves' "$(last_reload)" 'reloaded: changed front, long'
is 'and uses what it finds' "$(ask 7002)" two
done_testing
