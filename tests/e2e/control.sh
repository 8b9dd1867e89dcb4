# control.sh -- the control socket: permissions, answers, haildctl kill, and what
# the control process can access.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command nc setpriv
. "$srcdir/tests/e2e/tls.sh"
ctl=$tmp/ctl.sock

# ask COMMAND [NAME=VALUE...]: the answer to a request, as whom $as says.
as=
ask()
{
	printf 'haild-control 1 %s\n' "$*" | $as nc -U "${to:-$ctl}"
}

# status: of the result in an answer.
status()
{
	sed -n 's/^result status=//p'
}

# value KIND NAME: of the first record of that kind.
value()
{
	sed -n "/^$1 /{s/^.* $2=\([^ ]*\).*/\1/p;q;}"
}

config()
{
	cat <<-EOT
	control = "$ctl"
	environment = ["OUTER=environment-of-all"]
	$*
	hold: {
		listen = ["127.0.0.1:0", "$sock"]
		exec = ["/bin/sh", "-c", "echo hello; exec sleep 100"]
		user = "nobody"
		environment = ["NAME=environment-of-one"]
		session-timeout = "1h"
	}
	limited: {
		listen = ["127.0.0.1:0"]
		message = "x"
		rate-per-source = "1/h"
		max-sessions = 7
	}
	off: { listen = ["127.0.0.1:1"] message = "x" disable = true }
	out: { listen = ["192.0.2.77:1"] message = "x" }
	EOT
}

start_haild <<EOF
$(config)
EOF
port=$(port hold)

# --- what is answered ---

hold_open "$sock"
hold_open "127.0.0.1:$port" 2
has_sessions 3
nc 127.0.0.1 "$(port limited)" </dev/null >"$tmp/limited"
logged "limited: .* exit 0 "
a=$(ask status)
is 'status: the daemon' "$(echo "$a" | value haild pid) $(echo "$a" |
    value haild sessions) $(echo "$a" | value haild services) $(echo "$a" |
    value haild out) $(echo "$a" | value haild state)" "$haild_pid 3 2 1 serving"
is 'status: the first and the last lines' \
    "$(echo "$a" | sed -n '1p;$p' | tr '\n' ' ')" \
    "haild-answer version=1 end lines=$(($(echo "$a" | wc -l) - 1)) "
like 'status: a service' "$a" \
    '^service name=hold handler=exec user=nobody file=.* line=4 state=serving reason=- live=3 max-sessions=256 .* accepted=3 '
like 'status: one that is disabled' "$a" '^service name=off .* state=disabled '
like 'status: one that is out, and why' "$a" \
    '^service name=out .* state=out reason=cannot.040listen.040on.040192\.0\.2\.77:1:.040Cannot.040assign'
is 'status: listeners' "$(echo "$a" | grep -c '^listener service=hold ')" 2
a=$(ask sessions)
is 'sessions: all' "$(echo "$a" | grep -c '^session ')" 3
like 'sessions: one' "$a" \
    '^session id=[0-9]+ service=hold client=127\.0\.0\.1:[0-9]+ identity=- user=nobody pid=[0-9]+ age=[0-9]+ state=running deadline=35[0-9]+ command=- '
like 'sessions: by uid' "$a" ' client=uid:0 '
is 'sessions: of a service' \
    "$(ask sessions service=limited | grep -c '^session ')" 0
a=$(ask sources)
like 'sources: its sessions and limit' "$a" \
    '^source service=hold source=127\.0\.0\.1 sessions=2 max-sessions=32 limited=0 until=-'
like 'sources: of all services' "$a" \
    '^source service=- source=127\.0\.0\.1 sessions=2 max-sessions=512 '
like 'sources: limited by its rate' "$a" \
    '^source service=limited source=127\.0\.0\.1 sessions=0 max-sessions=3 limited=1 until=35[0-9]{11}$'
is 'sources: of a service' \
    "$(ask sources service=limited | grep -c '^source ')" 1
a=$(ask counts)
is 'counts: the histogram of each service' \
    "$(echo "$a" | grep -c '^count service=hold kind=duration ')" 12
like 'counts: with the status' "$a" '^service name=hold '
ok 'nothing shows environment' \
    sh -c '! grep -q environment-of "$1"' - "$log"
for c in status sessions sources counts; do
	is "$c shows no environment" \
	    "$(ask $c | grep -c environment-of)" 0
done
is 'an unknown service' "$(ask sessions service=holt | status)" 3
like 'its message lists those that exist' "$(ask sources service=holt)" \
    'service.040"holt".040does.040not.040exist;.040services:.040hold,'
is 'an unknown command' "$(ask fly | status)" 2
is 'a value that the command does not have' \
    "$(ask status service=hold | status)" 2
is 'another version' \
    "$(printf 'haild-control 99 sessions\n' | nc -U "$ctl" | status)" 6
is 'status in another version' \
    "$(printf 'haild-control 99 status\n' | nc -U "$ctl" | status)" 0

# --- sessions that are ended ---

is 'kill: without a choice' "$(ask kill | status)" 2
is 'kill: not a source' "$(ask kill source=nowhere | status)" 2
is 'kill: no such session' "$(ask kill id=999999 | status)" 3
is 'kill: no such service' "$(ask kill service=holt | status)" 3
is 'kill: no such source' "$(ask kill source=192.0.2.0/24 | status)" 3
is 'kill: no such identity' "$(ask kill identity=nobody | status)" 3
ok 'nothing has ended' has_sessions 3
id=$(ask sessions | grep ' client=uid:0 ' | value session id)
a=$(ask kill id="$id" id=999999)
is 'kill: an id, and one that does not exist' "$(echo "$a" | status)" 3
like 'the answer says both' "$(printf %s "$a" | tr '\n' ' ')" \
    'ending.0401.040session message text=session.040999999.040has.040ended'
ok 'it ended, by haild' logged "hold: uid:0 pid [0-9]+ killed by admin"
has_sessions 2
# It has the slot of the first one.
hold_open "127.0.0.1:$port"
has_sessions 3
is 'sessions: the first to begin is the first' \
    "$(ask sessions | value session id)" \
    "$(ask sessions | value session id | sort -n)"
is 'kill: a source' "$(ask kill source=127.0.0.0/8 | status)" 0
ok 'it was logged who did it' logged 'control: uid 0: kill: ending 3 sessions'
ok 'all ended' has_sessions 0
hold_open "$sock" 2
has_sessions 2
is 'kill: a uid' "$(ask kill source=uid:0 service=hold | status)" 0
ok 'they ended' has_sessions 0
release_all

i=0
many=
while [ $((i += 1)) -le 100 ]; do
	many="$many many-$i: { listen = [\"$tmp/many-$i\"] message = \"x\" }"
done
config "$many" >"$conf"
reload
is 'sources: with many services' "$(ask sources | status)" 0

# --- who may connect ---

is 'the mode' "$(stat -c %a "$ctl")" 600
chmod 666 "$ctl"
as='setpriv --reuid=65534 --regid=65534 --clear-groups'
# It is answered before it has sent anything, so it sends nothing.
is 'another user is denied' "$($as nc -U "$ctl" </dev/null | status)" 4
as=
config 'control-group = "daemon"' >"$conf"
reload
is 'the group' "$(stat -c '%a %G' "$ctl")" '660 daemon'
as='setpriv --reuid=65534 --regid=65534 --clear-groups'
is 'another user cannot connect' "$(ask status 2>/dev/null)" ''
as='setpriv --reuid=65534 --regid=65534 --groups=daemon'
is 'a member may look' "$(ask status | status)" 0
is 'and nothing else' "$(ask kill service=hold | status)" 4
as='setpriv --reuid=65534 --regid=daemon --clear-groups'
is 'so may one with it as the primary group' "$(ask sessions | status)" 0
as=

# --- the process ---

# silent: a client that sends nothing for the 5 seconds that it has; the process
# is $control.
mkfifo "$tmp/silent"
exec 9<>"$tmp/silent"
silent()
{
	in_background nc -U "$ctl" <"$tmp/silent"
	wait_until 'control=$(pgrep -n -P "$haild_pid" -f "^haild[^ ]*: control")'
}
ok 'it has a title' silent
if [ -n "${control:-}" ]; then
	field()
	{
		sed -n "s/^$1:[[:space:]]*//p" "/proc/$control/status"
	}
	ok 'a filter of system calls' wait_until '[ "$(field Seccomp)" = 2 ]'
	is 'no privileges' "$(field CapEff) $(field NoNewPrivs)" \
	    '0000000000000000 1'
	ok 'not the user root' [ "$(field Uid | cut -f 1)" != 0 ]
	is 'an empty root' "$(find "/proc/$control/root/" | wc -l)" 1
	is 'no descriptor of a listener, nor the arena' \
	    "$(find "/proc/$control/fd" -lname '*memfd*' | wc -l) $(find \
	    "/proc/$control/fd" -lname 'socket:*' | wc -l)" '0 2'
	for s in environment-of-all environment-of-one; do
		printf '%s %s\n' $s "$(printf %s $s | od -An -tx1 | tr -d ' \n')"
	done >"$tmp/needles"
	wait_until '! pgrep -P "$haild_pid" -f "^haild[^ ]*: control" >/dev/null'
	silent
	wait_until '[ "$(field Seccomp)" = 2 ]'
	"$KEYSCAN" "$control" "$tmp/needles" >"$tmp/scan"
	is 'the process has none of the values' "$(cut -f 1,3 "$tmp/scan")" \
	    "$control	searched"
	"$KEYSCAN" "$haild_pid" "$tmp/needles" >"$tmp/scan"
	like 'the daemon has the values' "$(cat "$tmp/scan")" \
	    "^$haild_pid	.*	memory	environment-of-one"
	wait_until '! pgrep -P "$haild_pid" -f "^haild[^ ]*: control" >/dev/null'
	silent
	kill -KILL "$control"
	ok 'a crash is logged' logged 'control: the process of a request was killed by signal 9'
fi
exec 9>&-

# --- the socket ---

config "control = \"$tmp/none/ctl.sock\"" | sed 1d >"$conf"
reload
is 'a path that cannot be used' "$(last_reload)" \
    'reload failed: cannot open the control socket; keeping the old configuration'
ok 'with the reason' logged \
    "control: cannot listen on $tmp/none/ctl.sock: $tmp/none: No such file"
is 'the old one is kept' "$(ask status | status)" 0
mkdir "$tmp/open"
chmod 777 "$tmp/open"
config "control = \"$tmp/open/ctl.sock\"" | sed 1d >"$conf"
reload
ok 'a directory of others' logged \
    "control: cannot listen on .*: other users can write to $tmp/open"
chmod 755 "$tmp/open"
: >"$tmp/open/ctl.sock"
reload
ok 'a file that is not a socket' logged 'the file exists and is not a socket'
ok 'and is left alone' [ -f "$tmp/open/ctl.sock" ]
rm "$tmp/open/ctl.sock"
reload
to=$tmp/open/ctl.sock
is 'another path' "$(ask status | status)" 0
ok 'the old file is gone' [ ! -e "$ctl" ]
cat >"$tmp/second.conf" <<EOF
control = "$to"
x: { listen = ["127.0.0.1:0"] message = "x" }
EOF
# shellcheck disable=SC2086 # HAILD may be a command with arguments
$HAILD -f -c "$tmp/second.conf" >"$tmp/second.log" 2>&1 </dev/null
like 'one that another haild uses' "$(cat "$tmp/second.log")" \
    'control: cannot listen on .*: another haild uses it$'
is 'that one still answers' "$(ask status | status)" 0
config 'control = "none"' | sed 1d >"$conf"
reload
ok 'none' [ ! -e "$to" ]
config >"$conf"
reload
stop_haild
ok 'removed at the stop' [ ! -e "$ctl" ]

config >"$conf"
run_haild -f -c "$conf"
wait_until "[ -S '$ctl' ]"
stop_haild KILL
ok 'one that is left' [ -S "$ctl" ]
start_haild <<EOF
$(config)
EOF
reloads=0
to=
is 'is replaced' "$(ask status | status)" 0
config 'control-group = "no-such-group"' >"$conf"
reload
like 'an unknown group' "$(cat "$log")" \
    ':[0-9]+: group "no-such-group" does not exist'
is 'refuses the configuration' "$(ask status | status)" 0
done_testing
