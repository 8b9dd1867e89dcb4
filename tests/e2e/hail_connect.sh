#!/bin/sh
# hail_connect.sh -- hail reaches its server, or says why not.

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$srcdir/tests/e2e/lib.sh"
. "$srcdir/tests/e2e/fake.sh"

# greeted DESCRIPTION ARGUMENT...: the server that sends "smile" was reached.
greeted()
{
	what=$1
	shift
	hail -n "$@"
	is "$what: status" "$hail_status" 0
	is "$what: output" "$(out)" smile
	is "$what: nothing on standard error" "$(err)" ''
}

# failed DESCRIPTION STATUS MESSAGE ARGUMENT...
failed()
{
	what=$1 status=$2 message=$3
	shift 3
	hail -n "$@"
	is "$what: status" "$hail_status" "$status"
	is "$what: message" "$(err)" "hail: $message"
	is "$what: no output" "$(out)" ''
}

fake 127.0.0.1 send smile
greeted 'IPv4' "127.0.0.1:$fake_port"
fake 127.0.0.1 send smile
greeted 'a port with -p' -p "$fake_port" 127.0.0.1
fake 127.0.0.1 send smile
greeted 'a name' "localhost:$fake_port"
fake 127.0.0.1 send smile
greeted 'IPv4 only' -4 "localhost:$fake_port"
fake "$sock" send smile
greeted 'a Unix socket' "$sock"
fake 127.0.0.1 peer
hail -n -s 127.0.0.9 "127.0.0.1:$fake_port"
is 'the source address is used' "$(out)" 127.0.0.9

fake 127.0.0.1 send smile
hail -nv "127.0.0.1:$fake_port"
is '-v says what is tried' "$(err)" \
"hail: 127.0.0.1:$fake_port: trying 127.0.0.1:$fake_port
hail: 127.0.0.1:$fake_port: connected to 127.0.0.1:$fake_port"

# The port of a server that is gone refuses.
fake 127.0.0.1 hold
gone=$fake_port
kill "$fake_pid"
wait "$fake_pid" 2>/dev/null
failed 'refused' 3 "127.0.0.1:$gone: cannot connect:\
 127.0.0.1:$gone: Connection refused" "127.0.0.1:$gone"
failed 'no such socket' 3 \
    "$tmp/absent: cannot connect: No such file or directory" "$tmp/absent"
fake "$tmp/gone" hold
kill "$fake_pid"
wait "$fake_pid" 2>/dev/null
failed 'a socket without a listener' 3 \
    "$tmp/gone: cannot connect: Connection refused" "$tmp/gone"
failed 'a source address that is not ours' 3 "127.0.0.1:$gone: cannot\
 connect: 127.0.0.1:$gone: cannot bind the source address: Cannot assign requested address" \
    -s 192.0.2.1 "127.0.0.1:$gone"

failed 'no such port' 2 \
    'localhost:nosuchport: cannot resolve: unknown port "nosuchport"' \
    localhost:nosuchport
hail -n a..b
is 'no such name: status' "$hail_status" 2
like 'no such name: message' "$(err)" '^hail: a\.\.b:7890: cannot resolve: .'
hail -n -4 ::1
is 'IPv4 only with an IPv6 address: status' "$hail_status" 2
like 'IPv4 only with an IPv6 address: message' "$(err)" \
    '^hail: \[::1\]:7890: cannot resolve: .'

# With a full queue the server does not answer.
fake 127.0.0.1 full
failed 'silence' 4 "127.0.0.1:$fake_port: timed out:\
 127.0.0.1:$fake_port: no answer" -w 2 "127.0.0.1:$fake_port"
failed 'silence and -m' 4 "127.0.0.1:$fake_port: timed out:\
 127.0.0.1:$fake_port: no answer" -w 0 -m 2 "127.0.0.1:$fake_port"
fake "$tmp/full" full
failed 'silence on a Unix socket' 4 "$tmp/full: timed out: no answer" \
    -w 2 "$tmp/full"

if have_ipv6; then
	fake ::1 send smile
	greeted 'IPv6' "[::1]:$fake_port"
	fake ::1 send smile
	greeted 'IPv6 without brackets' -p "$fake_port" ::1
	fake ::1 peer
	hail -n -s ::1 "[::1]:$fake_port"
	is 'the source address is used, IPv6' "$(out)" ::1
else
	skip 'IPv6' 'this machine has no ::1'
fi

done_testing
