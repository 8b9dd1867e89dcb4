#!/usr/bin/perl
# fakectl.pl -- answer requests of haildctl from files.
#
#	perl fakectl.pl SOCKET DIR
#
# The answer to the request COMMAND is the file DIR/COMMAND.  The file DIR/mode
# may have another behaviour: silent (no answer), close (at once, without
# reading), endless (bytes without end), slow (the answer, a byte at a time).
# The file DIR/busy: answer CONTROL_BUSY this many times first.  Requests are
# appended to DIR/requests.
use strict;
use warnings;
use IO::Socket::UNIX;

my ($path, $dir) = @ARGV;
my $parent = $$;
$SIG{PIPE} = 'IGNORE';
$SIG{CHLD} = 'IGNORE';
unlink $path;
my $listener = IO::Socket::UNIX->new(Local => $path, Listen => 1)
    or die "$path: $!";
sub contents
{
	my ($name) = @_;
	open(my $file, '<', "$dir/$name") or return '';
	local $/;
	return scalar(<$file>) // '';
}
sub answer
{
	my ($client) = @_;
	my $mode = contents('mode');
	chomp $mode;
	return if $mode eq 'close';
	my $line = <$client>;
	return unless defined $line;
	open(my $log, '>>', "$dir/requests") or die;
	print $log $line;
	close $log;
	if ($mode eq 'silent') {
		sleep 1 while getppid == $parent;
	}
	if ($mode eq 'endless') {
		1 while syswrite $client, 'x' x 65536;
		return;
	}
	my $busy = contents('busy') || 0;
	if ($busy > 0) {
		open(my $file, '>', "$dir/busy") or die;
		print $file $busy - 1;
		close $file;
		syswrite $client, "haild-answer version=1\nmessage text=busy\n" .
		    "result status=7\nend lines=3\n";
		return;
	}
	my (undef, undef, $command) = split ' ', $line;
	my $text = contents($command);
	if ($mode eq 'slow') {
		syswrite $client, $_ for split //, $text;
		return;
	}
	syswrite $client, $text;
}
while (my $client = $listener->accept) {
	# A process for each, so that none waits for another.
	my $pid = fork // die;
	if ($pid == 0) {
		close $listener;
		answer($client);
		exit;
	}
	close $client;
}
