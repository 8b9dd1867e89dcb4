# unreapable.sh -- children that exit and cannot be reaped, since another process
# traces them and does not reap them (fault 76).
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root

config()
{
	cat <<-EOT
	max-sessions = 4
	max-per-source = "none"
	stop-timeout = "0s"
	one: {
		listen = ["127.0.0.1:${1:-0}"]
		exec = ["/bin/sh", "-c", "echo \$\$; read x; exit 3"]
		user = "$me"
		max-sessions = 1
		max-per-source = "none"
		at-limit = "wait"
	}
	timed: {
		listen = ["127.0.0.1:0"]
		exec = ["/bin/sh", "-c", "echo \$\$; read x; exit 3"]
		user = "$me"
		max-per-source = "none"
		session-timeout = "2s"
		kill-grace = "0s"
	}
	ending: {
		listen = ["127.0.0.1:0"]
		exec = ["/bin/sh", "-c", "echo \$\$; read x; exit 3"]
		user = "$me"
		on-disconnect = "continue"
	}
	many: {
		listen = ["127.0.0.1:0"]
		exec = ["/bin/sh", "-c", "echo \$\$; read x; exit 3"]
		user = "$me"
		max-per-source = "none"
		at-limit = "refuse"
		kill-grace = "0s"
	}
	${2:-}
	EOT
}

# begin SERVICE: a client that waits; its program's pid is in $pid.
clients=0
begin()
{
	clients=$((clients + 1))
	mkfifo "$tmp/in.$clients"
	nc -N 127.0.0.1 "$(port "$1")" \
	    <"$tmp/in.$clients" >"$tmp/out.$clients" &
	client=$!
	background="$background $client"
	exec 8>"$tmp/in.$clients"
	wait_until "[ -s '$tmp/out.$clients' ]"
	pid=$(head -n 1 "$tmp/out.$clients")
}

# trace PID: from now on it is traced, by $last.
trace()
{
	in_background "$PEER" seize "$1" 8>&-
	wait_until "grep -q 'TracerPid:.$last\$' '/proc/$1/status'"
}

# summary: what haild says of itself, now.
summaries=0
summary()
{
	kill -USR1 "$haild_pid"
	summaries=$((summaries + 1))
	wait_until "[ \"\$(grep -c 'summary: .* in the table' '$log')\" -ge $summaries ]"
	wait_until "tail -n 1 '$log' | grep -q 'summary: many: '"
	sed -n 's/.*haild\[[0-9]*\]: summary: //p' "$log" |
	    grep -v ^containment: | tail -n 6
}

config >"$tmp/config"
start_haild <"$tmp/config"

# --- it exits by itself, and nothing else happens: its client gets the end ---

begin ending
trace "$pid"
exec 8>&-
ends "$pid"
ok 'the client does not wait for ever' wait_until "! kill -0 $client" 20
end_child "$last"
ok 'the tracer ends, and it is reaped' logged \
    " ending: pid $pid was reaped\$"

# --- a client needs its slot ---

begin one
first=$pid
trace "$first"
first_tracer=$last
exec 8>&-
ends "$first"
is 'the next client has to wait, and is served' \
    "$(echo | nc -N 127.0.0.1 "$(port one)" | wc -l)" 1
ok 'the tracer is named' logged \
    " one: pid $first cannot be reaped: state Z, traced by pid $first_tracer; it now counts only for the top-level max-sessions\$"
ok 'the session is logged as such' logged \
    " one: 127.0.0.1:[0-9]+ pid $first unreapable [0-9]+\\.[0-9]+s( cpu [0-9.]+s( mem [0-9.]+.)?)?\$"
ok 'the tracer goes on' kill -0 "$first_tracer"

# --- it is killed ---

begin timed
second=$pid
trace "$second"
ok 'a killed one is given up, too' logged \
    " timed: pid $second cannot be reaped: state Z, traced by pid $last; " 20
ok 'with the reason of its end' logged \
    " timed: 127.0.0.1:[0-9]+ pid $second timeout session [0-9]+\\."
exec 8>&-

# --- what counts ---

counts='4 services, 0 sessions, 0 lost messages, 2 unreapable
0 sources in the table
one: 0 live, 2 accepted, 0 refused, 0 failed, 1 unreapable
timed: 0 live, 1 accepted, 0 refused, 0 failed, 1 unreapable
ending: 0 live, 1 accepted, 0 refused, 0 failed
many: 0 live, 0 accepted, 0 refused, 0 failed'
is 'the counters' "$(summary)" "$counts"
reload
upgrade
like 'an upgrade' "$(last_upgrade)" '^upgrade complete: '
is 'hands them over' "$(summary)" "$counts"
hold_open "$(port many)" 2
ok 'two more sessions' wait_until '[ "$(sessions | wc -l)" -ge 4 ]'
"$PEER" hold "$(port many)" >/dev/null &
refused=$!
background="$background $refused"
ok 'are all that the daemon may have' logged 'many: .* refused: total limit 4$'
kill "$refused"
release_all
ok 'they end' wait_until '[ "$(grep -c " many: 127.* [0-9.]*s\$" "$log")" = 2 ]'

# --- the tracer ends ---

kill "$first_tracer"
ok 'it is reaped' logged " one: pid $first was reaped\$"
like 'and not counted any more' "$(summary)" \
    '^4 services, 0 sessions, 0 lost messages, 1 unreapable$'
is 'and has no second line of its end' \
    "$(grep -Ec "127.0.0.1:[0-9]+ pid $first .* [0-9.]+s( cpu .*)?\$" "$log")" 1

# --- a service that is gone ---

config 0 | sed '/^timed: /,/^}/d' >"$conf"
reload
is 'its service can be removed' "$(last_reload)" 'reloaded: removed timed'
config >"$conf"
reload
is 'and comes back' "$(last_reload)" 'reloaded: added timed'

# --- a wait service, and a command ---

cp "$PEER" "$tmp/peer"
mkfifo -m 644 "$tmp/go"
config 0 "wait: {
	listen = [\"127.0.0.1:0\"]
	exec = [\"/bin/sh\", \"-c\", \"echo pid \$\$. >&2;
		read x <$tmp/go; exec $tmp/peer accept 1\"]
	user = \"$me\"
	wait = true
}
run: {
	listen = [\"127.0.0.1:0\"]
	user = \"$me\"
	commands: {
		wait: {
			exec = [\"/bin/sh\", \"-c\", \"echo \$\$; read x; exit 3\"]
			stdin = true
		}
	}
}" >"$conf"
reload
in_background nc -d 127.0.0.1 "$(port wait)" >"$tmp/wait.1"
ok 'a wait server' logged ' wait: stderr: pid [0-9]+\.$'
server=$(sed -n 's/.* wait: stderr: pid \([0-9]*\)\.$/\1/p' "$log")
trace "$server"
echo >"$tmp/go"
ok 'has served its client' wait_until "grep -q '^$server accepted' '$tmp/wait.1'"
ends "$server"
in_background nc -d 127.0.0.1 "$(port wait)" >"$tmp/wait.2"
ok 'cannot be reaped' logged " wait: pid $server cannot be reaped: " 20
in_background sh -c "echo >'$tmp/go'"
ok 'another one serves the next client' wait_until \
    "grep -q ' accepted' '$tmp/wait.2'" 20

mkfifo "$tmp/in"
$HAIL "127.0.0.1:$(port run)" wait <"$tmp/in" >"$tmp/out" 2>"$tmp/err" &
client=$!
exec 8>"$tmp/in"
wait_until "[ -s '$tmp/out' ]"
program=$(cat "$tmp/out")
trace "$program"
exec 8>&-
wait $client
is 'a command that cannot be reaped fails' "$?" 125
like 'and hail says why' "$(cat "$tmp/err")" '^haild: wait: cannot be reaped$'
ok 'and so does the log' logged \
    " run: pid [0-9]+: the program, pid $program, cannot be reaped: state Z, traced by pid $last\$"
ok 'its session has ended' logged ' run: 127.* unreapable '

# --- a stop ---

begin many
third=$pid
trace "$third"
stop_haild TERM
is 'a stop ends' "$haild_status" 0
ok 'after it has been given up' grep -q \
    " many: pid $third cannot be reaped: state Z, traced by pid $last; " "$log"
ok 'stopped' grep -q 'haild\[[0-9]*\]: stopped$' "$log"
exec 8>&-
done_testing
