# control_acts.sh -- haildctl reload, upgrade, stop and log: each waits for the
# result, tells it, and works while haild does something else.
. "${srcdir:-.}/tests/e2e/lib.sh"

newline='
'
ctl=$tmp/ctl.sock

# ask COMMAND...: its output is in $out, its status in $status.
ask()
{
	out=$($HAILDCTL -s "$ctl" "$@" 2>&1)
	status=$?
	out=$(printf '%s\n' "$out" | show)
}

# show: without what is not the daemon's answer.
show()
{
	sed 's/^haildctl: //' | grep -v 'user "haild'
}

# ask_later NAME COMMAND...: likewise in the background; see answered.
ask_later()
{
	asking=$1
	shift
	(
		$HAILDCTL -s "$ctl" "$@" >"$tmp/$asking.out" 2>&1
		echo "$?" >"$tmp/$asking.status"
	) &
	asking_pid=$!
	background="$background $asking_pid"
	eval "asking_$asking=$asking_pid"
}

# answered NAME: wait for it; then $out and $status are its.
answered()
{
	eval "wait \"\$asking_$1\""
	out=$(show <"$tmp/$1.out")
	status=$(cat "$tmp/$1.status")
}

# requested TEXT N: wait until haild has logged N requests.
requested()
{
	wait_until "[ \"\$(grep -c 'control: uid [0-9]*: $1\$' '$log')\" = $2 ]"
}

install_haild()
{
	cp "$1" "$tmp/haild.new"
	chmod "${2:-755}" "$tmp/haild.new"
	mv "$tmp/haild.new" "$tmp/haild"
}

traces=
# Other users cannot read the path in the memory of haild-load, which is undumpable.
[ "$(id -u)" = 0 ] && strace -q -o /dev/null true 2>/dev/null && traces=yes
built=$HAILD
install_haild "$built"
HAILD=$tmp/haild
cat >"$tmp/config" <<END
control = "$ctl"
greeting: { listen = ["127.0.0.1:0"] message = "hello\n" }
cat: { listen = ["127.0.0.1:0", "$sock"] exec = ["/bin/cat"] user = "$me" }
END
start_haild -p "$tmp/pid" <"$tmp/config"
greeting=$(port greeting)
inode=$(stat -c %i "$ctl")

# --- reload ---

ask reload
is 'a reload' "$status $out" '0 reloaded: nothing'
printf '%s\n' 'late: { listen = ["127.0.0.1:0"] message = "late\n" }' >>"$conf"
ask reload
is 'a reload tells what has changed' "$status $out" '0 reloaded: added late'
echo '}' >>"$conf"
lines=$(wc -l <"$conf")
ask reload
is 'a reload with an error fails, and tells the line' "$status $out" \
    "1 $conf:$lines: there is no \"{\" for this \"}\"
reload failed: errors in the configuration; keeping the old configuration"
is 'the old configuration serves' "$(nc -d 127.0.0.1 "$greeting")" hello
sed "1s/^/$(printf 'mistake-%d = 1 ' $(seq 500))/" "$tmp/config" >"$conf"
ask reload
is 'many errors: the outcome is there' "$status $(printf '%s\n' "$out" | tail -n 1)" \
    '1 reload failed: errors in the configuration; keeping the old configuration'
like 'with the first of them' "$(printf '%s\n' "$out" | head -n 1)" "^$conf:1: .*mistake-1\""
cp "$tmp/config" "$conf"
ask reload
is 'the error is corrected' "$status $out" '0 reloaded: removed late'

# The answer is for a reload that began after the request.
i=0
while [ $i -lt 10 ]; do
	i=$((i + 1))
	printf 'late-%d: { listen = ["%s"] message = "late\\n" }\n' $i \
	    "$tmp/late-$i" >>"$conf"
	(
		$HAILDCTL -s "$ctl" -t 60 reload >/dev/null 2>&1 &&
		    nc -d -U "$tmp/late-$i" >"$tmp/late.$i"
	) &
	background="$background $!"
done
ok 'ten requests at once: each has its change in effect' wait_until \
    '[ "$(cat "$tmp"/late.* 2>/dev/null | grep -c late)" = 10 ]' 60
cp "$tmp/config" "$conf"
ask reload

# Requests that come while a reload is going on: haild-load takes its time where
# it opens the file.
if [ -n "$traces" ]; then
	inject openat:delay_enter=4000000 "$conf"
	ask_later r0 reload
	wait_until '[ -n "$(pgrep -P "$haild_pid" -f "^haild-load")" ]'
	printf 'new: { listen = ["%s"] message = "new\\n" }\n' "$tmp/new" \
	    >"$tmp/more"
	before=$(grep -c 'control: uid [0-9]*: reload$' "$log")
	i=0
	while [ $i -lt 63 ]; do
		i=$((i + 1))
		ask_later "r$i" -t 30 reload
	done
	requested reload $((before + 63))
	like 'at most 64 wait; another is told that haild is busy' \
	    "$(echo 'haild-control 1 reload' | nc -U "$ctl")" '^result status=7$'
	cat "$tmp/more" >>"$conf"
	eject
	answered r0
	like 'a reload that is going on' "$status $out" '^0 reloaded: '
	ok 'so are those who wait' wait_until \
	    '[ "$(cat "$tmp"/r*.status | sort | uniq -c | xargs)" = "64 0" ]'
	is 'the next one began after their requests' "$(nc -d -U "$tmp/new")" new
	cp "$tmp/config" "$conf"
	ask reload
else
	skip 'requests during a reload' 'needs root'
fi

# A client that goes away.
before=$(grep -c 'control: uid [0-9]*: reload$' "$log")
kill -STOP "$haild_pid"
ask_later gone reload
kill -CONT "$haild_pid"
requested reload $((before + 1))
kill "$(pgrep -P "$asking_pid" -f haildctl)" 2>/dev/null
answered gone
ask reload
is 'a client that went away does no harm' "$status $out" '0 reloaded: nothing'

# SIGHUP counts as well.
failed=$(grep -c 'reload failed: ' "$log")
reloaded=$(grep -c 'reloaded: ' "$log")
reloads=$((failed + reloaded))
reload
ask --json status
like 'reloads are counted, those by SIGHUP too' "$out" \
    "\"reloads\": *$((reloaded + 1))[,}]"
like 'so are failures' "$out" "\"reloads_failed\": *${failed}[,}]"

# --- the log ---

ask log debug
is 'a log level' "$status $out" '0 log level: debug'
ok 'is logged' logged 'control: uid [0-9]+: log level: debug$'
ask --json status
like 'and shown' "$out" '"log_level": *"debug"'
ask status
like 'also in the text' "$out" 'log level: debug$'
ask reload
ask --json status
like 'a reload keeps it' "$out" '"log_level": *"debug"'

# --- upgrade ---

ask upgrade
like 'an upgrade' "$status $out" '^0 now running haild [0-9.]+$'
ok 'has a request in the log' logged 'control: uid [0-9]+: upgrade$'
is 'the socket is the same' "$(stat -c %i "$ctl")" "$inode"
ask --json status
is 'and answers' "$status" 0
like 'the log level is kept' "$out" '"log_level": *"debug"'
like 'the reloads are' "$out" "\"reloads\": *$((reloaded + 2))[,}]"
like 'and the upgrade is counted' "$out" '"upgrades": *1[,}]'
like 'which did not fail' "$out" '"upgrade_failed": *false'
ask log info

cat >"$tmp/exits" <<'END'
#!/bin/sh
echo "haild: error while loading shared libraries: libnone.so" >&2
printf 'two\n\033[31mlines\n' >&2
exit 127
END
refuse()
{
	like "$1: the upgrade fails" "$status $(printf '%s\n' "$out" | tail -n 1)" \
	    "^1 upgrade failed: $tmp/haild could not take over; still running haild [0-9.]+$"
	is "$1: the old one serves" "$(nc -d 127.0.0.1 "$greeting")" hello
}
install_haild "$tmp/exits"
ask upgrade
refuse 'a program that fails'
is 'what it printed is told' "$(printf '%s\n' "$out" | head -n 4)" \
    "upgrade: error while loading shared libraries: libnone.so
upgrade: two
upgrade: \\033[31mlines
upgrade: $tmp/haild exited with status 127"
ok 'and logged' logged 'upgrade: error while loading shared libraries: libnone.so$'
cat >"$tmp/endless" <<'END'
#!/bin/sh
yes >&2
exit 3
END
install_haild "$tmp/endless"
ask upgrade
refuse 'a program that prints without end'
install_haild "$built" 644
ask upgrade
refuse 'a program that cannot be executed'
like 'with the reason' "$out" "^upgrade: cannot execute $tmp/haild: Permission denied\$"
install_haild "$built"
echo '}' >>"$conf"
ask upgrade
refuse 'an error in the configuration'
like 'with its line' "$out" "^upgrade: $conf:[0-9]+: there is no "
cp "$tmp/config" "$conf"
ask --json status
like 'failures are counted' "$out" '"upgrades_failed": *4[,}]'
like 'the last one failed' "$out" '"upgrade_failed": *true'

mkfifo "$tmp/fifo"
# Those who wait are handed over: a proof that takes its time.
printf '#!/bin/sh\nread x <"%s"\nexec "%s" "$@"\n' "$tmp/fifo" "$built" \
    >"$tmp/slow"
install_haild "$tmp/slow"
ask_later slow upgrade
wait_until "pgrep -P $haild_pid -f '$tmp/haild' >'$tmp/proof'"
ask status
is 'during the proof the socket answers' "$status" 0
# haildctl would repeat it, and may get no answer in the time that is left.
like 'another upgrade must wait' \
    "$(echo 'haild-control 1 upgrade' | nc -U "$ctl" | tr '\n' ' ')" \
    ' message text=another.040upgrade.*in.040progress result status=7 '
ask reload
is 'a reload need not' "$status $out" '0 reloaded: nothing'
install_haild "$built"
echo go >"$tmp/fifo"
answered slow
like 'then the new program answers' "$status $out" '^0 now running haild '

# --- under load ---

cat >"$tmp/top" <<END
while [ ! -e "$tmp/enough" ]; do
	$HAILDCTL -s "$ctl" status >/dev/null 2>>"$tmp/top.err" || echo bad
	echo good
	sleep 0.1
done
END
sh "$tmp/top" >"$tmp/top.out" &
top=$!
background="$background $top"
"$PEER" flood "$greeting" 4 "hello$newline" >"$tmp/flood" &
flood=$!
i=0
while [ $i -lt 10 ]; do
	i=$((i + 1))
	[ $((i % 5)) != 0 ] || install_haild "$tmp/exits"
	ask upgrade
	echo "$status" >>"$tmp/upgrades"
	[ $((i % 5)) != 0 ] || install_haild "$built"
	ask reload
	echo "$status" >>"$tmp/reloads"
done
wait $flood
: >"$tmp/enough"
wait $top
is 'upgrades succeed or fail as they should during status requests' \
    "$(sort "$tmp/upgrades" | uniq -c | xargs)" '8 0 2 1'
is 'so do reloads' "$(sort -u "$tmp/reloads" | xargs)" 0
like 'every client is answered' "$(cat "$tmp/flood")" '^[1-9][0-9]* good, 0 bad$'
is 'and every request' "$(grep -c bad "$tmp/top.out") $(cat "$tmp/top.err")" '0 '
is 'the socket is the same' "$(stat -c %i "$ctl")" "$inode"
ok 'no process is left' wait_until no_children

# --- who may ---

if [ "$(id -u)" = 0 ]; then
	chmod 666 "$ctl"
	for command in reload upgrade stop 'log debug'; do
		# shellcheck disable=SC2086 # words
		out=$(setpriv --reuid=65533 --regid=65533 --clear-groups \
		    $HAILDCTL -s "$ctl" $command 2>&1)
		is "another user may not $command" $? 4
	done
	chmod 600 "$ctl"
else
	skip 'another user' 'needs root'
fi

# --- stop ---

hold_open "$(port cat)" 2
has_sessions 2
ask_later first stop
requested stop 1
logged 'stopping: 2 sessions open'
ask status
is 'while it stops, the socket answers' "$status" 0
like 'and shows it' "$out" 'cat +stopping +2 '
ask reload
is 'a reload fails' "$status $out" '1 reload failed: haild is stopping'
ask upgrade
is 'an upgrade too' "$status $out" '1 upgrade failed: haild is stopping'
ok 'the first waits' [ ! -e "$tmp/first.status" ]
ask_later second stop
answered second
is 'a second stop ends the sessions' "$status $out" '0 stopped'
answered first
is 'which both have waited for' "$status $out" '0 stopped'
ok 'the files are gone' [ ! -e "$ctl" -a ! -e "$tmp/pid" -a ! -e "$tmp/pid.lock" ]
wait_haild
is 'haild ended well' "$haild_status" 0
release_all

# One that waits for a session that ends by itself.
start_haild <"$tmp/config"
hold_open "$(port cat)"
has_sessions 1
ask_later only stop
logged 'stopping: 1 session open'
release_all
answered only
is 'a stop without a second one waits for its session' "$status $out" '0 stopped'
wait_haild
start_haild <"$tmp/config"
ask stop
is 'without sessions it stops at once' "$status $out" '0 stopped'
wait_haild
is 'well' "$haild_status" 0
ask stop
is 'then none answers' "$status" 5
done_testing
