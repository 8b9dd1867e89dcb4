# upgrade.sh -- SIGUSR2: another program takes over, no client is lost (fault 63).
. "${srcdir:-.}/tests/e2e/lib.sh"

# The daemon is started from a file that is replaced as a package would: by
# rename(2).
install_haild()
{
	cp "$1" "$tmp/haild.new"
	chmod "${2:-755}" "$tmp/haild.new"
	mv "$tmp/haild.new" "$tmp/haild"
}

refuse()
{
	upgrade
	like "$1: refused" "$(last_upgrade)" \
	    "^upgrade failed: $tmp/haild could not take over; still running haild [0-9.]+$"
	is "$1: the old one serves" "$(nc -d 127.0.0.1 "$greeting")" hello
	is "$1: under the same pid" "$(pgrep -P $$ -x haild)" "$haild_pid"
}

newline='
'
built=$HAILD
install_haild "$built"
HAILD=$tmp/haild
cat >"$tmp/config" <<EOF
greeting: {
	listen = ["127.0.0.1:0", "$sock"]
	message = "hello\n"
}
cat: { listen = ["127.0.0.1:0"] exec = ["/bin/cat"] user = "$me" }
timed: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "echo \$\$; exec sleep 1000"]
	user = "$me"
	session-timeout = "5s"
}
reset: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "echo \$\$; exec sleep 1000"]
	user = "$me"
}
leaving: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "$PEER group sleep 1000; read x; exit 6"]
	user = "$me"
}
noise: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "echo before >&2; read x; echo after >&2"]
	user = "$me"
}
denied: {
	listen = ["127.0.0.1:0"]
	message = ""
	deny = ["127.0.0.0/8"]
}
full: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/cat"]
	user = "$me"
	max-sessions = 2
	max-per-source = "none"
	at-limit = "refuse"
}
EOF
start_haild -p "$tmp/pid" <"$tmp/config"
greeting=$(port greeting)

# --- what is open goes on ---

# open_session NAME FD: a client whose input comes from that descriptor.
open_session()
{
	mkfifo "$tmp/$1.in"
	nc -N 127.0.0.1 "$(port "$1")" <"$tmp/$1.in" >"$tmp/$1.out" \
	    5>&- 6>&- 7>&- &
	background="$background $!"
	eval "exec $2>\"\$tmp/\$1.in\""
}
open_session cat 5
open_session leaving 6
open_session noise 7
echo one >&5
wait_until "grep -q one '$tmp/cat.out'"
ok 'before' logged 'noise: stderr: before$'
timed=$(port timed)
nc -d 127.0.0.1 "$timed" >"$tmp/timed.out" 5>&- 6>&- 7>&- &
timed_client=$!
"$PEER" hold "$(port reset)" >"$tmp/reset.out" 5>&- 6>&- 7>&- &
reset_client=$!
hold_open "$(port full)" 2 5>&- 6>&- 7>&-
wait_until '[ "$(sessions | wc -l)" = 7 ] && [ -s "$tmp/timed.out" ]'
fds=$(descriptors)

upgrade
like 'taken over' "$(last_upgrade)" '^upgrade complete: now running haild [0-9.]+$'
is 'served' "$(nc -d 127.0.0.1 "$greeting")" hello
is 'served on the Unix socket' "$(nc -d -U "$sock")" hello
is 'the pid is the same' "$(cat "$tmp/pid")" "$haild_pid"
ok 'the lock is held' sh -c "! flock -n '$tmp/pid.lock' true"
echo two >&5
ok 'a session goes on' wait_until "grep -q two '$tmp/cat.out'"
exec 5>&-
ok 'and is logged by the new image' logged 'cat: .* pid [0-9]+ exit 0 '
echo >&7
ok 'its standard error is logged' logged 'noise: stderr: after$'
exec 7>&-
is 'the counters are handed over' "$(echo x | nc -N 127.0.0.1 "$(port full)")" ''
ok 'and refuse as before' logged 'full: .* refused: service limit 2$'
echo >&6
ok 'leftovers are known' logged 'leaving: .* exit 6 '
exec 6>&-
ok 'a session is timed out by the new image' logged \
    "timed: .* pid $(cat "$tmp/timed.out") timeout session ([5-9]|[12][0-9])\\." 30
wait $timed_client
release_all
ok 'slots are given back' has_sessions 1
# It has not read everything, so this is a reset, which ends the session.
kill $reset_client
wait $reset_client 2>/dev/null
ok 'no child is left' wait_until no_children
is 'descriptors are as before' "$(descriptors)" "$fds"

# A client that resets is noticed by the new image, too.
mkfifo "$tmp/go"
"$PEER" reset-later "$(port reset)" <"$tmp/go" >"$tmp/reset.out" &
client=$!
exec 5>"$tmp/go"
has_sessions 1
upgrade
exec 5>&-
wait $client
ok 'a reset after the upgrade ends its session' logged 'reset: .* disconnect '

# --- what cannot take over ---

printf '#!/bin/sh\nexit 1\n' >"$tmp/exits"
printf '#!/bin/sh\nkill -SEGV $$\n' >"$tmp/crashes"
printf '#!/bin/sh\nexit 75\n' >"$tmp/mixed"
install_haild "$tmp/exits"
refuse 'one that fails'
ok 'with its status' logged "upgrade: $tmp/haild exited with status 1\$"
install_haild "$tmp/crashes"
refuse 'one that crashes at its start'
ok 'with its signal' logged "upgrade: $tmp/haild was killed by signal 11 \(Segmentation fault\)\$"
install_haild "$tmp/mixed"
refuse 'one whose helpers are of another version'
ok 'with the reason' logged "upgrade: the helper programs of $tmp/haild are "
install_haild /bin/true
refuse 'one that is something else'
install_haild "$built" 644
refuse 'one that cannot be executed'
rm "$tmp/haild"
refuse 'one that is not there'
install_haild "$built"
echo '}' >>"$conf"
refuse 'one that finds a broken configuration'
# 192.0.2.1 is nobody's (RFC 5737): the proof must find that out, for who has
# taken over cannot go back.
{
	echo 'strict-start = true'
	cat "$tmp/config"
	echo 'new: { listen = ["192.0.2.1:7890"] message = "" }'
} >"$conf"
refuse 'one that is strict, and cannot listen'
echo 'new: { listen = ["192.0.2.1:7890"] message = "" }' >"$conf"
refuse 'one that would have nothing to serve'
cp "$tmp/config" "$conf"

# --- versions of the state ---

install_haild "$builddir/tests/e2e/haild-next"
upgrade
like 'to a version that reads this one and more' "$(last_upgrade)" '^upgrade complete: '
is 'served' "$(nc -d 127.0.0.1 "$greeting")" hello
install_haild "$built"
refuse 'from a version of the state that is not known'
ok 'with the reason' grep -q 'state: unknown version "haild-state version=2"; the newest known is 1' \
    "$log"
stop_haild TERM

# --- under load ---

cp "$tmp/config" "$conf"
start_haild <"$tmp/config"
greeting=$(port greeting)
upgrades=0
"$PEER" flood "$greeting" 8 "hello$newline" >"$tmp/flood" &
flood=$!
i=0
while [ $i -lt 20 ]; do
	i=$((i + 1))
	[ $((i % 5)) != 0 ] || install_haild "$tmp/exits"
	upgrade
	[ $((i % 5)) != 0 ] || install_haild "$built"
done
wait $flood
like '20 upgrades under load: every client is answered' "$(cat "$tmp/flood")" \
    '^[1-9][0-9]* good, 0 bad$'
is 'those that were good, and those that were not' \
    "$(grep -c 'upgrade complete: ' "$log") $(grep -c 'upgrade failed: ' "$log")" '16 4'
fds=$(descriptors)
upgrade
is 'descriptors stay as they are' "$(descriptors)" "$fds"

# Refusals without a line of their own are counted over it.
in_background "$PEER" blast "$(port denied)" 2 >"$tmp/blast"
blast=$last
logged 'denied: .* refused: access$'
upgrade
upgrade
wait "$blast"
ok 'refusals are counted' \
    wait_until "kill -USR1 $haild_pid; refused=\$(grep -Ec 'denied: .* refused: access$' '$log')
	left=\$(sed -n 's/.*: \([0-9]*\) more refusals not logged: .*/\1/p' '$log' | paste -sd+)
	[ \$((refused + \${left:-0})) = \"\$(sed -n 's/.*denied: .*, \([0-9]*\) refused,.*/\1/p' '$log' |
	    tail -n 1)\" ]" 5
stop_haild TERM
is 'it ends well' "$haild_status" 0

# --- in the background ---

(cd "$tmp" && "$tmp/haild" -c haild.conf -p daemon.pid)
pid=$(cat "$tmp/daemon.pid")
background="$background $pid"
kill -USR2 "$pid"
ok 'a daemon is upgraded, relative paths and all' wait_until \
    "[ \"\$(tr '\\0' '\\n' </proc/$pid/environ | grep -c '^HAILD_UPGRADE=take')\" = 1 ]"
ok 'and serves' wait_until "[ \"\$(nc -d -U '$sock')\" = hello ]"
kill "$pid"
ok 'and ends' ends "$pid"
done_testing
