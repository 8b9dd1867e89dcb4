# tls_more_peers.sh -- TLS with nginx, sshd, testssl.sh and Chromium.  Their packages
# are large or start a server.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command chromium nginx openssl socat ssh ssh-keygen testssl unshare
[ -x /usr/sbin/sshd ] || skip_all 'needs sshd'
own_world
# sshd needs a directory there.
cover /run
mkdir /run/sshd
. "$srcdir/tests/e2e/pki.sh"
. "$srcdir/tests/e2e/tls.sh"

pki_ca root
pki_ca middle root
pki_cert web middle server DNS:www.example.org DNS:localhost
pki_cert alice middle client DNS:alice.example.org
ssh-keygen -q -t ed25519 -N '' -f "$tmp/host"
ssh-keygen -q -t ed25519 -N '' -f "$tmp/key"
cat >"$tmp/sshd_config" <<END
HostKey $tmp/host
AuthorizedKeysFile $tmp/key.pub
StrictModes no
PermitRootLogin yes
END

# HTTP, as far as a page needs it.
cat >"$tmp/status" <<'END'
cr=$(printf '\r')
while IFS= read -r line && [ "$line" != "$cr" ]; do :; done
body="<!DOCTYPE html><title>status</title>
<body style='background: navy; color: white'>
<h1>Status of $SSL_TLS_SNI_SERVERNAME</h1><p id=tls>$SSL_PROTOCOL</p>"
printf 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %s\r\n' \
    ${#body}
printf 'Connection: close\r\n\r\n%s' "$body"
END

start_haild <<END
tls = true
tls-certificate = "$pki/web.pem"
tls-key = "$pki/web.key"
user = "$me"
mutual: {
	listen = ["127.0.0.1:7001"]
	tls-client = "required"
	tls-client-ca = "$pki/root.pem"
	exec = ["/bin/sh", "-c", "echo \$REMOTE_USER; exec cat"]
}
proxied: {
	listen = ["127.0.0.1:7002"]
	proxy-from = ["127.0.0.9"]
	exec = ["/bin/sh", "-c", "echo \$TCPREMOTEIP; exec cat"]
}
ssh: {
	listen = ["127.0.0.1:7003"]
	user = "root"
	exec = ["/usr/sbin/sshd", "-i", "-f", "$tmp/sshd_config"]
}
new: {
	listen = ["127.0.0.1:7005"]
	builtin = "echo"
	max-per-source = 100
}
old: {
	listen = ["127.0.0.1:7004"]
	tls-minimum = "1.2"
	builtin = "echo"
	max-per-source = 100
}
status: {
	listen = ["127.0.0.1:7006"]
	exec = ["/bin/sh", "$tmp/status"]
}
END

cat >"$tmp/nginx.conf" <<END
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
user nobody nogroup;
pid $tmp/nginx.pid;
error_log $tmp/nginx.err;
events { }
stream {
	server {
		listen 127.0.0.1:8001;
		proxy_pass 127.0.0.1:7001;
		proxy_ssl on;
		proxy_ssl_verify on;
		proxy_ssl_verify_depth 3;
		proxy_ssl_trusted_certificate $pki/root.pem;
		proxy_ssl_name www.example.org;
		proxy_ssl_protocols TLSv1.3;
		proxy_ssl_certificate $pki/alice.pem;
		proxy_ssl_certificate_key $pki/alice.key;
	}
	server {
		listen 127.0.0.1:8002;
		proxy_pass 127.0.0.1:7002;
		proxy_bind 127.0.0.9;
		proxy_protocol on;
	}
}
END
in_background nginx -c "$tmp/nginx.conf" >"$tmp/nginx.out" 2>&1
wait_until "ss -Htln 'sport = :8002' | grep -q ."
# nginx closes both directions when one ends.
mkfifo "$tmp/lines"
exec 9<>"$tmp/lines"
nc 127.0.0.1 8001 <"$tmp/lines" >"$tmp/out" 9>&- &
nc=$!
background="$background $nc"
echo hello >&9
wait_until '[ "$(wc -l <"$tmp/out")" = 2 ]'
is 'nginx stream, with a certificate' "$(one_line <"$tmp/out")" \
    'alice.example.org hello '
exec 9>&-
# It would stay connected at the end of its input.
kill "$nc"
is "nginx stream, a PROXY header and the client's TLS" \
    "$(echo hello | PEER_FROM=127.0.0.7 timeout 60 "$TLSPEER" talk 8002 |
	one_line)" '127.0.0.7 hello '

# sshd -i gets a Unix socket instead of the client's socket.
is 'ssh to sshd -i' \
    "$(timeout 60 ssh -F /dev/null -i "$tmp/key" -o BatchMode=yes \
	-o StrictHostKeyChecking=no -o UserKnownHostsFile="$tmp/known" \
	-o ProxyCommand="socat - OPENSSL:localhost:7003,cafile=$pki/root.pem" \
	root@localhost echo hello 2>"$tmp/ssh.err")" hello

for port in 7005 7004; do
	timeout 300 testssl --quiet --color 0 -p -f \
	    --add-ca "$pki/root.pem" "127.0.0.1:$port" >"$tmp/testssl.$port" \
	    2>&1 </dev/null
done
for old in SSLv2 SSLv3 'TLS 1 ' 'TLS 1.1'; do
	like "testssl.sh: no $old" "$(cat "$tmp"/testssl.7004)" \
	    "^ *$old *not offered"
done
like 'TLS 1.2 where it is allowed' "$(cat "$tmp/testssl.7004")" \
    '^ *TLS 1.2 *offered'
like 'TLS 1.3' "$(cat "$tmp/testssl.7005")" '^ *TLS 1.3 *offered'
like 'forward secrecy' "$(cat "$tmp/testssl.7004")" \
    '(PFS|FS) is offered|Forward Secrecy.* offered'
sed 's/^/# /' "$tmp/testssl.7004" | grep -v '^# *$' | head -n 60

# Chromium.  Only the first of these may show the page: the other one knows neither
# the key nor its CA.
chromium_at() # URL OPTION...
{
	url=$1
	shift
	HOME=$tmp timeout -k 5 60 chromium --headless --no-sandbox \
	    --user-data-dir="$tmp/chromium" --disable-background-networking \
	    --window-size=640,480 "$@" "$url" 2>"$tmp/chromium.err"
}
browse()
{
	pin=$(pki_pin web)
	chromium_at "$1" "$2" \
	    --ignore-certificate-errors-spki-list="${pin#sha256:}"
}
page=$(browse https://localhost:7006/ --dump-dom)
like 'Chromium renders a status page' "$page" '<h1>Status of localhost</h1>'
like 'over TLS 1.3' "$page" '<p id="tls">TLSv1.3</p>'
chromium_at https://localhost:7006/ --dump-dom >"$tmp/unknown"
is 'a key that it does not know: no page' \
    "$(grep -c 'Status of localhost' "$tmp/unknown")" 0
ok 'which is logged' logged 'status: .* refused: tls: alert from the client$'
browse https://localhost:7006/ --screenshot="$tmp/status.png" >"$tmp/chromium.out"
# The signature, the length and type of the first chunk, width and height.
is 'a screenshot of the size that was requested' \
    "$(od -An -v -tx1 -N24 "$tmp/status.png" | tr -d ' \n')" \
    89504e470d0a1a0a0000000d4948445200000280000001e0
browse about:blank --screenshot="$tmp/blank.png" >"$tmp/chromium.out"
ok 'and of more than an empty window' [ "$(wc -c <"$tmp/status.png")" -gt \
    "$(wc -c <"$tmp/blank.png")" ]

ok 'no relay is left' has_relays 0
done_testing
