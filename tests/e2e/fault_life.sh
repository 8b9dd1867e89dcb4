# fault_life.sh -- what happens in a long life: signals, process IDs, clocks,
# logs, programs and pid files (faults 41, 43, 44, 53, 55, 64, 65, 78).
. "${srcdir:-.}/tests/e2e/lib.sh"
need_command perl

cp "$PEER" "$tmp/peer"
newline='
'

# --- fault 43, within ---

# The part in a namespace of its own: says what it saw.
pid_reuse()
{
	# After the first round Linux gives only numbers from 300 on.
	echo 700 >/proc/sys/kernel/pid_max
	# It has left the session when the pipe is closed.
	cat >"$tmp/escape" <<-'EOF'
	#!/bin/sh
	x=$(setsid -f /bin/sh -c '/bin/sleep 3000 <&- >&- 2>&- &
	    exec /bin/sleep 3000 <&- >&- 2>&-')
	EOF
	chmod 755 "$tmp/escape"
	start_haild <<-EOF
	log-start = true
	leave: {
		listen = ["127.0.0.1:0"]
		exec = ["/bin/sh", "-c",
		    "exec $tmp/peer group /bin/sleep 2000 >/dev/null"]
		user = "$me"
		max-per-source = "none"
	}
	escape: {
		listen = ["127.0.0.1:0"]
		exec = ["$tmp/escape"]
		user = "$me"
		leftovers = "keep"
	}
	EOF
	leave=$(port leave)
	escape=$(port escape)
	i=0
	bystanders=
	while [ $i -lt 40 ]; do
		i=$((i + 1))
		"$PEER" many "$leave" 20 >>"$tmp/many" || echo "round $i failed"
		# Sweeps come once a second, and there are only 400 numbers.
		wait_until '[ "$(pgrep -c -x -f "/bin/sleep 2000")" -lt 100 ]' \
		    30
		# Some of these get the number of a session that is over.
		if [ $((i % 2)) = 0 ]; then
			setsid "$PEER" group /bin/sleep 1000 >/dev/null
			in_background setsid /bin/sh -c \
			    '/bin/sleep 1000 & exec /bin/sleep 1000'
			bystanders="$bystanders $last"
		fi
		[ $((i % 10)) != 0 ] || nc -d 127.0.0.1 "$escape"
	done
	echo "served $(awk '{ n += $1 } END { print n }' "$tmp/many")"
	wait_until '! pgrep -x -f "/bin/sleep 2000" >/dev/null' 30 &&
	    echo 'leftovers are gone'
	# Two in each of the 20 sessions, and one in each of the 20 groups.
	echo "bystanders $(pgrep -c -x -f '/bin/sleep 1000')"
	# Kept processes are nobody's leftovers.
	echo "kept $(pgrep -c -x -f '/bin/sleep 3000')"
	reused=$(sed -n 's/.* pid \([0-9]*\) start$/\1/p' "$log" | sort |
	    uniq -d | wc -l)
	[ "$reused" -gt 50 ] && echo 'process IDs came again'
	grep -Ei 'cannot|error|not permitted|no such|failed' "$log"
	stop_haild
	echo "status $haild_status, bystanders $(pgrep -c -x -f '/bin/sleep 1000')"
	no_complaints
}
if [ "${HAILD_TEST_INSIDE:-}" = pids ]; then
	pid_reuse
	exit 0
fi

# --- fault 41: a storm of signals ---

cat >"$tmp/config" <<EOF
greeting: { listen = ["127.0.0.1:0"] message = "hello\n" }
cat: { listen = ["127.0.0.1:0"] exec = ["/bin/cat"] user = "$me" }
EOF
start_haild <"$tmp/config"
greeting=$(port greeting)
sed -i "s/127.0.0.1:0\"\\] message/127.0.0.1:$greeting\"] message/" "$conf"
fds=$(descriptors)
"$PEER" flood "$greeting" 6 "hello$newline" >"$tmp/flood" &
flood=$!
"$PEER" flood "$(port cat)" 6 '' >"$tmp/flood2" &
flood2=$!
perl -e '
	my ($pid) = @ARGV;
	for my $n (1 .. 3000) {
		kill((qw(HUP CHLD USR1))[$n % 3], $pid) or die;
		select(undef, undef, undef, 0.001);
	}' "$haild_pid"
is 'a storm of signals: 3,000, one in a millisecond' $? 0
wait $flood
like 'every client is served all through' "$(cat "$tmp/flood")" \
    '^[1-9][0-9]+ good, 0 bad$'
wait $flood2
like 'also by a program' "$(cat "$tmp/flood2")" '^[1-9][0-9]+ good, 0 bad$'
ok 'they were heard' [ "$(grep -c 'reloaded: ' "$log")" -ge 2 ]
ok 'and so was SIGUSR1' [ "$(grep -c 'summary: ' "$log")" -ge 10 ]
ok 'descriptors are as before' wait_until "[ \"\$(descriptors)\" = $fds ]"
ok 'no child is left but the logger and linger' wait_until no_children
stop_haild
is 'it ends well' "$haild_status" 0

# --- fault 43: process IDs come again ---

# Only since Linux 6.14 a namespace has a pid_max of its own: before that, this
# would set the host's.
own_pid_max()
{
	[ "$(id -u)" = 0 ] && command -v unshare >/dev/null &&
	    [ "$(printf '6.14\n%s\n' "$(uname -r)" | sort -V | head -n 1)" = 6.14 ] &&
	    unshare -pf --mount-proc sh -c \
	        'echo 700 >/proc/sys/kernel/pid_max' 2>/dev/null
}
if own_pid_max; then
	HAILD_TEST_INSIDE=pids
	export HAILD_TEST_INSIDE srcdir builddir HAILD HAIL
	is 'process IDs that come again: nobody else is hit' \
	    "$(unshare -pf --kill-child --mount-proc sh "$0")" 'served 800
leftovers are gone
bystanders 60
kept 8
process IDs came again
status 0, bystanders 60'
	unset HAILD_TEST_INSIDE
else
	skip 'process IDs that come again' 'needs a pid_max of its own'
fi

# --- fault 44: the clock a day off ---

clock=$tmp/clock
cat >"$tmp/config" <<EOF
long: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/cat"]
	user = "$me"
	session-timeout = "1h"
}
short: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/cat"]
	user = "$me"
	session-timeout = "3s"
}
EOF
# The sanitizer wants to be first of all libraries.
ok 'the library for the clock is there' [ -e "$builddir/tests/e2e/clock.so" ]
plain=$HAILD
HAILD="env LD_PRELOAD=$builddir/tests/e2e/clock.so HAILD_TEST_CLOCK=$clock \
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0 \
    $builddir/haild"
start_haild <"$tmp/config"
HAILD=$plain
today=$(date +%F)
mkfifo "$tmp/in"
nc -N 127.0.0.1 "$(port long)" <"$tmp/in" >"$tmp/out" &
client=$!
exec 8>"$tmp/in"
echo one >&8
ok 'a session is open' wait_until "grep -q one '$tmp/out'"

# date_of SERVICE: when its last session ended, as the log says.
date_of()
{
	grep " $1: .* pid " "$log" | tail -n 1 | cut -d ' ' -f 1
}
echo 90000 >"$clock"
nc -N 127.0.0.1 "$(port long)" </dev/null
ok 'the clock goes a day on' logged 'long: .* exit 0 [0-9]{1,2}\.'
ok 'the log shows it' [ "$(date_of long | tr -d -)" -gt "$(echo "$today" | tr -d -)" ]
in_background nc -d 127.0.0.1 "$(port short)"
ok 'a deadline of 3 s is not moved' logged 'short: .* timeout session ([3-9]|[12][0-9])\.' 30
echo two >&8
ok 'one of an hour has not passed' wait_until "grep -q two '$tmp/out'"
in_background nc -d 127.0.0.1 "$(port short)"
has_sessions 2
echo -90000 >"$clock"
ok 'a day back: a deadline of 3 s is not moved' wait_until \
    "[ \"\$(grep -Ec 'short: .* timeout session [0-9]+\.' '$log')\" = 2 ]" 60
ok 'the log shows it' [ "$(date_of short | tr -d -)" -lt "$(echo "$today" | tr -d -)" ]
echo three >&8
ok 'and one of an hour has not passed' wait_until "grep -q three '$tmp/out'"
exec 8>&-
wait $client
ok 'its time is told right' logged 'long: .* exit 0 [0-9]{1,3}\.[0-9]{3}s( cpu [0-9.]+s( mem [0-9.]+.)?)?$'
is 'only two have timed out' "$(grep -c timeout "$log")" 2
stop_haild
is 'it ends well' "$haild_status" 0

# --- fault 53: standard error that nobody reads ---

mkfifo "$tmp/stderr"
exec 9<>"$tmp/stderr"
# F_SETPIPE_SZ: four pages, so that it is full soon.
perl -e 'open(my $f, "+<&=", 9) or die; fcntl($f, 1031, 16384) or die'
cat >"$conf" <<EOF
greeting: { listen = ["$sock"] message = "hello\n" socket-mode = "0666" max-per-source = "none" }
loud: {
	listen = ["$tmp/loud"]
	exec = ["/bin/sh", "-c", "echo loud >&2; echo done"]
	user = "$me"
}
EOF
$plain -f -c "$conf" </dev/null >/dev/null 2>"$tmp/stderr" 9>&- &
haild_pid=$!
wait_listening "$sock"
is 'standard error is not read: 300 clients are served' \
    "$("$PEER" many "$sock" 300 "hello$newline")" 300
is 'and a program that writes there' "$(timeout 30 nc -d -U "$tmp/loud")" 'done'
in_background sh -c 'exec cat <"$1"' sh "$tmp/stderr" >"$log"
reader=$last
wait_until "grep -q listening '$log'"
nc -d -U "$sock" >/dev/null
ok 'when it is read again, what was dropped is told' logged \
    '[1-9][0-9]+ messages lost, not accepted by standard error$'
nc -d -U "$sock" >/dev/null
# Other lines may follow it, about messages that were left out meanwhile.
ok 'and what comes is there' wait_until \
    "sed '1,/messages lost, not accepted/d' '$log' | grep -q 'greeting: uid:'"
ok 'no line is torn' sh -c \
    "! grep -vE '^[0-9-]+ [0-9:]+ haild\[[0-9]+\]: .|messages? lost' '$log'"
stop_haild
is 'it ends well' "$haild_status" 0
exec 9>&-
kill "$reader" 2>/dev/null
wait "$reader" 2>/dev/null

# --- fault 55: whatever a stranger can put into a line ---

# clean: every line of the log is printable ASCII, and begins as a line does,
# and its message has 1 KiB at most.
clean()
{
	! LC_ALL=C grep -n '[^ -~]' "$log" &&
	    ! grep -vE '^([0-9-]+ [0-9:]+ haild\[[0-9]+\]|haild): ' "$log" &&
	    ! sed 's/^[^]]*\]: //' "$log" | grep -E '.{1025}'
}
esc=$(printf '\033')
cr=$(printf '\r')
odd="a$cr${newline}2026-01-01 00:00:00 haild[1]: forged${esc}[31m%n%s%n"
cat >"$tmp/shout" <<'EOF'
#!/usr/bin/perl
print STDERR "a\rb\n\e[31m%n%n%s\x9b\n", "x" x 8192, "\n", "\e" x 8192, "\n";
print STDERR "cat: 127.0.0.1:1 pid 1 exit 0 0.000s\r";
EOF
chmod 755 "$tmp/shout"
cat >"$tmp/config" <<EOF
odd: { listen = ["$tmp/a\\r\\n\\x1b[31m%n%s"] message = "hello\n" }
shout: { listen = ["$sock"] exec = ["$tmp/shout"] user = "$me" }
gone: { listen = ["$tmp/gone"] exec = ["$tmp/peer"] user = "$me" }
EOF
start_haild <"$tmp/config"
ok 'a path with odd bytes is escaped' grep -qF \
    'odd: listening on '"$tmp"'/a\r\n\033[31m%n%s' "$log"
is 'and served' "$(nc -d -U "$tmp/a$cr$newline${esc}[31m%n%s")" hello
nc -d -U "$sock"
ok "a program's standard error is escaped" logged 'shout: stderr: \\033\[31m%n%n%s\\233$'
ok 'a long line is broken' logged 'shout: stderr: x{900}$'
ok 'where it is long as it is written' logged 'shout: stderr: (\\033){225}$'
ok 'and what looks like a session is not one' logged \
    'shout: stderr: cat: 127.0.0.1:1 pid 1 exit 0 0.000s'
ok 'all of it is lines of 1 KiB of printable text' clean
# What a reload has to say about a file.
for line in "$(printf '%08000d' 0 | tr 0 s): { listen = [\"$tmp/x\"] message = \"\" }" \
    "x: { listen = [\"$(printf '%08000d' 0 | tr 0 h)%n\\x1b:1\"] message = \"\" }" \
    "x: { listen = [\"$tmp/x\"] message = \"\" $(printf '%08000d' 0 | tr 0 k) = 1 }" \
    "x: { listen = [\"$tmp/x\"] exec = [\"$tmp/%n\\x1b\\r\\n\"] }" \
    "x: { listen = [\"$tmp/x\"] message = \"\" user = \"%n\\x1b\\n$(printf '%0900d' 0)\" }" \
    "${esc}[31m%n$cr: { }" "@include \"$tmp/$esc%n\""; do
	before=$(grep -Ec 'reload(ed:| failed:)' "$log")
	(
		echo 'strict-start = true'
		cat "$tmp/config"
		printf '%s\n' "$line"
	) >"$conf"
	kill -HUP "$haild_pid"
	ok "$(printf %.12s "$line" | tr -d '\033'): it is told" wait_until \
	    "[ \"\$(grep -Ec 'reload(ed:| failed:)' '$log')\" -gt $before ]"
	ok 'in a line that is clean' clean
done
stop_haild
# The command line.
cp "$tmp/shout" "$tmp/$(printf '%s' "$odd" | tr / _)"
: >"$log"
run_haild -f -l 127.0.0.1:0 -u "$me" -- "$tmp/$odd"
ok 'a name from the command line' wait_until \
    "grep -q listening '$log' || ! kill -0 $haild_pid"
nc -d 127.0.0.1 "$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' "$log")" 2>/dev/null
stop_haild
ok 'is escaped as well' clean
WATCHDOG_USEC=$odd NOTIFY_SOCKET=$odd run_haild -f -c "$conf"
wait_haild
ok 'and so is the environment' clean
ok 'which is told' grep -q 'NOTIFY_SOCKET: "a\\r\\n2026' "$log"

# --- fault 64: a program is replaced ---

program()
{
	printf '#!/bin/sh\necho %s; read line; echo "%s $line"\n' "$1" "$1" \
	    >"$tmp/new"
	chmod "${2:-755}" "$tmp/new"
	mv "$tmp/new" "$tmp/program"
}
program old
start_haild <<EOF
program: { listen = ["$sock"] exec = ["$tmp/program"] user = "$me" socket-mode = "0666" }
EOF
nc -N -U "$sock" <"$tmp/in" >"$tmp/out" &
client=$!
exec 8>"$tmp/in"
ok 'a session of the old program' wait_until "grep -q old '$tmp/out'"
program new
is 'a new session runs the new one' "$(echo x | nc -N -U "$sock")" 'new
new x'
program without 644
is 'one that cannot be run serves nobody' "$(nc -d -U "$sock")" ''
ok 'and the log says why' logged 'program: cannot execute .*: Permission denied$'
rm "$tmp/program"
is 'nor does none' "$(nc -d -U "$sock")" ''
ok 'and the log says why' logged 'program: cannot execute .*: No such file'
ok 'with its status' logged 'program: uid:.* pid [0-9]+ exit 69 '
printf '#!%s\n' "$tmp/none" >"$tmp/program"
chmod 755 "$tmp/program"
is 'nor does one without its interpreter' "$(nc -d -U "$sock")" ''
ok 'and the log names that' logged \
    "program: cannot execute $tmp/program: its interpreter $tmp/none does not exist\$"
echo 'echo' >"$tmp/program"
is 'nor does a script without one' "$(nc -d -U "$sock")" ''
ok 'the log has the reason' logged 'program: cannot execute .*: Exec format error '
program newest
is 'one that is back does at once' "$(echo x | nc -N -U "$sock")" 'newest
newest x'
echo y >&8
exec 8>&-
wait $client
is 'the old session is the old program to the end' "$(cat "$tmp/out")" 'old
old y'
stop_haild
is 'it ends well' "$haild_status" 0

# --- fault 65: the file with the process ID ---

pidfile=$tmp/pid
cat >"$conf" <<EOF
greeting: { listen = ["127.0.0.1:0"] message = "hello\n" }
EOF

# two: start two at once, and see that one serves and the other goes.
two()
{
	: >"$log.1" && : >"$log.2"
	$HAILD -f -c "$conf" -p "$pidfile" </dev/null >"$log.1" 2>&1 &
	one=$!
	$HAILD -f -c "$conf" -p "$pidfile" </dev/null >"$log.2" 2>&1 &
	background="$background $one $!"
	set -- "$!"
	if ! wait_until "grep -q ' serving ' '$log.1' '$log.2' &&
	    grep -q 'already running' '$log.1' '$log.2'" 30; then
		kill "$one" "$1"
		return 1
	fi
	winner=$one loser=$1 lost=$log.2
	! grep -q 'already running' "$log.1" || winner=$1 loser=$one lost=$log.1
	wait "$loser"
	status=$?
	is_winner=$(cat "$pidfile")
	kill "$winner"
	wait "$winner"
	[ "$? $status $is_winner" = "0 1 $winner" ] &&
	    ! grep -E 'serving|listening' "$lost" && [ ! -e "$pidfile" ]
}
i=0
while [ $i -lt 20 ] && two; do
	i=$((i + 1))
done
is 'two at once, 20 times: one wins, and the other touches nothing' $i 20

# start_on_file: with what is at $pidfile now.
start_on_file()
{
	cp "$conf" "$tmp/config"
	start_haild -p "$pidfile" <"$tmp/config"
}

# no_start: it does not, since of what is there.
no_start()
{
	run_haild -f -c "$conf" -p "$pidfile"
	wait_haild
	is "$1: no start" "$haild_status" 1
	like 'with the reason' "$(cat "$log")" "$pidfile: $2\$"
	ok 'before a socket is opened' sh -c "! grep listening '$log'"
}

# reaches_upgrade: upgrade, and wait until the new program serves.
reaches_upgrade()
{
	kill -USR2 "$haild_pid"
	logged 'upgrade complete: '
}

# A file of a process that is dead, and of one that is somebody else.
sh -c 'echo $$' >"$pidfile"
start_on_file
is 'the file of a dead process is taken over' "$(cat "$pidfile")" "$haild_pid"
stop_haild
ok 'and removed at the end' [ ! -e "$pidfile" ]
in_background sleep 1000
bystander=$last
printf '%s and more than a number\n' "$bystander" >"$pidfile"
start_on_file
is 'and so is one with the number of a stranger' "$(cat "$pidfile")" "$haild_pid"
ok 'the other process lives' kill -0 "$bystander"

# While it runs.
winner=$haild_pid
cp "$log" "$log.winner"
no_start 'a second one' "haild is already running, pid $winner"
is 'the file is as it was' "$(cat "$pidfile")" "$winner"
haild_pid=$winner
cp "$log.winner" "$log"
run=$log
is 'and the first one serves' "$(nc -d 127.0.0.1 "$(port greeting)")" hello
log=$tmp/second.log
no_start 'still a second one' "haild is already running, pid $winner"
log=$run
haild_pid=$winner
stop_haild
ok 'it is removed at the end' [ ! -e "$pidfile" ]

# --- fault 78: anyone locks the file that anyone may read ---

printf '%s\n' "$bystander" >"$pidfile"
chmod 644 "$pidfile"
in_background flock -x -F "$pidfile" sleep 1000
stranger=$last
wait_until "! flock -n -s '$pidfile' true"
start_on_file
is 'a locked process ID file does not prevent a start' "$(cat "$pidfile")" \
    "$haild_pid"
is 'the lock is on a file that only its owner may open' \
    "$(stat -c '%a %u' "$pidfile.lock")" "600 $(id -u)"
ok 'which haild has locked' sh -c "! flock -n -s '$pidfile.lock' true"
ok 'an upgrade' reaches_upgrade
ok 'keeps it' sh -c "! flock -n -s '$pidfile.lock' true"
is 'and the process ID file' "$(cat "$pidfile")" "$haild_pid"
if [ "$(id -u)" = 0 ]; then
	ok 'another user cannot open it' sh -c \
	    "! setpriv --reuid=65534 --clear-groups cat '$pidfile.lock' 2>/dev/null"
else
	skip 'another user cannot open it' 'needs root'
fi
stop_haild
ok 'both files are removed at the end' \
    [ ! -e "$pidfile" -a ! -e "$pidfile.lock" ]
kill "$stranger"
if [ "$(id -u)" = 0 ]; then
	echo 1 >"$pidfile.lock"
	chown nobody "$pidfile.lock"
	run_haild -f -c "$conf" -p "$pidfile"
	wait_haild
	is "a lock file of another user: no start" "$haild_status" 1
	ok 'with the reason' grep -q \
	    "$pidfile.lock: belongs to another user; remove it" "$log"
	is 'and no harm to it' "$(cat "$pidfile.lock")" 1
	rm "$pidfile.lock"
else
	skip 'a lock file of another user' 'needs root'
fi
rm -f "$pidfile"
echo precious >"$tmp/precious"
ln -s precious "$pidfile.lock"
run_haild -f -c "$conf" -p "$pidfile"
wait_haild
is 'a symbolic link in place of the lock file: no start' \
    "$haild_status $(cat "$tmp/precious")" '1 precious'
rm "$pidfile.lock" "$tmp/precious"

# An upgrade keeps the lock.
start_on_file
ok 'an upgrade' reaches_upgrade
winner=$haild_pid
log=$tmp/second.log
no_start 'a second one after an upgrade' "haild is already running, pid $winner"
log=$run
haild_pid=$winner
stop_haild
ok 'the file is removed after an upgrade' [ ! -e "$pidfile" ]
ok 'nothing was wrong with it' sh -c "! grep '$pidfile' '$log'"

# Somebody else's file at the end stays.
start_on_file
rm "$pidfile"
echo mine >"$pidfile"
stop_haild
is "a file that is not the one we made stays" "$(cat "$pidfile")" mine
rm "$pidfile"

# What is not a regular file: no harm to it, nor to what it leads to.
echo precious >"$tmp/precious"
ln -s precious "$pidfile"
no_start 'a symbolic link' 'is not a regular file'
is 'its target is unchanged' "$(cat "$tmp/precious")" precious
ok 'and the link is there' [ -L "$pidfile" ]
rm "$pidfile"
ln -s nothing "$pidfile"
no_start 'a symbolic link to nothing' 'is not a regular file'
ok 'nothing is made there' [ ! -e "$tmp/nothing" ]
rm "$pidfile"
mkfifo "$pidfile"
no_start 'a FIFO, without waiting' 'is not a regular file'
ok 'it is there' [ -p "$pidfile" ]
rm "$pidfile"
mkdir "$pidfile"
no_start 'a directory' 'cannot open: Is a directory \(use another with -p\)'
ok 'it is there' [ -d "$pidfile" ]
rmdir "$pidfile"
done_testing
