# tls_bytes.sh -- the line of a session over TLS has the bytes that its relay has
# copied: all of them, though the program exits before the relay has read them.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command openssl perl
. "$srcdir/tests/e2e/pki.sh"
. "$srcdir/tests/e2e/tls.sh"

pki_self web server DNS:localhost
start_haild <<END
control = "$tmp/ctl.sock"
tls-certificate = ["$pki/web.pem"]
tls-key = ["$pki/web.key"]
user = "nobody"
max-sessions = 100
max-per-source = 100
cat:   { listen = ["127.0.0.1:0"] tls = true exec = ["/bin/cat"] }
brief: { listen = ["127.0.0.1:0"] tls = true exec = ["/usr/bin/perl", "-e", "print 'x' x 100000"] }
text:  { listen = ["127.0.0.1:0"] tls = true message = "hello\n" }
kept:  { listen = ["127.0.0.1:0"] tls = true exec = ["/bin/sh", "-c", "sleep 1 & echo x"] leftovers = "keep" }
held:  { listen = ["127.0.0.1:0"] tls = true exec = ["/bin/sh", "-c", "echo ready; exec sleep 60"] }
plain: { listen = ["127.0.0.1:0"] exec = ["/bin/cat"] }
END
used='[0-9.]+s( cpu [0-9.]+s)?( mem [0-9.]+.)?'
# call SERVICE: standard input and output are the session's.
call()
{
	# shellcheck disable=SC2086 # HAIL may be a command with arguments
	timeout 60 $HAIL --tls --insecure "127.0.0.1:$(port "$1")" 2>"$tmp/err"
}
# has SERVICE IN OUT [N]: N lines (1) of its sessions have these bytes.
has()
{
	wait_until "[ \"\$(grep -Ec '$1: 127.* in $2 out $3\$' '$log')\" = ${4:-1} ]"
}
# hold: a client of a program that sleeps.
hold()
{
	: >"$tmp/held"
	call held </dev/null >"$tmp/held" &
	background="$background $!"
	wait_until "grep -q ready '$tmp/held'"
}

is 'both ways' "$(head -c 1000000 /dev/zero | call cat | wc -c)" 1000000
ok 'and the line has them' has cat 1000000 1000000
for _ in 1 2 3 4 5 6 7 8 9 10; do
	call brief </dev/null >/dev/null &
	background="$background $!"
done
ok 'programs that exit at once: all of their output' has brief 0 100000 10
is 'a message' "$(call text </dev/null)" hello
ok 'is counted, too' has text 0 6
# The client reads nothing for a while: the session is over before it has all.
# shellcheck disable=SC2016 # perl's variables
call brief </dev/null |
    perl -e 'select undef, undef, undef, 0.5; $n = 0;
	while (sysread STDIN, $x, 65536) { $n += length $x } print $n' >"$tmp/n"
is 'a client that reads late has all' "$(cat "$tmp/n")" 100000
ok 'and the line, too' has brief 0 100000 11
: >"$tmp/kept"
call kept </dev/null >"$tmp/kept" &
background="$background $!"
ok 'a service that keeps leftovers' wait_until "grep -q x '$tmp/kept'"
ok 'has no bytes: more can be sent' \
    logged "kept: 127[^ ]* pid [0-9]+ exit 0 $used\$"
is 'a service without TLS' \
    "$(echo x | $HAIL "127.0.0.1:$(port plain)")" x
ok 'has none' logged "plain: 127[^ ]* pid [0-9]+ exit 0 $used\$"

# --- relays that do not tell ---

ok 'the relay of leftovers ends with them' has_relays 0
ok 'a session' hold
relay=$(relays)
kill -STOP "$relay"
kill -KILL "$(session)"
ok 'a relay that is stopped delays the line, but not for ever' \
    logged "held: 127[^ ]* pid [0-9]+ signal 9 $used\$" 4
kill -CONT "$relay"
ok 'and is not killed for telling too late' has_relays 0
is 'nor complained of' "$(grep -c 'invalid message' "$log")" 0
ok 'another session' hold
kill -KILL "$(relays)"
ok 'a relay that was killed has not told' \
    logged "held: 127[^ ]* pid [0-9]+ disconnect $used truncated\$"

# --- an upgrade, and the stop ---

ok 'the relays have ended' has_relays 0
ok 'a session before an upgrade' hold
upgrade
like 'the upgrade' "$(last_upgrade)" '^upgrade complete'
stop_haild
ok 'the line of the last session has its bytes' has held 0 6
like 'and comes before the last line' "$(tail -n 1 "$log")" ': stopped$'
done_testing
