# tls_relay.sh -- the processes of haild-tls are killed, stopped and attacked: that
# harms at most one session; upgrades and reloads harm none.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command openssl unshare
own_world
. "$srcdir/tests/e2e/pki.sh"
. "$srcdir/tests/e2e/tls.sh"

pki_ca root
pki_cert web root server DNS:www.example.org
start_haild <<END
tls-certificate = "$pki/web.pem"
tls-key = "$pki/web.key"
user = "$me"
echo: {
	listen = ["127.0.0.1:7001"]
	tls = true
	builtin = "echo"
	max-per-source = 1000
	start-timeout = "30s"
}
cat: {
	listen = ["127.0.0.1:7002"]
	tls = true
	exec = ["/bin/cat"]
	session-timeout = "2s"
	kill-grace = "1s"
}
old: {
	listen = ["127.0.0.1:7003"]
	tls = true
	tls-minimum = "1.2"
	exec = ["/bin/cat"]
	max-per-source = 1000
}
END
ok 'a client' served 7001
has_relays 0
fds=$(descriptors)

hold_tls 7001 3
ok 'three sessions' hold_echo

# one_more: start another client; the pid of its relay is in $relay.
one_more()
{
	[ -e "$tmp/one.in" ] || mkfifo "$tmp/one.in"
	exec 5<>"$tmp/one.in"
	timeout 60 "$TLSPEER" talk "${1:-7001}" <"$tmp/one.in" \
	    >"$tmp/one.out" 2>"$tmp/one.err" 5>&- &
	client=$!
	background="$background $client"
	wait_until "[ \"\$(relays | wc -l)\" = 4 ]"
	relay=$(relays | sort | comm -13 "$tmp/others" -)
}
# The earlier pids are in a file for comm(1).
others()
{
	relays | sort >"$tmp/others"
}

for signal in KILL SEGV; do
	others
	one_more
	keeper=$(keeper)
	kill -$signal "$relay"
	wait $client
	ok "a relay ends by SIG$signal: its client sees it" [ $? -ne 0 ]
	ok 'the other sessions go on' hold_echo
	ok 'a new client is served' served 7001
	ok 'a new keeper runs' wait_until \
	    "[ \"\$(keeper | wc -l)\" = 1 ] && [ \"\$(keeper)\" != $keeper ]"
	ok 'the session is over' has_relays 3
done

others
one_more 7002
kill -STOP "$relay"
ok 'a relay is stopped: the other sessions go on' hold_echo
ok 'a new client is served' served 7001
ok 'when its session is over it is killed' ends "$relay" 20
ok 'no other session ends' hold_echo
has_relays 3

keeper=$(keeper)
kill -KILL "$keeper"
ok 'the keeper is killed: the sessions go on' hold_echo
ok 'a new client is served' wait_until 'served 7001' 20
ok 'a new keeper replaces the killed one' wait_until "[ -n \"\$(keeper)\" ] && [ \"\$(keeper)\" != $keeper ]"
ok 'there is one signer' wait_until '[ "$(signer | wc -l)" = 1 ]'

keeper=$(keeper)
kill -STOP "$keeper"
ok 'the keeper is stopped: the sessions go on' hold_echo
ok 'a new client is served' wait_until 'served 7001' 60
ok 'a new keeper replaces the stopped one' wait_until "[ \"\$(keeper | wc -l)\" = 1 ] && [ \"\$(keeper)\" != $keeper ]" 20

signer=$(signer)
kill -KILL "$signer"
ok 'the signer is killed: the sessions go on' hold_echo
ok 'a new client is served' wait_until 'served 7001' 20
ok 'a new signer runs' wait_until "[ \"\$(signer | wc -l)\" = 1 ] && [ \"\$(signer)\" != $signer ]"
is 'no descriptor is left' "$(descriptors)" "$((fds + 3))"

# Upgrade: sessions go on, and so does a handshake.
: >"$tmp/late.err"
mkfifo "$tmp/late.in"
timeout 120 "$TLSPEER" late 7001 <"$tmp/late.in" >"$tmp/late.out" \
    2>"$tmp/late.err" &
late=$!
exec 7>"$tmp/late.in"
wait_until "grep -q half '$tmp/late.err'"
relays=$(relays | sort | one_line)
upgrade
like 'an upgrade' "$(last_upgrade)" '^upgrade complete'
is 'the relays are the same' "$(relays | sort | one_line)" "$relays"
ok 'sessions go on' hold_echo
printf 'go on\nhello\n' >&7
exec 7>&-
wait $late
is 'a handshake goes on' $? 0
is 'the session of the late handshake is served' "$(cat "$tmp/late.out")" hello
ok 'a new client is served' served 7001
ok 'one keeper and one signer run' wait_until \
    '[ "$(keeper | wc -l) $(signer | wc -l)" = "1 1" ]'

# Reload: the same.
timeout 120 "$TLSPEER" late 7001 <"$tmp/late.in" >"$tmp/late.out" \
    2>"$tmp/late.err" &
late=$!
exec 7>"$tmp/late.in"
wait_until "grep -q half '$tmp/late.err'"
reload
like 'a reload' "$(last_reload)" '^reloaded'
printf 'go on\nhello\n' >&7
exec 7>&-
wait $late
is 'a handshake goes on, with the old signer' $? 0
is 'the session of the late handshake is served' "$(cat "$tmp/late.out")" hello
ok 'one keeper and one signer are left' wait_until \
    '[ "$(keeper | wc -l) $(signer | wc -l)" = "1 1" ]'

# Clients whose records are changed.  TLSFUZZ_SEED repeats them.
seed=${TLSFUZZ_SEED:-$(date +%s)}
keeper=$(keeper)
for port in 7001 7003; do
	timeout 300 "$TLSPEER" fuzz $port "$seed" 250 >"$tmp/fuzz"
	sed 's/^[^#]/# &/' "$tmp/fuzz"
	like "port $port: some handshakes were complete" \
	    "$(cat "$tmp/fuzz")" '250 attempts, [1-9][0-9]* handshakes'
	TLS_PRIORITY=NORMAL:-VERS-ALL:+VERS-TLS1.2
	export TLS_PRIORITY
done
unset TLS_PRIORITY
ok 'the sessions go on' hold_echo
ok 'a new client is served' served 7001
ok 'no other relay is left' has_relays 3 60
is 'none has crashed: the keeper is the same' "$(keeper)" "$keeper"

hold_end
ok 'no relay is left' has_relays 0
is 'no descriptor is left' "$(descriptors)" "$fds"

# A keeper that ends at once, again and again.
kills=0
while [ $kills -lt 20 ]; do
	kills=$((kills + 1))
	keeper=$(keeper)
	[ -z "$keeper" ] || kill -KILL "$keeper"
	wait_until "[ \"\$(keeper)\" != '$keeper' ]" 1 >/dev/null
done
ok 'keepers that end at once are not started for ever' \
    [ "$(grep -c 'keeper' "$log")" -lt 60 ]
ok 'the daemon goes on' kill -0 "$haild_pid"
done_testing
