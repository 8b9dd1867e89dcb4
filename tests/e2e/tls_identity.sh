# tls_identity.sh -- identities of TLS clients, by pins in a file and by certificates
# of a CA; access, commands, limits, the log and the environment.
#
# In a network of its own, with fixed ports.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command openssl unshare
own_world
. "$srcdir/tests/e2e/pki.sh"

pki_ca root
pki_ca middle root
pki_ca other
pki_cert www root server DNS:www.example.org
pki_cert web1 middle client DNS:Web1.example.org
pki_cert web2 middle client DNS:web2.example.org
pki_cert deep middle client DNS:a.b.example.org
pki_cert spiffe middle client URI:spiffe://example.org/ops/a email:ops@Example.org
pki_cert mail middle client email:ops@Example.org
pki_cert cn middle client cn=Backup
pki_cert both middle client cn=web1.example.org DNS:web3.example.org
pki_cert nobody middle client cn='John Smith'
pki_cert star middle client DNS:*.example.org
pki_cert old middle client expired DNS:web1.example.org
pki_cert new middle client future DNS:web1.example.org
pki_cert server middle server DNS:web1.example.org
pki_cert gone middle client DNS:web1.example.org
pki_ca limited root in.example.org
pki_cert inside limited client DNS:a.in.example.org
pki_cert outside limited client DNS:admin.example.org
pki_cert common limited client cn=admin.example.org
pki_cert empty middle client cn=admin.example.org DER:30:00
pki_cert fake other client DNS:web1.example.org
pki_self key1 client DNS:web1.example.org
pki_self key2 client cn=anything
pki_self key3
pki_crl root
pki_crl middle

keys=$tmp/identities
echo '# nobody yet' >"$keys"
cat >"$tmp/dump" <<'END'
env | grep -E '^(SSL_|REMOTE_|PROTO|TCP)' | sort
END

start_haild <<END
control = "$tmp/ctl.sock"
tls-certificate = "$pki/www.pem"
tls-key = "$pki/www.key"
user = "$me"
pins: {
	listen = ["127.0.0.1:7101"]
	tls = true
	tls-client = "required"
	identities = "$keys"
	tls-alpn = ["first/1", "second/2"]
	exec = ["/bin/sh", "$tmp/dump"]
}
ca: {
	listen = ["127.0.0.1:7102"]
	tls = true
	tls-client = "required"
	tls-client-ca = "$pki/root.pem"
	exec = ["/bin/sh", "-c", "echo \$REMOTE_USER"]
}
crl: {
	listen = ["127.0.0.1:7109"]
	tls = true
	tls-client = "required"
	tls-client-ca = ["$pki/root.pem", "$pki/middle.pem"]
	tls-client-crl = ["$pki/root.crl", "$pki/middle.crl"]
	exec = ["/bin/sh", "-c", "echo \$REMOTE_USER"]
}
limited: {
	listen = ["127.0.0.1:7110"]
	tls = true
	tls-client = "required"
	tls-client-ca = "$pki/limited.pem"
	exec = ["/bin/sh", "-c", "echo \$REMOTE_USER"]
}
some: {
	listen = ["127.0.0.1:7103"]
	tls = true
	tls-client = "optional"
	tls-client-ca = "$pki/root.pem"
	allow-identity = ["*.example.org", "uri:spiffe://example.org/ops/*"]
	exec = ["/bin/sh", "-c", "echo \$REMOTE_USER"]
}
optional: {
	listen = ["127.0.0.1:7104"]
	tls = true
	tls-client = "optional"
	tls-client-ca = "$pki/root.pem"
	exec = ["/bin/sh", "-c", "echo \${REMOTE_USER-nobody} \$SSL_CLIENT_VERIFY"]
}
any: {
	listen = ["127.0.0.1:7105"]
	tls = true
	tls-client = "any"
	identities = "$keys"
	exec = ["/bin/sh", "-c", "echo \${REMOTE_USER-nobody} \$SSL_CLIENT_PIN"]
}
commands: {
	listen = ["127.0.0.1:7106"]
	tls = true
	tls-client = "optional"
	tls-client-ca = "$pki/root.pem"
	commands: {
		who = { exec = ["/bin/sh", "-c", "echo I am \${REMOTE_USER-nobody}"] }
		deploy = {
			exec = ["/bin/echo", "deployed"]
			summary = "deploy the new version"
			allow-identity = ["web1.example.org", "*@example.org"]
		}
	}
}
limit: {
	listen = ["127.0.0.1:7107"]
	tls = true
	tls-client = "optional"
	tls-client-ca = "$pki/root.pem"
	exec = ["/bin/cat"]
	max-per-source = 3
	max-per-identity = 2
}
rate: {
	listen = ["127.0.0.1:7108"]
	tls = true
	tls-client = "required"
	tls-client-ca = "$pki/root.pem"
	message = "hello\n"
	rate-per-source = "1/h:2"
}
END

# client NAME PORT [OPTION...]: openssl, with the certificate of NAME; "-": none.
client()
{
	client_name=$1 client_port=$2
	shift 2
	[ "$client_name" = - ] || set -- -cert "$pki/$client_name.pem" \
	    -cert_chain "$pki/$client_name.pem" -key "$pki/$client_name.key" "$@"
	timeout 30 openssl s_client -quiet -verify_quiet -CAfile "$pki/root.pem" \
	    -connect "127.0.0.1:$client_port" "$@" 2>>"$tmp/client.err"
}

# get NAME PORT [OPTION...]: print the output of the program.
get()
{
	client "$@" </dev/null
}

# refusals SERVICE REASON: the number of log lines of refusals; REASON is an extended
# regular expression.
refusals()
{
	grep -Ec "$1: 127\.[0-9.:]+ refused: $2\$" "$log"
}

# refused WHAT NAME PORT SERVICE REASON: the client gets nothing, and the log has one
# line.  haild logs only ten refusals a second, so the client tries again if needed.
refused()
{
	refused_before=$(refusals "$4" "$5")
	is "$1: nothing is served" "$(get "$2" "$3")" ''
	ok "$1: refused: $5" wait_until "refused_again $2 $3 $4 '$5'"
}
refused_again()
{
	[ "$(refusals "$3" "$4")" -le "$refused_before" ] || return 0
	get "$1" "$2" >/dev/null
	return 1
}

# --- pins (a file that is read at each session) ---

refused 'a key that no line has' key1 7101 pins 'tls: unknown key'
refused 'no certificate' - 7101 pins 'tls: no client certificate'
{
	echo 'wrong line'
	printf 'Backup %s\r\n' "$(pki_pin key2)"
	echo "first $(pki_pin key1)"
	echo "second $(pki_pin key1)"
} >"$keys"
like 'the first line with the pin has the name' "$(get key1 7101)" \
    '^REMOTE_USER=first$'
like 'the name comes from the file, not from the certificate' "$(get key2 7101)" \
    '^REMOTE_USER=backup$'
ok 'the log has the identity' \
    logged 'pins: 127\.0\.0\.1:[0-9]+ first pid [0-9]+ exit 0 '
refused 'a key that is not in the file' key3 7101 pins 'tls: unknown key'
refused 'a certificate of a CA does not replace a pin' web1 7101 pins 'tls: unknown key'

echo "first $(pki_pin key1) expires=2020-02-29" >"$keys"
refused 'an expired line' key1 7101 pins 'tls: expired'
refused 'a line that was removed' key2 7101 pins 'tls: unknown key'
echo "first $(pki_pin key1) expires=2999-12-31T23:59Z" >>"$keys"
like 'a line that is not expired' "$(get key1 7101)" '^REMOTE_USER=first$'

echo "third $(pki_pin key1)" >"$keys.new"
mv "$keys.new" "$keys"
like 'a file that was replaced' "$(get key1 7101)" '^REMOTE_USER=third$'
chmod 666 "$keys"
refused 'a file that all may write' key1 7101 pins \
    'tls: identities cannot be read'
chmod 644 "$keys"
chown nobody "$keys"
refused 'a file of another user' key1 7101 pins 'tls: identities cannot be read'
chown root "$keys"
mv "$keys" "$keys.away"
refused 'no file' key1 7101 pins 'tls: unknown key'
mkfifo "$keys"
refused 'a pipe in its place' key1 7101 pins 'tls: identities cannot be read'
mv "$keys.away" "$keys"
like 'the file is right again' "$(get key1 7101)" '^REMOTE_USER=third$'

# The environment.
get key1 7101 -bind 127.0.0.2:0 -servername www.example.org \
    -alpn other,second/2,first/1 >"$tmp/env"
for line in 'PROTO=TCP' 'REMOTE_ADDR=127\.0\.0\.2' 'REMOTE_USER=third' \
    'REMOTE_PORT=[0-9]+' 'SSL_ALPN_PROTOCOL=first/1' \
    'SSL_CIPHER=TLS_[A-Z0-9_]+' \
    'SSL_CLIENT_FINGERPRINT=[0-9a-f]{40}' 'SSL_CLIENT_S_DN=CN=key1' \
    'SSL_CLIENT_VERIFY=SUCCESS' 'SSL_PEER_CERT_HASH=SHA256:[0-9a-f]{64}' \
    'SSL_PEER_CERT_SUBJECT=/CN=key1' 'SSL_PROTOCOL=TLSv1\.3' \
    'SSL_TLS_SNI_SERVERNAME=www\.example\.org' 'TCPLOCALIP=127\.0\.0\.1' \
    'TCPLOCALPORT=7101' 'TCPREMOTEIP=127\.0\.0\.2'; do
	like "the environment: $line" "$(cat "$tmp/env")" "^$line\$"
done
is 'a client of another protocol gets nothing' \
    "$(get key1 7101 -alpn other)" ''
ok 'and is refused' wait_until 'get key1 7101 -alpn other >"$tmp/out"
    [ "$(refusals pins "tls: no common protocol")" -ge 1 ]'
is 'the pin' "$(sed -n 's/^SSL_CLIENT_PIN=//p' "$tmp/env")" "$(pki_pin key1)"
is 'the fingerprint' "$(sed -n 's/^SSL_CLIENT_FINGERPRINT=//p' "$tmp/env")" \
    "$(openssl x509 -in "$pki/key1.pem" -outform DER | openssl dgst -sha1 -r |
	cut -d ' ' -f 1)"

# --- certificates of a CA ---

is 'a DNS name, from a CA with an intermediate' "$(get web1 7102)" \
    web1.example.org
is 'a URI' "$(get spiffe 7102)" uri:spiffe://example.org/ops/a
is 'an e-mail address' "$(get mail 7102)" ops@example.org
is 'a common name, if there is nothing else' "$(get cn 7102)" backup
is 'a common name does not count beside another name' "$(get both 7102)" web3.example.org
refused 'a common name that is no host' nobody 7102 ca \
    'tls: no name in the certificate'
refused 'a wildcard' star 7102 ca 'tls: no name in the certificate'
refused 'an empty list of other names' empty 7102 ca \
    'tls: no name in the certificate'
# A CA of one domain, whose certificate the client or the server has.
for where in '7102 ca' '7110 limited'; do
	is "a name of its domain, $where" "$(get inside "${where% *}")" \
	    a.in.example.org
	refused "another name, $where" outside "${where% *}" "${where#* }" \
	    'tls: certificate not verified'
	refused "a common name, $where" common "${where% *}" "${where#* }" \
	    'tls: no name in the certificate'
done
refused 'an expired certificate' old 7102 ca 'tls: expired'
refused 'a certificate that is not yet valid' new 7102 ca 'tls: not yet valid'
refused 'a certificate for servers' server 7102 ca 'tls: wrong purpose'
refused 'a certificate of another CA' fake 7102 ca 'tls: unknown CA'
refused 'self-signed, with the same name' key1 7102 ca 'tls: unknown CA'
refused 'no certificate' - 7102 ca 'tls: no client certificate'
cp "$pki/web1.key" "$pki/short.key"
openssl x509 -in "$pki/web1.pem" -out "$pki/short.pem"
refused 'a chain without the intermediate CA' short 7102 ca 'tls: unknown CA'

is 'before it is revoked' "$(get gone 7109)" web1.example.org
pki_revoke gone middle
pki_crl middle
is 'a new list has no effect' "$(get gone 7109)" web1.example.org
reload
like 'before a reload' "$(last_reload)" '^reloaded'
refused 'revoked' gone 7109 crl 'tls: revoked'
is 'another of this CA' "$(get web1 7109)" web1.example.org

# --- allow-identity ---

is 'one label before the domain' "$(get web1 7103)" web1.example.org
is 'a URI below a path' "$(get spiffe 7103)" uri:spiffe://example.org/ops/a
refused 'two labels' deep 7103 some 'identity: a\.b\.example\.org'
refused 'an address of the domain' mail 7103 some 'identity: ops@example\.org'
refused 'no certificate' - 7103 some identity
is 'a client without a certificate' "$(get - 7104)" 'nobody NONE'
is 'a client with a certificate' "$(get web1 7104)" 'web1.example.org SUCCESS'
refused 'a certificate that cannot be verified' fake 7104 optional 'tls: unknown CA'
is 'any key' "$(get key2 7105)" "nobody $(pki_pin key2)"
is 'a known key' "$(get key1 7105)" "third $(pki_pin key1)"
refused '"any" needs a certificate' - 7105 any 'tls: no client certificate'

# --- commands ---

# frame TYPE TEXT: a frame of haild-commands(7).
frame()
{
	printf "\\000\\000\\000\\$(printf %03o ${#2})%s%s" "$1" "$2"
}

# run NAME COMMAND [ARGUMENT]: print the answer without control characters.  Each
# frame begins with its type.
run()
{
	{
		[ $# -lt 3 ] || frame A "$3"
		frame C "$2"
	} | client "$1" 7106 | tr -cd '[:print:]\t\n'
}
unknown='no command "deploy"; "help" lists the commands'
like 'a command for all' "$(run - who)" '^1I am nobody$'
like 'a command for all, with an identity' "$(run web1 who)" '^1I am web1\.example\.org$'
like 'a command for some' "$(run web1 deploy)" '1deployed$'
like 'a command that any of the names allows' "$(run spiffe deploy)" '1deployed$'
like 'the command does not exist for other identities' "$(run web2 deploy)" "$unknown"
like 'the status is that of an unknown command' "$(run web2 deploy)" \
    'X127'
like 'the command does not exist without an identity' "$(run - deploy)" "$unknown"
ok 'the log says that access was refused' \
    logged 'commands: .* web2\.example\.org pid .* refused: access .*deploy'
like '"help" lists the command' "$(run web1 help)" '^deploy	deploy the new version$'
is '"help" lists the command only for clients that may run it' "$(run web2 help | grep -c deploy)" 0
is '"help" does not list the command without an identity' "$(run - help | grep -c deploy)" 0
like '"help NAME" does not know the command' "$(run web2 help deploy)" "$unknown"

# --- limits of an identity ---

mkfifo "$tmp/never"
exec 9<>"$tmp/never"

# hold NAME FROM: start a client that stays until release_all.
hold()
{
	in_background timeout 120 openssl s_client -quiet -verify_quiet \
	    -CAfile "$pki/root.pem" -connect 127.0.0.1:7107 -bind "$2:0" \
	    -cert "$pki/$1.pem" -cert_chain "$pki/$1.pem" -key "$pki/$1.key" \
	    <"$tmp/never" >/dev/null 2>>"$tmp/client.err"
	held="$held $last"
}

# live N: wait until the service "limit" has N programs.
live()
{
	wait_until "[ \"\$(pgrep -c -P $haild_pid -x cat)\" = $1 ]" 20
}
hold web1 127.0.0.2
first=$last
ok 'one session of an identity' live 1
hold web1 127.0.0.3
ok 'two sessions of one identity' live 2
refused 'a third session, from another address' web1 7107 limit \
    'identity limit 2: web1\.example\.org'
hold web2 127.0.0.2
ok 'another identity, from the same address' live 3
is 'haildctl sources has the names of identities' \
    "$("$HAILDCTL" -s "$tmp/ctl.sock" sources limit |
	awk '$2 ~ /^identity:/ { print $2, $3, $4, $5 }' | sort)" \
    'identity:web1.example.org 2 2 yes
identity:web2.example.org 1 2 no'
hold both 127.0.0.2
hold cn 127.0.0.2
hold mail 127.0.0.2
ok 'the address does not count, only identities' live 6
kill "$first"
ok 'one session ends' live 5
hold web1 127.0.0.4
ok 'the identity may have another session' live 6

is 'the rate of an identity' "$(get web1 7108)" hello
is 'the burst of an identity' "$(get web1 7108 -bind 127.0.0.2:0)" hello
refused 'an identity exceeds its rate from any address' web1 7108 rate 'identity rate: web1\.example\.org'
is 'another identity has its own rate' "$(get web2 7108)" hello
is 'a third identity from the same address' "$(get spiffe 7108)" hello
is 'the address does not count for the rate' "$(get mail 7108)" hello

reload
refused 'a reload keeps the count' web1 7107 limit \
    'identity limit 2: web1\.example\.org'
upgrade
like 'an upgrade' "$(last_upgrade)" '^upgrade complete'
refused 'an upgrade keeps the count' web1 7107 limit \
    'identity limit 2: web1\.example\.org'
refused 'an upgrade keeps the rate' web1 7108 rate \
    'identity rate: web1\.example\.org'

release_all
ok 'all have ended' live 0
done_testing
