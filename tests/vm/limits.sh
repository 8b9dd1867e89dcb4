# limits.sh -- fault 85: memory, processes and processor time of a session are limited,
# and only the session that uses them up ends.
# root: disk
. "${srcdir:-.}/tests/vm/lib.sh"

fresh <<EOF
user = "nobody"
cat: { listen = ["127.0.0.1:7881"] exec = ["/bin/sh", "-c", "echo cat; exec cat"] }
# tail keeps what it reads until there is a newline.
hog: {
	listen = ["127.0.0.1:7882"]
	exec = ["/bin/sh", "-c", "setsid sleep 4242 & echo \$\$; read go && exec tail /dev/zero"]
	memory-max = "32M"
}
helper: {
	listen = ["127.0.0.1:7883"]
	exec = ["/bin/sh", "-c", "tail /dev/zero & wait; echo go on"]
	memory-max = "32M"
	oom-policy = "continue"
	stderr = "discard"
}
bomb: {
	listen = ["127.0.0.1:7884"]
	exec = ["/bin/sh", "-c", "b() { b | b & b; }; b"]
	tasks-max = 20
	stderr = "discard"
}
slow: {
	listen = ["127.0.0.1:7885"]
	exec = ["/bin/sh", "-c", "echo \$\$; while :; do :; done"]
	cpu-quota = "20%"
}
fast: {
	listen = ["127.0.0.1:7886"]
	exec = ["/bin/sh", "-c", "echo \$\$; while :; do :; done"]
}
large: {
	listen = ["127.0.0.1:7887"]
	exec = ["/usr/bin/tail", "/dev/zero"]
	service-memory-max = "32M"
}
many: {
	listen = ["127.0.0.1:7888"]
	exec = ["/bin/sh", "-c", "echo \$\$; exec cat"]
	service-tasks-max = 2
}
commands: {
	listen = ["127.0.0.1:7889"]
	tasks-max = 1
	commands: {
		one: { exec = ["/bin/echo", "one"] }
		more: { exec = ["/bin/sh", "-c", "echo a | cat; echo b"] }
		none: {
			exec = ["/bin/sh", "-c", "echo a | cat; echo b"]
			tasks-max = "none"
		}
	}
}
EOF
opens cat 7 7881

# --- memory-max ---

opens hog 8 7882
opens other 9 7882
ok 'two sessions have helpers that left them' \
    wait_until '[ "$(pgrep -xc sleep)" = 2 ]'
is 'memory-max' "$(cat "$(leaf "$(cat "$tmp/hog")")/memory.max")" 33554432
echo go >&8
ok 'one uses too much memory' ends "$(cat "$tmp/hog")" 60
ok 'the log says so' says 'hog: .* limit memory '
ok 'its helper ended' wait_until '[ "$(pgrep -xc sleep)" = 1 ]'
ok 'the other session did not' kill -0 "$(cat "$tmp/other")"
ok 'nor did a neighbour' answers cat 7 memory
exec 8>&- 9>&-
is 'with "continue" only the process ends' "$(nc -d 127.0.0.1 7883)" 'go on'

# --- tasks-max ---

nc -d 127.0.0.1 7884 >"$tmp/bomb"
ok 'a fork bomb ends' says 'bomb: .* limit tasks '
ok 'and leaves nothing' wait_until '! pgrep -f "^/bin/sh -c b" >/dev/null'
ok 'a neighbour lives' answers cat 7 tasks

# Of commands it is a default: haild's own processes in a session are not limited.
command_of()
{
	timeout 10 "$HAIL" 127.0.0.1:7889 "$1" 2>&1
}
is 'a command with tasks-max = 1' "$(command_of one)" one
command_of more >"$tmp/more"
ok 'cannot start another process' says 'commands: .* limit tasks '
is 'a command without tasks-max' "$(command_of none)" 'a
b'

# --- cpu-quota ---

usage()
{
	sed -n 's/^usage_usec //p' "$1/cpu.stat"
}

opens slow 8 7885
opens fast 9 7886
slow=$(leaf "$(cat "$tmp/slow")") fast=$(leaf "$(cat "$tmp/fast")")
is 'cpu-quota' "$(cat "$slow/cpu.max")" '20000 100000'
before_slow=$(usage "$slow") before_fast=$(usage "$fast")
wait_until '[ $(($(usage "$fast") - before_fast)) -gt 2000000 ]' 60
used_slow=$(($(usage "$slow") - before_slow))
used_fast=$(($(usage "$fast") - before_fast))
echo "# processor time with a quota of 20 %: $((used_slow / 1000)) ms;" \
    "without: $((used_fast / 1000)) ms"
ok 'with a quota it uses less than half as much' \
    [ $((used_slow * 2)) -lt "$used_fast" ]
ok 'since it was throttled' \
    [ "$(sed -n 's/^nr_throttled //p' "$slow/cpu.stat")" -gt 0 ]
kill "$(cat "$tmp/slow")" "$(cat "$tmp/fast")"
exec 8>&- 9>&-

# --- limits of a service ---

nc -d 127.0.0.1 7887 >"$tmp/large"
ok 'service-memory-max ends a session' says 'large: .* limit memory '
large=$(cgroup)/sessions/large
is 'service-memory-max' "$(cat "$large/memory.max")" 33554432
# A kernel without swap has no such file.
[ ! -e "$large/memory.swap.max" ] ||
    is 'its sessions cannot use swap' "$(cat "$large/memory.swap.max")" 0
opens one 8 7888
opens two 9 7888
is 'service-tasks-max refuses the third client' "$(nc -d -w 5 127.0.0.1 7888)" ''
ok 'as the log says' says 'many: .* refused.*service-tasks-max'
exec 8>&-
ok 'the first ends' ends "$(cat "$tmp/one")"
ok 'then there is room' wait_until \
    '[ "$(echo x | nc -N 127.0.0.1 7888 | tail -n 1)" = x ]'
exec 9>&-
ok 'a neighbour lives' answers cat 7 service
exec 7>&-
is 'haild has not started again' "$(systemctl show -P NRestarts haild)" 0
done_testing
