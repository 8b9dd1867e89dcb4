# tls_check.sh -- "haild-tls --check" finds what is wrong with certificates,
# keys, CAs and revocation lists.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_command certtool openssl

cd "$tmp" || exit 1
umask 077

# key NAME [OPTION...]: NAME.key
key()
{
	key_name=$1
	shift
	certtool --generate-privkey --outfile "$key_name.key" --no-text \
	    "${@:---key-type=ecdsa}" 2>>certtool.log
}

# issue NAME ISSUER LINE...: NAME.pem, of the template LINEs, for NAME.key.  An
# ISSUER of "self" signs itself.
issue()
{
	issue_name=$1 issue_by=$2
	shift 2
	{
		echo "cn = \"$issue_name\""
		[ $# = 0 ] || printf '%s\n' "$@"
	} >"$issue_name.cfg"
	set -- --generate-certificate --load-ca-certificate "$issue_by.pem" \
	    --load-ca-privkey "$issue_by.key"
	[ "$issue_by" != self ] || set -- --generate-self-signed
	certtool "$@" --load-privkey "$issue_name.key" \
	    --template "$issue_name.cfg" --no-text \
	    --outfile "$issue_name.pem" 2>>certtool.log ||
	    sed 's/^/# certtool: /' certtool.log
}

# check ARGUMENT...: run "haild-tls --check"; the output, without the directory, is
# in $output, the lines about expiry in $expires, and the status in $status.
as=
check()
{
	output=$($as "$builddir/haild-tls" --check "$@" 2>&1 </dev/null)
	status=$?
	expires=$(printf '%s\n' "$output" | grep '^expires: ')
	output=$(printf '%s\n' "$output" | grep -v '^expires: ')
}

# finds DESCRIPTION STATUS OUTPUT
finds()
{
	is "$1" "$status $output" "$2 $3"
}

# quietly DESCRIPTION ARGUMENT...: the check finds nothing wrong.
quietly()
{
	quietly_what=$1
	shift
	check "$@"
	finds "$quietly_what" 0 ''
}

date_in()
{
	date -u -d "$1" '+%Y-%m-%d %H:%M:%S'
}

server='tls_www_server
signing_key'
year=$(date_in '+1 year')
valid="expiration_date = \"$year\""

key root
issue root self ca cert_signing_key crl_signing_key "$valid"
key middle
issue middle root ca cert_signing_key crl_signing_key "$valid"
key www
issue www middle "$server" "$valid" 'dns_name = "www.example.org"'
cat www.pem middle.pem >chain.pem
cat chain.pem root.pem >full.pem

# --- valid files ---

quietly 'a chain up to its root' certificate=full.pem key=www.key
quietly 'a chain to a CA of the clients' certificate=chain.pem key=www.key \
    client-ca=root.pem
mkdir live archive
cp full.pem archive/1.pem
cp www.key archive/1.key
ln -s ../archive/1.pem live/fullchain.pem
ln -s ../archive/1.key live/privkey.pem
quietly 'symbolic links, as certbot has them' \
    certificate=live/fullchain.pem key=live/privkey.pem
for type in rsa ed25519; do
	key $type --key-type=$type
	issue $type self "$server" "$valid" 'dns_name = "example.org"'
	quietly "$type" certificate=$type.pem key=$type.key
done
openssl ecparam -name secp384r1 -genkey -out curve.key 2>/dev/null
issue curve self "$server" "$valid" 'dns_name = "example.org"'
quietly "OpenSSL's EC PARAMETERS before the key" \
    certificate=curve.pem key=curve.key
quietly 'several pairs' certificate=full.pem key=www.key \
    certificate=rsa.pem key=rsa.key
quietly 'a priority string' certificate=full.pem key=www.key \
    priority=NORMAL:-AES-128-GCM
quietly 'words for the default' certificate=full.pem key=www.key \
    priority=-AES-128-GCM:%NO_TICKETS
quietly 'a priority for TLS 1.2, where that is allowed' certificate=full.pem \
    key=www.key priority=NORMAL:-VERS-ALL:+VERS-TLS1.2 minimum=1.2

# --- certificates ---

check certificate=none.pem key=www.key
finds 'no file' 78 \
    'error: "tls-certificate": none.pem: No such file or directory'
: >empty.pem
check certificate=empty.pem key=www.key
finds 'an empty file' 78 'error: "tls-certificate": empty.pem: is empty'
mkfifo fifo.pem
check certificate=fifo.pem key=www.key
finds 'a FIFO' 78 'error: "tls-certificate": fifo.pem: is not a regular file'
head -c 300 full.pem >half.pem
check certificate=half.pem key=www.key
finds 'half a certificate' 78 \
    'error: "tls-certificate": half.pem: its last part has no "-----END": is it incomplete?'
{ cat www.pem; head -n 5 middle.pem; } >cut.pem
check certificate=cut.pem key=www.key
finds 'a chain whose end is cut off' 78 \
    'error: "tls-certificate": cut.pem: its last part has no "-----END": is it incomplete?'
sed '3s/^..../@@@@/' full.pem >damaged.pem
check certificate=damaged.pem key=www.key
like 'a damaged certificate' "$status $output" \
    '^78 error: "tls-certificate": damaged.pem: a certificate is damaged or incomplete: '
echo text >text.pem
check certificate=text.pem key=www.key
finds 'no certificate in it' 78 \
    'error: "tls-certificate": text.pem: has no certificate: it must have "-----BEGIN CERTIFICATE-----" (PEM)'
cat www.key full.pem >both.pem
check certificate=both.pem key=www.key
finds 'a key in the same file' 78 \
    'error: "tls-certificate": both.pem: has a private key, which only "tls-key" may have: put it into a file of its own'
cat www.pem root.pem >gap.pem
check certificate=gap.pem key=www.key
finds 'a chain with a gap' 78 \
    'error: "tls-certificate": gap.pem: "CN=www" is followed by "CN=root", which did not issue it: put the server'"'"'s certificate first, and after each one its issuer'"'"'s'
check certificate=www.pem key=www.key
finds 'a chain without its intermediate CA' 0 \
    'advice: "tls-certificate": www.pem: does not have the certificate of "CN=middle", which is not a CA of this system: if that is an intermediate CA, clients need its certificate: append it'

# A CA of the same name with another key did not issue it.
cp middle.key first.key
key middle
issue middle root ca cert_signing_key "$valid"
cat www.pem middle.pem root.pem >other.pem
check certificate=other.pem key=www.key
like 'an issuer that has the name alone' "$status $output" \
    '^78 error: "tls-certificate": other.pem: "CN=www" is followed by "CN=middle", which did not issue it: '
mv first.key middle.key

key plain
issue plain self "$server" "$valid"
check certificate=plain.pem key=plain.key
finds 'no names' 0 \
    'advice: "tls-certificate": plain.pem: "CN=plain" has no host name (subjectAltName): clients that check it will refuse it'
key client
issue client self tls_www_client signing_key "$valid" 'dns_name = "a"'
check certificate=client.pem key=client.key
finds 'not for servers' 0 \
    'warning: "tls-certificate": client.pem: "CN=client" is not for servers (extendedKeyUsage): clients will refuse it'

# dated NAME BEGIN END: NAME.pem, valid from BEGIN to END
dated()
{
	key "$1"
	issue "$1" self "$server" 'dns_name = "a"' \
	    "activation_date = \"$2\"" "expiration_date = \"$3\""
	check "certificate=$1.pem" "key=$1.key"
}
dated old '2020-01-01 00:00:00' '2021-02-03 04:05:00'
finds 'expired' 0 \
    'warning: "tls-certificate": old.pem: "CN=old" has expired on 2021-02-03 04:05 UTC: renew it'
soon=$(date_in '+13 days')
dated soon '2020-01-01 00:00:00' "$soon"
finds 'expires in 13 days' 0 \
    "warning: \"tls-certificate\": soon.pem: \"CN=soon\" expires on ${soon%:*} UTC: renew it"
dated later '2020-01-01 00:00:00' "$(date_in '+15 days')"
finds 'expires in 15 days' 0 ''

# end_of FILE: when its certificate expires, in seconds since 1970.
end_of()
{
	date -d "$(openssl x509 -in "$1" -noout -enddate | cut -d = -f 2)" +%s
}
check certificate=rsa.pem key=rsa.key certificate=soon.pem key=soon.key
is 'tells when each certificate expires' "$expires" \
    "expires: 0 $(end_of rsa.pem)
expires: 1 $(end_of soon.pem)"
key brief
issue brief self ca cert_signing_key "expiration_date = \"$soon\""
key long
issue long brief "$server" "$valid" 'dns_name = "a"'
cat long.pem brief.pem >both.pem
check certificate=both.pem key=long.key
is 'tells what expires first in a chain' "$expires" \
    "expires: 0 $(end_of brief.pem)"
tomorrow=$(date_in '+1 day')
dated future "$tomorrow" "$year"
finds 'not yet valid' 0 \
    "warning: \"tls-certificate\": future.pem: \"CN=future\" is not valid before ${tomorrow%:*} UTC: check the clock, or wait"

# --- keys ---

check certificate=full.pem key=rsa.key
finds 'the key of another certificate' 78 \
    'error: "tls-key": rsa.key: is not the key of the certificate in full.pem: both lists need the same order'
key twin
check certificate=full.pem key=twin.key
finds 'a key of another certificate, of the same kind' 78 \
    'error: "tls-key": twin.key: is not the key of the certificate in full.pem: both lists need the same order'
head -c 100 www.key >half.key
check certificate=full.pem key=half.key
like 'half a key' "$status $output" \
    '^78 error: "tls-key": half.key: the key is damaged or incomplete: '
check certificate=full.pem key=full.pem
finds 'no key in it' 78 \
    'error: "tls-key": full.pem: has no private key: it must have "-----BEGIN PRIVATE KEY-----" (PEM)'
openssl pkey -in www.key -aes128 -passout pass:x -out secret.key
openssl ec -in www.key -aes128 -passout pass:x -out secret.old 2>/dev/null
for file in secret.key secret.old; do
	check certificate=full.pem key=$file
	finds "an encrypted key: $file" 78 \
	    "error: \"tls-key\": $file: the key is encrypted, and haild has no passphrase: decrypt it with \"openssl pkey -in FILE -out NEW\""
done
openssl genpkey -algorithm x25519 -out x.key
check certificate=full.pem key=x.key
like 'a key that cannot sign' "$status $output" \
    '^78 error: "tls-key": x.key: '

# mode MODE WHO: a copy of the key that others may use.
mode()
{
	cp www.key mode.key
	chmod "$1" mode.key
	check certificate=full.pem key=mode.key
	finds "mode $1" 78 \
	    "error: \"tls-key\": mode.key: other users have access to this private key (mode $1): chmod go= it"
}
mode 0644
mode 0604
mode 0602
if [ "$(id -u)" = 0 ]; then
	chmod 0640 mode.key
	chgrp 0 mode.key
	quietly "readable by root's group" certificate=full.pem key=mode.key
	chgrp 1 mode.key
	check certificate=full.pem key=mode.key
	finds 'readable by another group' 78 \
	    'error: "tls-key": mode.key: the group 1 has access to this private key (mode 0640), and is neither root'"'"'s nor "ssl-cert": chmod g= it'
	# As a container gets it, whose user is in that group.
	chmod 644 full.pem
	chmod 711 .
	as='setpriv --reuid=2 --regid=2 --groups=1'
	quietly "root's, readable by a group of another user" \
	    certificate=full.pem key=mode.key
	as='setpriv --reuid=2 --regid=1 --clear-groups'
	quietly 'by its first group' certificate=full.pem key=mode.key
	chown 2 mode.key
	check certificate=full.pem key=mode.key
	like "the user's own, readable by a group" "$status $output" \
	    '^78 error: "tls-key": mode.key: the group 1 has access'
	as=
else
	skip "readable by root's group" 'needs root'
	skip 'readable by another group' 'needs root'
	skip "root's, readable by a group of another user" 'needs root'
	skip 'by its first group' 'needs root'
	skip "the user's own, readable by a group" 'needs root'
fi

# --- CAs and revocation lists ---

# check_more ARGUMENT...: check with a valid pair and these arguments.
check_more()
{
	check certificate=full.pem key=www.key "$@"
}
check_more client-ca=www.pem
finds 'no CA' 78 'warning: "tls-client-ca": www.pem: "CN=www" is not a CA (basicConstraints): it verifies no client
error: "tls-client-ca": www.pem: has no CA: no client could be verified'
check_more client-ca=none.pem
finds 'no file' 78 'error: "tls-client-ca": none.pem: No such file or directory'

# crl NAME CA LINE...: NAME, an empty list of CA
crl()
{
	crl_name=$1 crl_ca=$2
	shift 2
	printf '%s\n' 'crl_number = 1' "$@" >crl.cfg
	certtool --generate-crl --load-ca-certificate "$crl_ca.pem" \
	    --load-ca-privkey "$crl_ca.key" --template crl.cfg --no-text \
	    --outfile "$crl_name" 2>>certtool.log
}
crl good.crl root "crl_next_update_date = \"$year\""
quietly 'a revocation list' certificate=full.pem key=www.key \
    client-ca=root.pem client-crl=good.crl
quietly 'a list of one of several CAs' certificate=full.pem key=www.key \
    client-ca=middle.pem \
    client-ca=root.pem client-crl=good.crl
crl old.crl root 'crl_this_update_date = "2020-01-01 00:00:00"' \
    'crl_next_update_date = "2021-02-03 04:05:00"'
check_more client-ca=root.pem client-crl=old.crl
finds 'an old one' 0 \
    'warning: "tls-client-crl": old.crl: the revocation list of "CN=root" expired on 2021-02-03 04:05 UTC: clients of this CA are refused until you renew it'
key stranger
issue stranger self ca cert_signing_key crl_signing_key "$valid"
crl stranger.crl stranger "crl_next_update_date = \"$year\""
check_more client-ca=root.pem client-crl=stranger.crl
finds 'a list of another CA' 78 \
    'error: "tls-client-crl": stranger.crl: the revocation list of "CN=stranger" is not signed by a CA of "tls-client-ca"'
head -n 3 good.crl >half.crl
check_more client-ca=root.pem client-crl=half.crl
like 'half a list' "$status $output" \
    '^78 error: "tls-client-crl": half.crl: has no complete revocation list'

# --- the priority string ---

check_more priority=NORMAL:-FOO:+BAR
finds 'an unknown word' 78 \
    'error: "tls-priority": NORMAL:-FOO:+BAR: unknown word "-FOO": see gnutls-cli --list'
check_more priority=-AES-128-GCM:-FOO
finds 'an unknown word for the default' 78 \
    'error: "tls-priority": -AES-128-GCM:-FOO: unknown word "-FOO": see gnutls-cli --list'
check_more priority=
finds 'an empty one' 78 'error: "tls-priority": "": is empty'
check_more priority=NORMAL:-VERS-TLS1.3
finds 'no version' 78 \
    'error: "tls-priority": NORMAL:-VERS-TLS1.3: allows no version that "tls-minimum" allows'

# --- the example of a deploy hook ---

# hook STATUS: run it with a haildctl that prints its arguments and exits with
# STATUS.
hook()
{
	printf '#!/bin/sh\necho "haildctl $*"\nexit %s\n' "$1" >fake
	chmod 700 fake
	RENEWED_DOMAINS='a.example.org b.example.org' HAILDCTL=./fake \
	    sh "$srcdir/etc/examples/certbot-deploy-hook" 2>&1
}
is 'the hook reloads haild' "$(hook 0; echo $?)" \
    'haild: reloading for a.example.org b.example.org
haildctl reload
0'
is 'the hook reports a failed reload' "$(hook 1; echo $?)" \
    'haild: reloading for a.example.org b.example.org
haildctl reload
haild: reload failed; the old certificate remains in use
1'

# --- by haild ---

# served: the common name of the certificate that haild serves.
served()
{
	openssl s_client -connect "127.0.0.1:$(port x)" </dev/null 2>/dev/null |
	    openssl x509 -noout -subject -nameopt multiline 2>/dev/null |
	    sed -n 's/^ *commonName *= //p'
}

cp full.pem now.pem
cp rsa.key now.key
cat >"$conf" <<EOF
x: { listen = ["127.0.0.1:0"] message = "" tls = true
tls-certificate = "$tmp/now.pem"
tls-key = "$tmp/now.key" }
EOF
mismatch="\"tls-key\": $tmp/now.key: is not the key of the certificate in $tmp/now.pem: both lists need the same order"
# shellcheck disable=SC2086 # HAILD may be a command with arguments
output=$($HAILD -t -c "$conf" 2>&1 </dev/null)
is 'haild -t fails' $? 1
like 'the error has file and line of the setting' "$output" "^haild: $conf:3: $mismatch\$"
run_haild -f -c "$conf"
wait_haild
is 'a start fails' "$haild_status" 1
like 'the start logs the same error' "$(cat "$log")" "haild.*: $conf:3: $mismatch\$"
cp soon.pem now.pem
cp soon.key now.key
# shellcheck disable=SC2086 # HAILD may be a command with arguments
output=$($HAILD -t -c "$conf" 2>&1 </dev/null)
is 'a certificate that expires in 13 days: haild -t succeeds' $? 0
like 'the certificate that expires soon: haild -t warns' "$output" \
    "^haild: $conf:2: \"tls-certificate\": $tmp/now.pem: \"CN=soon\" expires on ${soon%:*} UTC: renew it\$"
cp full.pem now.pem

# Fault 60.
cp www.key now.key
start_haild <<EOF
$(cat "$conf")
EOF
is 'the right pair is served' "$(served)" www
cp rsa.key now.key
reload
ok 'the key of another certificate: the reload fails' \
    logged 'reload failed: .*keeping the old configuration'
ok 'the reload logs the same error' grep -q "$conf:3: $mismatch\$" "$log"
is 'after the failed reload the old pair is served' "$(served)" www
cp rsa.pem now.pem
head -c 500 rsa.key >now.key
reload
ok 'a half-written key: the reload fails' \
    logged "$conf:3: \"tls-key\": $tmp/now.key: the key is damaged"
is 'after the failed reload the old pair is served' "$(served)" www
cp rsa.key now.key
reload
is 'the new pair is served when it is complete' "$(served)" rsa

# A certificate of an internal CA, without its root.
cp www.pem now.pem
cp www.key now.key
reload
is 'it is served' "$(served)" www
is 'what may be right is not warned of at each reload' \
    "$(grep -c 'not a CA of this system' "$log")" 0
# shellcheck disable=SC2086 # HAILD may be a command with arguments
like 'but by haild -t' "$($HAILD -t -c "$conf" 2>&1 </dev/null)" \
    ':2: "tls-certificate": .*not a CA of this system'

# Two services with the same certificate, and more that differs.
cat >"$conf" <<EOF
x: { listen = ["127.0.0.1:0"] message = "" tls = true
tls-certificate = "$tmp/soon.pem"
tls-key = "$tmp/soon.key" }
y: { listen = ["127.0.0.1:0"] message = "" tls = true tls-minimum = "1.2"
tls-certificate = "$tmp/soon.pem"
tls-key = "$tmp/soon.key" }
EOF
# shellcheck disable=SC2086 # HAILD may be a command with arguments
is 'a warning that two services share is given once' \
    "$($HAILD -t -c "$conf" 2>&1 </dev/null | grep -c 'soon.pem: .*expires on')" 1

# Another user may not read the key, but it tests what the daemon will read.
if [ "$me" = nobody ]; then
	chmod 755 "$tmp"
	chmod 644 "$conf" "$tmp/soon.pem"
	# shellcheck disable=SC2086 # HAILD may be a command with arguments
	output=$(setpriv --reuid nobody --regid nogroup --clear-groups \
	    $HAILD -t -c "$conf" 2>&1 </dev/null; echo $?)
	like 'haild -t of another user tells that it cannot read the key' "$output" \
	    ':3: "tls-key": .*soon.key: Permission denied$'
	is 'and succeeds' "$(echo "$output" | tail -n 1)" 0
else
	skip 'haild -t of another user' 'needs root'
fi
done_testing
