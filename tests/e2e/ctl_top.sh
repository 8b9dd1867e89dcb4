# ctl_top.sh -- "haildctl top" in terminals of all sizes, under tmux.
#
# shellcheck disable=SC2034
. "${srcdir:-.}/tests/e2e/lib.sh"
. "$srcdir/tests/e2e/top.sh"
need_command perl tmux
HAILDCTL=${HAILDCTL:-$builddir/haildctl}
fake=$tmp/fake
ctl=$tmp/ctl.sock
mkdir "$fake"

# order: the IDs on the screen, from the top.
order()
{
	shown | awk '$2 == "web" || $2 == "git" { printf "%s ", $1 }'
}

# ordered IDS: wait until the screen has them in this order.
ordered()
{
	wait_until "[ \"\$(order)\" = '$1 ' ]" && return
	shown | sed 's/^/# shown: /'
	return 1
}

# resize COLUMNS ROWS
resize()
{
	pane resize-window -t top -x "$1" -y "$2"
}

# status ACCEPTED PID: the fake daemon's answer to "status".
status()
{
	cat >"$fake/next" <<-EOA
	haild-answer version=1
	haild version=9.1 pid=$2 started=1000 now=1192 sessions=3 max-sessions=100 services=2 out=0 state=serving
	service name=web handler=exec user=www file=- line=- state=serving reason=- live=3 max-sessions=10 max-per-source=- accepted=$1 refused=0 failed=0 unreapable=0 duration=0 cpu=0 bytes-in=0 bytes-out=0
	result status=0
	end lines=4
	EOA
	mv "$fake/next" "$fake/status"
}

# number SIGNAL
number()
{
	env kill -l "$1"
}

# serve: start the fake daemon.
serve()
{
	in_background perl "$srcdir/tests/e2e/fakectl.pl" "$ctl" "$fake"
	server=$last
	wait_listening "$ctl"
}

status 10 42
cat >"$fake/sessions" <<-EOA
	haild-answer version=1
	session id=1 service=web client=10.0.0.3:5 identity=- user=bb pid=71 age=30000000000 state=running deadline=- command=- bytes-in=5 bytes-out=5
	session id=2 service=git client=10.0.0.1:5 identity=- user=cc pid=72 age=90000000000 state=running deadline=- command=- bytes-in=900 bytes-out=1
	session id=3 service=web client=10.0.0.2:5 identity=- user=aa pid=73 age=60000000000 state=running deadline=- command=a-very-long-command-that-is-wider-than-the-terminal-and-must-not-wrap-to-the-next-line bytes-in=- bytes-out=-
	result status=0
	end lines=5
EOA
serve

# --- without a terminal ---

is 'a terminal or a number is needed' \
    "$("$HAILDCTL" -s "$ctl" top 2>&1 </dev/null; echo $?)" \
    'haildctl: "top" needs a terminal; use -n for plain text
2'
is 'an unknown column' "$("$HAILDCTL" -s "$ctl" top -n 1 -o size 2>&1; echo $?)" \
    'haildctl: unknown column "size"; use age, bytes, client, id, service or user
2'
is 'two screens as text' "$("$HAILDCTL" -s "$ctl" top -n 2 -d 1 -o user |
    awk '$2 == "web" || $2 == "git" { print $1 } NF == 0 { print "-" }' |
    tr '\n' ' ')" '- 3 1 2 - - 3 1 2 '

# --- in a terminal ---

pane new-session -d -s top -x 100 -y 24 sh
pane set-option -g window-size manual >/dev/null
tty=$(pane display-message -p -t top '#{pane_tty}')
pane send-keys -t top 'PS1=prompt: ; clear' Enter
sees '^prompt:'
before=$(stty -a <"$tty" | tail -n +2)
pane send-keys -t top "$HAILDCTL -s $ctl top -d 1" Enter
ok 'a header' sees '^haild 9.1: serving, pid 42, up 3m12s, sessions 3 of 100$'
ok 'rates' sees '^accepted 0.0/s, refused 0.0/s; sorted by age$'
ok 'the oldest first' ordered '2 3 1'
for key in b,2_1_3 c,2_3_1 i,1_2_3 s,2_1_3 u,3_1_2; do
	pane send-keys -t top "${key%,*}"
	ok "sorted by key ${key%,*}" ordered "$(echo "${key#*,}" | tr _ ' ')"
done
pane send-keys -t top r
ok 'reversed' ordered '2 1 3'
ok 'as the header says' sees 'sorted by user \(reversed\)$'
is 'a long line is cut' "$(shown | grep -c 'next-line')" 0
status 100000 42
ok 'a rate from the difference' sees '^accepted [1-9][0-9]*\.[0-9]/s'

for size in 1x1 2x5 20x3 500x200 80x24; do
	resize "${size%x*}" "${size#*x}"
	wait_until '[ "$(pane display-message -p -t top "#{pane_width}x#{pane_height}")" = '$size' ]'
	first=$(echo 'haild 9.1: serving, pid 42, up 3m12s, sessions 3 of 100' |
	    cut -c "-${size%x*}" | sed 's/ *$//')
	ok "in a terminal of $size" wait_until '[ "$(shown | head -n 1)" = "$first" ]'
done
ok 'and all of it again' ordered '2 1 3'

end_child "$server"
wait "$server" 2>/dev/null
ok 'without a daemon' sees '^no answer: '
status 7 43
serve
ok 'with a new one' sees 'pid 43'
ok 'it has no rates at first, then its own' sees '^accepted 0.0/s'

pane send-keys -t top C-z
ok 'stopped' sees '^prompt:'
is 'the terminal is as before' "$(stty -a <"$tty" | tail -n +2)" "$before"
pane send-keys -t top fg Enter
ok 'continued' sees 'pid 43'
pane send-keys -t top q
ok 'q quits' sees '^prompt:$'
is 'the terminal is as before' "$(stty -a <"$tty" | tail -n +2)" "$before"
for signal in INT TERM HUP; do
	pane send-keys -t top "clear; $HAILDCTL -s $ctl top" Enter
	sees 'pid 43'
	top=$(pgrep -n -f "^$HAILDCTL -s $ctl top")
	kill -$signal "$top"
	ok "$signal ends it" sees '^prompt:$'
	pane send-keys -t top 'echo was $?' Enter
	ok 'and is its status' sees "^was $((128 + $(number $signal)))"
	wait_until '[ "$(stty -a <"$tty" | tail -n +2)" = "$before" ]'
	is 'the terminal is as before' \
	    "$(stty -a <"$tty" | tail -n +2)" "$before"
done
pane kill-server
done_testing
