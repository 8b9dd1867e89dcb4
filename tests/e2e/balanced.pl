#!/usr/bin/perl
# balanced.pl -- clients that count which of them a balancer loses.
#
#	balanced.pl ADDRESS PORT AT-ONCE N DIRECTORY
#
# AT-ONCE processes connect again and again, each time from another address of
# 127.1.0.0/16.  A client sends up to 8000 bytes and half-closes.  The answer must
# be the line "ADDRESS PORT", which are the client's, and then what it has sent.
#
# After N clients it makes DIRECTORY/reached.  It goes on until there is a file
# DIRECTORY/enough, but not beyond 50 N clients.  It prints "GOOD good, LOST
# lost", and a line for each lost client to standard error.
use strict;
use warnings;
use POSIX qw(strftime);
use Socket;

my ($address, $port, $at_once, $n, $dir) = @ARGV;
my $server = sockaddr_in($port, inet_aton($address));
$SIG{PIPE} = "IGNORE";
$| = 1;

# Returns what went wrong, or "".
sub client
{
	my @arguments = @_;
	my $failed = eval {
		local $SIG{ALRM} = sub { die "no answer in 30 s\n" };
		alarm 30;
		return talk(@arguments);
	};
	$failed = $@ unless defined $failed;
	alarm 0;
	chomp $failed;
	return $failed;
}

sub talk
{
	my ($worker, $number) = @_;
	my $from = sprintf("127.1.%d.%d", $worker, $number % 250 + 1);
	my $text = substr("$number " x 2000, 0, $number * 7919 % 8000) . "\n";
	socket(my $s, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
	bind($s, sockaddr_in(0, inet_aton($from))) or die "bind: $!";
	connect($s, $server) or return "connect: $!";
	my ($own) = sockaddr_in(getsockname($s));
	my $wanted = "$from $own\n$text";
	my ($sent, $got, $failed) = (0, "", "");
	while ($sent < length $text) {
		my $more = syswrite($s, $text, 8192, $sent);
		$failed = "write: $!", last unless defined $more;
		$sent += $more;
	}
	shutdown($s, 1);
	while (1) {
		my $more = sysread($s, $got, 65536, length $got);
		$failed = "read: $!" unless defined $more;
		last unless $more;
	}
	return "" if $got eq $wanted;
	my $bytes = length $got;
	return "$bytes bytes of " . length($wanted) .
	    (index($wanted, $got) == 0 ? "" : ", wrong") .
	    ($failed ne "" ? ", $failed" : "");
}

pipe(my $results, my $report) or die "pipe: $!";
for my $worker (1 .. $at_once) {
	next if fork;
	close $results;
	my $number = 0;
	until (-e "$dir/enough" || $number * $at_once > 50 * $n) {
		my $failed = client($worker, $number++);
		# One write, which is atomic; it fails when the parent has ended.
		syswrite($report, $failed eq "" ? "\n" : "$failed\n") or last;
		select(undef, undef, undef, 0.1) if $failed ne "";
	}
	exit;
}
close $report;
my ($good, $lost) = (0, 0);
while (my $failed = <$results>) {
	if ($failed eq "\n") { $good++ } else {
		$lost++;
		print STDERR strftime("%H:%M:%S", localtime), " lost: $failed";
	}
	open(my $file, ">", "$dir/reached") if $good + $lost == $n;
}
print "$good good, $lost lost\n";
