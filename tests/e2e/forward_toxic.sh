# forward_toxic.sh -- forwarding between peers that reset, truncate, stall, read
# slowly or send byte by byte: the other side learns of it, the line has the
# outcome and the bytes, and other sessions go on (fault 92).
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command openssl perl unshare
own_world
. "$srcdir/tests/e2e/pki.sh"
. "$srcdir/tests/e2e/tls.sh"

toxic="perl $srcdir/tests/e2e/toxic.pl"
pki_self web server DNS:localhost
start_haild <<END
control = "$tmp/ctl.sock"
stop-timeout = "1s"
tls-certificate = ["$pki/web.pem"]
tls-key = ["$pki/web.key"]
user = "nobody"
tt: { listen = ["127.0.0.1:7101"] forward = ["127.0.0.1:7200"] }
tu: { listen = ["127.0.0.1:7102"] forward = ["@haild-toxic"] }
ut: { listen = ["$sock"] socket-mode = "0666" forward = ["127.0.0.1:7200"] }
ts: { listen = ["127.0.0.1:7104"] tls = true forward = ["127.0.0.1:7200"] }
tk: { listen = ["127.0.0.1:7105"] tls = true on-truncation = "kill" forward = ["127.0.0.1:7200"] }
ti: { listen = ["127.0.0.1:7106"] idle-timeout = "1s" forward = ["127.0.0.1:7200"] }
tb: { listen = ["127.0.0.1:7107"] session-timeout = "1s" forward = ["127.0.0.1:7200"] }
th: { listen = ["127.0.0.1:7108"] forward = ["127.0.0.1:7300"] }
END

# place SERVICE: where it listens.
place()
{
	case $1 in
	ut) echo "$sock" ;;
	*) sed -n "s/^$1: .*127.0.0.1:\([0-9]*\)\"\] .*forward.*/\1/p" "$conf" ;;
	esac
}

# target WHERE STEP...: a new target, in place of the last one.
target_pid=
target()
{
	[ -z "$target_pid" ] || {
		end_child "$target_pid"
		wait "$target_pid" 2>/dev/null
	}
	: >"$tmp/target"
	# shellcheck disable=SC2086 # a command and its argument
	in_background $toxic listen "$@" >"$tmp/target"
	target_pid=$last
	wait_until "grep -q ready '$tmp/target'"
	lines=$(grep -c ' pid ' "$log")
}

# target_for SERVICE STEP...
target_for()
{
	service=$1
	shift
	case $service in
	tu) target @haild-toxic "$@" ;;
	*) target 7200 "$@" ;;
	esac
}

# client SERVICE STEP...: what it gets.
client()
{
	client_place=$(place "$1")
	shift
	# shellcheck disable=SC2086 # a command and its argument
	timeout 60 $toxic connect "$client_place" "$@"
}

# target_got: what the target's only client was told.
target_got()
{
	wait_until "grep -q bytes '$tmp/target'" 20 >&2
	grep bytes "$tmp/target"
}

# line: outcome and bytes of the next session that ends after the target's start.
line()
{
	wait_until "[ \"\$(grep -c ' pid ' '$log')\" -gt $lines ]" 20 >&2
	grep ' pid ' "$log" | tail -n 1 |
	    sed 's/.* pid [0-9]* //; s/ [0-9.]*s / /; s/ cpu [0-9.]*s//
		s/ mem [0-9.]*.//; s/ to .*//'
}

# A session that goes on through all of this.
target 7300 get=1 send=x get=1 send=y all close
target_pid=
client th send=a get=1 "wait=$tmp/over" send=b get=1 half all >"$tmp/beside" &
background="$background $!"

for kind in tt tu ut; do
	# A Unix socket has no reset: its peer reads an end, and to close with
	# unread data is what comes nearest.
	client_reset=reset client_sees=reset target_reset=reset target_sees=reset
	client_unread='' target_unread=''
	[ $kind != ut ] || client_reset=close client_sees=end client_unread=unread
	[ $kind != tu ] || target_reset=close target_sees=end target_unread=unread

	target_for $kind all send=pong! close
	is "$kind: client" "$(client $kind send=ping half all)" '5 bytes end'
	is "$kind: target" "$(target_got)" '4 bytes end'
	is "$kind: line" "$(line)" 'exit 0 in 4 out 5'

	# shellcheck disable=SC2086 # nothing, or a step
	target_for $kind send=half get=1 $target_unread $target_reset
	is "$kind, the target resets: client" \
	    "$(client $kind get=4 send=xy all)" "4 bytes $client_sees"
	like "$kind, the target resets: line" "$(line)" \
	    '^target reset in [12] out 4$'

	target_for $kind get=4 send=xy all
	# shellcheck disable=SC2086 # nothing, or a step
	is "$kind, the client resets: client" "$(client $kind send=half get=1 \
	    $client_unread $client_reset)" '1 bytes open'
	is "$kind, the client resets: target" "$(target_got)" \
	    "4 bytes $target_sees"
	like "$kind, the client resets: line" "$(line)" \
	    '^disconnect in 4 out [12]$'

	target_for $kind send=answer get=1 unread close
	is "$kind, the target leaves something unread: client" \
	    "$(client $kind get=6 send=xy all)" "6 bytes $client_sees"
	like "$kind, the target leaves something unread: line" "$(line)" \
	    '^target reset in [12] out 6$'

	target_for $kind get=1 send=answer close
	# What the client sends may reset the target before its end is read, and come
	# when the session has ended (EPIPE).
	like "$kind, the target closes, the client sends: client" \
	    "$(client $kind send=x get=6 zeros=100 all zeros=100 close)" \
	    '^6 bytes (end|reset|broken)$'
	like "$kind, the target closes, the client sends: line" "$(line)" \
	    '^(target reset|exit 0) in [0-9]+ out 6$'

	target_for $kind zeros=300000 close
	is "$kind, a slow reader: client" "$(client $kind slow=20000)" \
	    '300000 bytes end'
	is "$kind, a slow reader: line" "$(line)" 'exit 0 in 0 out 300000'

	target_for $kind all single=1000 close
	is "$kind, byte by byte: client" \
	    "$(client $kind single=2000 half all)" '1000 bytes end'
	is "$kind, byte by byte: target" "$(target_got)" '2000 bytes end'
	is "$kind, byte by byte: line" "$(line)" 'exit 0 in 2000 out 1000'
done

# --- stalls ---

target_for ti get=1 "wait=$tmp/never"
is 'silence: client' "$(client ti send=x all)" '0 bytes reset'
is 'silence: line' "$(line)" 'timeout idle in 1 out 0'
target_for ti zeros=50000000
client ti get=1 "wait=$tmp/read" all >"$tmp/stalled" &
background="$background $!"
like 'a client that does not read: line' "$(line)" \
    '^timeout idle in 0 out [0-9]+$'
like 'a client that does not read: target' "$(target_got)" \
    '^0 bytes (reset|broken)$'
: >"$tmp/read"
target_for ti get=1 "wait=$tmp/never"
like 'a target that does not read: client' "$(client ti zeros=50000000 all)" \
    '^0 bytes (reset|broken)$'
like 'a target that does not read: line' "$(line)" \
    '^timeout idle in [0-9]+ out 0$'

# --- ends by haild: the last bytes are in the line ---

target_for tb all
is 'session-timeout: client' "$(client tb send=four all)" '0 bytes reset'
is 'session-timeout: target' "$(target_got)" '4 bytes reset'
is 'session-timeout: line' "$(line)" 'timeout session in 4 out 0'

# live SERVICE IN OUT: haildctl shows these bytes of its session.
live()
{
	wait_until "$HAILDCTL -s '$tmp/ctl.sock' -j sessions |
	    perl -MJSON::PP -e 'for (@{decode_json(join \"\", <>)->{sessions}}) {
		exit 0 if \$_->{service} eq \"$1\" &&
		    (\$_->{bytes_in} // -1) == $2 &&
		    (\$_->{bytes_out} // -1) == $3 } exit 1'"
}
target_for tt get=4 send=more! all
client tt send=four all >"$tmp/killed" &
background="$background $!"
ok 'haildctl shows the bytes of a session' live tt 4 5
$HAILDCTL -s "$tmp/ctl.sock" kill --service tt >/dev/null
is 'haildctl kill: line' "$(line)" 'killed by admin in 4 out 5'
is 'haildctl kill: target' "$(target_got)" '4 bytes reset'
ok 'haildctl kill: client' wait_until "grep -q '^5 bytes reset' '$tmp/killed'"

# --- TLS ---

target_for ts all send=pong! close
is 'TLS: client' "$(echo ping | timeout 60 "$TLSPEER" talk 7104)" pong!
is 'TLS: line' "$(line)" 'exit 0 in 5 out 5'
target_for ts all send=half reset
is 'TLS, the target resets: client gets what came before' \
    "$(echo ping | timeout 60 "$TLSPEER" talk 7104 2>"$tmp/err")" half
is 'TLS, the target resets: line' "$(line)" 'target reset in 5 out 4'
target_for ts all send=half reset
echo ping | timeout 60 "$TLSPEER" talk 7104 >"$tmp/out" 2>&1
is 'TLS, the target resets: client gets no close_notify' $? 3
# half: send something, and go on when the target has it.
half()
{
	echo half
	wait_until "[ -e '$tmp/half' ]" >&2
	rm "$tmp/half"
}
target_for ts get=5 "mark=$tmp/half" all
half | timeout 60 "$TLSPEER" reset 7104 2>"$tmp/err"
is 'TLS, the client resets: target' "$(target_got)" '5 bytes reset'
is 'TLS, the client resets: line' "$(line)" 'disconnect in 5 out 0'
target_for ts all send=x close
echo half | timeout 60 "$TLSPEER" truncate 7104 >"$tmp/out" 2>&1
is 'TLS, a truncation is an end: target' "$(target_got)" '5 bytes end'
is 'TLS, a truncation is an end: line' "$(line)" 'exit 0 in 5 out 1 truncated'
target_for tk get=5 "mark=$tmp/half" all
half | timeout 60 "$TLSPEER" truncate 7105 >"$tmp/out" 2>&1
is 'TLS, on-truncation = "kill": target' "$(target_got)" '5 bytes reset'
is 'TLS, on-truncation = "kill": line' "$(line)" 'truncated in 5 out 0 truncated'
target_for ts all
mkfifo "$tmp/in"
timeout 60 "$TLSPEER" talk 7104 <"$tmp/in" >"$tmp/out" 2>&1 &
client_pid=$!
exec 7>"$tmp/in"
echo four >&7
ok 'TLS: haildctl shows the bytes' live ts 5 0
$HAILDCTL -s "$tmp/ctl.sock" kill --service ts >/dev/null
is 'TLS, haildctl kill: line' "$(line)" 'killed by admin in 5 out 0'
is 'TLS, haildctl kill: target' "$(target_got)" '5 bytes reset'
exec 7>&-
wait $client_pid
is 'TLS, haildctl kill: client gets no close_notify' $? 3

# --- the end ---

: >"$tmp/over"
ok 'a session beside all of these went on' \
    wait_until "grep -q '^2 bytes end' '$tmp/beside'"
ok 'and has its bytes' logged ' th: .* exit 0 .* in 2 out 2 to '
ok 'no session is left' has_sessions 0
is 'no process of haild has failed' \
    "$(grep -cE ' signal [0-9]|invalid message|SIGSYS' "$log")" 0
target_for tt get=4 all
client tt send=four all >"$tmp/stopped" &
background="$background $!"
wait_until "[ \"\$(sessions | wc -l)\" = 1 ]"
stop_haild
is 'haild stops: line' "$(line)" 'killed by stop in 4 out 0'
done_testing
