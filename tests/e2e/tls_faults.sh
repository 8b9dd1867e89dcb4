# tls_faults.sh -- TLS clients that stall or send something else (fault 57), and
# those without certificate (fault 58), sessions resumed (fault 59), pairs that do
# not match (fault 60), key bytes (fault 61), connections cut off (fault 62).
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command openssl unshare
own_world
. "$srcdir/tests/e2e/pki.sh"
. "$srcdir/tests/e2e/tls.sh"

pki_ca root
pki_ca other
pki_cert web root server DNS:www.example.org
pki_cert webrsa root server rsa DNS:rsa.example.org
pki_cert web25519 root server ed25519 DNS:ed25519.example.org
pki_cert alice root client DNS:alice.example.org
cat "$pki/root.pem" "$pki/other.pem" >"$tmp/ca.pem"

start_haild <<END
tls-certificate = ["$pki/web.pem", "$pki/webrsa.pem", "$pki/web25519.pem"]
tls-key = ["$pki/web.key", "$pki/webrsa.key", "$pki/web25519.key"]
user = "$me"
max-sessions = 2000
echo: {
	listen = ["127.0.0.1:7001"]
	tls = true
	builtin = "echo"
	start-timeout = "20s"
	max-sessions = 1000
	max-per-source = 1000
}
quick: {
	listen = ["127.0.0.1:7002"]
	tls = true
	builtin = "echo"
	start-timeout = "3s"
	max-sessions = 1000
	max-per-source = 1000
}
mutual: {
	listen = ["127.0.0.1:7003"]
	tls = true
	tls-client = "required"
	tls-client-ca = ["$tmp/ca.pem"]
	exec = ["/bin/cat"]
}
old: {
	listen = ["127.0.0.1:7004"]
	tls = true
	tls-minimum = "1.2"
	tls-client = "required"
	tls-client-ca = ["$tmp/ca.pem"]
	exec = ["/bin/cat"]
}
cat: {
	listen = ["127.0.0.1:7005"]
	tls = true
	exec = ["/bin/cat"]
}
strict: {
	listen = ["127.0.0.1:7006"]
	tls = true
	on-truncation = "kill"
	exec = ["/bin/sh", "-c", "cat; echo end >>$tmp/end; sleep 1000"]
	leftovers = "keep"
	on-disconnect = "continue"
}
END

# --- fault 57 ---
ok 'a client' served 7002
in_background timeout 120 "$TLSPEER" stall 7002 200 nothing >"$tmp/stall1"
stall1=$last
in_background timeout 120 "$TLSPEER" stall 7002 200 half >"$tmp/stall2"
stall2=$last
in_background timeout 120 "$TLSPEER" stall 7002 100 all >"$tmp/stall3"
stall3=$last
ok '500 clients stall' wait_until \
    "[ \"\$(cat '$tmp'/stall[123] | grep -c open)\" = 3 ]" 60
ok 'beside them a client is served' served 7001
ok 'the service of the stalled clients serves others' served 7002
wait "$stall1" "$stall2" "$stall3"
is 'all were closed' "$(cat "$tmp"/stall[123] | grep -c closed)" 3
ok 'each is counted in the log' wait_until '[ "$(all_refusals)" -ge 500 ]' 30
is 'only the stalled clients are refused' "$(all_refusals)" 500
like 'the refusals have the reason' "$(cat "$log")" \
    'quick: .* refused: tls: handshake timeout$'
ok 'no process is left' has_sessions 0 20
ok 'no relay is left' has_relays 0

# alert BYTES: send BYTES and print the answer in hexadecimal.
alert()
{
	# shellcheck disable=SC2059 # a format
	printf "$1" | timeout 20 nc -N 127.0.0.1 7001 | od -An -v -tx1 |
	    tr -d ' \n'
}
before=$(refusals echo 'not TLS')
n=0
for bytes in 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n' 'SSH-2.0-x\r\n' \
    '\000\000\000\000\000\000\000\000\000\000' 'EHLO localhost\r\n'; do
	n=$((n + 1))
	like "garbage $n: one alert, or nothing" "$(alert "$bytes")" \
	    '^(150[0-9]0[0-9]000202..)?$'
	ok 'one line in the log' wait_until \
	    "[ \"\$(refusals echo 'not TLS')\" = $((before + n)) ]"
done
is 'the refused client has no other log line' \
    "$(grep -c 'echo: .* refused: tls: ' "$log")" $((before + n))
head -c 100000 /dev/urandom | timeout 20 nc -N 127.0.0.1 7001 >/dev/null
ok 'noise' logged 'echo: .* refused: tls: (not TLS|protocol error)$'
# Gone within the first record: in its header, and in what follows.
n=$(refusals echo 'closed during the handshake')
for bytes in '\026' '\026\003\001\100\000' '\026\003\001\001\000\001\000\000\374'; do
	n=$((n + 1))
	is "gone in the middle of a record: no answer" "$(alert "$bytes")" ''
	ok 'one line in the log' wait_until \
	    "[ \"\$(refusals echo 'closed during the handshake')\" = $n ]"
done
ok 'and no relay' has_relays 0
ok 'harms nobody' served 7001

echo hello | TLS_PRIORITY=NORMAL:-VERS-ALL:+VERS-TLS1.2 TLS_CERT=$pki/alice.pem \
    TLS_KEY=$pki/alice.key timeout 60 "$TLSPEER" renegotiate 7004 1 \
    >"$tmp/out" 2>&1
status=$?
ok 'TLS 1.2: a client cannot renegotiate' [ $status -ne 0 ]
is 'TLS 1.3: new keys are no new handshake' \
    "$(echo hello | timeout 60 "$TLSPEER" renegotiate 7001 3)" hello
echo hello | timeout 60 "$TLSPEER" renegotiate 7001 2000 >"$tmp/out" 2>&1
ok 'a client that asks for thousands harms nobody' served 7001

# --- fault 58 ---
# With TLS 1.3 the client completes the handshake before the server refuses it.
echo hello | timeout 60 "$TLSPEER" talk 7003 >"$tmp/out" 2>"$tmp/err"
status=$?
ok 'no certificate: an error for the client' [ $status -ne 0 ]
is 'the refused client gets no answer' "$(cat "$tmp/out")" ''
like 'the refused client gets the reason' "$(cat "$tmp/err")" 'Certificate is required|fatal alert'
ok 'the log has the reason' logged 'mutual: .* refused: tls: no client certificate$'

# --- fault 59 ---
# s_client PORT ARGUMENT...: for each session it prints "New" or "Reused".
s_client()
{
	port=$1
	shift
	{ echo hello; sleep 1; } | timeout 60 openssl s_client \
	    -connect "127.0.0.1:$port" -CAfile "$pki/root.pem" \
	    -cert "$pki/alice.pem" -key "$pki/alice.key" "$@" 2>&1
}
# A port with TLS 1.2, where a server could give a session an ID.
for version in tls1_3 tls1_2; do
	s_client 7004 -$version -sess_out "$tmp/$version" >"$tmp/out"
	like "$version: served" "$(cat "$tmp/out")" '^hello$'
	is 'no tickets' \
	    "$(grep -Ec 'TLS session ticket:|New Session Ticket' "$tmp/out")" 0
	# With TLS 1.3 there is nothing to resume without a ticket.
	[ $version = tls1_3 ] ||
	    ok "$version: the client has a session with an ID" \
		[ -s "$tmp/$version" ]
	for port in 7004 7003; do
		[ -s "$tmp/$version" ] || continue
		s_client $port -sess_in "$tmp/$version" >"$tmp/out"
		like "port $port: the session is not resumed" \
		    "$(cat "$tmp/out")" '^New, TLSv1'
		like "port $port: the client is served" \
		    "$(cat "$tmp/out")" '^hello$'
	done
done

# When the CA is no longer configured, the client cannot resume a session.
cp "$pki/other.pem" "$tmp/ca.pem"
reload
like 'the CA is removed' "$(last_reload)" '^reloaded'
for version in tls1_3 tls1_2; do
	set --
	[ ! -s "$tmp/$version" ] || set -- -sess_in "$tmp/$version"
	s_client 7004 -$version "$@" >"$tmp/out"
	is "$version: the client is not served any more" \
	    "$(grep -c '^hello$' "$tmp/out")" 0
done
ok 'the log has the reason of the refusal' logged 'old: .* refused: tls: unknown CA$'
cat "$pki/root.pem" "$pki/other.pem" >"$tmp/ca.pem"
reload

# --- fault 60 ---
# subject: the subject of the certificate that clients get.
subject()
{
	openssl s_client -connect 127.0.0.1:7001 </dev/null 2>/dev/null |
	    sed -n 's/^subject=CN *= *//p'
}
is 'the certificate' "$(subject)" 'web'
pki_cert next root server DNS:www.example.org
cp -p "$pki/web.pem" "$tmp/web.pem"
cp -p "$pki/web.key" "$tmp/web.key"
reads=$(grep -c 'reloaded' "$log")
cat "$pki/next.pem" >"$pki/web.pem"
reload
like 'a new certificate with the old key' "$(last_reload)" '^reload failed'
like 'the error names key and certificate' "$(cat "$log")" 'web\.key: is not the key of the certificate in .*web\.pem'
is 'the old pair is kept' "$(subject)" 'web'
head -c 200 "$pki/next.key" >"$pki/web.key"
reload
like 'a key that is half written' "$(last_reload)" '^reload failed'
is 'the old pair is kept' "$(subject)" 'web'
: >"$pki/web.pem"
reload
like 'a certificate that is empty' "$(last_reload)" '^reload failed'
ok 'clients are served' served 7001
rm "$pki/web.key"
reload
like 'a key that is missing' "$(last_reload)" '^reload failed'
ok 'clients are served' served 7001
is 'no reload succeeded' "$(grep -c 'reloaded' "$log")" "$reads"
cat "$pki/next.pem" >"$pki/web.pem"
cp -p "$pki/next.key" "$pki/web.key"
reload
like 'both new' "$(last_reload)" '^reloaded'
is 'the new pair is used' "$(subject)" 'next'
cp -p "$tmp/web.pem" "$tmp/web.key" "$pki"
reload

# --- fault 61 ---
for name in web webrsa web25519; do
	pki_secrets $name
done >"$tmp/secrets"
chmod 600 "$tmp/secrets"
ok 'there are secrets to look for' [ "$(wc -l <"$tmp/secrets")" -ge 12 ]

# scan: search the daemon and all its processes for the key bytes.
scan()
{
	"$KEYSCAN" "$haild_pid" "$tmp/secrets" "$pki/web.key" \
	    "$pki/webrsa.key" "$pki/web25519.key" >"$tmp/scan"
}

# nowhere_else WHEN: the signer has the keys, and no other process.
nowhere_else()
{
	ok "$1: key bytes are looked for" scan
	signers=$(awk -F '\t' '$2 ~ /signer/ && $3 == "searched" { print $1 }' \
	    "$tmp/scan")
	is "$1: there is one signer" "$(echo "$signers" | wc -w)" 1
	is "$1: it has all keys" \
	    "$(awk -F '\t' -v pid="$signers" '$1 == pid && $3 == "memory" {
		sub(/-.*/, "", $4); print $4 }' "$tmp/scan" | sort -u | one_line)" \
	    'web web25519 webrsa '
	is "$1: no other process has a byte of them" \
	    "$(awk -F '\t' -v pid="$signers" \
		'$1 != pid && $3 != "searched"' "$tmp/scan")" ''
	is "$1: no descriptor refers to a key" \
	    "$(awk -F '\t' '$3 == "descriptor"' "$tmp/scan")" ''
	like "$1: a keeper was searched" "$(cat "$tmp/scan")" 'keeper.*searched'
	like "$1: a relay was searched" "$(cat "$tmp/scan")" 'relay.*searched'
	like "$1: a program was searched" "$(cat "$tmp/scan")" '/bin/cat.*searched'
}

# Sessions with every key, over TLS 1.3 and 1.2.
mkfifo "$tmp/lines"
exec 9<>"$tmp/lines"
for name in www rsa ed25519; do
	TLS_NAME=$name.example.org timeout 300 "$TLSPEER" hold 7005 1 \
	    <"$tmp/lines" >"$tmp/held.$name" 9>&- &
	background="$background $!"
done
ok 'sessions with each key' wait_until \
    "[ \"\$(cat '$tmp'/held.* | grep -c open)\" = 3 ]" 60
nowhere_else 'while serving'
reload
ok 'the old signer ends' wait_until '[ "$(signer | wc -l)" = 1 ]'
ok 'a client after a reload' served 7001
nowhere_else 'after a reload'
upgrade
like 'an upgrade' "$(last_upgrade)" '^upgrade complete'
ok 'the old signer ends' wait_until '[ "$(signer | wc -l)" = 1 ]'
ok 'a client after an upgrade' served 7001
nowhere_else 'after an upgrade'
exec 9>&-
wait_until "! pgrep -f '$TLSPEER hold 7005' >/dev/null"

# --- fault 62 ---
is 'without close_notify the client gets its answer' \
    "$(echo hello | timeout 60 "$TLSPEER" truncate 7005 2>"$tmp/err")" hello
ok 'the log line says "truncated"' logged 'cat: .* exit 0 .*truncated'
echo hello | timeout 60 "$TLSPEER" talk 7005 >/dev/null
ok 'a session that ends with close_notify' \
    wait_until "grep 'cat: .* exit 0 ' '$log' | tail -n 1 | grep -qv truncated"
echo hello | timeout 60 "$TLSPEER" truncate 7006 >"$tmp/out" 2>&1
ok 'on-truncation = "kill": the program is killed' \
    logged 'strict: .* pid [0-9]+ truncated '

done_testing
