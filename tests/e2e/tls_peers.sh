# tls_peers.sh -- TLS with other programs: clients, proxies, and a server that haild
# runs.
#
# In a network of its own, with fixed ports.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command curl gnutls-cli git haproxy ncat openssl socat stunnel4 swaks unshare
own_world
. "$srcdir/tests/e2e/pki.sh"
. "$srcdir/tests/e2e/tls.sh"

pki_ca root
pki_ca middle root
pki_cert web middle server DNS:www.example.org DNS:localhost IP:127.0.0.1
pki_cert webrsa middle server rsa DNS:rsa.example.org
pki_cert ops middle client URI:spiffe://example.org/ops/web1
pki_cert alice middle client DNS:alice.example.org
pki_cert bob root client DNS:bob.example.org
pki_self stranger client DNS:alice.example.org

# HTTP, as far as a script needs it.
cat >"$tmp/page" <<'END'
cr=$(printf '\r')
while IFS= read -r line && [ "$line" != "$cr" ]; do :; done
body="$SSL_PROTOCOL $SSL_TLS_SNI_SERVERNAME ${REMOTE_USER:-nobody} $SSL_CLIENT_VERIFY"
printf 'HTTP/1.1 200 OK\r\nContent-Length: %s\r\nConnection: close\r\n\r\n%s' \
    ${#body} "$body"
END
# SMTP, as far as a client needs it.
cat >"$tmp/smtp" <<'END'
say() { printf '%s\r\n' "$1"; }
say '220 mail.example.org'
while read -r word rest; do
	case $word in
	DATA*)
		say '354 go on'
		while read -r line && [ "$line" != "$(printf '.\r')" ]; do :; done
		say "250 taken from $REMOTE_USER"
		;;
	QUIT*) say '221 bye'; exit 0 ;;
	*) say '250 ok' ;;
	esac
done
END

# A repository for git-daemon.  No configuration of a person is read or written.
GIT_CONFIG_GLOBAL=$tmp/gitconfig GIT_CONFIG_NOSYSTEM=1
export GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM
cat >"$tmp/gitconfig" <<'END'
[user]
	name = alice
	email = alice@example.org
[safe]
	directory = *
END
git init -q "$tmp/work" 2>/dev/null
git -C "$tmp/work" commit -q --allow-empty -m first
git clone -q --bare "$tmp/work" "$tmp/git/first"

start_haild <<END
tls-certificate = ["$pki/web.pem", "$pki/webrsa.pem"]
tls-key = ["$pki/web.key", "$pki/webrsa.key"]
user = "$me"
echo: {
	listen = ["127.0.0.1:7001"]
	tls = true
	builtin = "echo"
}
page: {
	listen = ["127.0.0.1:7002", "$tmp/page.sock"]
	socket-mode = "0666"
	tls = true
	tls-client = "optional"
	tls-client-ca = ["$pki/root.pem"]
	exec = ["/bin/sh", "$tmp/page"]
}
mutual: {
	listen = ["127.0.0.1:7003"]
	tls = true
	tls-client = "required"
	tls-client-ca = ["$pki/root.pem"]
	allow-identity = ["uri:spiffe://example.org/ops/*", "alice.example.org", "bob.example.org"]
	exec = ["/bin/sh", "-c", "echo \$REMOTE_USER; exec cat"]
}
proxied: {
	listen = ["127.0.0.1:7004"]
	proxy-from = ["127.0.0.9"]
	tls = true
	exec = ["/bin/sh", "-c", "echo \$TCPREMOTEIP \$SSL_TLS_SNI_SERVERNAME; exec cat"]
}
smtp: {
	listen = ["127.0.0.1:7005"]
	tls = true
	tls-client = "required"
	tls-client-ca = ["$pki/root.pem"]
	exec = ["/bin/sh", "$tmp/smtp"]
}
git: {
	listen = ["127.0.0.1:7006"]
	tls = true
	exec = ["/usr/bin/git", "-c", "safe.directory=*", "daemon", "--inetd", "--export-all", "--base-path=$tmp/git"]
}
old: {
	listen = ["127.0.0.1:7007"]
	tls = true
	tls-minimum = "1.2"
	exec = ["/bin/sh", "$tmp/page"]
}
plain: {
	listen = ["127.0.0.1:7008"]
	proxy-from = ["127.0.0.9"]
	builtin = "echo"
}
END

# s_client LINES ARGUMENT...: openssl with its standard input; ends if the server's
# certificate is wrong.  openssl does not wait for the answer after the end of the
# input, so the input stays open until LINES lines have arrived.
mkfifo "$tmp/s_client.in"
s_client()
{
	lines=$1
	shift
	: >"$tmp/s_client.out"
	exec 6<>"$tmp/s_client.in"
	openssl s_client -quiet -verify_quiet -verify_return_error \
	    -CAfile "$pki/root.pem" "$@" <"$tmp/s_client.in" \
	    >"$tmp/s_client.out" 2>>"$tmp/s_client.err" 6>&- &
	s_client=$!
	cat >&6
	wait_until "! kill -0 $s_client 2>/dev/null ||
	    [ \"\$(wc -l <'$tmp/s_client.out')\" -ge $lines ]" 30
	exec 6>&-
	kill "$s_client" 2>/dev/null
	wait "$s_client" 2>/dev/null
	one_line <"$tmp/s_client.out"
}

# listens PORT: wait until a program listens there.
listens()
{
	wait_until "ss -Htln 'sport = :$1' | grep -q ."
}

is 'openssl s_client: the chain is complete, the name matches' \
    "$(echo hello | s_client 1 -connect 127.0.0.1:7001 \
	-verify_hostname www.example.org -servername www.example.org)" 'hello '
is 'the RSA certificate for its name' \
    "$(echo hello | s_client 1 -connect 127.0.0.1:7001 \
	-verify_hostname rsa.example.org -servername rsa.example.org)" 'hello '
is 'a client certificate with a SPIFFE name, from a CA with an intermediate' \
    "$(echo hello | s_client 2 -connect 127.0.0.1:7003 \
	-cert "$pki/ops.pem" -cert_chain "$pki/ops.pem" -key "$pki/ops.key")" \
    'uri:spiffe://example.org/ops/web1 hello '
is 'a client without a certificate gets nothing' \
    "$(echo hello | s_client 1 -connect 127.0.0.1:7003)" ''
ok 'the client without a certificate is logged' \
    logged 'mutual: .* refused: tls: no client certificate$'
for version in tls1 tls1_1 tls1_2; do
	echo hello | s_client 1 -connect 127.0.0.1:7001 -$version \
	    -cipher 'ALL:@SECLEVEL=0' >/dev/null
done
ok 'older versions are refused' wait_until \
    "[ \"\$(refusals echo 'no common version')\" = 3 ]"
like 'TLS 1.2 where it is allowed' \
    "$(printf 'GET / HTTP/1.0\r\n\r\n' | s_client 4 -connect 127.0.0.1:7007 \
	-tls1_2)" 'TLSv1\.2 '
for name in www:web rsa:webrsa; do
	is "TLS 1.2: the certificate of ${name%:*}.example.org" \
	    "$(timeout 20 openssl s_client -connect 127.0.0.1:7007 -tls1_2 \
		-servername "${name%:*}.example.org" </dev/null 2>/dev/null |
		sed -n 's/^subject=CN *= *//p')" "${name#*:}"
done

# gnutls-cli, which waits for the server's end.
gnutls()
{
	timeout 20 gnutls-cli --logfile="$tmp/gnutls.log" \
	    --x509cafile "$pki/root.pem" --verify-hostname www.example.org "$@"
}
is 'gnutls-cli' "$(echo hello | gnutls -p 7001 127.0.0.1)" hello
is 'gnutls-cli with a certificate' \
    "$(echo hello | gnutls --x509certfile "$pki/alice.pem" \
	--x509keyfile "$pki/alice.key" -p 7003 127.0.0.1 | one_line)" \
    'alice.example.org hello '

# curl.
page()
{
	curl -s -m 20 --cacert "$pki/root.pem" "$@"
}
is 'curl' "$(page https://localhost:7002/)" 'TLSv1.3 localhost nobody NONE'
is 'curl with a client certificate' \
    "$(page --cert "$pki/alice.pem" --key "$pki/alice.key" \
	https://localhost:7002/)" \
    'TLSv1.3 localhost alice.example.org SUCCESS'
is 'over a Unix socket' \
    "$(page --unix-socket "$tmp/page.sock" https://localhost/)" \
    'TLSv1.3 localhost nobody NONE'
page --cert "$pki/stranger.pem" --key "$pki/stranger.key" \
    https://localhost:7002/ >"$tmp/out"
status=$?
ok 'a certificate of its own making: an error' [ $status -ne 0 ]
is 'no page for an unknown certificate' "$(cat "$tmp/out")" ''
ok 'the unknown certificate is logged' logged 'page: .* refused: tls: unknown CA$'
page http://localhost:7002/ >"$tmp/out"
status=$?
ok 'plain HTTP at a port for TLS: an error' [ $status -ne 0 ]
ok 'the plain request is logged' logged 'page: .* refused: tls: not TLS$'

# ncat, socat.
is 'ncat --ssl' \
    "$(echo hello | timeout 20 ncat --ssl-verify \
	--ssl-trustfile "$pki/root.pem" localhost 7001)" hello
is 'ncat with a certificate' \
    "$(echo hello | timeout 20 ncat --ssl --ssl-cert "$pki/bob.pem" \
	--ssl-key "$pki/bob.key" localhost 7003 | one_line)" \
    'bob.example.org hello '
is 'socat' \
    "$(echo hello | socat -t 20 - \
	"OPENSSL:localhost:7001,cafile=$pki/root.pem")" hello
cat "$pki/alice.key" "$pki/alice.pem" >"$tmp/alice.both"
is 'socat with a certificate' \
    "$(echo hello | socat -t 20 - \
	"OPENSSL:localhost:7003,cafile=$pki/root.pem,cert=$tmp/alice.both" |
	one_line)" \
    'alice.example.org hello '

# stunnel as a client.
cat >"$tmp/stunnel.conf" <<END
foreground = yes
pid =
[mutual]
client = yes
accept = 127.0.0.1:8001
connect = 127.0.0.1:7003
CAfile = $pki/root.pem
verifyChain = yes
checkHost = www.example.org
cert = $pki/alice.pem
key = $pki/alice.key
END
in_background stunnel4 "$tmp/stunnel.conf" >"$tmp/stunnel.out" 2>&1
stunnel=$last
listens 8001
is 'stunnel as a client, with a certificate' \
    "$(echo hello | nc -N 127.0.0.1 8001 | one_line)" \
    'alice.example.org hello '
kill "$stunnel"

# HAProxy: PROXY headers before TLS, certificates on both sides, and TLS that
# ends in HAProxy.
cat "$pki/web.pem" "$pki/web.key" >"$tmp/web.both"
cat >"$tmp/haproxy.cfg" <<END
global
	maxconn 100
defaults
	mode tcp
	timeout connect 20s
	timeout client 20s
	timeout server 20s
listen passes
	bind 127.0.0.1:8002
	server haild 127.0.0.1:7004 source 127.0.0.9 send-proxy-v2
listen passes-v1
	bind 127.0.0.1:8003
	server haild 127.0.0.1:7004 source 127.0.0.9 send-proxy
listen client
	bind 127.0.0.1:8004
	server haild 127.0.0.1:7004 source 127.0.0.9 send-proxy-v2 ssl verify required ca-file $pki/root.pem verifyhost www.example.org sni str(www.example.org)
listen mutual
	bind 127.0.0.1:8005
	server haild 127.0.0.1:7003 ssl verify required ca-file $pki/root.pem crt $tmp/alice.both
listen ends
	bind 127.0.0.1:8006 ssl crt $tmp/web.both
	server haild 127.0.0.1:7008 source 127.0.0.9 send-proxy-v2
END
in_background haproxy -db -f "$tmp/haproxy.cfg" >"$tmp/haproxy.log" 2>&1
haproxy=$last
listens 8006
for version in 2 3; do
	is "HAProxy, a PROXY header and then the client's TLS: port 800$version" \
	    "$(echo hello | s_client 2 -connect 127.0.0.1:800$version \
		-bind 127.0.0.7 -servername www.example.org)" \
	    '127.0.0.7 www.example.org hello '
done
is 'HAProxy, a PROXY header and then its own TLS' \
    "$(echo hello | nc -N -s 127.0.0.7 127.0.0.1 8004 | one_line)" \
    '127.0.0.7 www.example.org hello '
ok 'the log has the client' logged 'proxied: 127\.0\.0\.7:[0-9]+ pid '
is 'HAProxy, with its certificate' \
    "$(echo hello | nc -N 127.0.0.1 8005 | one_line)" \
    'alice.example.org hello '
is 'TLS that ends in HAProxy' \
    "$(echo hello | s_client 1 -connect 127.0.0.1:8006 \
	-verify_hostname www.example.org)" 'hello '
is 'TLS that begins in hail' \
    "$(echo hello | timeout 20 "$HAIL" --tls --ca "$pki/root.pem" \
	--server-name www.example.org 127.0.0.1:8006)" hello
kill "$haproxy"

# swaks.
timeout 20 swaks --server 127.0.0.1 --port 7005 --tlsc --tls-verify \
    --tls-ca-path "$pki/root.pem" \
    --tls-cert "$pki/bob.pem" --tls-key "$pki/bob.key" \
    --from a@example.org --to b@example.org --body hello \
    >"$tmp/swaks.out" 2>&1
is 'swaks delivers a message' $? 0
like 'to a server that knows its identity' "$(cat "$tmp/swaks.out")" \
    'taken from bob\.example\.org'

# git-daemon gets a Unix socket instead of the client's socket.
cat >"$tmp/through" <<END
#!/bin/sh
exec socat - OPENSSL:localhost:7006,cafile=$pki/root.pem
END
chmod 755 "$tmp/through"
GIT_PROXY_COMMAND=$tmp/through timeout 20 git clone -q \
    git://localhost/first "$tmp/copy" >"$tmp/git.out" 2>&1
is 'git clone from git daemon' \
    "$(git -C "$tmp/copy" log --format=%s 2>&1)" first

ok 'no relay is left' has_relays 0
done_testing
