#!/usr/bin/perl
# trace_tree.pl -- each of three processes leaves the process session, ignores
# signals, and stops three others by tracing them: only their cgroup tells that they
# belong to the session.  It prints three lines, and ends at the end of its input.
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
