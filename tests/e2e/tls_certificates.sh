# tls_certificates.sh -- which certificate a client gets, and what the keys of a
# service can sign; with openssl(1) as the client.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command openssl unshare
own_world
. "$srcdir/tests/e2e/pki.sh"
. "$srcdir/tests/e2e/tls.sh"

pki_ca root
pki_ca middle root
pki_cert ecdsa middle server DNS:www.example.org
pki_cert rsa middle server rsa DNS:www.example.org
pki_cert wild middle server DNS:*.example.org
pki_cert exact middle server rsa DNS:exact.example.org
pki_cert ed middle server ed25519 DNS:ed.example.org
pki_cert alice middle client DNS:alice.example.org
pki_crl middle
start_haild <<EOF
user = "$me"
tls = true
tls-certificate = ["$pki/ecdsa.pem", "$pki/rsa.pem", "$pki/wild.pem",
    "$pki/exact.pem", "$pki/ed.pem"]
tls-key = ["$pki/ecdsa.key", "$pki/rsa.key", "$pki/wild.key",
    "$pki/exact.key", "$pki/ed.key"]
new: { listen = ["127.0.0.1:7001"] builtin = "echo" }
old: { listen = ["127.0.0.1:7002"] builtin = "echo" tls-minimum = "1.2" }
ca: {
	listen = ["127.0.0.1:7003"]
	builtin = "echo"
	tls-client = "required"
	tls-client-ca = ["$pki/root.pem", "$pki/middle.pem"]
	tls-client-crl = "$pki/middle.crl"
}
EOF

# subject PORT [OPTION...]: the certificate that a client with these options of
# s_client gets, by its file; "none" if the handshake fails.
subject()
{
	port=$1
	shift
	timeout 60 openssl s_client -connect "127.0.0.1:$port" "$@" \
	    </dev/null >"$tmp/s_client" 2>/dev/null || { echo none; return; }
	openssl x509 -in "$tmp/s_client" -outform DER >"$tmp/got" 2>/dev/null
	for name in ecdsa rsa wild exact ed; do
		openssl x509 -in "$pki/$name.pem" -outform DER |
		    cmp -s - "$tmp/got" && echo "$name"
	done
}
gets() # WANT PORT [OPTION...]
{
	want=$1
	shift
	got=$(subject "$@")
	[ "$got" = "$want" ] || { echo "# $got, not $want"; return 1; }
}

for port in 7001 7002; do
	for version in 1_3 1_2; do
		[ $port$version != 70011_2 ] || continue
		set -- $port -tls$version
		ok "$*: without a name the first pair" gets ecdsa "$@" -noservername
		ok "$*: an unknown name: the first pair" \
		    gets ecdsa "$@" -servername other.example.com
		ok "$*: an exact name" gets exact "$@" -servername exact.example.org
		ok "$*: a name in capitals" gets exact "$@" \
		    -servername EXACT.example.org
		ok "$*: a wildcard" gets wild "$@" -servername any.example.org
		ok "$*: no wildcard for two labels" \
		    gets ecdsa "$@" -servername a.b.example.org
		ok "$*: of two keys the first" gets ecdsa "$@" \
		    -servername www.example.org
		ok "$*: of two keys the one that the client can verify" \
		    gets rsa "$@" -servername www.example.org \
		    -sigalgs rsa_pss_rsae_sha256
		ok "$*: an RSA name, though the client prefers ECDSA" \
		    gets exact "$@" -servername exact.example.org \
		    -sigalgs ECDSA+SHA256:rsa_pss_rsae_sha256
		ok "$*: Ed25519" gets ed "$@" -servername ed.example.org
		ok "$*: no certificate of another name" gets none "$@" \
		    -servername ed.example.org -sigalgs rsa_pss_rsae_sha256
	done
done
ok 'RSA with PKCS #1, for TLS 1.2' gets rsa 7002 -tls1_2 \
    -servername www.example.org -sigalgs RSA+SHA256
set -- 7002 -tls1_2 -servername www.example.org -sigalgs \
    ECDSA+SHA256:rsa_pss_rsae_sha256
ok 'TLS 1.2: the pair for which the client has a cipher suite' gets rsa "$@" \
    -cipher ECDHE-RSA-AES128-GCM-SHA256
ok 'the other one' gets ecdsa "$@" -cipher ECDHE-ECDSA-AES128-GCM-SHA256
ok 'Ed25519, with the cipher suites of ECDSA' gets ed 7002 -tls1_2 \
    -servername ed.example.org -cipher ECDHE-ECDSA-CHACHA20-POLY1305
ok 'no suite for the name: none' gets none 7002 -tls1_2 \
    -servername ed.example.org -cipher ECDHE-RSA-AES128-GCM-SHA256
ok 'no TLS 1.2 where it is not allowed' gets none 7001 -tls1_2

# The client has only the root, so the whole chain must be sent.
chain()
{
	timeout 60 openssl s_client -connect 127.0.0.1:7001 \
	    -servername "$1" -CAfile "$pki/root.pem" -verify_return_error \
	    </dev/null >/dev/null 2>&1
}
ok 'a chain with its intermediate CA' chain www.example.org
ok 'a chain of another pair' chain exact.example.org

# --- revocation lists ---

# alice: whether a client with this certificate gets an echo.
alice()
{
	[ "$( (echo hello; sleep 1) | timeout 60 openssl s_client -quiet \
	    -connect 127.0.0.1:7003 -cert "$pki/alice.pem" \
	    -key "$pki/alice.key" 2>/dev/null)" = hello ]
}
not_alice()
{
	! alice
}
ok 'a client that is not revoked' alice
PKI_CA=middle openssl ca -config "$pki/openssl.cnf" -gencrl -crlsec 1 \
    -out "$pki/middle.crl" 2>/dev/null
wait_until 'openssl crl -in "$pki/middle.crl" -noout -nextupdate |
    sed "s/.*=//" | { read -r end; [ "$(date -d "$end" +%s)" -lt "$(date +%s)" ]; }'
reload
ok 'a list that is too old is loaded, and refuses its clients' not_alice
ok 'the log names the expired revocation list' wait_until \
    "[ \"\$(refusals ca 'revocation list has expired')\" = 1 ]"
ok 'no relay is left' has_relays 0
done_testing
