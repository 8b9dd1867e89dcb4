# relays.sh -- the daemon and relays that lie, hang, crash or are never started
# (faults 57 and 83).  A haild-tls without TLS does what the test requests.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_command nc pgrep

# shellcheck disable=SC2086 # HAILD may be a command with arguments
set -- $HAILD
cp "$1" "$tmp/haild"
rm "$tmp/haild-tls"
cp "$builddir/tests/e2e/haild-relays" "$tmp/haild-tls"
HAILD=$tmp/haild
echo >"$tmp/cert"
: >"$tmp/identities"
(umask 077; echo >"$tmp/key")

# In this test relays count as children, too.
sessions()
{
	ps -o pid=,args= --ppid "$haild_pid" |
	    awk -v logger="$logger" '$1 != logger &&
		!/haild[^ ]*: (logger|linger|keeper|signer)/ { print $1 }'
}

# ask SERVICE LINE...: send these lines and print the answer.
ask()
{
	where=$(port "$1")
	shift
	printf '%s\n' "$@" | timeout 20 nc -N 127.0.0.1 "$where"
}

# keeper: the pid of the youngest keeper.
keeper()
{
	pgrep -n -P "$haild_pid" -f 'haild[^ ]*: keeper'
}

# replaced PID: wait until another keeper than PID runs.
replaced()
{
	wait_until "[ -n \"\$(keeper)\" ] && [ \"\$(keeper)\" != '$1' ]"
}

# count REGEX: the number of log lines with it.
count()
{
	grep -Ec -- "$1" "$log"
}

# one_more REGEX: wait for one more such line than there were at "before".
one_more()
{
	wait_until "[ \"\$(count '$1')\" -gt $seen ]"
}

# configure [SERVICE]
configure()
{
	cat <<-EOF
	stop-timeout = "3s"
	tls = true
	tls-certificate = "$tmp/cert"
	tls-key = "$tmp/key"
	tls-client = "any"
	allow = ["127.0.0.0/8", "192.0.2.0/24"]
	user = "$me"
	$1
	plain: { listen = ["127.0.0.1:0"] message = "plain\n" tls = false }
	nobody: {
		listen = ["127.0.0.1:0"]
		exec = ["/usr/bin/env"]
		tls-client = "none"
	}
	greeting: { listen = ["127.0.0.1:0"] message = "hello\n" }
	cat: { listen = ["127.0.0.1:0"] exec = ["/bin/cat"] identities = "$tmp/identities" }
	env: { listen = ["127.0.0.1:0"] exec = ["/usr/bin/env"] identities = "$tmp/identities" }
	sleep: {
		listen = ["127.0.0.1:0"]
		exec = ["/bin/sleep", "1000"]
		kill-grace = "1s"
	}
	strict: {
		listen = ["127.0.0.1:0"]
		exec = ["/bin/sleep", "1000"]
		on-truncation = "kill"
	}
	named: {
		listen = ["127.0.0.1:0"]
		message = "in\n"
		identities = "$tmp/identities"
		allow-identity = ["*.example.org"]
		busy-message = "busy"
	}
	one: {
		listen = ["127.0.0.1:0"]
		message = "one\n"
		max-sessions = 1
		at-limit = "refuse"
	}
	late: { listen = ["127.0.0.1:0"] message = "late\n" start-timeout = "1s" }
	kept: {
		listen = ["127.0.0.1:0"]
		exec = ["/bin/sh", "-c", "echo first; (sleep 0.5; echo second) & exit 0"]
		leftovers = "keep"
	}
	proxied: {
		listen = ["127.0.0.1:0"]
		exec = ["/usr/bin/env"]
		identities = "$tmp/identities"
		proxy-from = ["127.0.0.1"]
	}
	silent: { listen = ["127.0.0.1:0"] message = "never\n" }
	dying: { listen = ["127.0.0.1:0"] message = "never\n" }
	unable: { listen = ["127.0.0.1:0"] message = "never\n" }
	foreign: { listen = ["127.0.0.1:0"] message = "never\n" }
	EOF
}

nl='
'
configure '' >"$tmp/config"
start_haild <"$tmp/config"

# --- sessions as without TLS ---

is 'a session of a service with TLS' "$(ask greeting ok)" hello
ok 'the log line of the session' logged ': greeting: 127\.0\.0\.1:[0-9]+ pid [0-9]+ exit 0 [0-9.]+s( cpu [0-9.]+s( mem [0-9.]+.)?)?$'
is 'both ways' "$(ask cat ok one two)" "one${nl}two"
ask env 'ok web1.example.org' >"$tmp/env"
like 'the environment' "$(cat "$tmp/env")" '^SSL_PROTOCOL=none$'
like 'REMOTE_USER is the identity' "$(cat "$tmp/env")" '^REMOTE_USER=web1\.example\.org$'
ask nobody 'ok web1.example.org' >"$tmp/env0"
is 'names are ignored where the service accepts none' \
    "$(grep -c REMOTE_USER "$tmp/env0")" 0
like 'the address of the client' "$(cat "$tmp/env")" '^TCPREMOTEIP=127\.0\.0\.1$'
like 'the port of the server' "$(cat "$tmp/env")" "^TCPLOCALPORT=$(port env)\$"
ok 'a line with the identity' logged \
    ': env: 127\.0\.0\.1:[0-9]+ web1\.example\.org pid [0-9]+ exit 0 '
is 'kept processes continue with their relay' "$(ask kept ok)" "first${nl}second"
is 'a service without TLS beside them' \
    "$(nc -d 127.0.0.1 "$(port plain)")" plain
ok 'relays end with their sessions' wait_until no_children

# --- refusals ---

is 'a fault: the client gets the alert' "$(ask greeting 'fault 10')" alert
ok 'a fault: the reason' logged \
    ': greeting: 127\.0\.0\.1:[0-9]+ refused: tls: unknown CA$'
is 'an identity that is not allowed' "$(ask named 'ok web1.example.net')" refused
ok 'the log line of the refusal' logged \
    ': named: 127\.0\.0\.1:[0-9]+ refused: identity: web1\.example\.net$'
is 'no identity' "$(ask named ok)" refused
is 'a client with an allowed name is served' "$(ask named 'ok web1.example.net web1.example.org')" in
ok 'the allowed name is logged' logged \
    ': named: 127\.0\.0\.1:[0-9]+ web1\.example\.org pid '
nc -z 127.0.0.1 "$(port greeting)"
ok 'a client that closes at once' wait_until no_children
is 'a client that closes without a byte is not logged' "$(count 'refused: tls: closed')" 0
printf half | nc -N 127.0.0.1 "$(port greeting)"
ok 'a client that closes during the handshake is logged' logged \
    ': greeting: 127.* refused: tls: closed during the handshake$'

# --- limits and deadlines hold during the handshake ---

hold_open "$(port one)"
has_sessions 1
is 'a handshake is a session' "$(ask one ok)" ''
ok 'a session in handshake counts for its service' logged ': one: 127\.0\.0\.1:[0-9]+ refused: service limit 1$'
release_all
ok 'the relay ends with its client' wait_until no_children
hold_open "$(port late)"
ok 'a handshake that takes too long' logged \
    ': late: 127\.0\.0\.1:[0-9]+ refused: tls: handshake timeout$' 20
ok 'the relay ends' wait_until no_children 20
release_all
is 'another client is served' "$(ask one ok)" one

# --- relays that go wrong ---

before=$(keeper)
is 'a crash: the client gets nothing' "$(ask greeting 'kill 9')" ''
ok 'a crash: refused' logged ': greeting: 127.* refused: tls: internal error$'
ok 'a crash: logged' logged \
    ': greeting: relay pid [0-9]+ was killed by signal 9'
ok 'a crash: a new keeper, with other addresses' replaced "$before"
is 'new clients are served' "$(ask greeting ok)" hello
seen=$(count 'internal error$')
ask greeting exit >"$tmp/out"
ok 'an exit without a word' one_more 'internal error$'
for lie in 'type 1' 'type 8' 'type 6' 'type 7' 'type 31' 'names 1' 'names 9'; do
	seen=$(count ': sleep: 127\.0\.0\.1:[0-9]+ pid [0-9]+ invalid message [0-9.]+s( cpu [0-9.]+s( mem [0-9.]+.)?)?$')
	ask sleep "$lie" >"$tmp/out"
	ok "$lie: ended" one_more \
	    ': sleep: 127\.0\.0\.1:[0-9]+ pid [0-9]+ invalid message [0-9.]+s( cpu [0-9.]+s( mem [0-9.]+.)?)?$'
done
ok 'the reason' logged \
    ': relay pid [0-9]+ sent an invalid message \(attack or bug\): killed$'
for lie in twice again; do
	seen=$(count ': sleep: .* invalid message')
	ask sleep "$lie" >"$tmp/out"
	ok "$lie: its session ends, too" one_more ': sleep: .* invalid message'
done
ok 'nothing is left of them' wait_until no_children 20
is 'new clients are served' "$(ask greeting ok)" hello
is 'a relay that does not end: its client' "$(ask greeting deaf)" hello
ok 'the relay is killed' wait_until no_children 20

# --- the end of the client ---

ask cat cut x >"$tmp/out"
ok 'truncated: in the line' logged \
    ': cat: 127\.0\.0\.1:[0-9]+ pid [0-9]+ exit 0 [0-9.]+s( cpu [0-9.]+s( mem [0-9.]+.)?)? truncated$'
ask strict cut >"$tmp/out"
ok 'truncated: ends the session' logged \
    ': strict: 127\.0\.0\.1:[0-9]+ pid [0-9]+ truncated [0-9.]+s( cpu [0-9.]+s( mem [0-9.]+.)?)? truncated$'

# --- keepers that go wrong ---

# Start again: the keeper may have been replaced as often as a minute allows.
start_again()
{
	stop_haild TERM
	: >"$log"
	reloads=0
	start_haild <"$tmp/config"
}

start_again
is 'no relay could be started' "$(ask unable ok)" ''
ok 'refused' logged \
    ': unable: 127.* refused: relay: Resource temporarily unavailable$'
is 'a relay that is another process' "$(ask foreign ok)" ''
ok 'refused' logged ': foreign: 127.* refused: relay: No child processes$'
for bad in dying silent; do
	before=$(keeper)
	is "$bad: the client gets nothing" "$(ask $bad ok)" ''
	ok "$bad: refused" logged ": $bad: 127.* refused: relay: "
	ok "$bad: another keeper" replaced "$before"
	is "$bad: it serves" "$(ask greeting ok)" hello
done
ok 'silent: the reason' logged 'the keeper of haild-tls does not answer'

# --- reload ---

before=$(keeper)
mkfifo "$tmp/in"
in_background sh -c "timeout 60 nc -N 127.0.0.1 $(port cat) <'$tmp/in' >'$tmp/out'"
client=$last
exec 3>"$tmp/in"
echo 'ok web1' >&3
echo before >&3
wait_until "grep -q before '$tmp/out'"
reload
like 'a reload' "$(last_reload)" '^reloaded: '
ok 'a new keeper runs' replaced "$before"
ok 'the old one ends' ends "$before"
echo after >&3
ok 'a session goes on' wait_until "grep -q after '$tmp/out'"
is 'new ones begin' "$(ask greeting ok)" hello
configure 'unready: { listen = ["127.0.0.1:0"] message = "" }' >"$conf"
before=$(keeper)
reload
is 'a keeper that cannot serve' "$(last_reload)" \
    'reload failed: haild-tls failed; keeping the old configuration'
is 'the old one stays' "$(keeper)" "$before"
is 'new clients are served after the failed reload' "$(ask greeting ok)" hello

# --- upgrade ---

cp "$tmp/config" "$conf"
mkfifo "$tmp/in2"
in_background sh -c "timeout 60 nc -N 127.0.0.1 $(port greeting) <'$tmp/in2' >'$tmp/out2'"
exec 4>"$tmp/in2"
has_sessions 3
upgrade
like 'an upgrade' "$(last_upgrade)" '^upgrade complete: '
ok 'a new keeper runs' replaced "$before"
echo upgraded >&3
ok 'a session goes on' wait_until "grep -q upgraded '$tmp/out'"
echo ok >&4
exec 4>&-
ok 'a handshake, too' wait_until "grep -q hello '$tmp/out2'"
is 'new ones begin' "$(ask greeting ok)" hello
exec 3>&-
ok 'a session ends in order' ends "$client"
ok 'the log line has the identity' logged ': cat: 127\.0\.0\.1:[0-9]+ web1 pid [0-9]+ exit 0 '
ok 'nothing is left' wait_until no_children

# --- behind a proxy ---

ask proxied "$(printf 'PROXY TCP4 192.0.2.9 192.0.2.1 4411 443\r')" 'ok web1' \
    >"$tmp/out"
like 'the announced client' "$(cat "$tmp/out")" '^TCPREMOTEIP=192\.0\.2\.9$'
ok 'the announced client is logged' logged ': proxied: 192\.0\.2\.9:4411 web1 pid [0-9]+ exit 0 '
is 'a proxied client without access gets nothing' \
    "$(ask proxied "$(printf 'PROXY TCP4 198.51.100.1 192.0.2.1 1 443\r')" ok)" ''
ok 'the proxied client is refused' logged ': proxied: 198\.51\.100\.1:1 refused: access$'
is 'no header' "$(ask proxied ok)" ''
ok 'a client without a PROXY header is refused' logged ': proxied: 127.* refused: proxy: '
ask proxied "$(printf 'PROXY UNKNOWN\r')" ok >"$tmp/out"
like 'a client of unknown address' "$(cat "$tmp/out")" '^TCPREMOTEIP=127\.0\.0\.1$'

# --- stop and start ---

# A process that holds the fifo open for nc would outlive the test.  Not
# in_background, where its input would be /dev/null.
mkfifo "$tmp/deaf"
exec 8<>"$tmp/deaf"
nc 127.0.0.1 "$(port sleep)" <"$tmp/deaf" >"$tmp/out" 8>&- &
background="$background $!"
echo 'deaf web1' >&8
hold_open "$(port greeting)"
ok 'a session, its relay and a handshake' has_sessions 3
pgrep -P "$haild_pid" >"$tmp/children"
stop_haild INT
is 'a stop' "$haild_status" 0
while read -r pid; do
	ok "process $pid has ended" ends "$pid"
done <"$tmp/children"
configure 'unready: { listen = ["127.0.0.1:0"] message = "" }' >"$conf"
: >"$log"
run_haild -f -c "$conf"
wait_haild
is 'a start without a keeper' "$haild_status" 1
like 'the reason of the failed start' "$(cat "$log")" 'cannot serve TLS$'
: >"$log"
start_haild <<EOF
plain: { listen = ["127.0.0.1:0"] message = "plain\n" }
EOF
is 'no keeper without TLS' "$(keeper)" ''
done_testing
