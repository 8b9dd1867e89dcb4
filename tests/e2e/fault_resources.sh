# fault_resources.sh -- the host is short of something (faults 1, 2, 3, 5, 15).
. "${srcdir:-.}/tests/e2e/lib.sh"
need_command strace prlimit

start_haild <<EOF
message: { listen = ["127.0.0.1:0"] message = "hello\n" }
cat: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/cat"]
	user = "$me"
	max-sessions = 3
	max-per-source = "none"
	at-limit = "refuse"
}
EOF
message=$(port message)
cat=$(port cat)

served()
{
	[ "$(nc -d 127.0.0.1 "$message")" = hello ]
}

# lowest: the lowest descriptor that is free in haild.
lowest()
{
	n=0
	while [ -e "/proc/$haild_pid/fd/$n" ]; do n=$((n + 1)); done
	echo $n
}

ok 'served' served
fds=$(descriptors)

# Fault 1.
prlimit --pid "$haild_pid" --nofile="$(lowest):$(ulimit -Hn)"
nc -d 127.0.0.1 "$message" >"$tmp/waiting" &
client=$!
ok 'EMFILE is logged' logged 'message: cannot accept .*: Too many open files'
before=$(ticks)
sleep 3 # the measured interval
after=$(ticks)
ok "EMFILE does not spin ($((after - before)) ticks)" \
    is_idle $((after - before)) 3
ok 'what was left out is counted' logged 'more accept errors not logged'
prlimit --pid "$haild_pid" --nofile="$(ulimit -Sn):$(ulimit -Hn)"
wait $client
is 'the client that waited is served' "$(cat "$tmp/waiting")" hello

# Fault 2.
for error in ENFILE ENOBUFS ENOMEM EMFILE; do
	inject "accept4:error=$error:when=1..2"
	ok "accept: $error, then served" served
	eject
done

# Fault 15: these are gone by the next accept.
for error in ECONNABORTED EPROTO ENETDOWN ENOPROTOOPT EHOSTDOWN ENONET \
    EHOSTUNREACH EOPNOTSUPP ENETUNREACH EINTR; do
	inject "accept4:error=$error:when=1"
	ok "accept: $error costs nothing" served
	eject
done
ok 'they are not even logged' sh -c \
    "! grep -E 'cannot accept' '$log' | grep -vE 'Too many open|buffer|memory'"

# Fault 3: six clients whose fork fails, then three that fill the service: a
# slot that was lost would be missed now.
inject clone,clone3,fork,vfork:error=EAGAIN:when=1..6
for i in 1 2 3 4 5 6; do
	is "fork fails: client $i is closed" "$(nc -d 127.0.0.1 "$cat")" ''
done
eject
ok 'and it is logged' logged \
    'cat: 127\.0\.0\.1:[0-9]+ refused: fork: Resource temporarily unavailable$'
inject clone,clone3,fork,vfork:error=EAGAIN
is '60 clients whose fork fails are closed' "$("$PEER" many "$cat" 60)" 60
ok 'what was left out is counted' logged '[0-9]+ more refusals not logged: [0-9]+ fork$'
eject
# 10 a second, of which the log's second may see the end of one and another.
most=$(most_a_second ' refused: fork: ')
ok "few lines say so (at most $most a second)" [ "$most" -le 20 ]
hold_open "$cat" 3
ok 'no slot was lost' has_sessions 3
release_all
ok 'no child is left' wait_until no_children
is 'no descriptor was lost' "$(descriptors)" "$fds"
ok 'served as before' served
stop_haild TERM

# Fault 1 in a session of commands, which needs more descriptors than others.
{
	i=0
	while [ $((i += 1)) -le 30 ]; do
		echo "m$i: { listen = [\"127.0.0.1:0\"] message = \"m\" }"
	done
	echo "commands: { listen = [\"127.0.0.1:0\"] user = \"$me\""
	echo 'commands: { echo: { exec = ["/bin/echo", "hello"] } } }'
} >"$tmp/many.conf"
start_haild <"$tmp/many.conf"
commands=$(port commands)
# The client's, that of the session's cgroup and the two of the channel: the
# session closes all that it has no use for.
prlimit --pid "$haild_pid" --nofile="$(($(lowest) + 4)):$(ulimit -Hn)"
is 'commands of a daemon that has all it may have' \
    "$($HAIL -n "127.0.0.1:$commands" echo)" hello
stop_haild TERM
start_haild <<EOF
commands: {
	listen = ["127.0.0.1:0"]
	user = "$me"
	commands: { echo: { exec = ["/bin/echo", "hello"] } }
}
EOF
commands=$(port commands)
# Where each step fails in its turn, up to the first limit that is enough.  The
# daemon opens cgroups in advance, so its lowest free descriptor may change.
extra=3
while least=$(($(lowest) + extra))
	prlimit --pid "$haild_pid" --nofile="$least:$(ulimit -Hn)"
	[ "$($HAIL -n "127.0.0.1:$commands" echo 2>&1)" != hello ] &&
	    [ "$extra" -lt 43 ]
do
	extra=$((extra + 1))
done
failed=$(grep -c 'commands: .* exit 71 ' "$log")
ok "with fewer than $extra more sessions fail ($failed)" [ "$failed" -gt 1 ]
is 'and the log says why, each time' "$(grep -c \
    'commands: cannot execute haild-commands: Too many open files$' "$log")" \
    "$failed"
stop_haild TERM

# Nothing to do, and no program, so that there is no logger either.
start_haild <<EOF
message: { listen = ["127.0.0.1:0"] message = "hello\n" }
EOF
before=$(ticks)
sleep 2 # the measured interval
after=$(ticks)
ok "one that has nothing to do does nothing ($((after - before)) ticks)" \
    is_idle $((after - before)) 2
stop_haild TERM

# Fault 5: with one process too many, setresuid(2) succeeds and execve(2) fails.
if [ "$(id -u)" = 0 ]; then
	start_haild <<-EOF
	many: {
		listen = ["127.0.0.1:0"]
		exec = ["/bin/cat"]
		user = "nobody"
		limit-nproc = 0
	}
	EOF
	is 'over RLIMIT_NPROC: closed' "$(nc -d 127.0.0.1 "$(port many)")" ''
	ok 'and logged' logged \
	    'many: cannot execute /bin/cat: Resource temporarily unavailable$'
	ok 'with a status' logged 'many: .* exit 69 '
else
	skip 'over RLIMIT_NPROC' 'needs root'
fi
done_testing
