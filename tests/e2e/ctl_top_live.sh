# ctl_top_live.sh -- "haildctl top" with haild itself, in terminals of three sizes,
# while haild is upgraded, reloaded and restarted under load.
. "${srcdir:-.}/tests/e2e/lib.sh"
. "$srcdir/tests/e2e/top.sh"
need_command tmux

newline='
'
ctl=$tmp/ctl.sock

# fills COLUMNS ROWS: wait until the terminal is of this size, and then until a
# screen of top fits: the first line is the header's, and none is longer.
fills()
{
	pane resize-window -t top -x "$1" -y "$2"
	wait_until '[ "$(pane display-message -p -t top "#{pane_width}x#{pane_height}")" = '"$1x$2 ]"
	wait_until 'shown | head -n 1 | grep -q "^haild [0-9]"' || return
	[ "$(shown | wc -l)" -le "$2" ] &&
	    [ "$(shown | awk '{ n = length > n ? length : n } END { print n }')" -le "$1" ]
}

install_haild()
{
	cp "$built" "$tmp/haild.new"
	mv "$tmp/haild.new" "$tmp/haild"
}

built=$HAILD
install_haild
HAILD=$tmp/haild
cat >"$tmp/config" <<END_OF_CONFIG
control = "$ctl"
greeting: { listen = ["127.0.0.1:0"] message = "hello\n" }
cat: { listen = ["127.0.0.1:0"] exec = ["/bin/cat"] user = "$me" }
END_OF_CONFIG
start_haild <"$tmp/config"
greeting=$(port greeting)
cat=$(port cat)
hold_open "$cat" 3
has_sessions 3

pane new-session -d -s top -x 80 -y 24 sh
pane set-option -g window-size manual >/dev/null
pane send-keys -t top "PS1=prompt: ; clear; $HAILDCTL -s $ctl top -d 1; echo was \$?" Enter
ok 'top shows the sessions' sees '^ *[0-9]+ +cat +127\.0\.0\.1:'
ok 'and their number' sees "^haild [0-9.]+: serving, pid $haild_pid, up .*, sessions 3 of"
ok 'and the keys' sees '^keys: q quit, r reverse, a age, .* u user'

"$PEER" flood "$greeting" 15 "hello$newline" >"$tmp/flood" &
flood=$!
ok 'the rate of the load' sees '^accepted [1-9][0-9]*\.[0-9]/s'
for size in 80x24 40x10 200x50; do
	ok "a terminal of $size" fills "${size%x*}" "${size#*x}"
	install_haild
	"$HAILDCTL" -s "$ctl" upgrade >"$tmp/upgrade" 2>&1
	is 'an upgrade' "$? $(sed 's/ [0-9.]*$//' "$tmp/upgrade")" '0 now running haild'
	"$HAILDCTL" -s "$ctl" reload >"$tmp/reload" 2>&1
	is 'a reload' $? 0
	ok 'top continues' sees '^accepted [1-9][0-9]*\.[0-9]/s'
done
wait "$flood"
like 'no client is lost' "$(cat "$tmp/flood")" '^[1-9][0-9]* good, 0 bad$'
ok 'the sessions are still there' sees "pid $haild_pid, .*sessions 3 of"
"$HAILDCTL" -s "$ctl" --json status >"$tmp/status"
like 'there were three upgrades' "$(cat "$tmp/status")" '"upgrades": *3[,}]'

release_all
stop_haild
ok 'without haild' sees '^no answer: '
start_haild <"$tmp/config"
ok 'with another haild' sees "^haild [0-9.]+: serving, pid $haild_pid, "
ok 'without the sessions of the old one' sees 'sessions 0 of'
pane send-keys -t top q
ok 'it ends well' sees '^was 0$'
pane kill-server
done_testing
