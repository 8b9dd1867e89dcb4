# fault_processes.sh -- many children, odd parents, signals at bad moments
# (faults 39, 40, 42, 45, 46).
. "${srcdir:-.}/tests/e2e/lib.sh"
need_command strace

cp "$PEER" "$tmp/peer"
config()
{
	cat <<-EOF
	max-sessions = 600
	max-per-source = "none"
	message: { listen = ["127.0.0.1:${1:-0}"] message = "hello\n" max-sessions = 500 max-per-source = "none" }
	cat: {
		listen = ["127.0.0.1:${2:-0}"]
		exec = ["/bin/cat"]
		user = "$me"
		max-sessions = 500
		max-per-source = "none"
		at-limit = "refuse"
	}
	state: { listen = ["$sock"] exec = ["$tmp/peer", "state"] user = "$me" }
	EOF
}

config >"$tmp/config"
start_haild <"$tmp/config"
message=$(port message)
cat=$(port cat)
fds=$(descriptors)

# 300 clients at once.
is '300 clients at once, each served to the last byte' \
    "$("$PEER" many "$message" 300 'hello
')" 300
is '300 programs at once' "$("$PEER" many "$cat" 300)" 300
ok 'no zombie, no child is left' wait_until no_children
is 'and no descriptor' "$(descriptors)" "$fds"

# Fault 39.
hold_open "$cat" 500
ok '500 sessions' has_sessions 500 60
kill -STOP "$haild_pid"
release_all
ok 'stopped, with 500 zombies' wait_until \
    '[ "$(ps -o stat= --ppid "$haild_pid" | grep -c ^Z)" = 500 ]' 60
kill -CONT "$haild_pid"
ok 'continued: all are reaped' wait_until no_children 60
is 'all are logged' "$(grep -c 'cat: .* pid ' "$log")" 800
hold_open "$cat" 500
ok 'the counters are back at zero: 500 fit again' has_sessions 500 60
# Of many children the youngest are asked by their pid, which takes the kernel no
# search, and all of them at once only now and then.
oldest=$(sessions | sort -n | head -n 1)
in_background strace -q -e trace=waitid -o "$tmp/waits" -p "$haild_pid"
tracer=$last
wait_until "! grep -q 'TracerPid:.0$' /proc/$haild_pid/status"
is '100 come and go beside them' "$("$PEER" many "$message" 100 'hello
')" 100
kill -KILL "$oldest"
ok 'the end of an old one is seen as well' logged \
    "cat: .* pid $oldest signal 9 "
ok 'and theirs' wait_until \
    "[ \"\$(grep -c 'message: .* exit 0' '$log')\" = 400 ]"
eject
ok 'without a search for each' [ "$(grep -c P_PID "$tmp/waits")" -gt \
    "$(grep -c P_ALL "$tmp/waits")" ]
release_all
ok 'no child is left' wait_until no_children 60

# Signals are taken while clients keep coming: ppoll alone would not.
"$PEER" flood "$message" 3 "hello
" >"$tmp/flood" 2>&1 &
flood=$!
wait_until "[ \"\$(grep -c 'message: .* exit 0' '$log')\" -ge 500 ]"
stop_haild TERM
is 'TERM is heard in a flood' "$haild_status" 0
wait $flood

# Fault 46, and the restart: sessions of a killed daemon go on, on the same port.
config "$message" "$cat" >"$tmp/config"
start_haild <"$tmp/config"
mkfifo "$tmp/in"
nc -N 127.0.0.1 "$cat" <"$tmp/in" >"$tmp/out" &
client=$!
exec 8>"$tmp/in"
echo one >&8
ok 'a session is open' wait_until "grep -q one '$tmp/out'"
orphan=$(session)
kill -9 "$haild_pid"
wait "$haild_pid" 2>/dev/null
config "$message" "$cat" >"$tmp/config"
start_haild <"$tmp/config"
is 'killed and started anew on the same port at once' \
    "$(nc -d 127.0.0.1 "$message")" hello
echo two >&8
ok 'the old session goes on' wait_until "grep -q two '$tmp/out'"
exec 8>&-
wait $client
ok 'to its own end' ends "$orphan"

# Fault 42: the child is held between fork and exec, and gets a TERM there.
pidfile=$tmp/pid
stop_haild TERM
config >"$tmp/config"
start_haild -p "$pidfile" <"$tmp/config"
inject setsid:delay_enter=60000000
echo x | nc -N 127.0.0.1 "$(port cat)" >"$tmp/out" &
client=$!
kill -TERM "$(session)"
# It is in setsid(2) until then.
eject KILL
wait $client
ok 'TERM before exec ends that child, by the default action' logged \
    'cat: .* pid [0-9]+ signal 15 '
ok 'and nothing of the daemon' kill -0 "$haild_pid"
is 'the pid file is kept' "$(cat "$pidfile")" "$haild_pid"
ok 'nobody took it for its own end' sh -c "! grep -q stopping '$log'"
stop_haild TERM
ok 'the pid file goes with the daemon' [ ! -e "$pidfile" ]

# A program that makes orphans as fast as it can stops nobody.  Its limit counts
# what is not reaped yet, so that the host is not filled either.
storm()
{
cat >"$tmp/config" <<EOF
storm: {
	listen = ["127.0.0.1:0"]
	exec = ["$tmp/peer", "storm", "8", "$tmp/storm"]
	user = "$me"
	limit-nproc = 300
	leftovers = "keep"
}
killed: {
	listen = ["127.0.0.1:0"]
	exec = ["$tmp/peer", "storm", "8", "$tmp/killed"]
	user = "$me"
	limit-nproc = 300
}
message: { listen = ["127.0.0.1:0"] message = "hello\\n" max-per-source = "none" }
EOF
: >"$tmp/storm"
: >"$tmp/killed"
start_haild <"$tmp/config"
if has_cgroups; then
	nc -d 127.0.0.1 "$(port killed)"
	logged 'killed: .* exit 0 '
	ok 'a storm of orphans ends with its session' flock -w 10 "$tmp/killed" true
else
	skip 'a storm of orphans ends with its session' \
	    'needs a writable cgroup v2'
fi
nc -d 127.0.0.1 "$(port storm)"
logged 'storm: .* exit 0 '
is 'in a storm of orphans, clients are served' \
    "$("$PEER" many "$(port message)" 50 'hello
')" 50
stop_haild TERM
is 'and TERM is heard' "$haild_status" 0
ok 'while it goes on' sh -c "! flock -n '$tmp/storm' true"
exec 7<"$tmp/storm"
rm "$tmp/storm"
ok 'it ends' flock -w 60 7
exec 7<&-
}
if [ "$(id -u)" = 0 ]; then
	storm
else
	skip 'a storm of orphans' 'needs root'
fi

# Faults 40 and 45.
config >"$conf"
# shellcheck disable=SC2086 # HAILD may be a command with arguments
"$PEER" odd $HAILD -f -c "$conf" &
haild_pid=$!
wait_listening "$sock"
state=$(nc -d -U "$sock")
is 'an odd parent leaves no trace in a program' "$state" 'fds 0 1 2
blocked
changed
leader yes
tty No such device or address
nonblocking no'
kill -TERM "$haild_pid"
wait "$haild_pid"
is 'and a blocked TERM is heard' "$?" 0
haild_pid=
done_testing
