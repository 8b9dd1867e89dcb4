# trunk.sh -- every handler over every kind of socket, and the log of it.
#
# Runs under valgrind too, so it leaves strace and the like to others, and does a
# bit of all that haildctl asks for.
. "${srcdir:-.}/tests/e2e/lib.sh"

ctl=$tmp/ctl.sock

# ask COMMAND...: its output is in $out, its status in $status.
ask()
{
	# shellcheck disable=SC2086 # HAILDCTL may be a command with arguments
	out=$($HAILDCTL -t 60 -s "$ctl" "$@" 2>&1)
	status=$?
}

v6=
! have_ipv6 || v6=', "[::1]:0"'
# valgrind makes system calls that the filter of linger does not allow.
linger=true
case $HAILD in valgrind*) linger=false ;; esac
start_haild -v <<EOF
control = "$ctl"
linger = $linger
greeting: {
	listen = ["*:0", "$sock"]
	message = "Smile from the server\n"
}
echo: { listen = ["127.0.0.1:0"$v6, "@$tmp/echo"] builtin = "echo" }
discard: { listen = ["127.0.0.1:0"] builtin = "discard" }
chargen: { listen = ["127.0.0.1:0"] builtin = "chargen" }
daytime: { listen = ["127.0.0.1:0"] builtin = "daytime" }
time: { listen = ["127.0.0.1:0"] builtin = "time" }
forward: {
	listen = ["127.0.0.1:0", "$tmp/forward"]
	forward = "@$tmp/echo"
	user = "$me"
}
upper: {
	listen = ["127.0.0.1:0"]
	exec = ["/usr/bin/tr", "a-z", "A-Z"]
	user = "$me"
}
environment: {
	listen = ["127.0.0.1:0"$v6, "$tmp/environment"]
	exec = ["/usr/bin/env"]
	user = "$me"
	environment = ["GREETING=hello world", "PATH=/opt"]
	log-start = true
}
status: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "echo first >&2; printf 'two\\\\tparts' >&2; exit 3"]
	user = "$me"
}
hold: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/cat"]
	user = "$me"
}
killed: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "kill -9 \$\$"]
	user = "$me"
}
EOF

greeting=$(port greeting)
is 'message over IPv4' "$($HAIL "127.0.0.1:$greeting" </dev/null)" \
    'Smile from the server'
if have_ipv6; then
	is 'message over IPv6, on the same port' \
	    "$($HAIL "[::1]:$greeting" </dev/null)" 'Smile from the server'
else
	skip 'message over IPv6' 'this machine has no ::1'
fi
is 'message over a Unix socket' "$($HAIL "$sock" </dev/null)" \
    'Smile from the server'
is 'message to a client that sent something first' \
    "$(echo unread | nc -N 127.0.0.1 "$greeting")" 'Smile from the server'

is 'echo' "$(echo hello | $HAIL "127.0.0.1:$(port echo)")" hello
head -c 300000 /dev/urandom >"$tmp/random"
$HAIL "127.0.0.1:$(port echo)" <"$tmp/random" >"$tmp/echoed"
ok 'echo, byte by byte the same' cmp "$tmp/random" "$tmp/echoed"
is 'echo over an abstract socket' "$(echo hello | $HAIL "@$tmp/echo")" hello
$HAIL "127.0.0.1:$(port forward)" <"$tmp/random" >"$tmp/echoed"
ok 'forward, byte by byte the same' cmp "$tmp/random" "$tmp/echoed"
is 'forward from a Unix socket' "$(echo hello | $HAIL "$tmp/forward")" hello
ok 'its target and bytes in the log' logged \
    "forward: 127\\.0\\.0\\.1:.* exit 0 .* in 300000 out 300000 to @$tmp/echo\$"
is 'discard' "$($HAIL "127.0.0.1:$(port discard)" <"$tmp/random" | wc -c)" 0
nc -d 127.0.0.1 "$(port chargen)" | head -n 96 >"$tmp/chargen"
is 'chargen: lines of 72 characters and CR' \
    "$(awk '{ print length($0) }' "$tmp/chargen" | sort -u)" 73
is 'chargen: the 96th line is the first' \
    "$(sed -n 96p "$tmp/chargen")" "$(sed -n 1p "$tmp/chargen")"
like 'daytime' "$($HAIL "127.0.0.1:$(port daytime)" </dev/null)" \
    "^[A-Z][a-z][a-z] [A-Z][a-z][a-z] [ 0-9]{2} [0-9:]{8} 20[0-9]{2}"
seconds=$($HAIL "127.0.0.1:$(port time)" </dev/null | od -An -tu1 |
    awk '{ print (($1 * 256 + $2) * 256 + $3) * 256 + $4 - 2208988800 }')
ok 'time: seconds since 1900' [ $(($(date +%s) - seconds)) -le 60 ]

is 'exec: a program between the two directions' \
    "$(echo shout | $HAIL "127.0.0.1:$(port upper)")" SHOUT

$HAIL "127.0.0.1:$(port environment)" </dev/null | sort >"$tmp/env"
p=$(port environment)
home=$(getent passwd "$me" | cut -d: -f6)
shell=$(getent passwd "$me" | cut -d: -f7)
remote=$(sed -n 's/^REMOTE_PORT=//p' "$tmp/env")
is 'exec: the environment over IPv4, and nothing else' "$(cat "$tmp/env")" \
    "GREETING=hello world
HOME=$home
LOGNAME=$me
PATH=/opt
PROTO=TCP
REMOTE_ADDR=127.0.0.1
REMOTE_PORT=$remote
SHELL=$shell
TCPLOCALIP=127.0.0.1
TCPLOCALPORT=$p
TCPREMOTEIP=127.0.0.1
TCPREMOTEPORT=$remote
USER=$me"
ok 'and its start in the log' logged \
    "environment: 127.0.0.1:$remote pid [0-9]+ start"
if have_ipv6; then
p6=$(sed -n 's/.*: environment: listening on \[::1\]:\([0-9]*\)$/\1/p' "$log")
is 'exec: the environment over IPv6' \
    "$($HAIL "[::1]:$p6" </dev/null | grep -E 'IP=|ADDR=|PROTO' | sort)" \
    'PROTO=TCP
REMOTE_ADDR=::1
TCPLOCALIP=::1
TCPREMOTEIP=::1'
else
	skip 'exec: the environment over IPv6' 'this machine has no ::1'
fi
is 'exec: the environment over a Unix socket' \
    "$($HAIL "$tmp/environment" </dev/null | grep -E 'IPC|TCP|REMOTE' | sort)" \
    "IPCLOCALPATH=$tmp/environment
IPCREMOTEEGID=$(id -g)
IPCREMOTEEUID=$(id -u)
PROTO=IPC"

$HAIL "127.0.0.1:$(port status)" </dev/null
ok 'a status in the log' logged \
    'status: 127\.0\.0\.1:[0-9]+ pid [0-9]+ exit 3 [0-9]+\.[0-9]{3}s( cpu [0-9.]+s( mem [0-9.]+.)?)?$'
ok 'standard error in the log, a line each' logged 'status: stderr: first$'
ok 'escaped, and the last one without its newline' logged \
    'status: stderr: two\\tparts$' 20
$HAIL "127.0.0.1:$(port killed)" </dev/null
ok 'a signal in the log' logged 'killed: .* pid [0-9]+ signal 9 [0-9.]+s( cpu [0-9.]+s( mem [0-9.]+.)?)?$'
ok 'the uid in the log of a Unix socket' logged \
    "greeting: uid:$(id -u) pid [0-9]+ exit 0 [0-9.]+s( cpu [0-9.]+s( mem [0-9.]+.)?)?$"

# --- control ---

hold_open "127.0.0.1:$(port hold)" 2
has_sessions 2
ask status
like 'status' "$status $out" '^hold +serving +2 '
ask --json sessions hold
id=$(printf '%s\n' "$out" | grep -o '"id":[0-9]*' | cut -d : -f 2 | head -n 1)
like 'sessions' "$status $out" \
    '^0 .*"id":[0-9]+.*"service":"hold".*"client":"127\.0\.0\.1'
ask sources
like 'sources' "$status $out" '127\.0\.0\.1'
ask metrics
like 'metrics' "$status $out" '^haild_sessions_active\{service="hold"\} 2$'
ask health
is 'health' "$status" 0
ask explain upper 127.0.0.1
like 'explain' "$status $out" "user[^a-z]+$me"
ask kill "$id"
is 'kill' "$status" 0
ok 'and its log line' logged 'hold: .* killed by admin '
ask kill --source 127.0.0.1
is 'kill by source' "$status" 0
release_all
ask kill "$id"
is 'kill: the session is over' "$status" 3
# Later there may be another logger, which this does not know under valgrind.
is 'no child is left' "$(wait_until "no_children" || echo left)" ''
ask drain --wait greeting
is 'drain --wait' "$status" 0
is 'a drained service refuses clients' \
    "$($HAIL "$sock" </dev/null 2>/dev/null || echo refused)" refused
ask resume
is 'resume' "$status" 0
is 'a resumed service' "$($HAIL "$sock" </dev/null)" 'Smile from the server'
printf '%s\n' 'late: { listen = ["127.0.0.1:0"] message = "late\n" }' >>"$conf"
ask reload
is 'reload' "$status" 0
like 'and what has changed' "$status $out" 'reloaded: added late$'
echo 'late' >>"$conf"
ask reload
like 'a reload that fails' "$status $out" 'reload failed: '
sed -i '$d' "$conf"
ask unknown
is 'an unknown command' "$status" 2

ask log debug
is 'log' "$status" 0
stop_haild TERM
is 'it stops with status 0' "$haild_status" 0
ok 'and says so' grep -q ': stopped$' "$log"
ok 'the Unix socket is gone' [ ! -e "$sock" ]
ok 'the control socket is gone' [ ! -e "$ctl" ]

cp "$log" "$tmp/first.log" # for done_testing
# short_config: of a daemon that soon ends.
short_config()
{
	cat <<-EOF
	control = "$ctl"
	linger = $linger
	cat: { listen = ["$sock"] exec = ["/bin/cat"] user = "$me" }
	EOF
}

start_haild <<EOF
$(short_config)
EOF
ask stop
like 'haildctl stop' "$status $out" '^0'
wait_haild
is 'and the status of haild' "$haild_status" 0

cp "$log" "$tmp/second.log"
start_haild <<EOF
$(short_config)
EOF
hold_open "$sock"
has_sessions 1
ask upgrade
like 'haildctl upgrade' "$status $out" '^0 now running haild '
release_all
is 'its session has ended' "$(wait_until no_children || echo left)" ''
stop_haild TERM
is 'it stops with status 0 too' "$haild_status" 0
done_testing
