# drain.sh -- haildctl drain and resume: which clients are served and which are
# refused, also across a reload and an upgrade, and with sockets of a supervisor.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command nc openssl perl ss unshare
own_world
. "$srcdir/tests/e2e/pki.sh"
. "$srcdir/tests/e2e/tls.sh"

ctl=$tmp/ctl.sock
path=$tmp/unix

# control ARGUMENT...: what haildctl prints is in $output, its status in $status.
control()
{
	output=$(timeout 30 "$HAILDCTL" -s "$ctl" "$@" 2>&1)
	status=$?
}
state()
{
	control status
	printf '%s\n' "$output" | sed -n '1s/^haild [^:]*: \([a-z]*\).*/\1/p'
}

# refused PORT|PATH: whether a client is refused at once.
refused()
{
	perl -MSocket -e '
		my ($at) = @ARGV;
		my $unix = $at =~ m{^/};
		socket(my $s, $unix ? PF_UNIX : PF_INET, SOCK_STREAM, 0) or die;
		exit 1 if connect($s, $unix ? pack_sockaddr_un($at)
		    : sockaddr_in($at, inet_aton("127.0.0.1")));
		exit !($!{ECONNREFUSED} || $unix && $!{ENOENT});
	' "$1"
}

# ask PORT: the echo of a line.
ask()
{
	echo hello | nc -N 127.0.0.1 "$1"
}

pki_ca root
pki_cert www root server DNS:www.example.org
config()
{
	cat <<-EOF
	control = "$ctl"
	tls-certificate = "$pki/www.pem"
	tls-key = "$pki/www.key"
	tcp: { listen = ["127.0.0.1:7001", "127.0.0.1:7002"] exec = ["/bin/cat"] user = "$me" }
	unix: { listen = ["$path"] exec = ["/bin/cat"] user = "$me" socket-mode = "0666" }
	tls: { listen = ["127.0.0.1:7003"] tls = true builtin = "echo" }
	one: { listen = ["127.0.0.1:7004"] exec = ["/bin/cat"] user = "$me" max-sessions = 1 }
	udp: { listen = ["udp:127.0.0.1:7005"] builtin = "echo" wait = true }
	off: { listen = ["127.0.0.1:7006"] message = "" disable = true }
	late: { listen = ["127.0.0.1:7007"] exec = ["$tmp/late"] user = "$me" }
	health: { listen = ["127.0.0.1:7008"] builtin = "health" }
	EOF
}
config >"$tmp/config"
haild=$HAILD
cp -p "$haild" "$tmp/haild"	# its helpers have the same owner
HAILD=$tmp/haild
start_haild <"$tmp/config"

# --- one service ---

in_background "$PEER" hold 127.0.0.1:7001 1 >"$tmp/held"
holder=$last
wait_until "grep -q open '$tmp/held'"
has_sessions 1
control drain tcp
is 'drain' "$status" 0
ok 'it is logged' logged ': tcp: draining: 1 session open$'
ok 'a client is refused' refused 7001
ok 'on all of its addresses' refused 7002
is 'the session goes on' "$(sessions | wc -l)" 1
is 'another service accepts' "$(ask 7004)" hello
control drain tcp
like 'it is drained already' "$output" 'tcp.*is.*already.*drained'
is 'which is no error' "$status" 0
control resume tcp
is 'resume' "$status" 0
ok 'it is logged' logged ': tcp: resumed$'
is 'clients are served' "$(ask 7001) $(ask 7002)" 'hello hello'
is 'the session goes on' "$(sessions | wc -l)" 1
control resume tcp
like 'it is not drained' "$output" 'tcp.*is.*not.*drained'
is 'which is no error' "$status" 0

# --- waiting ---

"$HAILDCTL" -s "$ctl" drain --wait tcp >"$tmp/waited" 2>&1 &
waiter=$!
ok 'another drain' logged ': tcp: draining: 1 session open$'
wait_until "[ \"\$(grep -c ': tcp: draining' '$log')\" = 2 ]"
control resume tcp
wait "$waiter"
is 'drain --wait, and then resume: failed' $? 1
ok 'it says why' grep -q 'tcp:.*resumed' "$tmp/waited"
"$HAILDCTL" -s "$ctl" drain --wait tcp >"$tmp/waited" 2>&1 &
waiter=$!
wait_until "[ \"\$(grep -c ': tcp: draining' '$log')\" = 3 ]"
ok 'drain --wait waits for the session' kill -0 "$waiter"
ok 'nothing is logged yet' sh -c "! grep ': tcp: drained' '$log'"
kill "$holder"
wait "$waiter"
is 'and ends with it' $? 0
ok 'the end is logged' logged ': tcp: drained$'
control drain --wait tcp
is 'once more, at once' "$status" 0
control resume tcp

# --- others ---

control drain unix
ok 'a Unix socket: its file is removed' test ! -e "$path"
control resume unix
is 'and made again' "$(echo hello | nc -N -U "$path")" hello
ok 'TLS is served' served 7003
control drain tls
ok 'TLS: refused' refused 7003
control resume tls
ok 'TLS is served again' served 7003
is 'UDP is served' "$("$PEER" datagram 127.0.0.1:7005 hello)" hello
control drain udp
is 'a wait service: its process goes on' \
    "$("$PEER" datagram 127.0.0.1:7005 hello)" hello
pkill -P "$haild_pid" -f 'haild[^ ]*: udp'
ok 'until it ends' logged ': udp: drained$'
ok 'then the socket is closed' sh -c "! ss -Hlun | grep -q 127.0.0.1:7005"
control resume udp
is 'UDP is served again' "$("$PEER" datagram 127.0.0.1:7005 hello)" hello

control drain nosuch
is 'no such service' "$status" 3
control resume nosuch
is 'to resume either' "$status" 3
control drain off
is 'a disabled one' "$status" 1
control drain late
like 'one that is out of service' "$output" 'out.*of.*service'
is 'is drained' "$status" 0
control resume late
like 'and resumed, but out of service' "$output" 'late:.*resumed.*out.*of.*service'

control drain --wait tcp
perl -MIO::Socket::INET -e '
	my $s = IO::Socket::INET->new(Listen => 1, ReuseAddr => 1,
	    LocalAddr => "127.0.0.1:7002") or die;
	$| = 1;
	print "listening\n";
	sleep 1000' >"$tmp/taken" &
taker=$!
background="$background $taker"
wait_until "grep -q listening '$tmp/taken'"
control resume tcp
is 'an address is taken: failed' "$status" 1
like 'which one, and why' "$output" 'tcp:.*127.0.0.1:7002:.*Address.*in.*use'
ok 'the other address is not open either' refused 7001
end_child "$taker"
control resume tcp
is 'it is free: resumed' "$status" 0
is 'clients are served' "$(ask 7001) $(ask 7002)" 'hello hello'

# --- the queue ---

hold_open 127.0.0.1:7004
in_background sh -c 'echo waited | nc -N 127.0.0.1 7004' >"$tmp/queued"
queued 7004 1
control drain one
ok 'at a limit: a new client is refused' refused 7004
release_all
ok 'one in the queue is served' wait_until "grep -q waited '$tmp/queued'"
ok 'then it is drained' logged ': one: drained$'
control resume one

# Clients all the time: each is served or refused, and none is reset.
cat >"$tmp/clients" <<'END'
use Socket;
my ($n, @at) = @ARGV;
my ($served, $refused) = (0, 0);
for my $i (1 .. $n) {
	my $at = $at[$i % @at];
	my $unix = $at =~ m{^/};
	socket(my $s, $unix ? PF_UNIX : PF_INET, SOCK_STREAM, 0) or die;
	if (!connect($s, $unix ? pack_sockaddr_un($at)
	    : sockaddr_in($at, inet_aton("127.0.0.1")))) {
		die "$at: connect: $!\n"
		    unless $!{ECONNREFUSED} || $unix && $!{ENOENT};
		$refused++;
		select(undef, undef, undef, 0.001);
		next;
	}
	syswrite($s, "x\n") == 2 or die "$at: write: $!\n";
	shutdown($s, 1);
	my $n = sysread($s, my $answer, 16);
	defined $n && $answer eq "x\n" or die "$at: read: " . ($n // $!) . "\n";
	$served++;
}
print "$served $refused\n";
END
running=
for i in 1 2; do
	perl "$tmp/clients" 500 7001 "$path" >"$tmp/clients.$i" 2>&1 &
	running="$running $!"
done
# any_runs: whether one of them does.
any_runs()
{
	for pid in $running; do
		! kill -0 "$pid" 2>/dev/null || return 0
	done
	return 1
}
times=0
while any_runs; do
	control drain
	[ "$status" = 0 ] || break
	control resume
	[ "$status" = 0 ] || break
	times=$((times + 1))
done
[ "$status" = 0 ] || echo "# $output"
is 'drain and resume, over and over' "$status" 0
# shellcheck disable=SC2086 # pids
wait $running
sums=$(cat "$tmp"/clients.[12])
like 'of 1,000 clients, none is lost' "$sums" '^[0-9]+ [0-9]+$'
is 'all are counted' "$(printf '%s\n' "$sums" | awk '{ n += $1 + $2 } END { print n }')" 1000
ok "some were served, in $times times" \
    [ "$(printf '%s\n' "$sums" | awk '{ n += $1 } END { print n }')" -gt 100 ]

# --- all services, and reloads ---

control drain
is 'all' "$status" 0
ok 'all are refused' eval 'refused 7001 && refused 7003 && refused "$path"'
is 'status: drained' "$(state)" drained
is 'health checks are answered' "$(nc -d 127.0.0.1 7008)" drain
cat >>"$conf" <<'EOF'
new: { listen = ["127.0.0.1:7009"] message = "new\n" }
EOF
reload
like 'a reload' "$(last_reload)" '^reloaded: '
ok 'all stay drained' eval 'refused 7001 && refused 7003 && refused "$path"'
ok 'and so is a service that is new' refused 7009
control drain --wait
is 'nothing is open: drain --wait' "$status" 0
control resume new
is 'one is resumed' "$(nc -d 127.0.0.1 7009)" new
is 'status: serving' "$(state)" serving
like 'health checks see it' "$(nc -d 127.0.0.1 7008)" '^ready [0-9]+%$'
reload
is 'that stays so at a reload' "$(nc -d 127.0.0.1 7009)" new
ok 'the others are drained' refused 7001

# --- an upgrade ---

upgrade
like 'an upgrade' "$(last_upgrade)" '^upgrade complete: '
ok 'a drained service stays so' refused 7001
is 'a resumed one, too' "$(nc -d 127.0.0.1 7009)" new
cat >>"$conf" <<'EOF'
more: { listen = ["127.0.0.1:7010"] message = "more\n" }
EOF
reload
ok 'a new service is drained' refused 7010
control resume
is 'resume' "$status" 0
is 'all are served' "$(ask 7001) $(nc -d 127.0.0.1 7010)" 'hello more'
stop_haild
is 'the end' "$haild_status" 0

# --- a supervisor's sockets ---

HAILD="$PEER pass 127.0.0.1:7021 $tmp/passed 127.0.0.1:7022 -- $haild"
start_haild <<EOF
control = "$ctl"
busy-message = "no\n"
tcp: { listen = ["127.0.0.1:7021"] message = "yes\n" }
unix: { listen = ["$tmp/passed"] message = "yes\n" }
own: { listen = ["127.0.0.1:7023"] message = "yes\n" }
wait: { listen = ["127.0.0.1:7022"] exec = ["$PEER", "accept", "1"] user = "$me" wait = true }
EOF
control drain
is 'drain' "$status" 0
is 'a client gets the message' "$(nc -d 127.0.0.1 7021)" no
ok 'it is refused as drained' logged ': tcp: 127\.0\.0\.1:[0-9]* refused: drained$'
is 'on a Unix socket, too' "$(nc -d -U "$tmp/passed")" no
ok 'a socket of its own is closed' refused 7023
in_background nc -d 127.0.0.1 7022 >"$tmp/wait"
queued 7022 1
before=$(ticks)
control drain --wait
is 'wait: a client waits, and drain --wait does not' "$status" 0
ok 'haild does not poll for it' is_idle $(($(ticks) - before)) 1
ok 'it was not served' [ ! -s "$tmp/wait" ]
control resume
is 'resume' "$status" 0
is 'clients are served' "$(nc -d 127.0.0.1 7021) $(nc -d -U "$tmp/passed") $(nc -d 127.0.0.1 7023)" \
    'yes yes yes'
ok 'and the one that waited' wait_until "[ -s '$tmp/wait' ]"
stop_haild
done_testing
