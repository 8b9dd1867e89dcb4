# ctl.sh -- haildctl: its client with answers of all kinds, and with haild.
#
# shellcheck disable=SC2034
. "${srcdir:-.}/tests/e2e/lib.sh"
need_command perl python3
HAILDCTL=${HAILDCTL:-$builddir/haildctl}
fake=$tmp/fake
ctl=$tmp/ctl.sock
mkdir "$fake"

# ctl ARGUMENT...: what haildctl prints, on both outputs, and its status.
ctl()
{
	"$HAILDCTL" -s "$ctl" "$@" 2>&1
	echo "status $?"
}

# answer COMMAND [LINE...]: what the fake daemon answers from now on.
answer()
{
	tap_command=$1
	shift
	{
		echo 'haild-answer version=1'
		for tap_line; do
			printf '%s\n' "$tap_line"
		done
		echo "end lines=$(($# + 1))"
	} >"$fake/$tap_command"
}

# mode NAME: how the fake daemon behaves from now on.
mode()
{
	echo "$1" >"$fake/mode"
}

# --- without a daemon ---

is 'no socket' "$(ctl status)" "haildctl: cannot connect to $ctl: the socket does not exist; haild is not running, or \"control\" names another socket
status 5"
perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => $ARGV[0],
    Listen => 1) or die' "$ctl"
is 'a socket without a process' "$(ctl status)" "haildctl: cannot connect to $ctl: no process listens on this socket; haild is not running
status 5"
rm "$ctl"
is 'a wrong command is not sent' "$(ctl sessoins | head -n 1)" \
    'haildctl: unknown command "sessoins"; did you mean "sessions"?'
like 'the status for it' "$(ctl sessoins)" '^status 2$'
is 'help needs no daemon' \
    "$(ctl --help | sed -n '1p;$p')" \
    'usage: haildctl [-s socket] [-j] [-t timeout] command [argument ...]
status 0'

# --- a daemon that answers all that is wanted ---

in_background perl "$srcdir/tests/e2e/fakectl.pl" "$ctl" "$fake"
wait_listening "$ctl"

answer status \
    'haild version=9.1 pid=42 started=1000 now=1192 sessions=3 max-sessions=100 services=2 out=1 state=serving' \
    'daemon config=/etc/haild.conf configured=1000 reloads=1 reloads-failed=1 reloaded=1100 reload-error=x.conf:3:\040bad upgrades=0 upgrades-failed=0 upgraded=- upgrade-failed=0 sources=5 lost=0 lost-syslog=0 lost-stderr=0 refusals-left-out=0 unreapable=0 log-level=info containment=basic stderr-left-out=12' \
    'service name=web handler=exec user=www file=/etc/haild.conf line=3 state=serving reason=- live=3 max-sessions=10 max-per-source=- accepted=12 refused=4 failed=0 unreapable=0 duration=0 cpu=0 bytes-in=0 bytes-out=0' \
    'service name=git handler=exec user=- file=- line=- state=out reason=no\040user live=0 max-sessions=- max-per-source=- accepted=0 refused=0 failed=0 unreapable=0 duration=0 cpu=0 bytes-in=0 bytes-out=0' \
    'listener service=web address=127.0.0.1:80 polled=1' \
    'listener service=web address=[::1]:80 polled=1' \
    'certificate service=web file=/c.pem expires=865192' \
    'certificate service=web file=/d.pem expires=8641192' \
    'certificate service=git file=/c.pem expires=865192' \
    'count service=web kind=refused name=service-limit value=4' \
    'result status=0'
is 'status on one screen' "$(TZ=UTC ctl status)" \
    'haild 9.1: serving, pid 42, up 3m12s, sessions 3 of 100, services 2, out of service 1
configuration: /etc/haild.conf, since 1970-01-01 00:16:40
reloads: 1, 1 failed; last 1970-01-01 00:18:20
last reload failed: x.conf:3: bad
containment: basic
lines of standard error not logged: 12

SERVICE  STATE    LIVE  LIMIT  ACCEPTED  REFUSED  FAILED  LISTENERS
web      serving     3     10        12        4       0  127.0.0.1:80 [::1]:80
git      out         0      -         0        0       0  -
web: refused: service-limit 4
git: out: no user
certificate /c.pem of web, git: WARNING: 10 days left
certificate /d.pem of web: 100 days left
status 0'
is 'as JSON' "$("$HAILDCTL" -s "$ctl" --json status | python3 -c '
import json, sys
a = json.load(sys.stdin)
print(a["haild"]["pid"], a["daemon"]["upgrade_failed"], a["services"][1]["user"],
    len(a["listeners"]), a["counts"][0]["value"], a["result"]["status"])')" \
    '42 False None 2 4 0'
mode slow
like 'byte by byte' "$(ctl status)" '^git: out: no user$'
rm "$fake/mode"

answer sessions \
    'session id=7 service=web client=127.0.0.1:5 identity=w\0331 user=www pid=77 age=192000000000 state=running deadline=60000000000 command=- bytes-in=- bytes-out=1258291' \
    'result status=0'
is 'sessions, safe for a terminal' "$(ctl sessions web)" \
    'ID  SERVICE  CLIENT       IDENTITY  USER  PID    AGE  STATE    DEADLINE  IN   OUT  COMMAND
 7  web      127.0.0.1:5  w\0331    www    77  3m12s  running     1m00s   -  1.1M  -
status 0'
is 'the request' "$(tail -n 1 "$fake/requests")" \
    'haild-control 1 sessions service=web'
answer sources \
    'source service=- source=127.0.0.1 sessions=2 max-sessions=2 limited=1 until=9000000000' \
    'result status=0'
is 'sources' "$(ctl sources)" \
    'SERVICE  SOURCE     SESSIONS  LIMIT  LIMITED  UNTIL
(all)    127.0.0.1         2      2  yes         9s
status 0'
answer reload 'message text=x.conf:3:\040bad' \
    'message text=reload\040failed' 'result status=1'
is 'a reload that fails' "$(ctl reload)" 'x.conf:3: bad
haildctl: reload failed
status 1'
like 'it is an error in JSON too' "$(ctl -j reload)" '"text":"x.conf:3: bad"'
answer kill 'message text=no\040session\0407' 'result status=3'
is 'a session that has ended' "$(ctl kill 7 8)" 'haildctl: no session 7
status 3'
is 'its request' "$(tail -n 1 "$fake/requests")" 'haild-control 1 kill id=7 id=8'
echo 2 >"$fake/busy"
answer resume 'result status=0'
is 'haildctl repeats a request that finds haild busy' "$(ctl resume)" 'status 0'
echo 1000 >"$fake/busy"
is 'and does so until the timeout' "$(ctl -t 1 resume)" 'haildctl: busy
status 7'
rm "$fake/busy"

# --- one that does not ---

sed 's/version=1/version=2/; s/^listener.*/listener new=1/' "$fake/status" \
    >"$fake/next"
mv "$fake/next" "$fake/status"
is 'another version' "$(ctl status)" \
    'haild 9.1: serving, pid 42, up 3m12s, sessions 3 of 100, services 2, out of service 1
haild has another version than haildctl; showing only the fields that all versions have
status 0'
printf 'HTTP/1.1 400 \033[2J\r\n\r\n' >"$fake/status"
is 'not haild' "$(ctl status)" \
    "haildctl: $ctl: invalid answer (unknown version \"HTTP/1.1 400 \\033[2J\\r\"; the newest known is 1); is this a socket of haild?
status 1"
printf 'haild-answer version=1\nresult status=0\n' >"$fake/status"
is 'an answer that was cut' "$(ctl status)" \
    "haildctl: $ctl: invalid answer (incomplete); is this a socket of haild?
status 1"
printf 'haild-answer version=1\nresult status=77\nend lines=2\n' >"$fake/status"
is 'an unknown status is a failure' "$(ctl status)" 'status 1'
mode close
is 'closed' "$(ctl status)" \
    "haildctl: $ctl: haild closed the connection without an answer
status 1"
mode endless
is 'endless' "$(ctl status)" \
    "haildctl: $ctl: the answer has more than 64 MB; is this a socket of haild?
status 1"
mode silent
is 'silent' "$(ctl -t 1 status)" \
    "haildctl: $ctl: no answer from haild within 1s
status 8"
is 'a daemon that does not stop' "$(ctl -t 1 stop)" \
    'haildctl: haild has not stopped yet; another "haildctl stop" ends its sessions
status 8'
is 'sessions that do not end' "$(ctl drain --wait=1s)" \
    'haildctl: sessions are still open and continue; haild accepts no new clients
status 8'
end_child "$last"
rm "$ctl"

if [ "$(id -u)" = 0 ]; then
	mkdir -m 700 "$tmp/closed"
	is 'no permission' "$(setpriv --reuid 65534 --regid 65534 --clear-groups \
	    "$HAILDCTL" -s "$tmp/closed/sock" status 2>&1; echo "status $?")" \
	    "haildctl: cannot connect to $tmp/closed/sock: permission denied; only root, the user of haild and members of control-group may connect
status 4"
else
	skip 'no permission' 'needs root'
fi

# --- the words of the program, its manual and its completion ---

commands=$("$HAILDCTL" -h | sed -n '/^Commands:/,/^Options:/s/^  \([a-z][a-z]*\).*/\1/p')
is 'the manual has each command' \
    "$(awk '$1 == ".It" && $2 == "Cm" { print $3 }
	last == ".It Xo" && $1 == ".Cm" { print $2 }
	{ last = $0 }' "$srcdir/man/haildctl.8" | sort)" \
    "$(printf '%s\n' "$commands" | sort)"
is 'the manual has each status' \
    "$(sed -n 's/^\.It \([0-9]\)$/\1/p' "$srcdir/man/haildctl.8")" \
    "$(sed -n 's/^	CONTROL_[A-Z_]* = \([0-9]\),.*/\1/p' \
	"$srcdir/src/control/protocol.h")"
options=$("$HAILDCTL" -h | grep -o -- '--[a-z]*' | sort -u)
is 'the manual has each option' "$(for option in $options; do
	grep -q "Fl .-${option#--}" "$srcdir/man/haildctl.8" || echo "$option"
done)" ''

# completed WORD...: what bash completes for the last word.
completed()
{
	bash -c '
		_init_completion() {
			words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
			cur=${COMP_WORDS[COMP_CWORD]}
			prev=${COMP_WORDS[COMP_CWORD-1]} split=false
		}
		_parse_help() { "$1" --help | grep -o -- "--[a-z]*=\?"; }
		_filedir() { :; }
		. "$1"; shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_haildctl "$1"
		printf "%s\n" "${COMPREPLY[@]}"' \
	    bash "$srcdir/etc/bash-completion/haildctl" "$HAILDCTL" "$@" |
	    sort -u | tr '\n' ' '
}
if command -v bash >/dev/null; then
	is 'each command is completed' "$(completed '')" \
	    "$(printf '%s\n' "$commands" | sort | tr '\n' ' ')"
	is 'after options, too' "$(completed -s "$ctl" -j re)" 'reload resume '
	is 'options' "$(completed kill --so)" '--socket --sort --source '
	is 'levels' "$(completed log d)" 'debug '
else
	skip 'completion' 'needs bash'
fi

# --- haild itself ---

start_haild <<-EOC
control = "$ctl"
greeting: { listen = ["127.0.0.1:0"] message = "hello" }
EOC
like 'status of haild' "$(ctl status)" \
    "^haild [0-9.]*: serving, pid $haild_pid, up [0-9]+s, sessions 0"
is 'its JSON' "$("$HAILDCTL" -s "$ctl" -j status | python3 -c '
import json, sys
print(json.load(sys.stdin)["haild"]["pid"])')" "$haild_pid"
if command -v bash >/dev/null; then
	is 'services are completed' "$(completed -s "$ctl" drain --wait gr)" \
	    'greeting '
	is 'so are those of an option' \
	    "$(completed -s "$ctl" kill --service '')" 'greeting '
	is 'after the service to explain is an address' \
	    "$(completed -s "$ctl" explain greeting '')" ' '
fi
done_testing
