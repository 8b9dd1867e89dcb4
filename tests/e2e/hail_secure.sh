#!/bin/sh
# hail_secure.sh -- hail and haild over TLS: enrolment of a client, commands with an
# identity, and the messages of hail when haild refuses it.

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$srcdir/tests/e2e/lib.sh"
. "$srcdir/tests/e2e/fake.sh"
need_command openssl
. "$srcdir/tests/e2e/pki.sh"

known=$XDG_CONFIG_HOME/hail/known_hosts
enrolled=$tmp/enrolled
mkdir "$enrolled"
[ "$me" != nobody ] || chown nobody "$enrolled"

"$builddir/haild-tls" --make-key "$tmp/haild.key" "$tmp/haild.pem" localhost
pki_ca root
pki_cert web root client DNS:web1.example.org
pki_cert old root client expired DNS:web1.example.org
pki_cert gone root client DNS:web1.example.org
pki_revoke gone root
pki_crl root
for i in web old gone; do
	cat "$pki/$i.key" "$pki/$i.pem" >"$tmp/$i.id"
	chmod 600 "$tmp/$i.id"
done

saved=$enrolled/saved
start_haild <<END
tls-certificate = "$tmp/haild.pem"
tls-key = "$tmp/haild.key"
user = "$me"
commands: {
	listen = ["127.0.0.1:0"]
	tls = true
	tls-client = "any"
	identities = "$enrolled/identities"
	commands: {
		enrol: { exec = ["$builddir/haild-enrol", "accept",
		    "--dir", "$enrolled"] stdin = true }
		who: { exec = ["/bin/sh", "-c", "echo \$REMOTE_USER"]
		    allow-identity = ["*"] }
		sum: { exec = ["/usr/bin/cksum"] stdin = true }
		fail: { exec = ["/bin/sh", "-c", "echo oops >&2; exit 3"] }
		slow: { exec = ["/bin/sleep", "100"] }
	}
}
ca: {
	listen = ["127.0.0.1:0"]
	tls = true
	tls-client = "required"
	tls-client-ca = "$pki/root.pem"
	tls-client-crl = "$pki/root.crl"
	exec = ["/bin/cat"]
}
pins: {
	listen = ["127.0.0.1:0"]
	tls = true
	tls-client = "required"
	identities = "$enrolled/identities"
	exec = ["/bin/cat"]
}
save: { listen = ["127.0.0.1:0"] tls = true
    exec = ["/bin/sh", "-c", "cat >$saved.new; mv $saved.new $saved"] }
cat: { listen = ["127.0.0.1:0"] tls = true exec = ["/bin/cat"] }
unix: { listen = ["$sock"] tls = true exec = ["/bin/cat"] }
END
commands=127.0.0.1:$(port commands)
ca=127.0.0.1:$(port ca)
pins=127.0.0.1:$(port pins)
cat=127.0.0.1:$(port cat)
pin=$("$builddir/haild-tls" --pin "$tmp/haild.pem")

# from COMMAND-LINE [ARGUMENT...]: run hail with the output of COMMAND-LINE as input.
from()
{
	from_input=$1
	shift
	eval "$from_input" >"$tmp/input"
	hail "$@" <"$tmp/input"
}

# enrol_token NAME: print a token that the server's administrator makes.
enrol_token()
{
	"$builddir/haild-enrol" token --dir "$enrolled" \
	    --certificate "$tmp/haild.pem" --name "$1"
}

# --- a stream ---

head -c 3000000 /dev/urandom >"$tmp/random"
hail --pin "$pin" "$cat" <"$tmp/random"
is 'a stream: status' "$hail_status" 0
ok 'a stream: every byte returns' cmp -s "$tmp/random" "$tmp/out"
from 'echo x' --pin "$pin" "$sock"
is 'a Unix socket' "$hail_status $(out)" '0 x'
like '--show-key prints the pin' "$($HAIL --show-key "$cat")" \
    "^pin: +$(printf %s "$pin" | sed 's/[+]/\\+/g')\$"
hail -n "$cat"
is 'in the clear, without input: status' "$hail_status" 7
from 'echo hello' "$cat"
is 'in the clear: status' "$hail_status" 8
like 'in the clear: message' "$(err)" 'the server expects TLS; try "hail --tls"'

# hail-tls sends the remaining data after hail has exited.
from 'head -c 300000 "$tmp/random"' -q 0 --pin "$pin" "127.0.0.1:$(port save)"
is 'quit at once: status' "$hail_status" 0
head -c 300000 "$tmp/random" >"$tmp/wanted"
ok 'quit at once: the server gets all' \
    wait_until "cmp -s '$tmp/wanted' '$saved'"
mkfifo "$tmp/pipe"
exec 5<>"$tmp/pipe"
start_hail --idle-timeout 1 --pin "$pin" "$cat" <&5
end_hail
exec 5<&-
is 'idle: status' "$hail_status" 4

# --- enrolment ---

token=$(enrol_token web1)
hail --enrol "$commands" "$token"
is 'enrolment: status' "$hail_status" 0
like 'enrolment: what the server says' "$(out)" 'enrolled as .?web1'
like 'enrolment: says that it made a key' "$(err)" 'made a key for this client'
is 'enrolment: the server is known' "$(cat "$known")" "$commands $pin"
hail "$commands" who
is 'enrolment: the client has its name' "$hail_status $(out)" '0 web1'
like 'enrolment: nothing more on standard error' "$(err)" '^$'
hail --enrol "$commands" "$token"
is 'it can be repeated' "$hail_status $(out)" \
    '0 this key is enrolled already, as web1'
enrol_token web1b | hail --enrol "$commands" - >/dev/null
from 'echo x' "--pin=$pin" "$pins"
is 'the same identity at another service' "$hail_status $(out)" '0 x'

# --- commands ---

from 'head -c 100000 /dev/zero' "$commands" sum
is 'standard input of a command' "$(out)" "$(head -c 100000 /dev/zero | cksum)"
hail "$commands" fail
is 'a command fails: status' "$hail_status" 3
is 'a command fails: standard error' "$(err)" oops
hail -m 1 "$commands" slow
is 'a command that is too slow' "$hail_status" 255
ok 'it is ended' wait_until '[ -z "$(sessions)" ]'
hail --pin "$pin" -i "$tmp/web.id" "$commands" who
is 'another key has no identity' "$hail_status" 127
XDG_CONFIG_HOME=$tmp/none

hail --fail-status 3 --pin "$pin" "$commands" who
is 'for a monitoring system: status' "$hail_status" 3
like 'for a monitoring system: output' "$(out)" '^hail: .* refused by the server'

# --- refused ---

# refused DESCRIPTION REGEX ADDRESS [OPTION...]
refused()
{
	refused_what=$1 refused_text=$2 refused_at=$3
	shift 3
	from 'echo x' --pin "$pin" "$@" "$refused_at"
	is "$refused_what: status" "$hail_status" 10
	like "$refused_what: message" "$(err)" "refused by the server: $refused_text"
	is "$refused_what: no output" "$(out)" ''
	from 'echo x' --pin "$pin" "$@" "$refused_at" who
	is "$refused_what: status with a command" "$hail_status" 255
	like "$refused_what: message with a command" "$(err)" \
	    "refused by the server: $refused_text"
}

from 'echo x' --pin "$pin" -i "$tmp/web.id" "$ca"
is 'a certificate of the CA' "$hail_status $(out)" '0 x'
refused 'no certificate' 'it requires a client certificate' "$ca"
refused 'expired' '.* has expired' "$ca" -i "$tmp/old.id"
refused 'revoked' "this client's certificate is revoked" "$ca" -i "$tmp/gone.id"
refused 'another CA' 'it does not know the CA' "$ca" \
    -i "$tmp/config/hail/identity"
refused 'unknown key' 'it does not know this client' "$pins" -i "$tmp/web.id"

done_testing
