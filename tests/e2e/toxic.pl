#!/usr/bin/perl
# toxic.pl -- a peer that does what it is told, and tells what it gets.
#
#	toxic.pl listen WHERE STEP...	prints "ready", and then serves every
#					client, each in a process of its own
#	toxic.pl connect WHERE STEP...
#
# WHERE is a port of 127.0.0.1, a path or "@NAME".  The STEPs, in order:
#
#	send=TEXT	send TEXT
#	zeros=N		send N bytes
#	single=N	send N bytes, each by itself
#	get=N		receive N bytes
#	all		receive up to the end
#	slow=N		the same, at most N bytes at a time, with pauses
#	half		end sending
#	wait=FILE	wait until FILE exists
#	mark=FILE	make FILE
#	unread		wait until there is something to receive, and leave it
#	reset		close with a reset (TCP)
#	close		close
#
# It prints a line at the end: "N bytes", and "end" if it has received an end,
# "reset" or "broken" for an error, or "open".
use strict;
use warnings;
use IO::Socket::INET;
use IO::Socket::UNIX;
use Socket qw(SOL_SOCKET SO_LINGER IPPROTO_TCP TCP_NODELAY SOCK_STREAM);
use Errno qw(ECONNRESET EPIPE EINTR);
use Time::HiRes 'sleep';

$SIG{PIPE} = 'IGNORE';
$| = 1;
my ($mode, $where, @steps) = @ARGV;
my ($s, $got, $state);

sub failed
{
	$state = $! == ECONNRESET ? 'reset' : 'broken';
	return 0;
}

# Send DATA in pieces of at most SIZE bytes.
sub put
{
	my ($data, $size) = @_;

	for (my $at = 0; $at < length $data;) {
		my $n = syswrite $s, $data, $size, $at;

		return failed() unless defined $n;
		$at += $n;
	}
	return 1;
}

# Receive COUNT bytes, or all; SIZE at a time, with a PAUSE after each.
sub take
{
	my ($count, $size, $pause) = @_;

	while (!defined $count || $count > 0) {
		my $want = defined $count && $count < $size ? $count : $size;
		my $n = sysread($s, my $data, $want);

		return failed() unless defined $n;
		if ($n == 0) {
			$state = 'end';
			return !defined $count;
		}
		$got += $n;
		$count -= $n if defined $count;
		sleep $pause if $pause;
	}
	return 1;
}

sub wait_for
{
	my ($file) = @_;

	for (1 .. 3000) {
		return 1 if -e $file;
		sleep 0.02;
	}
	return 0;
}

sub unread
{
	my $bits = '';

	vec($bits, fileno($s), 1) = 1;
	return select($bits, undef, undef, 60) > 0;
}

my %actions = (
	send => sub { put($_[0], length $_[0]) },
	zeros => sub { put("\0" x $_[0], 65536) },
	single => sub { put('x' x $_[0], 1) },
	get => sub { take($_[0], 65536, 0) },
	all => sub { take(undef, 65536, 0) },
	slow => sub { take(undef, $_[0], 0.01) },
	half => sub { shutdown $s, 1 },
	wait => \&wait_for,
	mark => sub { open(my $f, '>', $_[0]) },
	unread => \&unread,
	reset => sub {
		setsockopt $s, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0);
		close $s;
	},
	close => sub { close $s },
);

sub play
{
	($got, $state) = (0, 'open');
	setsockopt $s, IPPROTO_TCP, TCP_NODELAY, 1 if $where =~ /^\d+$/;
	for (@steps) {
		my ($name, $arg) = split /=/, $_, 2;

		$actions{$name}->($arg) or last;
	}
	print "$got bytes $state\n";
}

my $path = $where =~ /^@/ ? "\0" . substr($where, 1) : $where;
if ($mode eq 'connect') {
	$s = $where =~ /^\d+$/
	    ? IO::Socket::INET->new(PeerAddr => "127.0.0.1:$where")
	    : IO::Socket::UNIX->new(Peer => $path);
	die "$where: $!\n" unless $s;
	play();
	exit 0;
}
my $at = $where =~ /^\d+$/
    ? IO::Socket::INET->new(LocalAddr => "127.0.0.1:$where", Listen => 100,
	ReuseAddr => 1)
    : IO::Socket::UNIX->new(Local => $path, Listen => 100);
die "$where: $!\n" unless $at;
print "ready\n";
$SIG{CHLD} = 'IGNORE';
for (;;) {
	$s = $at->accept or next;
	if (fork == 0) {
		close $at;
		play();
		exit 0;
	}
	close $s;
}
