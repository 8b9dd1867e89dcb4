#!/bin/sh
# hail_limits.sh -- -m, --idle-timeout and -q.

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$srcdir/tests/e2e/lib.sh"
. "$srcdir/tests/e2e/fake.sh"

# open_input: descriptor 9 is a standard input that stays open and silent.
mkfifo "$tmp/silent"
exec 9<>"$tmp/silent"

fake 127.0.0.1 send hello hold
hail -m 3 "127.0.0.1:$fake_port" <&9
is '-m: status' "$hail_status" 4
is '-m: what came until then' "$(out)" hello
is '-m: message' "$(err)" "hail: 127.0.0.1:$fake_port: 127.0.0.1:$fake_port:\
 timed out: the session took too long (-m)"

# Bytes that keep moving do not help against -m.
fake 127.0.0.1 flood
$HAIL -n -m 2 "127.0.0.1:$fake_port" >/dev/null 2>"$tmp/err.log"
is '-m against a flood: status' $? 4

fake 127.0.0.1 send hello hold
hail --idle-timeout 3 "127.0.0.1:$fake_port" <&9
is '--idle-timeout: status' "$hail_status" 4
is '--idle-timeout: what came until then' "$(out)" hello
is '--idle-timeout: message' "$(err)" "hail: 127.0.0.1:$fake_port:\
 127.0.0.1:$fake_port: timed out: no byte in either direction for 3 seconds"

# Six bytes, each within the limit, together later than it.
trickle()
{
	for i in 1 2 3 4 5 6; do
		sleep 1
		printf %s "$i"
	done
}
fake 127.0.0.1 save "$tmp/got"
trickle | $HAIL --idle-timeout 5 "127.0.0.1:$fake_port" 2>"$tmp/err.log"
is '--idle-timeout counts from the last byte' $? 0
fake_done
is 'and all bytes arrived' "$(cat "$tmp/got")" 123456

fake "$sock" send hello hold
hail -m 3 "$sock" <&9
is 'a Unix socket is named once' "$(err)" \
    "hail: $sock: timed out: the session took too long (-m)"

fake 127.0.0.1 take 5 send answer hold
printf hello | $HAIL -q 3 "127.0.0.1:$fake_port" >"$tmp/out" 2>"$tmp/err.log"
is '-q: status' $? 0
is '-q: what came until then' "$(out)" answer
is '-q: nothing on standard error' "$(err)" ''

head -c 1000000 /dev/urandom >"$tmp/in"
fake 127.0.0.1 save "$tmp/got" hold
hail -q 0 "127.0.0.1:$fake_port" <"$tmp/in"
is '-q 0: status' "$hail_status" 0
wait_until "cmp -s '$tmp/in' '$tmp/got'"
ok '-q 0 sends everything first' cmp "$tmp/in" "$tmp/got"

# -q has no effect while standard input is open; -m ends the session.
fake 127.0.0.1 hold
hail -q 0 -m 2 "127.0.0.1:$fake_port" <&9
is '-q with an open standard input: status' "$hail_status" 4

done_testing
