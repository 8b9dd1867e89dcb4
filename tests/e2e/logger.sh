# logger.sh -- the process that writes programs' standard error to the log.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_command strace

start_haild <<EOF
control = "$tmp/ctl.sock"
say: { listen = ["127.0.0.1:0"] exec = ["/bin/sh", "-c", "cat >&2"] user = "$me" }
EOF
say=$(port say)

# say: standard input becomes a program's standard error; returns at its end.
say()
{
	nc -N 127.0.0.1 "$say"
}

logger_pid()
{
	pgrep -f '^haild: logger' -P "$haild_pid"
}

echo one | say
ok 'a line is in the log' logged ' say: stderr: one$'

like 'it has a filter' "$(cat "/proc/$(logger_pid)/status")" '^Seccomp:.2$'

# --- killed ---

kill -9 "$(logger_pid)"
ok 'killed: it is started anew' logged 'the logger was killed by signal 9 \(Killed\); starting another one$'
ok 'and is there' wait_until '[ -n "$(logger_pid)" ]'
echo two | say
ok 'later lines arrive' logged ' say: stderr: two$'

first=$(logger_pid)
kill -STOP "$first"
echo three | say
kill -9 "$first"
ok 'what the killed one had not read, the next one reads' logged \
    ' say: stderr: three$'

# A program of the same user could stop the logger.
kill -STOP "$(logger_pid)"
echo stopped | say
ok 'stopped: it is continued' logged ' say: stderr: stopped$'

# --- too much ---

seq -f 'line %.0f' 1000 | say
ok 'what was left out is counted' logged \
    ' say: [1-9][0-9]* more lines of stderr not logged$'
# told: how many lines there were, by what the log says.
told()
{
	awk '/ say: stderr: line / { n++ }
	    / more lines of stderr not logged$/ { sub(/.* say: /, ""); n += $1 }
	    END { print n }' "$log"
}
ok 'and none is forgotten' wait_until '[ "$(told)" = 1000 ]'

# left_out: how many lines haildctl says were left out.
left_out()
{
	"$HAILDCTL" -s "$tmp/ctl.sock" status |
	    sed -n 's/^lines of standard error not logged: //p'
}
# It is what is not in the log.
left_out=$((1000 - $(grep -c ' say: stderr: line ' "$log")))
is 'haildctl status has their number' "$(left_out)" "$left_out"
like 'so have the metrics' "$("$HAILDCTL" -s "$tmp/ctl.sock" metrics)" \
    "^haild_stderr_lines_dropped_total $left_out\$"
# 200 a second, of which the log's second may see the end of one and another.
most=$(most_a_second ' say: stderr: line ')
ok "few are written (at most $most a second)" [ "$most" -le 400 ]

# --- there is no process for it ---

# tries: how many times it could not be started.
tries()
{
	grep -c 'logger: cannot fork: Resource temporarily unavailable$' "$log"
}

inject clone,clone3,fork,vfork:error=EAGAIN
kill -9 "$(logger_pid)"
ok 'it cannot be forked: it is tried again' wait_until '[ "$(tries)" -ge 3 ]'
most=$(most_a_second 'logger: cannot fork: ')
ok "once a second (at most $most)" [ "$most" -le 2 ]
eject
ok 'and is there when it can be' wait_until '[ -n "$(logger_pid)" ]'
echo four | say
ok 'and reads' logged ' say: stderr: four$'
is 'the number outlives a logger' "$(left_out)" "$left_out"
ok 'an upgrade succeeds' "$HAILDCTL" -s "$tmp/ctl.sock" upgrade
is 'the number outlives an upgrade' "$(left_out)" "$left_out"
# More lines, with the new logger.
wait_until '[ -n "$(logger_pid)" ]'
seq -f 'more %.0f' 1000 | say
ok 'a later logger adds to it' wait_until '[ "$(left_out)" -gt "$left_out" ]'
stop_haild TERM
is 'it ends well' "$haild_status" 0
done_testing
