# tls_lying.sh -- a relay that lies to the daemon and the signer (tls_liar.c) gets
# one signature, claims at most what its service accepts, and learns no key.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command openssl unshare
own_world
. "$srcdir/tests/e2e/pki.sh"
. "$srcdir/tests/e2e/tls.sh"

# haild looks for its helpers in its own directory first.
mkdir "$tmp/bin"
for program in haild haild-load haild-commands; do
	cp "$builddir/$program" "$tmp/bin"
done
cp "$builddir/tests/e2e/haild-tls-liar" "$tmp/bin/haild-tls"
HAILD=$tmp/bin/haild

pki_ca root
pki_cert web root server DNS:www.example.org
pki_cert bank root server DNS:bank.example.org

start_haild <<END
user = "$me"
tls-client-ca = ["$pki/root.pem"]
lies: {
	listen = ["127.0.0.1:7001"]
	tls = true
	tls-certificate = "$pki/web.pem"
	tls-key = "$pki/web.key"
	tls-client = "required"
	allow-identity = ["web1.example.org"]
	start-timeout = "3s"
	exec = ["/bin/sh", "-c", "echo ran \$REMOTE_USER \$SSL_CLIENT_VERIFY"]
	max-per-source = 1000
}
bank: {
	listen = ["127.0.0.1:7002"]
	tls = true
	tls-certificate = "$pki/bank.pem"
	tls-key = "$pki/bank.key"
	exec = ["/bin/echo", "ran"]
}
old: {
	listen = ["127.0.0.1:7003"]
	tls = true
	tls-minimum = "1.2"
	tls-certificate = "$pki/web.pem"
	tls-key = "$pki/web.key"
	exec = ["/bin/echo", "ran"]
}
cat: {
	listen = ["127.0.0.1:7004"]
	exec = ["/bin/cat"]
}
END
fds=$(descriptors)

# lie HOW [PORT]: print the answer to the client, after the end of the session.
lie()
{
	printf '%s' "$1" | timeout 30 nc -N 127.0.0.1 "${2:-7001}" 2>&1
	has_sessions 0 20 >&2
	has_relays 0 >&2
}

# lines: the number of log lines of the service.
lines()
{
	grep -Ec 'lies: 127' "$log"
}

is 'the truth runs: this test would see it' "$(lie t)" \
    'ran web1.example.org SUCCESS'
is 'a name that the service does not accept: nothing runs' "$(lie i)" ''
ok 'the log says why' logged 'lies: .* refused: identity'
for how in n N u c w e x y a s z Z f g A r F M j; do
	before=$(lines)
	is "lie $how: nothing runs" "$(lie $how)" ''
	ok 'one line in the log' wait_until "[ \"\$(lines)\" = $((before + 1)) ]"
	like 'says it' "$(grep 'lies: 127' "$log" | tail -n 1)" \
	    ' pid [0-9]+ invalid message '
done
is 'no line is forged' "$(grep -c '^forged' "$log")" 0
is 'an identity is chosen by the daemon' "$(lie l)" \
    'ran web1.example.org SUCCESS'
keeper=$(keeper)
for how in p G m K; do
	lie $how >/dev/null
	ok "lie $how in a session: the daemon serves" \
	    [ "$(echo hello | nc -N 127.0.0.1 7004)" = hello ]
	ok 'the next relay is served' wait_until \
	    '[ "$(lie t)" = "ran web1.example.org SUCCESS" ]'
done
ok 'a relay that crashed: a new keeper' wait_until \
    "[ \"\$(keeper | wc -l)\" = 1 ] && [ \"\$(keeper)\" != $keeper ]"

# Relays that do not end are killed.
is 'a relay that does nothing' "$(lie q)" ''
ok 'a silent relay has the time of a handshake' logged 'lies: .* refused: tls: handshake timeout$'
is 'a relay that stays after its session' "$(lie k)" \
    'ran web1.example.org SUCCESS'
ok 'the relay is killed' has_relays 0

# The signer.
openssl x509 -in "$pki/web.pem" -noout -pubkey >"$tmp/web.pub"
# The text that TLS 1.3 signs (RFC 8446, 4.4.3), for the transcript hash "hhh...".
{
	printf '%64s' ''
	printf 'TLS 1.3, server CertificateVerify\0'
	printf '%32s' '' | tr ' ' h
} >"$tmp/context"
printf '%32s' '' | tr ' ' h >"$tmp/bare"

# signature ANSWER: write the first signature in ANSWER to $tmp/signature.
signature()
{
	printf '%s\n' "$1" | sed -n 's/.*: signed //p' | head -n 1 |
	    fold -w 2 | while read -r byte; do
		# shellcheck disable=SC2059 # an octal number
		printf "\\$(printf %o "0x$byte")"
	done >"$tmp/signature"
}
verifies()
{
	openssl dgst -sha256 -verify "$tmp/web.pub" \
	    -signature "$tmp/signature" "$1" >/dev/null 2>&1
}

answer=$(lie 1)
like 'one signature and no second one' "$(echo "$answer" | one_line)" \
    '^first: signed [0-9a-f]+ then: refused $'
signature "$answer"
ok 'the signature is for TLS 1.3' verifies "$tmp/context"
ok 'the signature is for nothing else' eval '! verifies "$tmp/bare"'
like 'another key' "$(lie 2)" '^then: refused$'
like 'a bare hash, where TLS 1.2 is not allowed' "$(lie 3)" '^then: refused$'
like 'no version' "$(lie 4)" '^then: refused$'
like 'a transcript of another length' "$(lie 5)" '^then: refused$'
like 'a scheme that the key does not have' "$(lie 6)" '^then: refused$'
for how in 7 8; do
	is "request $how: refused, and nothing after it" \
	    "$(lie $how | one_line)" 'raw: refused then: refused '
done
answer=$(lie 3 7003)
like 'where TLS 1.2 is allowed: a hash' "$answer" '^then: signed'
like 'TLS 1.2: only one signature' "$(lie 1 7003 | one_line)" \
    '^first: signed [0-9a-f]+ then: refused $'

# Keys.
is 'no other process can be read' "$(lie v)" end
for name in web bank; do
	pki_secrets $name
done >"$tmp/secrets"
mkfifo "$tmp/line"
timeout 60 nc -N 127.0.0.1 7002 <"$tmp/line" >"$tmp/out" &
client=$!
exec 9>"$tmp/line"
ok 'a relay that lies' has_relays 1
"$KEYSCAN" "$haild_pid" "$tmp/secrets" "$pki/web.key" "$pki/bank.key" \
    >"$tmp/scan"
is 'keys are in the signer' \
    "$(awk -F '\t' '$3 == "memory" && $2 ~ /signer/ {
	sub(/-.*/, "", $4); print $4 }' "$tmp/scan" | sort -u | one_line)" \
    'bank web '
is 'no other process has the key' \
    "$(awk -F '\t' '$3 != "searched" && $2 !~ /signer/' "$tmp/scan")" ''
exec 9>&-
wait $client

ok 'no process is left' has_sessions 0
is 'no descriptor is left' "$(descriptors)" "$fds"
done_testing
