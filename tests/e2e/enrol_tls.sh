# enrol_tls.sh -- haild-enrol and "hail --enrol" with haild between them: the service
# "monitor" of etc/haild.conf, and the commands of README.md.
#
# shellcheck disable=SC2016,SC2034
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command openssl

dir=$tmp/enrol
install -d -o nobody -g nogroup -m 755 "$dir"
"$builddir/haild-tls" --make-key "$tmp/key.pem" "$tmp/cert.pem"
"$builddir/haild-tls" --make-key "$tmp/other-key.pem" "$tmp/other.pem"

# enrol COMMAND [ARGUMENT...]: run haild-enrol as the administrator does.
enrol()
{
	tap_command=$1
	shift
	[ "$tap_command" != token ] || set -- --certificate "$tmp/cert.pem" "$@"
	"$builddir/haild-enrol" "$tap_command" --dir "$dir" "$@" 2>&1
}

# client NAME [ARGUMENT...]: hail, as a user with a home of that name.
client()
{
	mkdir -p "$tmp/home/$1"
	HOME=$tmp/home/$1
	export HOME
	unset XDG_CONFIG_HOME
	shift
	# shellcheck disable=SC2086 # HAIL may be a command with arguments
	$HAIL "$@"
}

# --- the configuration as shipped, with paths of this test ---

sed -n '/^monitor: {/,/^}/p' "$srcdir/etc/haild.conf" |
    sed -e 's|"127.0.0.1:7891".*|"127.0.0.1:0"]|' \
	-e "s|/etc/haild/tls|$tmp|" \
	-e "s|/var/lib/haild/enrol|$dir|" \
	-e "s|\"/usr/sbin/haild-enrol\", \"accept\"|\"$builddir/haild-enrol\", \"accept\", \"--dir\", \"$dir\"|" \
	-e 's|"haild-enrol"|"nobody"|' \
	-e 's|/usr/lib/nagios/plugins/check_[a-z]*|/bin/echo|' \
	-e '/^	commands: {/a cat: { exec = ["/bin/cat"] stdin = true allow-identity = ["nagios1"] }' \
	>"$tmp/monitor"
cat >>"$tmp/monitor" <<EOF
plain: {
	listen = ["127.0.0.1:0"]
	commands: {
		enrol: {
			exec = ["$builddir/haild-enrol", "accept", "--dir", "$dir"]
			user = "nobody"
			stdin = true
		}
	}
}
EOF
start_haild <"$tmp/monitor"
web1=127.0.0.1:$(port monitor)

# --- the commands of README.md ---

sed -nE 's/^    (web1#|nagios1\$) //p' "$srcdir/README.md" |
    grep -E '^haild-enrol token|^hail ' >"$tmp/readme"
# readme N: the Nth of its three commands.
readme()
{
	sed -n "$1p" "$tmp/readme"
}
is 'README.md has three commands' "$(wc -l <"$tmp/readme")" 3
is 'the first' "$(readme 1)" 'haild-enrol token --name nagios1'
# shellcheck disable=SC2046 # words
token=$(enrol $(readme 1 | cut -d ' ' -f 2-))
like 'prints a token' "$token" '^[A-Za-z0-9_.-]{85}$'
is 'the second' "$(readme 2)" 'hail --enrol web1 TOKEN'
# shellcheck disable=SC2046 # words
is 'enrols the client' "$(client nagios1 $(readme 2 | cut -d ' ' -f 2- |
	sed "s/web1/$web1/; s/TOKEN/$token/") 2>"$tmp/err")" 'enrolled as nagios1'
like 'makes a key' "$(cat "$tmp/err")" 'made a key'
is 'the third' "$(readme 3)" 'hail web1 disk 20% 10%'
# shellcheck disable=SC2046 # words
is 'runs' "$(client nagios1 $(readme 3 | cut -d ' ' -f 2- |
	sed "s/web1/$web1/") 2>&1)" '-w 20% -c 10% -p /'
ok 'the log has the identity' logged \
    'monitor: 127\.0\.0\.1:[0-9]+ nagios1 pid [0-9]+ exit 0 .* command disk 20% 10%'
is 'the pin is that of the key' "$(enrol list)" \
    "identity nagios1 sha256:$(openssl x509 -noout -pubkey \
	-in "$tmp/home/nagios1/.config/hail/identity" |
	openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64)"

# --- other clients ---

bad='haild-enrol: this token is unknown, used, expired or revoked: make a new one on the server with "haild-enrol token"'
client thief --enrol "$web1" "$token" >"$tmp/out" 2>"$tmp/err"
is 'a used token is refused' "$? $(cat "$tmp/out")" '77 '
is 'the message about the used token' "$(tail -n 1 "$tmp/err")" "$bad"
# As after an answer that was lost.
is 'a client may repeat its enrolment' "$(client nagios1 --enrol "$web1" "$token" \
    2>/dev/null; echo $?)" 'this key is enrolled already, as nagios1
0'
is 'a client that is not enrolled may only enrol' \
    "$(client thief "$web1" help 2>/dev/null | cut -f 1)" 'help
enrol'
is 'an enrolled client may run more commands' \
    "$(client nagios1 "$web1" help 2>/dev/null | cut -f 1 | sort)" \
    'cat
disk
enrol
help
load'
client thief "$web1" disk 20% 10% >"$tmp/out" 2>&1
is 'a command of others looks as if it did not exist' \
    "$? $(tail -n 1 "$tmp/out")" \
    '127 haild: no command "disk"; "help" lists the commands'

# A server in the middle has another key.
token=$(enrol token --name web2)
id=${token%%.*}
pin=$("$builddir/haild-tls" --pin "$tmp/other.pem" | sed 's/^sha256://' |
    tr '+/' '-_' | tr -d =)
client web2 --enrol "$web1" "${token%.*}.$pin" >"$tmp/out" 2>&1
ok 'hail refuses a server without the pin of the token' [ $? != 0 ]
like 'hail sends no token to the wrong server' "$(enrol list | grep web2)" "^token web2 $id .* failures 0\$"
is 'hail enrols at the right server' \
    "$(client web2 --enrol "$web1" "$token" 2>/dev/null)" 'enrolled as web2'
is 'web2 may not run a command for nagios1' \
    "$(client web2 "$web1" cat </dev/null 2>/dev/null; echo $?)" 127
token=$(enrol token --name web3)
client web2 --enrol "$web1" "$token" >"$tmp/out" 2>&1
is 'one key has one name' "$(tail -n 1 "$tmp/out")" \
    'haild-enrol: this key has the identity "web2" already'

# Without TLS.
printf '%s\n' "${token%.*}" |
    client plain "127.0.0.1:$(port plain)" enrol >"$tmp/out" 2>&1
is 'without TLS no client is enrolled' "$? $(tail -n 1 "$tmp/out")" \
    '77 haild-enrol: enrolling needs TLS and a key of the client: use "hail --enrol"'

# --- at the same time ---

race=
for i in 1 2 3 4 5 6 7 8; do
	client "race$i" --enrol "$web1" "$token" >"$tmp/race.$i" 2>/dev/null &
	race="$race $!"
done
# shellcheck disable=SC2086 # a list
wait $race
is 'eight clients with one token: one is enrolled' \
    "$(cat "$tmp"/race.*)" 'enrolled as web3'

# --- revoke ---

mkfifo "$tmp/in"
: >"$tmp/cat"
HOME=$tmp/home/nagios1
in_background sh -c "exec $HAIL $web1 cat <'$tmp/in' >'$tmp/cat' 2>&1"
exec 8>"$tmp/in"
echo before >&8
ok 'a session is open' wait_until "grep -q before '$tmp/cat'"
is 'revoke' "$(enrol revoke nagios1)" \
    'nagios1 is revoked.  Its open sessions go on; new ones have no identity.'
echo after >&8
ok 'the session goes on' wait_until "grep -q after '$tmp/cat'"
exec 8>&-
client nagios1 "$web1" disk 20% 10% >/dev/null 2>&1
is 'a new one has no identity' $? 127
token=$(enrol token --name nagios1)
is 'the same key can be enrolled again' \
    "$(client nagios1 --enrol "$web1" "$token" 2>/dev/null)" 'enrolled as nagios1'
is 'the client runs commands after the second enrolment' "$(client nagios1 "$web1" load 1 2 2>/dev/null)" '-w 1 -c 2'
done_testing
