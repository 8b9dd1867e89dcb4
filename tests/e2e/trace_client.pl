#!/usr/bin/perl
# trace_client.pl -- PORT DIRECTORY: wait for the lines of trace_tree.pl, end the
# session, and print how many processes there were in the cgroups below the directory,
# and after how many ms there were none.
use Socket;
use Time::HiRes qw(time sleep);
my ($port, $dir) = @ARGV;
sub left {
	my $n = 0;
	for my $file (glob("$dir/*/cgroup.procs")) {
		open(my $in, "<", $file) or next;
		$n += () = <$in>;
	}
	return $n;
}
socket(my $s, PF_INET, SOCK_STREAM, 0);
connect($s, sockaddr_in($port, INADDR_LOOPBACK)) or die "connect: $!";
<$s> for 1 .. 3;
my $n = left();
my $start = time;
shutdown($s, 1);
sleep 0.002 while left() && time - $start < 30;
printf "%d %d\n", $n, (time - $start) * 1000;
