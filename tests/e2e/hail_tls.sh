#!/bin/sh
# hail_tls.sh -- hail over TLS, with the servers of OpenSSL and GnuTLS: the
# verification of the server, and the message of each failure.

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$srcdir/tests/e2e/lib.sh"
. "$srcdir/tests/e2e/fake.sh"
need_command openssl certtool gnutls-serv

known=$XDG_CONFIG_HOME/hail/known_hosts
pki=$tmp/pki
mkdir "$pki"

# --- certificates ---

# key NAME: make a private key.
key()
{
	certtool --generate-privkey --key-type ecdsa --curve secp256r1 \
	    --outfile "$pki/$1.key" 2>>"$tmp/pki.out"
}

# certificate NAME ISSUER <TEMPLATE: ISSUER is "self" or an earlier NAME.
certificate()
{
	key "$1"
	cat >"$pki/template"
	if [ "$2" = self ]; then
		certtool --generate-self-signed --load-privkey "$pki/$1.key" \
		    --template "$pki/template" --outfile "$pki/$1.crt"
	else
		certtool --generate-certificate --load-privkey "$pki/$1.key" \
		    --load-ca-privkey "$pki/$2.key" \
		    --load-ca-certificate "$pki/$2.crt" \
		    --template "$pki/template" --outfile "$pki/$1.crt"
	fi 2>>"$tmp/pki.out" || sed 's/^/# /' "$tmp/pki.out"
	# For -i: both in one file.
	cat "$pki/$1.key" "$pki/$1.crt" >"$pki/$1.pem"
	chmod 600 "$pki/$1.pem"
}

# pin NAME: the pin of the key, computed by openssl.
pin()
{
	printf 'sha256:'
	openssl x509 -in "$pki/$1.crt" -noout -pubkey |
	    openssl pkey -pubin -outform DER |
	    openssl dgst -sha256 -binary | openssl base64
}

# pin_re NAME: the pin as a regular expression.
pin_re()
{
	pin "$1" | sed 's/[+]/\\+/g'
}

server_template='dns_name = "localhost"
ip_address = "127.0.0.1"
tls_www_server
signing_key'
certificate ca self <<END
cn = "Test CA"
ca
cert_signing_key
expiration_days = 30
END
certificate server ca <<END
$server_template
expiration_days = 30
END
certificate expired ca <<END
$server_template
activation_date = "2020-01-01 00:00:00 UTC"
expiration_date = "2020-02-01 00:00:00 UTC"
END
certificate future ca <<END
$server_template
activation_date = "2037-01-01 00:00:00 UTC"
expiration_date = "2037-02-01 00:00:00 UTC"
END
certificate client ca <<END
cn = "client"
tls_www_client
signing_key
expiration_days = 30
END
certificate oldclient ca <<END
cn = "client"
tls_www_client
signing_key
activation_date = "2020-01-01 00:00:00 UTC"
expiration_date = "2020-02-01 00:00:00 UTC"
END
certificate alone self <<END
cn = "alone"
dns_name = "localhost"
tls_www_server
signing_key
expiration_days = 30
END

# --- servers ---

# openssl_server CERTIFICATE [OPTION...]: start one that sends each line back in
# reverse; its port is in tls_port, its pid in tls_pid.
openssl_server()
{
	tls_certificate=$1
	shift
	: >"$tmp/server.out"
	in_background openssl s_server -accept "${tls_at:-127.0.0.1:0}" \
	    -cert "$pki/$tls_certificate.crt" \
	    -key "$pki/$tls_certificate.key" "$@" \
	    </dev/null >"$tmp/server.out" 2>&1
	tls_pid=$last
	wait_until "grep -q '^ACCEPT' '$tmp/server.out' || ! kill -0 $tls_pid"
	tls_port=$(sed -n 's/^ACCEPT.*:\([0-9]*\)$/\1/p' "$tmp/server.out")
	at=127.0.0.1:$tls_port
}

stop_server()
{
	kill -9 "$tls_pid" 2>/dev/null
	wait "$tls_pid" 2>/dev/null
}

# call [ARGUMENT...]: send a line by hail.
call()
{
	echo hello | hail "$@"
}

# "| hail" is a subshell, so the status goes through a file.
hail()
{
	# shellcheck disable=SC2086 # HAIL may be a command with arguments
	$HAIL "$@" >"$tmp/out" 2>"$tmp/err.log"
	echo $? >"$tmp/status"
}

status()
{
	cat "$tmp/status"
}

# answered DESCRIPTION: the last call reached the server.
answered()
{
	is "$1: status" "$(status)" 0
	is "$1: output" "$(out)" olleh
}

# failed DESCRIPTION STATUS REGEX
failed()
{
	is "$1: status" "$(status)" "$2"
	like "$1: message" "$(err)" "^hail: 127\.0\.0\.1:$tls_port: 127\.0\.0\.1:$tls_port: $3"
	is "$1: no output" "$(out)" ''
}

# --- first call and later ones ---

openssl_server server -rev
call -T "$at"
answered 'first call'
is 'first call: says that it stores the key' "$(err)" \
    "hail: $at: $at: first call: stored the server's key $(pin server)"
is 'first call: known_hosts' "$(cat "$known")" "$at $(pin server)"
is 'first call: mode of known_hosts' "$(stat -c %a "$known")" 600
is 'first call: mode of the directory' \
    "$(stat -c %a "$XDG_CONFIG_HOME/hail")" 700
call -T "$at"
answered 'second call'
is 'second call: nothing to say' "$(err)" ''
call "$at"
answered 'a known host is called over TLS'
call "localhost:$tls_port"
is 'another name of the host is not known, and called in the clear' \
    "$(out)" ''
call -Tv "LocalHost:$tls_port"
answered 'a name'
like 'a name: -v tells version and cipher' "$(err)" ': TLSv1\.3, TLS_AES'
is 'a name: stored in lower case' "$(tail -n 1 "$known")" \
    "localhost:$tls_port $(pin server)"

printf '# comment\n\n%s %s\n' "$at" "$(pin client)" >"$known"
call "$at"
failed 'changed key' 9 "the server's key has changed"
like 'changed key: what is stored, and where' "$(err)" \
    "stored: $(pin_re client) \(line 3 of $known\)"
like 'changed key: what the server has' "$(err)" "now: $(pin_re server)"
call "$at" date
is 'changed key, with a command: status' "$(status)" 255
printf '%s %s' "$at" "$(pin server)" >>"$known"
call "$at"
answered 'one of two stored keys matches'
call -T "localhost:$tls_port"
is 'a last line without newline stays whole' "$(tail -n 2 "$known")" \
    "$at $(pin server)
localhost:$tls_port $(pin server)"

echo "$at sha256:x" >"$known"
call "$at"
failed 'a line without pin' 8 "$known:1: no pin after"
chmod 622 "$known"
call "$at"
failed 'others can write to known_hosts' 8 \
    "other users can write to $known: "
chmod 600 "$known"
chmod 777 "$XDG_CONFIG_HOME/hail"
call "$at"
failed 'others can write to its directory' 8 \
    "other users can write to $XDG_CONFIG_HOME/hail: "
chmod 700 "$XDG_CONFIG_HOME/hail"
rm "$known"
(
	unset XDG_CONFIG_HOME
	HOME=
	call -T "$at"
)
failed 'no home directory' 8 'no home directory, .*use --pin or --ca$'
ok 'no home directory: nothing stored' [ ! -e "$known" ]

# --- by pin and by CA ---

call --pin "$(pin server)" "$at"
answered 'pin'
is 'pin: nothing to say' "$(err)" ''
call --pin "$(pin client)" --pin "$(pin server)" "$at"
answered 'one of two pins'
(
	SSLKEYLOGFILE=$tmp/keys
	export SSLKEYLOGFILE
	call --pin "$(pin server)" "$at"
)
answered 'SSLKEYLOGFILE'
ok 'SSLKEYLOGFILE has no effect' [ ! -e "$tmp/keys" ]
call --pin "$(pin client)" "$at"
failed 'wrong pin' 9 "the server's key is $(pin_re server), which --pin does not allow"
call --ca "$pki/ca.crt" "$at"
answered 'CA and an address'
call --ca "$pki/ca.crt" "localhost:$tls_port"
answered 'CA and a name'
call --ca "$pki/ca.crt" --server-name localhost "$at"
answered 'CA and --server-name'
call --ca "$pki/ca.crt" --server-name other.example "$at"
failed 'name mismatch' 9 \
    "the server's certificate is for localhost, 127\.0\.0\.1, not for other\.example$"
call --ca "$pki/alone.crt" "$at"
failed 'unknown CA' 9 "unknown CA: .* issued by \"CN=Test CA\", which $pki/alone.crt does not have"
call --ca system "$at"
failed 'CAs of the system' 9 'unknown CA: .* which this system does not have'
call --ca "$pki/absent" "$at"
failed 'no file of CAs' 8 "cannot read $pki/absent: No such file"
call --ca "$pki/server.key" "$at"
failed 'a file without CA' 8 "$pki/server.key has no certificate of a CA"
ok 'neither pin nor CA stores a key' [ ! -e "$known" ]
for i in 1 2; do
	call -k "$at"
	answered "insecure, $i"
	is "insecure, $i: warning" "$(err)" "hail: $at: $at: warning: the\
 server is not verified (--insecure); its key is $(pin server)"
done
hail -n --show-key "$at"
is '--show-key: status' "$(status)" 0
like '--show-key: pin' "$(out)" "^pin: +$(pin_re server)\$"
like '--show-key: names' "$(out)" '^names: +localhost, 127\.0\.0\.1$'
like '--show-key: issuer' "$(out)" '^issuer: +CN=Test CA$'
is '--show-key: nothing on standard error' "$(err)" ''
stop_server

openssl_server expired -rev
call --ca "$pki/ca.crt" "$at"
failed 'expired' 9 "the server's certificate expired at 2020-02-01 00:00:00 UTC"
stop_server
openssl_server future -rev
call --ca "$pki/ca.crt" "$at"
failed 'not yet valid' 9 \
    "the server's certificate is not valid before 2037-01-01 00:00:00 UTC"
stop_server
openssl_server client -rev
call --ca "$pki/ca.crt" "$at"
failed 'a certificate for clients' 9 \
    "the server's certificate is not one for servers"
stop_server
openssl_server alone -rev
call --ca "$pki/ca.crt" "localhost:$tls_port"
like 'self-signed' "$(err)" 'unknown CA: the server.s certificate is self-signed; its pin is sha256:'
call --ca "$pki/alone.crt" "localhost:$tls_port"
answered 'the certificate itself as CA'
stop_server

# --- the client's certificate: the server decides (fault 58) ---

openssl_server server -rev -Verify 1 -verify_return_error -CAfile "$pki/ca.crt"
call -k -i "$pki/client.pem" "$at"
answered 'client certificate'
# With TLS 1.3 the server decides after the handshake.
call --pin "$(pin server)" "$at"
failed 'no client certificate' 10 \
    'refused by the server: it requires a client certificate \(-i, or --enrol\)'
hail -n --pin "$(pin server)" "$at"
failed 'no client certificate and no input' 10 'refused by the server: it requires'
call --pin "$(pin server)" "$at" date
is 'no client certificate, with a command: status' "$(status)" 255
like 'no client certificate, with a command: message' "$(err)" \
    'refused by the server: it requires a client certificate'
head -c 3000000 /dev/zero >"$tmp/zeros"
hail --pin "$(pin server)" "$at" <"$tmp/zeros"
failed 'no client certificate and much input' 10 'refused by the server: it requires'
call --pin "$(pin server)" -i "$pki/alone.pem" "$at"
failed 'client certificate of an unknown CA' 10 \
    'refused by the server: it does not know the CA'
call --pin "$(pin server)" -i "$pki/oldclient.pem" "$at"
failed 'expired client certificate' 10 'refused by the server: .* has expired'
call --pin "$(pin server)" -i "$pki/absent" "$at"
failed 'no identity file' 8 "cannot open $pki/absent: No such file"
chmod 640 "$pki/client.pem"
call --pin "$(pin server)" -i "$pki/client.pem" "$at"
failed 'identity file is readable by others' 8 \
    "other users can access the private key in $pki/client.pem \(mode 0640\); run \"chmod 600 $pki/client.pem\""
chmod 600 "$pki/client.pem"
cat "$pki/client.key" "$pki/server.crt" >"$pki/mixed.pem"
chmod 600 "$pki/mixed.pem"
call --pin "$(pin server)" -i "$pki/mixed.pem" "$at"
failed 'identity file of two pairs' 8 \
    "the private key and the first certificate in $pki/mixed.pem do not belong together"
chmod 600 "$pki/client.crt" "$pki/client.key"
call --pin "$(pin server)" -i "$pki/client.crt" "$at"
failed 'identity file without key' 8 "cannot read a private key from $pki/client.crt"
call --pin "$(pin server)" -i "$pki/client.key" "$at"
failed 'identity file without certificate' 8 "cannot read a certificate from $pki/client.key"
openssl pkcs8 -topk8 -in "$pki/client.key" -passout pass:x -out "$pki/secret.pem"
call --pin "$(pin server)" -i "$pki/secret.pem" "$at"
failed 'encrypted identity file' 8 "the private key in $pki/secret.pem is encrypted"
cp "$pki/client.pem" "$XDG_CONFIG_HOME/hail/identity"
call --pin "$(pin server)" "$at"
answered 'the default identity'
rm "$XDG_CONFIG_HOME/hail/identity"
stop_server

# --- versions ---

openssl_server server -rev -tls1_2
call --ca "$pki/ca.crt" -v "$at"
answered 'TLS 1.2'
like 'TLS 1.2: version' "$(err)" ': TLSv1\.2, '
call --pin "$(pin client)" "$at"
failed 'TLS 1.2, wrong pin' 9 "the server's key is "
stop_server
openssl_server server -rev -tls1_1 -cipher DEFAULT@SECLEVEL=0
call -k "$at"
failed 'TLS 1.1 only' 8 'the server has neither TLS 1.3 nor 1.2'
stop_server
openssl_server server -rev -tls1_2 -Verify 1 -verify_return_error
call -k "$at"
failed 'TLS 1.2, no client certificate' 8 '.*requires a client certificate \(-i\)'
stop_server

# --- GnuTLS as the server ---

fake 127.0.0.1 hold
tls_port=$fake_port
at=127.0.0.1:$tls_port
kill "$fake_pid"
wait "$fake_pid" 2>/dev/null
in_background gnutls-serv --echo -p "$tls_port" --require-client-cert \
    --verify-client-cert --x509cafile "$pki/ca.crt" \
    --x509certfile "$pki/server.crt" --x509keyfile "$pki/server.key" \
    </dev/null >"$tmp/server.out" 2>&1
tls_pid=$last
wait_until "ss -Hltn 'sport = :$tls_port' | grep -q ."
call --ca "$pki/ca.crt" -i "$pki/client.pem" "$at"
is 'gnutls-serv' "$(status) $(out)" '0 hello'
call --ca "$pki/ca.crt" "$at"
failed 'gnutls-serv, no client certificate' 10 'refused by the server: it requires'
stop_server

# --- the end of a session (fault 62) ---

# piped_server: start a server that sends what is written to $tmp/in; when it is
# killed, it sends no close_notify.
mkfifo "$tmp/in"
piped_server()
{
	(
		exec 3<>"$tmp/in"
		exec openssl s_server -quiet -accept 127.0.0.1:0 -naccept 1 \
		    -cert "$pki/server.crt" -key "$pki/server.key" <&3
	) >"$tmp/server.out" 2>&1 &
	tls_pid=$!
	background="$background $tls_pid"
	wait_until "ss -Hltnp | grep -q 'pid=$tls_pid,'"
	tls_port=$(ss -Hltnp |
	    sed -n "s/.*127\.0\.0\.1:\([0-9]*\) .*pid=$tls_pid,.*/\1/p")
	at=127.0.0.1:$tls_port
}

# printed TEXT: wait until hail has printed it.
printed()
{
	wait_until "grep -q '$1' '$tmp/out' 2>/dev/null"
}

piped_server
start_hail -k --no-shutdown "$at" </dev/null
echo part >"$tmp/in"
printed part
stop_server
end_hail
is 'truncated: status' "$hail_status" 5
is 'truncated: what came is printed' "$(out)" part
like 'truncated: message' "$(err)" \
    'truncated: the server closed the connection without ending TLS'

# Frames of a command: output, and its exit status.
piped_server
start_hail -k "$at" date </dev/null
printf '\000\000\000\0051part\n' >"$tmp/in"
printed part
stop_server
end_hail
is 'truncated before the status of a command: status' "$hail_status" 255
like 'truncated before the status of a command: message' "$(err)" \
    'truncated: the server closed the connection without ending TLS'
piped_server
start_hail -k "$at" date </dev/null
printf '\000\000\000\0051part\n\000\000\000\001X3' >"$tmp/in"
end_hail
is 'truncated after the status of a command: status' "$hail_status" 3
is 'truncated after the status of a command: output' "$(out)" part
stop_server

# --- servers without TLS ---

# at_fake ACTION...
at_fake()
{
	fake 127.0.0.1 "$@"
	tls_port=$fake_port
	at=127.0.0.1:$tls_port
}

at_fake send 'SSH-2.0-x'
call -T "$at"
failed 'not TLS' 8 'the server does not speak TLS: it sent "SSH-2\.0-x"'
at_fake take 5 reset
hail -nT "$at"
failed 'reset in the handshake' 5 'connection lost in the TLS handshake'
at_fake half-close hold
hail -nT "$at"
failed 'closed without a byte' 7 'closed by the server without sending anything; it may not'
at_fake hold
hail -nT -w 1 "$at"
failed 'no handshake in time' 4 'timed out: no TLS handshake with the server'
printf '\025\003\003\000\002\002\012' >"$tmp/alert"
at_fake file "$tmp/alert"
hail -n "$at"
is 'in the clear to a TLS port: status' "$(status)" 8
like 'in the clear to a TLS port: message' "$(err)" 'the server expects TLS; try "hail --tls"'
at_fake file "$tmp/alert" reset
call "$at"
is 'an alert and a reset: status' "$(status)" 8
at_fake file "$tmp/alert"
hail -n "$at" date
is 'a command in the clear to a TLS port: status' "$(status)" 255
like 'a command in the clear to a TLS port: message' "$(err)" 'the server expects TLS'

# --- hail-tls ---

openssl_server server -rev
# hail-tls ends with hail.
mkfifo "$tmp/open"
exec 4<>"$tmp/open"
# proc(5): the files of a process that cannot be dumped belong to root, and others
# to its user, who must not be root for this.
as_me=$HAIL hail_user=$(id -u)
[ "$hail_user" != 0 ] || {
	hail_user=65534
	HAIL="env XDG_CONFIG_HOME=$tmp/none setpriv --reuid=65534 --regid=65534
	    --clear-groups $HAIL"
}
start_hail --pin "$(pin server)" "$at" <&4
helper=
wait_until 'helper=$(pgrep -P "$hail_pid" hail-tls)'
echo hello >&4
wait_until "grep -q olleh '$tmp/out' 2>/dev/null"
HAIL=$as_me
is 'hail-tls cannot be dumped' "$(stat -c %u "/proc/$helper/mem")" 0
is 'as hail can' "$(stat -c %u "/proc/$hail_pid/mem")" "$hail_user"
like 'hail-tls has a filter' "$(grep Seccomp: "/proc/$helper/status")" 2
kill -9 "$hail_pid"
ok 'hail-tls ends with hail' ends "$helper"
wait "$hail_pid" 2>/dev/null

# hail detects the end of hail-tls.
start_hail --pin "$(pin server)" "$at" <&4
helper=
wait_until 'helper=$(pgrep -P "$hail_pid" hail-tls)'
echo hello >&4
wait_until "grep -q olleh '$tmp/out' 2>/dev/null"
kill -9 "$helper"
end_hail
is 'hail-tls was killed: status' "$hail_status" 8
like 'hail-tls was killed: message' "$(err)" \
    'hail-tls ended too early: it was killed by signal 9'
exec 4<&-

# A copy of hail in another directory finds only an installed hail-tls.
mkdir "$tmp/alone"
cp "$builddir/hail" "$tmp/alone"
"$tmp/alone/hail" -nk -q 0 "$at" >/dev/null 2>"$tmp/err.log"
echo $? >"$tmp/status"
if [ "$(status)" != 0 ]; then
	is 'no hail-tls: status' "$(status)" 8
	like 'no hail-tls: message' "$(err)" \
	    'cannot open .*/haild/hail-tls: No such file'
else
	skip 'no hail-tls' 'it is installed'
fi
stop_server

# --- a call in the clear ---

if command -v strace >/dev/null; then
	rm -rf "$XDG_CONFIG_HOME"
	at_fake send smile
	# LeakSanitizer needs ptrace(2) itself.
	ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 \
	    strace -f -e trace=openat,execve -o "$tmp/trace" "$builddir/hail" -n "$at" \
	    >"$tmp/out" 2>&1
	is 'in the clear: output' "$(out)" smile
	is 'in the clear: one file is looked for' \
	    "$(grep -c "known_hosts\"" "$tmp/trace")" 1
	ok 'in the clear: hail-tls is not executed' \
	    sh -c "! grep -q hail-tls '$tmp/trace'"
else
	skip 'a call in the clear' 'needs strace'
fi

# --- enrolment ---

token()
{
	printf 'abcdefgh.ABCDEFGHIJKLMNOPQRSTUVWXYZ012345.%s' \
	    "$(pin "$1" | sed 's/^sha256://; s/=$//' | tr +/ -_)"
}

rm -rf "$XDG_CONFIG_HOME"
openssl_server server -rev
hail --enrol "$at" "$(token client)"
is 'enrolment at another server: status' "$(status)" 255
like 'enrolment at another server: message' "$(err)" \
    'this is not the server that made the token'
ok 'enrolment at another server: it is not stored' [ ! -e "$known" ]
is 'enrolment: mode of the key' \
    "$(stat -c %a "$XDG_CONFIG_HOME/hail/identity")" 600
ok 'enrolment: the key is usable' \
    openssl pkey -in "$XDG_CONFIG_HOME/hail/identity" -noout
is 'enrolment: so is the certificate' "$(openssl x509 -noout \
    -in "$XDG_CONFIG_HOME/hail/identity" -checkend 300000000)" \
    'Certificate will not expire'
cksum "$XDG_CONFIG_HOME/hail/identity" >"$tmp/sum"
hail --enrol "$at" abc
is 'a wrong token: status' "$(status)" 255
is 'a wrong token: message' "$(err)" "hail: --enrol: this is not a token:\
 85 characters, as \"haild-enrol token\" prints them on the server"
enrol_port=$tls_port
at_fake hold
start_hail --enrol "$at" "$(token client)"
ok 'the token does not stay among the arguments' \
    wait_until "grep -q xxxxxxxx /proc/$hail_pid/cmdline"
kill "$hail_pid"
wait "$hail_pid" 2>/dev/null
at=127.0.0.1:$enrol_port
# A full disk: no part of a file is left.
if command -v prlimit >/dev/null; then
	token server >"$tmp/token"
	full=$tmp/full
	# hail_full FILE-SIZE: enrol with a home where no file can be larger.
	hail_full()
	{
		# The signal is ignored, so that the call fails.
		(
			trap '' XFSZ
			HAIL="env XDG_CONFIG_HOME=$full prlimit --fsize=$1 $HAIL"
			hail -m 2 --enrol "$at" - <"$tmp/token"
		)
	}
	hail_full 400
	like 'no room for the key' "$(err)" 'cannot write .*/hail/identity: '
	is 'no part of the key is left' "$(ls "$full/hail")" ''
	cp "$XDG_CONFIG_HOME/hail/identity" "$full/hail"
	head -c 390 /dev/zero | tr '\0' '#' >"$full/hail/known_hosts"
	cksum <"$full/hail/known_hosts" >"$tmp/sum2"
	hail_full 400
	like 'no room for the server' "$(err)" 'cannot write to .*known_hosts: '
	is 'no part of a line is left' "$(cksum <"$full/hail/known_hosts")" \
	    "$(cat "$tmp/sum2")"
else
	skip 'a full disk' 'needs prlimit'
fi
# This server has no commands, but the right key.
token server | hail -m 2 --enrol "$at" -
is 'enrolment: the server is stored' "$(cat "$known")" "$at $(pin server)"
is 'enrolment: the key is made once' \
    "$(cksum "$XDG_CONFIG_HOME/hail/identity")" "$(cat "$tmp/sum")"
echo "$at $(pin client)" >"$known"
token server | hail -m 2 --enrol "$at" -
like 'enrolment of a host with another key' "$(err)" \
    "line 1 of $known has another key for the server than the token"
stop_server

done_testing
