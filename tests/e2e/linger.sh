# linger.sh -- clients get all that a program sent, whatever they sent (fault 69).
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root

mkdir -m 1777 "$tmp/run"
cp "$PEER" "$tmp/peer"
dd if=/dev/zero of="$tmp/much" bs=100000 count=1 2>/dev/null
cat >"$tmp/config" <<EOF
http: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/echo", "an answer"]
	user = "$me"
}
big: {
	listen = ["127.0.0.1:0"]
	exec = ["/usr/bin/head", "-c", "300000", "/dev/zero"]
	user = "$me"
}
proxied: {
	listen = ["127.0.0.1:0"]
	exec = ["/usr/bin/head", "-c", "300000", "/dev/zero"]
	user = "$me"
	proxy-from = ["127.0.0.1"]
}
keeping: {
	listen = ["127.0.0.1:0"]
	exec = ["/usr/bin/head", "-c", "300000", "/dev/zero"]
	user = "$me"
	leftovers = "keep"
}
early: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "echo early; exec <&- >&-; : >$tmp/run/closed
		until [ -e $tmp/run/end ]; do sleep 0.02; done"]
	user = "$me"
}
later: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", ": >$tmp/run/begun
		until [ -e $tmp/run/later ]; do sleep 0.02; done
		exec head -c 300000 /dev/zero"]
	user = "$me"
}
cat: { listen = ["127.0.0.1:0"] exec = ["/bin/cat"] user = "$me" }
EOF

# asks SERVICE N SEND WANT [PIECES]: how many of N clients got WANT bytes.
asks()
{
	asked=$1
	shift
	timeout 300 "$tmp/peer" ask "$(port "$asked")" "$@"
}

# another PID: wait until there is a linger process that is not PID.
another()
{
	wait_until "[ -n \"\$(linger)\" ] && [ \"\$(linger)\" != '$1' ]"
}

# files PID: how many descriptors it has.
files()
{
	find "/proc/$1/fd" -mindepth 1 | wc -l
}

# --- answers arrive whole ---

start_haild <"$tmp/config"
ok 'there is a linger process' wait_until '[ -n "$(linger)" ]'
linger=$(linger)
is '1,000 requests that nobody reads: no reset' "$(asks http 1000 100 10)" 1000
is 'a large answer' "$(asks big 200 100000 300000)" 200
is 'more is sent than the program could have read' \
    "$(asks big 20 3000000 300000)" 20
is 'the client sends on, and reads only then' "$(asks big 3 100 300000 10)" 3
$HAIL "127.0.0.1:$(port http)" <"$tmp/much" >"$tmp/out" 2>&1
is 'hail, with 100 kB of input' "$?:$(cat "$tmp/out")" '0:an answer'
{ printf 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n'; cat "$tmp/much"; } |
    nc -N 127.0.0.1 "$(port proxied)" >"$tmp/out"
is 'behind a proxy' "$(wc -c <"$tmp/out")" 300000
is 'it does nothing for leftovers = "keep"' \
    "$([ "$(asks keeping 20 100000 300000)" -lt 20 ] && echo lost)" lost
is 'it is the same process all the time' "$(linger)" "$linger"

# --- when the end comes ---

in_background nc -d 127.0.0.1 "$(port early)" >"$tmp/early"
early=$last
ok 'a program closes its socket' wait_until '[ -e "$tmp/run/closed" ]'
hold_open "$(port cat)"
ok 'its client does not have the end yet' kill -0 "$early"
: >"$tmp/run/end"
ok 'but when the program has ended' wait "$early"
is 'with the answer' "$(cat "$tmp/early")" early
release_all

# A client that does not close keeps its socket for 5 s.
wait_until '[ -z "$(sessions)" ]'
ok 'sockets are closed when clients have closed' \
    wait_until '[ "$(files "$linger")" -le 8 ]'
before=$(files "$linger")
in_background "$PEER" hold "$(port http)" 10 >"$tmp/held"
stayer=$last
ok 'clients that stay are waited for' \
    wait_until '[ "$(files "$linger")" -eq $((before + 10)) ]'
ok 'but not for ever' wait_until '[ "$(files "$linger")" -eq $before ]' 30
ok 'although they are still there' kill -0 "$stayer"
kill "$stayer"

# --- when it fails ---

# hold_later: start a client of the service "later" that sends what is not read.
# It prints in $tmp/later whether it got all, which is after run/later is made.
hold_later()
{
	rm -f "$tmp/run/begun"
	in_background "$PEER" ask "$(port later)" 1 100 300000 >"$tmp/later"
	wait_until '[ -e "$tmp/run/begun" ]'
}

hold_later
kill -9 "$linger"
ok 'killed, it is replaced' another "$linger"
ok 'and that is logged' logged \
    'the linger process ended; starting another one$'
linger=$(linger)
is 'new clients get all' "$(asks big 50 100000 300000)" 50
kill -STOP "$linger"
ok 'stopped, no client waits for its end' \
    [ "$(timeout 60 nc -d 127.0.0.1 "$(port http)")" = 'an answer' ]
ok 'and it is replaced' another "$linger"
ok 'which is logged' logged \
    'the linger process does not answer; starting another one$'
linger=$(linger)
is 'new clients get all then, too' "$(asks big 50 100000 300000)" 50
: >"$tmp/run/later"
ok 'a session of before ends as without it' \
    logged 'later: .* exit [0-9]+ ' 30
rm "$tmp/run/later"

# --- reload and upgrade ---

(echo 'linger = false'; cat "$tmp/config") >"$conf"
reload
ok 'linger = false ends it' wait_until '[ -z "$(linger)" ]'
is 'and then answers are lost' \
    "$([ "$(asks big 20 100000 300000)" -lt 20 ] && echo lost)" lost
cp "$tmp/config" "$conf"
reload
ok 'linger = true starts it again' wait_until '[ -n "$(linger)" ]'
linger=$(linger)
wait_until '[ -e "/proc/$linger/fd/0" ]'
before=$(files "$linger")
hold_later
ok 'a socket is passed on' wait_until '[ "$(files "$linger")" -gt "$before" ]'
upgrade
like 'an upgrade' "$(last_upgrade)" '^upgrade complete'
ok 'has a process of its own' another "$linger"
is 'for new clients' "$(asks big 50 100000 300000)" 50
ok 'the one before is still there' kill -0 "$linger"
: >"$tmp/run/later"
ok 'for the client of a session of before, which gets all' \
    wait_until '[ "$(cat "$tmp/later")" = 1 ]' 30
ok 'and then it ends' ends "$linger"
rm "$tmp/run/later"

# --- the end of the daemon ---

linger=$(linger)
mkfifo "$tmp/fifo"
nc 127.0.0.1 "$(port cat)" <"$tmp/fifo" >"$tmp/echo" &
background="$background $!"
exec 3>"$tmp/fifo"
echo one >&3
wait_until 'grep -q one "$tmp/echo"'
stop_haild KILL
ok 'the daemon is killed: so is it' ends "$linger"
echo two >&3
ok 'a program goes on with its client' wait_until 'grep -q two "$tmp/echo"'
exec 3>&-

# --- a socket that is shut down again and again (fault 77) ---

# switches: how often the daemon has slept.
switches()
{
	awk '/^voluntary/ { print $2 }' "/proc/$haild_pid/status"
}

# toggle NAME [ARGUMENT]: the program, or a process that has left its session,
# does that to the socket, in each of the three ways.
toggles=200000
toggle()
{
	services="${1}0true ${1}1true ${1}2true ${1}0false ${1}1false ${1}2false"
	for service in $services; do
		how=${service#"$1"}
		echo "$service: { listen = [\"127.0.0.1:0\"] user = \"$me\" linger = ${how#?}
			exec = [\"$tmp/peer\", \"toggle\", \"${how%%[tf]*}\", \"$toggles\", \"$tmp/run/$service\"${2:+, \"$2\"}] }"
	done >"$tmp/toggles"
	start_haild <"$tmp/toggles"
	for service in $services; do
		before=$(switches)
		hold_open "$(port "$service")"
		done=yes
		wait_until "[ -e '$tmp/run/$service' ]" 120 || done=no
		switched=$(($(switches) - before))
		ok "$service: $toggles wake the daemon $switched times" \
		    [ "$done" = yes -a $switched -lt 2000 ]
		release_all
	done
	stop_haild TERM
}
toggle own own
if unshare --mount true 2>/dev/null; then
	with_cgroups=$HAILD
	without_cgroups
	toggle escaped
	HAILD=$with_cgroups
else
	skip 'a process that has left its session' 'needs namespaces'
fi

# --- without descriptors ---

ulimit -n 320
start_haild <<EOF
cat: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/echo", "ok"]
	user = "$me"
	max-per-source = 256
}
hold: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/cat"]
	user = "$me"
	max-per-source = 256
}
EOF
# too_many: hold more sockets than the linger process has descriptors.  The process
# reports that when it answers a ping.  On a busy machine it may be replaced before
# it answers, so there are five tries.
too_many()
{
	for _ in 1 2 3 4 5; do
		wait_until '[ -n "$(linger)" ]'
		hold_open "$(port hold)" 256
		logged 'linger: [0-9]+ sessions end without lingering: no descriptors left$' \
		    && return
		release_all
		wait_until no_children 30
	done
	return 1
}
ok 'sessions for which it has no descriptors end without lingering' too_many
is 'and are served' "$(asks cat 50 0 3)" 50
release_all
stop_haild TERM
is 'stopped' "$haild_status" 0
ulimit -n 200
run_haild -f -c "$conf"
ok 'with few descriptors it does not start' logged \
    'linger: the limit of descriptors is below [0-9]+: answers may be lost$'
ok 'but haild serves' logged ' serving '
done_testing
