# supervise.sh -- what a supervisor is told, and the sockets that it opens.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_command perl

# The receiver writes each message as one line, "|" for its newlines.
told=$tmp/told
receive()
{
	: >"$told"
	in_background perl -MSocket -e '
		my ($path, $told) = @ARGV;
		$path =~ s/^@/\0/;
		socket(my $s, PF_UNIX, SOCK_DGRAM, 0) or die;
		bind($s, pack_sockaddr_un($path)) or die "$path: $!";
		open(my $out, ">>", $told) or die;
		syswrite($out, "receiving\n");
		while (defined recv($s, my $text, 4096, 0)) {
			$text =~ tr/\n/|/;
			syswrite($out, "$text\n");
		}' "$1" "$told"
	wait_until "grep -q receiving '$told'"
	mark
	NOTIFY_SOCKET=$1
	export NOTIFY_SOCKET
}

# mark: what is told from now on.
mark()
{
	marked=$(wc -l <"$told")
}

since()
{
	tail -n "+$((marked + 1))" "$told"
}

# is_told EXTENDED-REGULAR-EXPRESSION [N]: there are N such messages since the
# mark, or they come.
is_told()
{
	wait_until "[ \"\$(since | grep -Ec -- '$1')\" -ge ${2:-1} ]" 30 && return
	since | sed 's/^/# told: /'
	return 1
}

# course: the course of things since the mark, in one line.
course()
{
	since | sed -n 's/^\([A-Z]*\)=1.*/\1/p' | grep -v WATCHDOG | tr '\n' ' '
}

# now: CLOCK_MONOTONIC, in microseconds.
now()
{
	perl -MTime::HiRes=clock_gettime,CLOCK_MONOTONIC \
	    -e 'printf "%d\n", clock_gettime(CLOCK_MONOTONIC) * 1e6'
}

is_between()
{
	[ -n "$2" ] && [ "$1" -le "$2" ] && [ "$2" -le "$3" ]
}

free_port()
{
	perl -MIO::Socket::INET -e \
	    'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}

# --- a start, reloads, an upgrade, the end ---

haild=$HAILD
# shellcheck disable=SC2086 # HAILD may be a command with arguments
set -- $HAILD
cp "$1" "$tmp/haild"
HAILD=$tmp/haild

in_background "$PEER" listen >"$tmp/taken"
wait_until "[ -s '$tmp/taken' ]"
cat >"$tmp/config" <<EOF
cat: { listen = ["127.0.0.1:0"] exec = ["/bin/cat"] user = "$me" }
env: { listen = ["$sock"] exec = ["/usr/bin/env"] user = "$me" }
off: { listen = ["127.0.0.1:0"] message = "" disable = true }
busy: { listen = ["127.0.0.1:$(cat "$tmp/taken")"] message = "" }
late: { listen = ["127.0.0.1:0"] exec = ["$tmp/late"] user = "$me" }
EOF
receive "$tmp/notify"
WATCHDOG_USEC=400000
export WATCHDOG_USEC
start_haild <"$tmp/config"
ok 'a start: READY=1' is_told '^READY=1$'
is 'once, and nothing else' "$(course)" 'READY '
is 'how many services, and which are out' "$(since | grep ^STATUS | head -n 1)" \
    'STATUS=2 services, 0 sessions; out of service: busy, late'
ok 'WATCHDOG=1 comes again and again' is_told '^WATCHDOG=1$' 5
cat=$(port cat)
hold_open "$cat" 2
ok 'sessions are counted' is_told '^STATUS=2 services, 2 sessions; out'
mark
release_all
ok 'down again' is_told '^STATUS=2 services, 0 sessions; out'

# The variables are not for programs.
no_variables()
{
	nc -d -U "$sock" >"$tmp/env"
	grep -q '^IPCLOCALPATH=' "$tmp/env" &&
	    ! grep -E 'NOTIFY|WATCHDOG|LISTEN|HAILD' "$tmp/env"
}
ok 'a program has none of the variables' no_variables

echo '}' >>"$conf"
mark
before=$(now)
echo 'nosuch = 1' >>"$conf"
kill -HUP "$haild_pid"
ok 'a reload that is refused' logged 'reload failed: '
ok 'READY=1 all the same' is_told '^READY=1$'
is 'RELOADING=1 before it' "$(course)" 'RELOADING READY '
reloading=$(since | sed -n 's/^RELOADING=1|MONOTONIC_USEC=\([0-9]*\)$/\1/p')
ok 'with the time of its begin' is_between "$before" "$reloading" "$(now)"
ok 'the status tells' is_told \
    '^STATUS=2 services, .*out of service: busy, late; last reload failed: errors in the configuration$'
grep -Ev 'busy|late' "$tmp/config" >"$conf"
mark
kill -HUP "$haild_pid"
ok 'a reload that is not' is_told '^READY=1$'
is 'RELOADING=1 before it' "$(course)" 'RELOADING READY '
is 'nothing is out, nothing was refused' "$(since | grep ^STATUS | tail -n 1)" \
    'STATUS=2 services, 0 sessions'

mark
before=$(now)
kill -USR2 "$haild_pid"
ok 'an upgrade' is_told '^READY=1$'
ok 'it is one' logged 'upgrade complete: '
is 'RELOADING=1 before READY=1' "$(course)" 'RELOADING READY '
reloading=$(since | sed -n 's/^RELOADING=1|MONOTONIC_USEC=\([0-9]*\)$/\1/p')
ok 'with the time of its begin' is_between "$before" "$reloading" "$(now)"
mark
ok 'the new image goes on with WATCHDOG=1' is_told '^WATCHDOG=1$' 5
ok 'a program of it has none of the variables either' no_variables
mark
kill -HUP "$haild_pid"
ok 'it tells of a reload' is_told '^READY=1$'
is 'as before' "$(course)" 'RELOADING READY '
mark
kill -USR2 "$haild_pid"
ok 'and of the next upgrade' is_told '^READY=1$'
# A new image that cannot take over.
printf '#!/bin/sh\nexit 1\n' >"$tmp/broken"
chmod 755 "$tmp/broken"
mv "$tmp/broken" "$tmp/haild"
mark
kill -USR2 "$haild_pid"
ok 'an upgrade that is refused' logged 'upgrade failed: '
ok 'WATCHDOG=1 goes on' is_told '^WATCHDOG=1$' 3
is 'no change is told of' "$(course)" ''
ok 'but the status names the failed upgrade' is_told '; last upgrade failed$'

hold_open "$cat"
mark
kill "$haild_pid"
ok 'the end: STOPPING=1' is_told '^STOPPING=1$'
ok 'WATCHDOG=1 as long as a session is open' is_told '^WATCHDOG=1$' 3
is 'nothing but STOPPING=1' "$(course)" 'STOPPING '
release_all
wait "$haild_pid"
is 'it ends well' $? 0
haild_pid=
ok 'never a MAINPID, it does not change' sh -c "! grep MAINPID '$told'"
HAILD=$haild

# A reload that ends after the end has begun, since its process is held.
need_command strace
unset WATCHDOG_USEC
grep -Ev 'busy|late' "$tmp/config" >"$tmp/good"
# For other users than root strace cannot read the path in the memory of haild-load,
# which is undumpable.
if [ "$(id -u)" = 0 ]; then
	# Leaks cannot be looked for under strace.
	asan=$ASAN_OPTIONS
	ASAN_OPTIONS=$asan:detect_leaks=0
	start_haild <"$tmp/good"
	ASAN_OPTIONS=$asan
	cat=$(port cat)
	hold_open "$cat"
	mark
	inject openat:delay_enter=3000000 "$conf"
	kill -HUP "$haild_pid"
	wait_until '[ -n "$(pgrep -P "$haild_pid" -f ^haild-load)" ]'
	kill "$haild_pid"
	ok 'the end during a reload' is_told '^STOPPING=1$'
	ok 'the reload is over' wait_until '[ -z "$(pgrep -P "$haild_pid" -f ^haild-load)" ]' 30
	eject
	release_all
	wait "$haild_pid"
	haild_pid=
	is 'READY=1 does not come after STOPPING=1' "$(course)" 'RELOADING STOPPING '
else
	skip 'an end during a reload' 'needs root'
fi

# --- watchdogs that are none ---

# no_watchdog: as long as it takes to tell of a session, which is a second after
# the last word at the earliest, nothing comes.
no_watchdog()
{
	start_haild <"$tmp/good"
	is_told '^READY=1$'
	hold_open "$(port cat)"
	is_told '^STATUS=2 services, 1 session$' && ! since | grep WATCHDOG
	result=$?
	release_all
	stop_haild
	return "$result"
}
for usec in 0 -1 10ms ' 1000' 99999999999999999999; do
	mark
	WATCHDOG_USEC=$usec
	export WATCHDOG_USEC
	ok "WATCHDOG_USEC=$usec is not heeded" no_watchdog
	ok 'and there is a warning' grep -qF \
	    "WATCHDOG_USEC: \"$usec\" is not a time" "$log"
done
WATCHDOG_USEC=1000
WATCHDOG_PID=1
export WATCHDOG_USEC WATCHDOG_PID
mark
ok "a watchdog for somebody else is not heeded" no_watchdog
ok 'without a warning' sh -c "! grep WATCHDOG '$log'"
WATCHDOG_PID=me
mark
ok 'nor is nonsense' no_watchdog
ok 'with a warning' grep -q 'WATCHDOG_PID: "me" is not a process ID' "$log"
unset WATCHDOG_USEC WATCHDOG_PID

# --- other addresses ---

receive "@haild-test-$$"
start_haild <"$tmp/good"
ok 'an abstract name' is_told '^READY=1$'
stop_haild
ok 'to the end' is_told '^STOPPING=1$'

NOTIFY_SOCKET=$tmp/nobody
start_haild <"$tmp/good"
is 'nobody listens there: it serves' "$(echo x | nc -N 127.0.0.1 "$(port cat)")" x
kill -HUP "$haild_pid"
ok 'it reloads' logged 'reloaded: '
kill -USR2 "$haild_pid"
ok 'it upgrades' logged 'upgrade complete: '
is 'it serves' "$(echo x | nc -N 127.0.0.1 "$(port cat)")" x
stop_haild
is 'it ends well' "$haild_status" 0

for address in notify ./notify @ vsock:2:1234 "/$(printf '%0200d' 0)"; do
	NOTIFY_SOCKET=$address
	run_haild -f -c "$conf"
	wait_haild
	is "NOTIFY_SOCKET=$(printf %.20s "$address"): refused" "$haild_status" 1
	ok 'with an error' grep -q \
	    "NOTIFY_SOCKET: \".*\" is not a socket.s address (/PATH or @NAME)$" "$log"
done
unset NOTIFY_SOCKET

# --- sockets that are there already ---

# inode N: which socket haild has as descriptor N.
inode()
{
	readlink "/proc/$haild_pid/fd/$1"
}

# ticks: the CPU time that haild has used, in hundredths of a second.
ticks()
{
	sed 's/^.*) //' "/proc/$haild_pid/stat" | awk '{ print $12 + $13 }'
}

ipv6=no
! grep -q 00000000000000000000000000000001 /proc/net/if_inet6 2>/dev/null ||
    ipv6=yes
v4=$(free_port)
dual=$(free_port)
other=$(free_port)
cp "$1" "$tmp/haild"
own="$tmp/haild"
path=$tmp/unix
cat >"$tmp/config" <<EOF
four: { listen = ["127.0.0.1:$v4"] message = "four\n" }
unix: { listen = ["$path"] message = "unix\n" }
EOF
sockets="127.0.0.1:$v4 $path 127.0.0.2:$other"
if [ $ipv6 = yes ]; then
	sockets="$sockets [::1]:$v4 dual:$dual"
	cat >>"$tmp/config" <<-EOF
	six: { listen = ["[::1]:$v4"] message = "six\n" }
	both: { listen = ["*:$dual"] exec = ["/usr/bin/env"] user = "$me" }
	EOF
fi
HAILD="$PEER pass $sockets -- $own"
start_haild <"$tmp/config"
HAILD=$haild
served()
{
	is "$1: IPv4, by address" "$(nc -d 127.0.0.1 "$v4")" four
	is "$1: the path" "$(nc -d -U "$path")" unix
	if [ $ipv6 = no ]; then
		skip "$1: IPv6" 'needs IPv6'
		return
	fi
	is "$1: IPv6, by address" "$(nc -d ::1 "$v4")" six
	nc -d 127.0.0.1 "$dual" >"$tmp/env"
	is "$1: both, an IPv4 client" \
	    "$(sed -n 's/^TCP.*IP=//p; s/^REMOTE_ADDR=//p' "$tmp/env" |
	        sort | uniq -c | tr -d ' ')" '3127.0.0.1'
	remote=$(sed -n 's/^TCPREMOTEPORT=//p' "$tmp/env")
	ok "$1: its address in the log" logged "both: 127\.0\.0\.1:$remote pid "
	like "$1: both, an IPv6 client" "$(nc -d ::1 "$dual")" \
	    '^TCPREMOTEIP=::1$'
	ok "$1: no program has the variables" \
	    sh -c "! grep LISTEN_ '$tmp/env'"
}
served 'adopted'
ok 'there is a warning for the one that nothing wants' logged \
    "no service uses the inherited socket 127\.0\.0\.2:$other \(fd:unknown\)\$"
is 'once' "$(grep -c 'no service uses' "$log")" 1
inodes="$(inode 3) $(inode 4) $(inode 5) $(inode 6) $(inode 7)"
# Somebody waits there.  One that was polled, but not accepted from, would keep
# the daemon busy for as long.
in_background nc -d 127.0.0.2 "$other" >"$tmp/waiting"
waiting=$last
queued "$other" 1
busy=$(ticks)
sleep 1
busy=$(($(ticks) - busy))
ok "it is not polled ($busy ticks in a second)" [ $busy -lt 30 ]

kill -HUP "$haild_pid"
ok 'a reload' logged 'reloaded: nothing$'
served 'reloaded'
kill -USR2 "$haild_pid"
ok 'an upgrade' logged 'upgrade complete: '
served 'upgraded'
kill -HUP "$haild_pid"
ok 'and a reload of the new image' wait_until \
    "[ \"\$(grep -c 'reloaded: nothing' '$log')\" = 2 ]"
served 'reloaded again'
is 'all the time the same sockets' \
    "$(inode 3) $(inode 4) $(inode 5) $(inode 6) $(inode 7)" "$inodes"

# Then it is wanted.
cat >>"$conf" <<EOF
wanted: { listen = ["127.0.0.2:$other"] message = "wanted\n" }
EOF
kill -HUP "$haild_pid"
wait $waiting
is 'one that a reload adds is served, with its waiting clients' \
    "$(cat "$tmp/waiting")" wanted
stop_haild
is 'it ends well' "$haild_status" 0
ok "the file of a socket that somebody else opened stays" [ -S "$path" ]
rm -f "$path"

# Odd ones: each is named, and the good one behind them is used.
cat >"$tmp/config" <<EOF
four: { listen = ["127.0.0.1:$v4"] message = "four\n" }
EOF
HAILD="$PEER pass datagram connected file closed 127.0.0.1:$v4 -- $own"
start_haild <"$tmp/config"
is 'odd descriptors: it serves' "$(nc -d 127.0.0.1 "$v4")" four
for error in '3 is neither a stream nor a UDP socket' '4 does not listen' \
    '5 is not a socket' '6 is not open'; do
	ok "descriptor $error" grep -q "LISTEN_FDS: descriptor $error\$" "$log"
done
like 'the good one is used' "$(inode 7)" '^socket:'
stop_haild

# UDP: nobody else could be bound there meanwhile.
HAILD="$PEER pass udp:127.0.0.1:$v4 udp:127.0.0.2:$other -- $own"
start_haild <<EOF
echo: { listen = ["udp:127.0.0.1:$v4"] builtin = "echo" wait = true }
EOF
is 'one of UDP is adopted' "$("$PEER" datagram "127.0.0.1:$v4" hello)" hello
ok 'which nothing wants is named' grep -q \
    "no service uses the inherited socket udp:127.0.0.2:$other (fd:unknown)\$" "$log"
stop_haild
is 'and it stops' "$haild_status" 0

# Not for us: they are closed like anything else, and opened anew.
LISTEN_PID=1
export LISTEN_PID
HAILD="$PEER pass 127.0.0.1:$v4 127.0.0.2:$other -- $own"
start_haild <"$tmp/config"
is "somebody else's: it serves" "$(nc -d 127.0.0.1 "$v4")" four
ok 'and does not keep them' sh -c "! nc -z 127.0.0.2 $other"
ok 'nor speak of them' sh -c "! grep -E 'LISTEN|inherited' '$log'"
stop_haild
unset LISTEN_PID

for fds in abc -1 99999 1001 1.5 0x3; do
	export LISTEN_FDS="$fds"
	HAILD="$PEER pass 127.0.0.1:$v4 -- $own"
	run_haild -f -c "$conf"
	wait_haild
	is "LISTEN_FDS=$fds: refused" "$haild_status" 1
	ok 'with an error' grep -q \
	    "LISTEN_FDS: \"$fds\" is not a number from 0 to 1000" "$log"
done
unset LISTEN_FDS
export LISTEN_PID=me
run_haild -f -c "$conf"
wait_haild
is 'LISTEN_PID=me: refused' "$haild_status" 1
ok 'with an error' grep -q 'LISTEN_PID: "me" is not a process ID' "$log"
unset LISTEN_PID

# A daemon has another process ID than the one that was started.
# shellcheck disable=SC2086 # a list
"$PEER" pass "127.0.0.1:$v4" "$path" -- $own -c "$conf" -p "$tmp/pid" \
    >"$log.daemon" 2>&1
is 'a daemon' $? 0
daemon=$(cat "$tmp/pid")
background="$background $daemon"
is 'it adopts them too' "$(nc -d 127.0.0.1 "$v4")" four
like 'both' "$(readlink "/proc/$daemon/fd/3") $(readlink "/proc/$daemon/fd/4")" \
    '^socket:.* socket:'
ok 'and warns' grep -q "no service uses the inherited socket $path" "$log.daemon"
kill "$daemon"
ok 'it stops' ends "$daemon"
done_testing
