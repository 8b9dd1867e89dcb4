# traced.sh -- fault 86: processes that trace each other, in sessions of their own, are
# gone within half a second of the end of the session.
# root: disk
. "${srcdir:-.}/tests/vm/lib.sh"

# Each of three processes leaves the process session, ignores signals, and stops three
# others by tracing them: only their cgroup tells that they belong to the session.
cat >/usr/local/bin/trace-tree <<'EOF'
#!/usr/bin/perl
use POSIX;
use constant { PTRACE => 101, SEIZE => 0x4206, INTERRUPT => 0x4207 };
$| = 1;
for my $n (1 .. 3) {
	next if fork;
	POSIX::setsid();
	$SIG{TERM} = $SIG{HUP} = "IGNORE";
	for (1 .. 3) {
		my $pid = fork;
		if (!$pid) { POSIX::setsid(); sleep 1000; exit }
		syscall(PTRACE, SEIZE, $pid, 0, 0) == 0 or die "seize: $!";
		syscall(PTRACE, INTERRUPT, $pid, 0, 0) == 0 or die "interrupt: $!";
	}
	print "$n ready\n";
	sleep 1000;
	exit;
}
<STDIN>;
EOF
# Wait for the tree, end the session, and print how many processes there were in
# the cgroups below this directory, and after how many ms there were none.
cat >/usr/local/bin/trace-client <<'EOF'
#!/usr/bin/perl
use Socket;
use Time::HiRes qw(time sleep);
my $dir = shift;
sub left {
	my $n = 0;
	for my $file (glob("$dir/*/cgroup.procs")) {
		open(my $in, "<", $file) or next;
		$n += () = <$in>;
	}
	return $n;
}
socket(my $s, PF_INET, SOCK_STREAM, 0);
connect($s, sockaddr_in(7881, INADDR_LOOPBACK)) or die "connect: $!";
<$s> for 1 .. 3;
my $n = left();
my $start = time;
shutdown($s, 1);
sleep 0.005 while left() && time - $start < 30;
printf "%d %d\n", $n, (time - $start) * 1000;
EOF
chmod 755 /usr/local/bin/trace-tree /usr/local/bin/trace-client
fresh <<EOF
traced: {
	listen = ["127.0.0.1:7881"]
	exec = ["/usr/local/bin/trace-tree"]
	user = "nobody"
}
EOF
# A busy host may delay one of them.
best=9999
for round in 1 2 3; do
	# shellcheck disable=SC2046 # two words
	set -- $(trace-client "$(cgroup)/sessions/traced")
	echo "# round $round: gone after ${2:-?} ms"
	is 'all processes are in the leaf' "${1:-}" 13
	[ "$best" -le "${2:-9999}" ] || best=$2
done
ok 'they are gone within 500 ms' [ "$best" -le 500 ]
ok 'no process is left' wait_until '! pgrep -u nobody >/dev/null'
done_testing
