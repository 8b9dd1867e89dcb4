# drain_health.sh -- drain-delay and builtin = "health": what signals do, and what
# HAProxy makes of the answers (its package starts a server).
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
PATH=$PATH:/usr/sbin
need_command nc perl unshare
own_world

ctl=$tmp/ctl.sock
config()
{
	cat <<-EOF
	control = "$ctl"
	drain-delay = "$1"
	stop-timeout = "20s"
	max-sessions = ${2:-20}
	cat: { listen = ["127.0.0.1:7031"] exec = ["/bin/cat"] user = "$me" }
	health: { listen = ["127.0.0.1:7041"] builtin = "health" }
	EOF
}
health()
{
	nc -d 127.0.0.1 7041
}
control()
{
	output=$(timeout 30 "$HAILDCTL" -s "$ctl" "$@" 2>&1)
}

# --- the answer ---

config 30s >"$tmp/config"
start_haild <"$tmp/config"
is 'without sessions' "$(health)" 'ready 100%'
hold_open 127.0.0.1:7031 5
has_sessions 5
is 'five of twenty' "$(health)" 'ready 75%'
control drain cat
is 'drained by name, and no other service' "$(health)" drain
control resume cat
# The session of the check before may not have been reaped yet.
ok 'resumed' wait_until '[ "$(health)" = "ready 75%" ]'
control drain health
ok 'drained itself, it is refused' sh -c "! nc -z 127.0.0.1 7041"
control resume health
release_all
has_sessions 0

wait_until no_children
is 'checks that were answered are not logged' \
    "$(grep -c ' health: .* pid ' "$log")" 0

# --- the delay ---

hold_open 127.0.0.1:7031
kill -TERM "$haild_pid"
ok 'SIGTERM is logged' logged ': stopping in 30s: health checks fail from now on$'
is 'health checks fail' "$(health)" drain
is 'clients are served' "$(echo x | nc -N 127.0.0.1 7031)" x
control status
like 'status tells' "$output" 'draining'
kill -HUP "$haild_pid"
kill -USR2 "$haild_pid"
ok 'an upgrade is refused' logged 'upgrade: haild is stopping$'
ok 'a reload does nothing' sh -c "! grep 'reloaded: ' '$log'"
is 'the same daemon serves' "$(echo x | nc -N 127.0.0.1 7031)" x
has_sessions 1
kill -INT "$haild_pid"
ok 'a second signal ends the delay' logged ': stopping: 1 session open; a second signal ends them now$'
ok 'no client is accepted' sh -c "! nc -z 127.0.0.1 7031"
ok 'the session goes on' has_sessions 1
kill -TERM "$haild_pid"
wait_haild
is 'the next one ends it' "$haild_status" 0
release_all

config 1s >"$tmp/config"
start_haild <"$tmp/config"
kill -TERM "$haild_pid"
ok 'a short delay' logged ': stopping in 1s: '
wait_haild
is 'it ends by itself' "$haild_status" 0
ok 'as without a delay' logged ': stopping: 0 sessions open$'

# --- what a supervisor is told ---

perl -MSocket -e '
	socket(my $s, PF_UNIX, SOCK_DGRAM, 0) or die;
	bind($s, pack_sockaddr_un($ARGV[0])) or die;
	$| = 1;
	print "receiving\n";
	while (defined recv($s, my $text, 4096, 0)) { print "$text\n" }
' "$tmp/notify" >"$tmp/told" &
background="$background $!"
wait_until "grep -q receiving '$tmp/told'"
NOTIFY_SOCKET=$tmp/notify
export NOTIFY_SOCKET
config 1s >"$tmp/config"
start_haild <"$tmp/config"
control drain cat
ok 'the status names what is drained' wait_until \
    "grep -q '^STATUS=.*; drained: cat$' '$tmp/told'"
stop_haild
ok 'STOPPING=1, and a longer timeout' \
    sh -c "tail -n +2 '$tmp/told' | grep -A 1 STOPPING=1 | grep -q '^EXTEND_TIMEOUT_USEC=51000000$'"
unset NOTIFY_SOCKET

# --- HAProxy ---

if ! command -v haproxy >/dev/null; then
	skip 'HAProxy' 'needs haproxy'
	done_testing
fi
cat >"$tmp/haproxy.cfg" <<EOF
global
	stats socket $tmp/haproxy.sock level admin
defaults
	mode tcp
	timeout connect 5s
	timeout client 30s
	timeout server 30s
listen front
	bind 127.0.0.1:7030
	balance roundrobin
	default-server weight 100 agent-check agent-inter 100ms
	server a 127.0.0.1:7031 agent-port 7041
	server b 127.0.0.1:7032 agent-port 7042
EOF
# seen SERVER: its status and weight.  sees SERVER BEGINNING: wait for them.
seen()
{
	echo 'show stat' | nc -N -U "$tmp/haproxy.sock" |
	    awk -F, -v name="$1" '$1 == "front" && $2 == name { print $18, $19 }'
}
sees()
{
	wait_until "seen $1 | grep -q '^$2'" && return
	echo "# $1: $(seen "$1")"
	return 1
}
config 2s 100 >"$tmp/config"
start_haild <"$tmp/config"
# A second daemon.
config 0s 100 | sed 's/7031/7032/; s/7041/7042/; s/ctl\.sock/ctl2.sock/' \
    >"$tmp/second.conf"
# shellcheck disable=SC2086 # HAILD may be a command with arguments
in_background $HAILD -f -c "$tmp/second.conf" 2>"$tmp/second.log"
second=$last
wait_until "grep -q ' serving ' '$tmp/second.log'"
in_background haproxy -db -f "$tmp/haproxy.cfg" >"$tmp/haproxy.log" 2>&1
balancer=$last
ok 'HAProxy starts' wait_until "[ -S '$tmp/haproxy.sock' ]"
ok 'a weight' sees a 'no check 100'
hold_open 127.0.0.1:7031 20
ok 'a lower one' sees a 'no check 80'
release_all
control drain cat
ok 'drain' sees a 'DRAIN (agent)'
control resume
ok 'resume' sees a 'no check 100'

# Clients all the time: none is lost while one of the daemons stops.
cat >"$tmp/clients" <<'END'
use IO::Socket::INET;
my ($n, $failed) = (0, 0);
until (-e $ARGV[0]) {
	my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:7030");
	my $answer = "";
	if ($s) {
		print $s "x\n";
		shutdown($s, 1);
		$answer = <$s>;
	}
	$n++;
	$failed++ unless defined $answer && $answer eq "x\n";
	select(undef, undef, undef, 0.005);
}
print "$failed ", $n > 10 ? "of many" : $n, "\n";
END
perl "$tmp/clients" "$tmp/enough" >"$tmp/lost" 2>&1 &
clients=$!
logged ': cat: .* exit 0 '
kill -TERM "$haild_pid"
ok 'drain-delay: HAProxy sees it' sees a 'DRAIN (agent)'
wait_haild
is 'the daemon stops' "$haild_status" 0
: >"$tmp/enough"
wait "$clients"
is 'no client is lost' "$(cat "$tmp/lost")" '0 of many'
end_child "$balancer"
end_child "$second"
wait "$second"
done_testing
