# sandbox.sh -- the presets with this kernel; fault 85: a program that fills a disk
# ends alone; fault 87: sessions cannot reach each other.
# root: disk
. "${srcdir:-.}/tests/vm/lib.sh"

fresh <<EOF
basic: {
	listen = ["127.0.0.1:7881"]
	exec = ["/bin/sh"]
	user = "nobody"
	sandbox = "basic"
	memory-max = "64M"
}
strict: {
	listen = ["127.0.0.1:7882"]
	exec = ["/bin/sh"]
	user = "pool:200000-200031"
	sandbox = "strict"
	max-sessions = 32
	memory-max = "32M"
	tasks-max = 20
	cpu-quota = "100%"
}
filler: {
	listen = ["127.0.0.1:7883"]
	exec = ["/bin/sh"]
	user = "pool:200032-200063"
	sandbox = "strict"
	max-sessions = 32
	limit-fsize = "4M"
	log-start = true
}
EOF

# run PORT COMMANDS: what the shell there prints.
run()
{
	printf '%s\n' "$2" | nc -N 127.0.0.1 "$1"
}

is 'no service is out of service' "$(journal | grep 'out of service')" ''
scopes=no
[ "$(uname -r | awk -F '[.-]' '{ print ($1 * 100 + $2 >= 612) }')" = 0 ] || scopes=yes
if [ $scopes = no ]; then
	ok 'the log warns that Landlock has no scopes' \
	    says 'this kernel has no Landlock scopes'
else
	is 'the log has no warning of Landlock' "$(journal | grep landlock)" ''
fi

# --- basic ---

is 'basic: the user' "$(run 7881 'id -un')" nobody
like 'basic: /usr is read-only' "$(run 7881 '>/usr/x' 2>&1; run 7881 \
    'exec 2>&1; grep " /usr " /proc/self/mountinfo | cut -d " " -f 6')" '^ro'
is 'basic: no capabilities' "$(run 7881 'grep CapBnd /proc/self/status')" \
    "$(printf 'CapBnd:\t0000000000000000')"
is 'basic: a filter, no new privileges' "$(run 7881 \
    'grep -E "^(NoNewPrivs|Seccomp):" /proc/self/status | cut -f 2 | tr -d "\n"')" 12
is 'basic: cgroupfs is not there' "$(run 7881 'ls /sys/fs/cgroup 2>/dev/null')" ''
ok 'basic: it is logged with what it used' \
    says 'basic: .* exit [0-9]+ .* cpu [0-9.]+s mem [0-9.]+[KMG]'

# --- strict ---

like 'strict: a user of the pool' "$(run 7882 'id -u')" '^2000[0-3][0-9]$'
like 'strict: it sees its own processes only' "$(run 7882 \
    'set -- /proc/[0-9]*; echo $#')" '^[1-4]$'
is 'strict: no network' "$(run 7882 \
    'cut -d : -f 1 /proc/net/dev | grep -v "|" | tr -d " \n"')" lo
like 'strict: /tmp is its own and empty' \
    "$(run 7882 'ls -A /tmp | wc -l; echo x >/tmp/mine && cat /tmp/mine')" '^x$'
is 'strict: and gone with it' "$(run 7882 'ls -A /tmp')" ''
is 'strict: a file system is read-only' \
    "$(run 7882 'echo x >/var/x || echo no' 2>/dev/null)" no
opens_net()
{
	mkfifo "$tmp/$1.to"
	in_background sh -c "exec nc -N 127.0.0.1 7882 <'$tmp/$1.to' >'$tmp/$1' \
	    7>&- 8>&- 9>&-"
	eval "exec $2<>'$tmp/$1.to'"
	eval "echo 'readlink /proc/self/ns/net' >&$2"
	wait_until "[ -s '$tmp/$1' ]"
}
opens_net one 8
opens_net two 9
if [ $scopes = no ]; then
	ok 'strict: each session has a network namespace of its own' \
	    [ "$(cat "$tmp/one")" != "$(cat "$tmp/two")" ]
else
	is 'strict: sessions share an empty network namespace' \
	    "$(cat "$tmp/one")" "$(cat "$tmp/two")"
fi
ok 'strict: not that of the host' \
    [ "$(cat "$tmp/one")" != "$(readlink /proc/self/ns/net)" ]

# --- what uses up memory, processes, files ---

run 7882 'tail /dev/zero' >"$tmp/out"
ok 'strict: memory' says 'strict: .* limit memory '
run 7882 'b() { b | b & b; }; b' >"$tmp/out"
ok 'strict: processes' says 'strict: .* limit tasks '
like 'strict: /tmp has a limit' "$(run 7883 'exec 2>&1; n=0
    while dd if=/dev/zero of=/tmp/$n bs=1M count=3; do n=$((n + 1)); done')" \
    'No space left'
run 7883 'exec dd if=/dev/zero of=/tmp/x bs=1M count=100' >"$tmp/out"
ok 'a file that is too large ends the session' says 'filler: .* signal (XFSZ|25)|filler: .* SIGXFSZ'
is 'the other sessions live' "$(echo 'echo yes' >&8; echo 'echo yes' >&9
    wait_until "grep -q yes '$tmp/one' && grep -q yes '$tmp/two'" && echo both)" both
exec 8>&- 9>&-

# --- nothing remains ---

for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	run 7882 "setsid sleep 1000 & echo $i" &
done >"$tmp/out"
ok 'no process of a pool remains' wait_until '! pgrep -u "$(seq -s , 200000 200063)" >/dev/null' 30
ok 'no network namespace remains' wait_until \
    '[ "$(lsns -n -t net -o PID | wc -l)" -le 2 ]' 5
is 'haild serves' "$(run 7881 'echo x')" x
done_testing
