# admission_net.sh -- admission, in a network of its own: many IPv6 networks, a
# short queue, and too few processes (faults 4, 10, 11).
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command unshare ip prlimit setpriv ss

# An address is in this namespace alone, so it tells whether we are inside.
if [ "${1:-}" != inside ]; then
	unshare -n ip link set lo up 2>/dev/null || skip_all 'needs namespaces'
	leave_tmp
	exec unshare -n sh "$0" inside
fi
ip link set lo up

newline='
'
# A user whom nobody else is, so that its processes are haild's.
user=$((61000 + $$ % 4000))
chown "$user" "$tmp"
plain=$HAILD
as_user="setpriv --reuid=$user --regid=$user --clear-groups"

# limit_processes N: of this user, haild included.
limit_processes()
{
	$as_user prlimit --pid "$haild_pid" --nproc="$1:"
}

# rss: the memory that haild has now, in KiB.
rss()
{
	awk '/^VmRSS:/ { print $2 }' "/proc/$haild_pid/status"
}

# --- fault 4: 20 processes, 40 clients ---

HAILD="$as_user $plain"
start_haild <<EOF
cat: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/cat"]
	max-per-source = "none"
	stderr = "discard"
	busy-message = "busy\n"
}
EOF
cat=$(port cat)
fds=$(descriptors)
limit_processes 20
hold_open "$cat" 40
ok 'with 20 processes there are few sessions' wait_until \
    '[ "$(grep -c "refused: fork: " "$log")" -gt 0 ]'
had=$(sessions | wc -l)
ok "but there are some ($had)" [ "$had" -ge 10 -a "$had" -lt 20 ]
is 'a client at the limit is refused' "$(nc -d 127.0.0.1 "$cat")" busy
ok 'and it is logged' logged \
    'cat: 127\.0\.0\.1:[0-9]+ refused: fork: Resource temporarily unavailable$'
release_all
ok 'the sessions end' wait_until no_children
is 'then it serves again' "$(echo x | nc -N 127.0.0.1 "$cat")" x
wait_until no_children
hold_open "$cat" "$had"
ok 'and no slot was lost' has_sessions "$had"
release_all
wait_until no_children
ok 'nor a descriptor' wait_until "[ \"\$(descriptors)\" = $fds ]"
stop_haild

# --- fault 11: a queue of 8 ---

echo 8 >/proc/sys/net/core/somaxconn
start_haild <<EOF
message: { listen = ["127.0.0.1:0"] message = "hello\n" max-per-source = "none" }
EOF
message=$(port message)
kill -STOP "$haild_pid"
for i in 1 2 3 4 5 6 7 8 9 10; do
	"$PEER" many "$message" 20 "hello$newline" >"$tmp/many.$i" &
	eval "client$i=\$!"
done
ok 'the queue is full' wait_until \
    "[ \"\$(ss -Hltn 'sport = :$message' | awk '{ print \$2 }')\" -ge 8 ]"
kill -CONT "$haild_pid"
for i in 1 2 3 4 5 6 7 8 9 10; do eval "wait \$client$i"; done
is '200 clients, a queue of 8, a daemon that was stopped: all are served' \
    "$(cat "$tmp"/many.* | awk '{ n += $1 } END { print n }')" 200
stop_haild
echo 4096 >/proc/sys/net/core/somaxconn

# --- sources of IPv6, and fault 10 ---

# All of 2001:db8::/32 is this host's, and may be bound to.
if ! { echo 1 >/proc/sys/net/ipv6/ip_nonlocal_bind &&
    ip -6 route add local 2001:db8::/32 dev lo; } 2>/dev/null; then
	skip 'many IPv6 networks' 'needs IPv6'
	done_testing
fi
start_haild <<EOF
max-sessions = 100
cat: {
	listen = ["[2001:db8::1]:0"] freebind = true
	exec = ["/bin/cat"]
	max-per-source = 1
	stderr = "discard"
}
EOF
cat=$(port cat)
# echoed FROM: what a client from there gets.
echoed()
{
	echo x | nc -N -s "$1" 2001:db8::1 "$cat"
}
PEER_FROM=2001:db8:1:1::1
export PEER_FROM
hold_open "[2001:db8::1]:$cat"
unset PEER_FROM
has_sessions 1
is 'all of a /64 is one source' "$(echoed 2001:db8:1:1:ffff::2)" ''
ok 'at its limit' logged \
    'cat: \[2001:db8:1:1:ffff::2\]:[0-9]+ refused: source limit 1$'
is 'the next one is another' "$(echoed 2001:db8:1:2::1)" x
release_all
stop_haild

# The same link-local address on two links is two hosts.
if ip link add link0 type veth peer link1 2>/dev/null; then
	for link in link0 link1; do
		ip link set $link up
		ip -6 address add fe80::1/64 dev $link nodad
	done
	start_haild <<-EOF
	cat: {
		listen = ["[::]:0"]
		exec = ["/bin/cat"]
		max-per-source = 1
		stderr = "discard"
	}
	EOF
	cat=$(port cat)
	hold_open "[fe80::1%link0]:$cat"
	has_sessions 1
	is 'a link-local source' "$(echo x | nc -N fe80::1%link0 "$cat")" ''
	is 'another link is another source' \
	    "$(echo x | nc -N fe80::1%link1 "$cat")" x
	release_all
	stop_haild
else
	skip 'link-local sources' 'needs veth interfaces'
fi

# A session has two entries while it lasts.
#
# Each client has its own /64 and leaves a bucket that fills for a year.  Forks
# fail, so that it is the table and not the children that takes the time.
start_haild <<EOF
message: {
	listen = ["[2001:db8::1]:0"] freebind = true
	message = "hello\n"
	rate-per-source = "1/h:1000"
}
EOF
message="[2001:db8::1]:$(port message)"
"$PEER" spray "$message" 0 100
ok 'clients of 100 networks are served' wait_until \
    "[ \"\$(grep -c ' exit 0 ' '$log')\" = 100 ]"
limit_processes 1
sources()
{
	kill -USR1 "$haild_pid"
	wait_until "grep -q 'summary: $1 sources in the table' '$log'"
}
# Sanitizers need memory of their own, and keep what was freed for a while.
times=1
! is_sanitized || times=8
before=$(rss)
"$PEER" spray "$message" 100 134900
ok 'after 135,000 of them the table is full' sources 13107[12]
full=$(rss)
ok "which takes some MB ($before, then $full KiB)" \
    [ $((full - before)) -lt $((times * 16384)) ]
"$PEER" spray "$message" 135000 30000
ok 'after 165,000 it still is' sources 13107[12]
after=$(rss)
ok "and takes no more ($after KiB)" [ $((after - full)) -lt $((times * 512)) ]
limit_processes 100
is 'and one more is served' "$(nc -d -s 2001:db8:2:9::1 2001:db8::1 \
    "$(port message)")" hello
done_testing
