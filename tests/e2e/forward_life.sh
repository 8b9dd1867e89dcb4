# forward_life.sh -- sessions that forward, over a reload, an upgrade, a drain;
# their limits; haildctl; the log as JSON.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command nc python3 ss strace unshare
own_world

ctl=$tmp/ctl.sock
lines=$srcdir/tests/e2e/json_lines.py

# config TARGET [SETTING...]
config()
{
	target=$1
	shift
	cat <<-EOF
	control = "$ctl"
	stop-timeout = "1s"
	user = "nobody"
	$*
	one: { listen = ["127.0.0.1:8001"] exec = ["/bin/sh", "-c", "echo one; exec cat"] }
	two: { listen = ["127.0.0.1:8002"] exec = ["/bin/sh", "-c", "echo two; exec cat"] }
	web: { listen = ["127.0.0.1:7001"] forward = ["127.0.0.1:$target"] }
	few: {
		listen = ["127.0.0.1:7002"]
		forward = ["127.0.0.1:8001"]
		max-sessions = 1
		at-limit = "refuse"
		busy-message = "busy\n"
	}
	timed: { listen = ["127.0.0.1:7003"] forward = ["127.0.0.1:8001"] session-timeout = "1s" }
	dead: { listen = ["127.0.0.1:7004"] forward = ["127.0.0.1:9"] }
	EOF
}
config 8001 >"$tmp/config"
start_haild <"$tmp/config"

# open_session NAME PORT FD: a client whose input comes from that descriptor.
open_session()
{
	mkfifo "$tmp/$1.in"
	nc -N 127.0.0.1 "$2" <"$tmp/$1.in" >"$tmp/$1.out" 5>&- 6>&- 7>&- &
	background="$background $!"
	eval "exec $3>\"\$tmp/\$1.in\""
	wait_until "[ -s '$tmp/$1.out' ]"
}
got()
{
	tr '\n' ' ' <"$tmp/$1.out"
}
ask()
{
	echo hello | timeout 20 nc -N 127.0.0.1 "$1" | tr '\n' ' '
}
# listed: the sessions of the service web, as haildctl lists them.
listed()
{
	"$HAILDCTL" -s "$ctl" sessions | awk '$2 == "web"'
}

# --- reload ---

open_session old 7001 5
config 8002 >"$conf"
reload
like 'a reload' "$(last_reload)" '^reloaded: '
is 'new sessions have the new target' "$(ask 7001)" 'two hello '
echo more >&5
ok 'the old session keeps its own' wait_until '[ "$(got old)" = "one more " ]'
is 'which haildctl lists' "$(listed | wc -l)" 1
like 'and ps shows with its target' \
    "$(ps -o args= -p "$(listed | awk '{ print $6 }')")" \
    '^haild: web 127\.0\.0\.1:[0-9]+ to 127\.0\.0\.1:8001 *$'

# --- upgrade ---

upgrade
like 'an upgrade' "$(last_upgrade)" '^upgrade complete: '
echo again >&5
ok 'the session goes on' wait_until '[ "$(got old)" = "one more again " ]'
is 'new sessions work' "$(ask 7001)" 'two hello '
exec 5>&-
ok 'the old session is logged by the new image' logged \
    'web: 127\.0\.0\.1:[0-9]+ pid [0-9]+ exit 0 [0-9.]+s.* in 11 out 15 to 127\.0\.0\.1:8001$'

# --- haildctl ---

open_session killed 7001 5
"$HAILDCTL" -s "$ctl" kill "$(listed | awk '{ print $1 }')" >/dev/null
ok 'haildctl kill' logged 'web: .* killed by admin '
exec 5>&-
open_session drained 7001 5
"$HAILDCTL" -s "$ctl" drain web >/dev/null
is 'a drained service takes no clients' "$(ask 7001)" ''
echo last >&5
ok 'its session goes on' wait_until '[ "$(got drained)" = "two last " ]'
exec 5>&-
ok 'and then it is drained' logged 'web: drained$'
"$HAILDCTL" -s "$ctl" resume web >/dev/null
is 'it resumes' "$(ask 7001)" 'two hello '

# --- limits ---

open_session few 7002 5
is 'busy-message' "$(ask 7002)" 'busy '
exec 5>&-
ok 'the session ends' logged 'few: .* exit 0 .* in 0 out 4 to 127\.0\.0\.1:8001$'
open_session timed 7003 5
ok 'session-timeout' logged 'timed: .* timeout session 1\.'
exec 5>&-

# --- faults ---

# broken RULE ERROR: a session whose system calls fail like that.
broken()
{
	inject "$1"
	is "$2: the client is closed" "$(ask 7001)" ''
	eject
	ok "$2: is logged" logged \
	    "web: .* no target: $2 [0-9.]+s.* 127\\.0\\.0\\.1:8002: $2\$"
	is "$2: the next session works" "$(ask 7001)" 'two hello '
}
broken socket:error=EMFILE 'Too many open files'
broken connect:error=ENOMEM 'Cannot allocate memory'

open_session stopped 7001 5
stop_haild
exec 5>&-
like 'a stop' "$(cat "$log")" 'web: .* killed by stop '

# --- JSON ---

config 8002 'log-format = "json"' >"$tmp/config"
start_haild <"$tmp/config"
is 'a session' "$(ask 7001)" 'two hello '
is 'one without a target' "$(ask 7004)" ''
ok 'is an object with its target' has event=session-end service=web \
    outcome=exit status=0 bytes_in=6 bytes_out=10 target=127.0.0.1:8002
ok 'or with what failed' has event=session-end service=dead outcome=no-target \
    'detail=127.0.0.1:9: Connection refused'
is 'all lines are objects' \
    "$(python3 "$lines" check "$srcdir/man/haild.8" "$log")" ''
stop_haild

# --- loops over inherited sockets ---

haild=$HAILD
HAILD="$PEER pass 127.0.0.1:7001 @haild-test dual:7003 127.0.0.1:7004 -- $haild"
LISTEN_FDNAMES=tcp:abstract::other
export LISTEN_FDNAMES
start_haild <<END
user = "nobody"
tcp: { listen = ["fd:tcp"] forward = ["127.0.0.1:7001"] }
abstract: { listen = ["127.0.0.1:7002", "fd:abstract"] forward = ["@haild-test"] }
dual: { listen = ["[::]:7003"] forward = ["127.0.0.1:7003"] }
other: { listen = ["fd:other"] forward = ["127.0.0.1:7005"] }
back: { listen = ["127.0.0.1:7005"] forward = ["127.0.0.1:7004"] }
END
for port in 7001:tcp 7002:abstract 7003:dual 7004:other 7005:back; do
	is "${port#*:}: no session" "$(ask "${port%:*}")" ''
	ok "${port#*:}: a loop" logged \
	    "${port#*:}: .* no target [0-9.]+s.*: leads back to this service\$"
	is "${port#*:}: found at once" \
	    "$(grep -c " ${port#*:}: .* pid " "$log")" 1
done
done_testing
