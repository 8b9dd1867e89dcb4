# enrol.sh -- haild-enrol: tokens, and "accept" in the environment that haild would
# give it.
#
# shellcheck disable=SC2016,SC2034
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command unshare socat strace openssl
unshare --mount true 2>/dev/null || skip_all 'needs namespaces'

# The test continues in a namespace, with a /dev/log of its own.
if [ -z "${HAILD_TEST_INSIDE:-}" ]; then
	leave_tmp
	HAILD_TEST_INSIDE=yes
	export HAILD_TEST_INSIDE srcdir builddir HAILD HAIL
	exec unshare --mount --propagation private sh "$0"
fi
own_dev
in_background socat -u UNIX-RECV:/dev/log,mode=666 OPEN:"$tmp/syslog",creat,append
wait_until '[ -S /dev/log ]'

in_syslog()
{
	wait_until "grep -aEq -- '$1' '$tmp/syslog'" && return
	sed 's/^/# syslog: /' "$tmp/syslog"
	return 1
}

dir=$tmp/enrol
ENROL=$builddir/haild-enrol
# fresh: an empty directory of enrolment.
fresh()
{
	rm -rf "$dir"
	install -d -o nobody -g nogroup -m 755 "$dir"
}

# enrol COMMAND [ARGUMENT...]: run haild-enrol as the administrator does.
enrol()
{
	tap_command=$1
	shift
	"$ENROL" "$tap_command" --dir "$dir" "$@" 2>&1
}

# pin N: the pin of the Nth client, "sha256:" and 44 characters.
pin()
{
	printf 'sha256:%s' "$(printf '%s' "$1" | openssl dgst -sha256 -binary |
	    base64)"
}

# make_token [OPTION...]: print a new token, without the server's pin.
make_token()
{
	enrol token --certificate "$tmp/cert.pem" "$@" | cut -d . -f 1,2
}

# in_session PIN [VARIABLE...]: "haild-enrol accept", as haild executes it.
in_session()
{
	tap_pin=$1
	shift
	env -i ASAN_OPTIONS="$ASAN_OPTIONS" UBSAN_OPTIONS="$UBSAN_OPTIONS" \
	    REMOTE_ADDR=192.0.2.7 SSL_CLIENT_PIN="$tap_pin" "$@" \
	    "$ENROL" accept --dir "$dir"
}

# accept TOKEN PIN [VARIABLE...]: the output and status of "haild-enrol accept".
accept()
{
	tap_token=$1
	shift
	printf '%s\n' "$tap_token" | in_session "$@" 2>&1
	echo $?
}

identities()
{
	grep -v '^#' "$dir/identities"
}

# --- the certificate and tokens ---

ok 'haild-tls makes a key' "$builddir/haild-tls" --make-key "$tmp/key.pem" \
    "$tmp/cert.pem"
key_pin=$(openssl x509 -in "$tmp/cert.pem" -noout -pubkey |
    openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64 |
    tr '+/' '-_' | tr -d =)
fresh
token=$(enrol token --name web1 --certificate "$tmp/cert.pem")
like 'a token' "$token" '^[A-Za-z0-9_-]{8}\.[A-Za-z0-9_-]{32}\.[A-Za-z0-9_-]{43}$'
is 'the token has the pin of the key' "${token##*.}" "$key_pin"
token=${token%.*}
id=${token%.*} secret=${token#*.}
ok 'the secret of the token is not stored' sh -c "! grep -r -e '$secret' '$dir'"
is 'nobody else can read tokens' "$(stat -c '%U %a' "$dir/tokens")" 'nobody 600'
like 'the token is listed' "$(enrol list)" \
    "^token web1 $id until 20[0-9T:-]+Z failures 0\$"
ok 'the token is logged' in_syslog "haild-enrol\[[0-9]+\]: token $id for web1, made by uid 0"

# --- a client ---

is 'a client is enrolled' "$(accept "$token" "$(pin 1)")" 'enrolled as web1
0'
is 'in the file' "$(identities)" "web1 $(pin 1)"
is 'all users may read the identities' "$(stat -c '%U %a' "$dir/identities")" 'nobody 644'
ok 'the enrolment is logged' in_syslog \
    "192\.0\.2\.7 enrolled as web1 with token $id: key sha256:"
is 'list' "$(enrol list)" "identity web1 $(pin 1)"
bad='haild-enrol: this token is unknown, used, expired or revoked: make a new one on the server with "haild-enrol token"
77'
is 'the token is used up' "$(accept "$token" "$(pin 2)")" "$bad"
is 'the same client may have lost the answer' "$(accept "$token" "$(pin 1)")" \
    'this key is enrolled already, as web1
0'
ok 'which is logged' in_syslog \
    "192\.0\.2\.7 is enrolled as web1 already; token $id is unknown or used"
ok 'logged' in_syslog "192\.0\.2\.7 refused: token $id is unknown or used"
is 'a refusal changes no identity' "$(identities)" "web1 $(pin 1)"

# --- refusals ---

token=$(make_token)
id=${token%.*} secret=${token#*.}
name=host-$(printf '%s' "$id" | tr '[:upper:]' '[:lower:]')
no_tls='haild-enrol: enrolling needs TLS and a key of the client: use "hail --enrol"
77'
is 'refused without TLS' "$(accept "$token" '')" "$no_tls"
is 'refused with an invalid pin' "$(accept "$token" "sha256:x")" "$no_tls"
is 'a pin with a newline' "$(accept "$token" "$(pin 2 | tr '=' '\n')x")" "$no_tls"
ok 'logged' in_syslog '192\.0\.2\.7 refused: no TLS, or no key of the client'
is 'no token' "$(in_session "$(pin 2)" 2>&1 </dev/null; echo $?)" "$bad"
is 'half a token' "$(accept "$id" "$(pin 2)")" "$bad"
is 'too long a token' "$(accept "${token}x" "$(pin 2)")" "$bad"
is 'a megabyte' "$(head -c 1000000 /dev/zero | in_session "$(pin 2)" 2>&1
	echo $?)" "$bad"
is 'another token' "$(accept "AAAAAAAA.$secret" "$(pin 2)")" "$bad"
is 'escape sequences' "$(accept "$(printf '\033[31mAAAA').$secret" "$(pin 2)")" "$bad"
is 'an identity of another kind' \
    "$(accept "$token" "$(pin 2)" REMOTE_USER=ops@example.org)" \
    'haild-enrol: this key has the identity "ops@example.org" already
77'
is 'a key that is enrolled' "$(accept "$token" "$(pin 1)")" \
    'haild-enrol: this key has the identity "web1" already
77'
is 'none of these used it up' "$(accept "$token" "$(pin 2)")" "enrolled as $name
0"

# A name can be taken after the token was made.
token=$(make_token --name web3)
printf 'web3 %s' "$(pin 9)" >>"$dir/identities"
is 'a name that is taken' "$(accept "$token" "$(pin 3)")" \
    'haild-enrol: the name "web3" is taken by another key
77'
is 'the key that has it' "$(accept "$token" "$(pin 9)")" 'enrolled as web3
0'
is 'once' "$(grep -c web3 "$dir/identities")" 1
is 'no token for a name that is enrolled' "$(make_token --name WEB3)" \
    'haild-enrol: "web3" is enrolled already: run "haild-enrol revoke web3" first'
printf 'db1 %s\n' "$(pin 10)" >"$tmp/others"
chmod 644 "$tmp/others"
is 'no token for a name of another file' "$(make_token --name db1 --also "$tmp/others")" \
    'haild-enrol: "db1" is enrolled already: run "haild-enrol revoke db1" first'
token=$(make_token --name db2)
is 'a key of another file is not enrolled' "$(printf '%s\n' "$token" | env -i \
    ASAN_OPTIONS="$ASAN_OPTIONS" SSL_CLIENT_PIN="$(pin 10)" \
    "$ENROL" accept --dir "$dir" --also "$tmp/others" 2>&1)" \
    'haild-enrol: this key has the identity "db1" already'
ok 'the log line of a client without an address' in_syslog 'a local client refused: token .* for db2'

# --- wrong secrets ---

# guess N: send N wrong secrets for $id.
guess()
{
	for tap_i in $(seq "$1"); do
		accept "$id.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" "$(pin 4)"
	done | sort -u
}
token=$(make_token --name web4)
id=${token%.*}
is 'four guesses' "$(guess 4)" "$(printf '%s\n' "$bad" | sort)"
like 'are counted' "$(enrol list)" "^token web4 $id until .* failures 4\$"
is 'the token is accepted after four wrong secrets' "$(accept "$token" "$(pin 4)")" 'enrolled as web4
0'
token=$(make_token --name web5)
id=${token%.*}
guess 5 >"$tmp/guesses"
is 'after five it is void' "$(accept "$token" "$(pin 5)")" "$bad"
ok 'logged' in_syslog \
    "token $id for web5: wrong secret, failure 5 of 5: the token is void"

# --- time ---

# later SECONDS COMMAND...: run it with the clock set forward or back.
later()
{
	echo "$1" >"$tmp/clock"
	shift
	LD_PRELOAD=$builddir/tests/e2e/clock.so HAILD_TEST_CLOCK=$tmp/clock \
	    ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0 "$@"
}
accept_later()
{
	printf '%s\n' "$2" | SSL_CLIENT_PIN=$3 later "$1" \
	    "$ENROL" accept --dir "$dir" 2>&1
	echo $?
}
token=$(make_token --name web6 --for 10m)
is 'an hour later' "$(accept_later 3600 "$token" "$(pin 6)")" "$bad"
ok 'the log says that the token has expired' in_syslog 'token .* for web6 has expired'
is 'an expired token is not listed' "$(later 3600 "$ENROL" list --dir "$dir" | grep web6)" ''
is 'a month earlier' "$(accept_later -2600000 "$token" "$(pin 6)")" "$bad"
is 'nine minutes later' "$(accept_later 540 "$token" "$(pin 6)")" \
    'enrolled as web6
0'

# --- revoke ---

token=$(make_token --name web7)
sed -i '1i # by hand' "$dir/identities"
is 'revoke' "$(enrol revoke web4)" \
    'web4 is revoked.  Its open sessions go on; new ones have no identity.'
ok 'the revoked identity is removed' sh -c "! grep -q web4 '$dir/identities'"
is 'the rest stays' "$(head -n 1 "$dir/identities")" '# by hand'
ok 'logged' in_syslog 'identity web4 revoked'
is 'revoke a token' "$(enrol revoke web7)" 'The token for web7 is void.'
is 'the revoked token is refused' "$(accept "$token" "$(pin 7)")" "$bad"
is 'revoke what is not there' "$(enrol revoke web7; echo $?)" \
    'haild-enrol: no identity and no token has the name "web7"
65'
old=$(make_token --name web7)
new=$(make_token --name web7)
is 'a new token of a name replaces the old one' "$(accept "$old" "$(pin 7)")" "$bad"
is 'the new token is accepted' "$(accept "$new" "$(pin 7)")" 'enrolled as web7
0'

# --- at the same time ---

fresh
token=$(make_token --name one)
for i in $(seq 20); do
	accept "$token" "$(pin "$i")" >"$tmp/race.$i" &
	race="${race:-} $!"
done
# shellcheck disable=SC2086 # a list
wait $race
is '20 clients with one token: one is enrolled' \
    "$(cat "$tmp"/race.* | grep -cx 0)" 1
is '20 clients with one token: 19 are refused' "$(cat "$tmp"/race.* | grep -cx 77)" 19
is 'the file says the same' "$(identities | wc -l)" 1
for i in $(seq 20); do
	make_token --name "many$i" >"$tmp/token.$i"
done
race=
for i in $(seq 20); do
	accept "$(cat "$tmp/token.$i")" "$(pin "many$i")" >"$tmp/race.$i" &
	race="$race $!"
done
# shellcheck disable=SC2086 # a list
wait $race
is '20 clients with a token each' "$(cat "$tmp"/race.* | grep -cx 0)" 20
is 'are all in the file' "$(grep -c ' sha256:' "$dir/identities")" 21

# --- crashes ---

# crash CALL N: kill "accept" at the Nth CALL.  Afterwards a token that is still
# open has no identity yet, the files are usable, and no token can be used twice.
crash()
{
	fresh
	token=$(make_token --name crash)
	printf '%s\n' "$token" | SSL_CLIENT_PIN=$(pin 1) \
	    ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 \
	    strace -q -o /dev/null -e "inject=$1:signal=KILL:when=$2" \
	    "$ENROL" accept --dir "$dir" >"$tmp/crash" 2>&1
	killed=$?
	before=$(grep -c crash "$dir/identities" 2>/dev/null)
	accept "$token" "$(pin 2)" >"$tmp/after"
	case "${before:-0}:$(tail -n 1 "$tmp/after")" in
	0:0 | 0:77 | 1:77) ;;
	*) echo "# $1 $2: $before identities, then $(cat "$tmp/after")"
		return 1 ;;
	esac
	enrol list >/dev/null && make_token --name other >/dev/null
}
for call in unlinkat fsync renameat; do
	for n in 1 2 3 4; do
		ok "killed at $call $n" crash $call $n
		[ "$call $n" != 'renameat 2' ] || is 'it was' "$killed" 137
	done
done

# --- a full disk ---

fresh
token=$(make_token --name full)
cp -a "$dir" "$tmp/copy"
mount -t tmpfs -o size=40k,uid=65534,gid=65534,mode=755 full "$dir"
cp -a "$tmp/copy/." "$dir"
dd if=/dev/zero of="$dir/filler" bs=1k 2>/dev/null
is 'a full disk' "$(accept "$token" "$(pin 1)")" \
    'haild-enrol: the server cannot enrol now; its log says why
75'
ok 'logged' in_syslog "cannot write the files in $dir: No space left on device"
is 'leaves no rest' "$(ls "$dir")" 'filler
lock
tokens'
rm "$dir/filler"
is 'the token is accepted when the disk has room again' "$(accept "$token" "$(pin 1)")" 'enrolled as full
0'
umount "$dir"

# --- the owner of the directory tries to harm root ---

fresh
echo precious >"$tmp/precious"
chmod 600 "$tmp/precious"
for file in tokens identities lock; do
	fresh
	ln -s "$tmp/precious" "$dir/$file"
	ok "a link in place of $file is not followed" sh -c \
	    "! '$ENROL' token --dir '$dir' --certificate '$tmp/cert.pem' 2>&1"
done
fresh
ln -s "$tmp/precious" "$dir/tokens.new"
ok 'a link in place of a new file is replaced' sh -c "
    '$ENROL' token --dir '$dir' --certificate '$tmp/cert.pem' >/dev/null"
is 'the file of root is as it was' "$(cat "$tmp/precious") $(stat -c %a "$tmp/precious")" \
    'precious 600'
chown root "$dir"
is 'a directory of root' "$(make_token)" \
    "haild-enrol: cannot use $dir: it belongs to root: chown it to haild-enrol"
chown nobody "$dir"
chmod 777 "$dir"
is 'a directory for everyone' "$(make_token)" \
    "haild-enrol: cannot use $dir: other users can write to it: chmod go-w it"

# --- usage ---

fresh
is 'no certificate' "$(enrol token --certificate "$tmp/none" | tail -n 1)" \
    "haild-enrol: cannot read the certificate $tmp/none: no token was made"
is 'no command' "$("$ENROL" frobnicate 2>&1; echo $?)" \
    'haild-enrol: "frobnicate" is not a command; see haild-enrol(8)
64'
like 'the usage' "$("$ENROL" 2>&1)" '^usage: haild-enrol token '
ok 'help' sh -c "'$ENROL' --help | grep -q revoke"
like 'version' "$("$ENROL" --version)" '^haild-enrol [0-9]'
done_testing
