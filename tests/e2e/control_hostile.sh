# control_hostile.sh -- control clients that are slow, silent, many, or send
# garbage: sessions do not notice, and nothing is left.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_command perl nc
ctl=$tmp/ctl.sock

cat >"$tmp/hostile.pl" <<'EOF'
# hostile.pl SOCKET KIND: connect and misbehave; "many" prints how many clients
# could connect.
use strict;
use warnings;
use IO::Socket::UNIX;
use Fcntl;
use Socket;
$SIG{PIPE} = 'IGNORE';
my ($path, $kind) = @ARGV;
sub client { return IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => $path) }
sub answer {
	my ($c) = @_;
	my ($text, $buf) = ('', '');
	$text .= $buf while sysread($c, $buf, 65536);
	return $text;
}
my $request = "haild-control 1 status\n";
if ($kind eq 'garbage') {
	srand 1;
	for (1 .. 100) {
		my $c = client() or next;
		syswrite $c, join '', map { chr int rand 256 } 1 .. 500;
		syswrite $c, "\n";
		print $1, "\n" if answer($c) =~ /^result status=(\d+)$/m;
	}
} elsif ($kind eq 'nul') {
	my $c = client();
	syswrite $c, "haild-control 1 status\0 x\n";
	print $1, "\n" if answer($c) =~ /^result status=(\d+)$/m;
} elsif ($kind eq 'long') {
	my $c = client();
	syswrite $c, 'x' x (1 << 20);
	print $1, "\n" if answer($c) =~ /^result status=(\d+)$/m;
} elsif ($kind eq 'early') {
	for (1 .. 200) {
		my $c = client() or next;
		syswrite $c, $request if $_ % 2;
		close $c;
	}
} elsif ($kind eq 'bytes') {
	my $c = client();
	for (split //, $request) {
		syswrite $c, $_;
		select undef, undef, undef, 0.01;
	}
	print $1, "\n" if answer($c) =~ /^result status=(\d+)$/m;
} elsif ($kind eq 'half' or $kind eq 'silent' or $kind eq 'deaf') {
	my @c = map { client() } 1 .. 4;
	syswrite $_, $kind eq 'half' ? 'haild-control 1 sta'
	    : $kind eq 'deaf'	     ? "haild-control 1 sources\n" : '' for @c;
	print "open\n";
	STDOUT->flush;
	sleep 100;
} else {
	# More than the queue holds: connect(2) must not wait.
	my (@c, $n);
	for (1 .. 1000) {
		socket(my $c, AF_UNIX, SOCK_STREAM | O_NONBLOCK, 0);
		$n++ if connect $c, pack_sockaddr_un($path);
		push @c, $c;
	}
	print "$n\n";
	STDOUT->flush;
	sleep 100;
}
EOF

# hostile KIND; hostile_hold KIND: those that stay.
hostile()
{
	timeout 60 perl "$tmp/hostile.pl" "$ctl" "$1"
}
hostile_hold()
{
	: >"$tmp/hostile.out"
	in_background perl "$tmp/hostile.pl" "$ctl" "$1" >"$tmp/hostile.out"
	wait_until "[ -s '$tmp/hostile.out' ]"
}

ask()
{
	printf 'haild-control 1 %s\n' "$*" | timeout 60 nc -U "$ctl"
}
answers()
{
	ask status | grep -q '^result status=0$'
}

controls()
{
	pgrep -P "$haild_pid" -f '^haild[^ ]*: control' | wc -l
}

# served N: the time in ms in which N clients, one after the other, are served.
served()
{
	perl -MTime::HiRes=time -MIO::Socket::INET -e '
		my ($port, $n) = @ARGV;
		my $start = time;
		for (1 .. $n) {
			my $c = IO::Socket::INET->new("127.0.0.1:$port") or die;
			my $line = <$c>;
			die if $line ne "hello\n";
		}
		printf "%d\n", 1000 * (time - $start);' "$(port x)" "$1"
}

start_haild <<EOF
control = "$ctl"
max-sessions = 4096
max-per-source = "none"
x: { listen = ["127.0.0.1:0"] message = "hello\n" max-per-source = "none" }
many: { listen = ["$sock"] builtin = "discard" max-sessions = 2000
	max-per-source = "none" }
EOF
before=$(descriptors)
quiet=$(served 300)

is 'garbage is refused as such' "$(hostile garbage | sort | uniq -c | tr -s ' ')" ' 100 2'
is 'a line with a NUL' "$(hostile nul)" 2
is 'a line of 1 MB' "$(hostile long)" 2
is 'a byte at a time' "$(hostile bytes)" 0
hostile early
ok 'clients that close early' answers
ok 'all processes have exited' wait_until '[ "$(controls)" = 0 ]'

hostile_hold many
like '1,000 clients at once: the kernel refuses most' \
    "$(cat "$tmp/hostile.out")" '^[0-9]{1,3}$'
busy=$(served 300)
echo "# 300 sessions in $quiet ms, beside 1,000 control clients in $busy ms"
ok 'sessions hardly notice' [ "$busy" -le $((quiet * 3 + 300)) ]
end_child "$last"
ok 'and after these, one is answered' answers

hostile_hold silent
ok 'four silent clients have four processes' \
    wait_until '[ "$(controls)" = 4 ]'
busy=$(served 300)
ok 'sessions do not notice them' [ "$busy" -le $((quiet * 3 + 300)) ]
ok 'the next client waits until they have had their time' answers
ok 'no process is left' wait_until '[ "$(controls)" = 0 ]'
end_child "$last"
hostile_hold half
ok 'half a request is not waited for longer' answers
end_child "$last"

# The answer has to be larger than the buffers of the sockets.
hold_open "$sock" 1500
has_sessions 1500 30
hostile_hold deaf
ask sessions >"$tmp/sessions"
is 'an answer beside clients that do not read' \
    "$(grep -c '^session ' "$tmp/sessions")" 1500
end_child "$last"
is 'many sessions are ended at once' \
    "$(ask kill service=many | sed -n 's/^result status=//p')" 0
ok 'all of them' has_sessions 0 30
release_all
ok 'no process is left' wait_until '[ "$(controls)" = 0 ]'
is 'nor a descriptor' "$(descriptors)" "$before"
ok 'nothing was logged as an attack' sh -c "! grep -q 'attack or bug' '$log'"
done_testing
