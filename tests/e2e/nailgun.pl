#!/usr/bin/perl
#
# nailgun.pl -- a Nailgun client that does as it is told, right or wrong.
#
#	nailgun.pl WHERE ACTION...
#
# WHERE is a port of 127.0.0.1 or the path of a socket.  Actions, in order:
#
#	T:TEXT		a frame of type T (A, E, D, C, 0, ., H, or any other)
#	T		an empty one
#	raw:TEXT	these bytes
#	header:N:T	a header that promises N bytes
#	times:N:T:TEXT	so many frames
#	bytes:N:T	a frame of type T with N bytes of "x"
#	wait:T		print frames until one of type T has come
#	show:TEXT	print frames until one of them has TEXT
#	shut		close the half that sends
#	die		close at once, with a reset, and exit
#	sleep		until it is killed
#
# \n, \0 and \xHH in TEXT are what they are in C.  What comes is printed, a
# frame a line, until the server closes: "1 text", "S", "X 0"; then "closed" or
# "reset".  Output of the same kind is joined, since pipes are cut anywhere.

use strict;
use warnings;
use Socket qw(:DEFAULT :crlf SO_LINGER IPPROTO_TCP TCP_NODELAY);

$SIG{PIPE} = 'IGNORE';
$SIG{ALRM} = sub { print "timeout\n"; exit 1 };
alarm 60;
$| = 1;

my ($where, @actions) = @ARGV;
my ($buffer, $last, $text) = ('', '', '');

if ($where =~ m{/}) {
	socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die "socket: $!\n";
	connect($s, pack_sockaddr_un($where)) or die "$where: $!\n";
	*S = $s;
} else {
	socket(my $s, PF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
	connect($s, pack_sockaddr_in($where, inet_aton('127.0.0.1')))
	    or die "$where: $!\n";
	setsockopt($s, IPPROTO_TCP, TCP_NODELAY, 1);
	*S = $s;
}

sub plain
{
	my ($t) = @_;
	$t =~ s/\\(?:x([0-9a-fA-F]{2})|(n)|(0))/
	    defined $1 ? chr hex $1 : defined $2 ? "\n" : "\0"/ge;
	return $t;
}

sub put
{
	my ($bytes) = @_;
	my $at = 0;
	while ($at < length $bytes) {
		my $n = syswrite S, $bytes, length($bytes) - $at, $at;
		return unless defined $n;
		$at += $n;
	}
}

sub frame
{
	my ($type, $payload) = @_;
	put(pack('N', length $payload) . $type . $payload);
}

# Print what was joined.
sub tell_last
{
	return if $last eq '';
	(my $t = $text) =~ s/\n/\\n/g;
	print $t eq '' ? "$last\n" : "$last $t\n";
	($last, $text) = ('', '');
}

# The next frame, as type and payload; nothing when there is none any more.
sub get
{
	for (;;) {
		if (length $buffer >= 5) {
			my ($len, $type) = unpack 'N a', $buffer;
			if (length $buffer >= 5 + $len) {
				my $payload = substr $buffer, 5, $len;
				substr $buffer, 0, 5 + $len, '';
				return ($type, $payload);
			}
		}
		my $n = sysread S, $buffer, 65536, length $buffer;
		return if !defined $n && !$!{EINTR} || defined $n && $n == 0;
	}
}

sub show
{
	my ($type, $payload) = @_;
	tell_last() if $type ne $last || $type !~ /[12]/;
	$last = $type;
	$text .= $payload;
}

for (@actions) {
	if (/^raw:(.*)$/s) { put(plain($1)) }
	elsif (/^header:(\d+):(.)$/) { put(pack 'N a', $1, $2) }
	elsif (/^times:(\d+):(.):?(.*)$/s) {
		my ($n, $type, $payload) = ($1, $2, plain($3));
		my $one = pack('N', length $payload) . $type . $payload;
		put($one x $n);
	}
	elsif (/^bytes:(\d+):(.)$/) { frame($2, 'x' x $1) }
	elsif (/^wait:(.)$/) {
		while (my ($type, $payload) = get()) {
			show($type, $payload);
			last if $type eq $1;
		}
		tell_last();
	}
	elsif (/^show:(.*)$/s) {
		my $wanted = plain($1);
		while (my ($type, $payload) = get()) {
			show($type, $payload);
			last if index($text, $wanted) >= 0;
		}
		tell_last();
	}
	elsif ($_ eq 'shut') { shutdown S, 1 }
	elsif ($_ eq 'die') {
		setsockopt(S, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0));
		exit 0;
	}
	elsif ($_ eq 'sleep') { alarm 0; sleep }
	elsif (/^(.):(.*)$/s) { frame($1, plain($2)) }
	elsif (/^(.)$/) { frame($1, '') }
	else { die "nailgun.pl: $_?\n" }
}
$! = 0;
while (my ($type, $payload) = get()) {
	show($type, $payload);
	$! = 0;
}
my $end = $!{ECONNRESET} ? 'reset' : 'closed';
tell_last();
print "$end\n";
