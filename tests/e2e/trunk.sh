# trunk.sh -- every handler over every kind of socket, and the log of it.
#
# Runs under valgrind too, so it leaves strace and the like to others.
. "${srcdir:-.}/tests/e2e/lib.sh"

v6=
! have_ipv6 || v6=', "[::1]:0"'
# valgrind makes system calls that the filter of linger does not allow.
linger=true
case $HAILD in valgrind*) linger=false ;; esac
start_haild -v <<EOF
linger = $linger
greeting: {
	listen = ["*:0", "$sock"]
	message = "Smile from the server\n"
}
echo: { listen = ["127.0.0.1:0"$v6] builtin = "echo" }
discard: { listen = ["127.0.0.1:0"] builtin = "discard" }
chargen: { listen = ["127.0.0.1:0"] builtin = "chargen" }
daytime: { listen = ["127.0.0.1:0"] builtin = "daytime" }
time: { listen = ["127.0.0.1:0"] builtin = "time" }
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

is 'no child is left' "$(wait_until "no_children" || echo left)" ''
stop_haild TERM
is 'it stops with status 0' "$haild_status" 0
ok 'and says so' grep -q ': stopped$' "$log"
ok 'the Unix socket is gone' [ ! -e "$sock" ]
done_testing
