# proxy_target.pl ADDRESS... -- a server that wants a PROXY header and tells what
# it has read: "path" or "address:port", and on standard output one line for each
# connection.
#
# The answer to a client has one "name: value" for each part of the header, then
# "data: " and the line that the client has sent after it.  Section numbers are of
# https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use Socket qw(AF_INET AF_INET6 inet_ntop);

my $signature = "\r\n\r\n\0\r\nQUIT\n";
my %types = (0x01 => 'alpn', 0x02 => 'authority', 0x03 => 'crc32c',
	0x05 => 'unique-id', 0x20 => 'ssl', 0xe0 => 'identity');
my %ssl_types = (0x21 => 'version', 0x22 => 'cn', 0x23 => 'cipher');

# CRC32C, bit by bit.
sub crc32c
{
	my ($bytes) = @_;
	my $crc = 0xffffffff;
	for my $byte (unpack 'C*', $bytes) {
		$crc ^= $byte;
		$crc = $crc >> 1 ^ ($crc & 1 ? 0x82f63b78 : 0) for 1 .. 8;
	}
	return ~$crc & 0xffffffff;
}

# "type value" pairs of a block of TLVs (2.2).
sub tlvs
{
	my ($block) = @_;
	my @found;
	while (length $block) {
		my ($type, $value) = unpack 'C n/a', $block;
		push @found, [$type, $value];
		substr($block, 0, 3 + length $value) = '';
	}
	return @found;
}

sub ssl
{
	my ($client, $verify, $rest) = unpack 'C N a*', $_[0];
	return sprintf('client %d verify %d', $client, $verify) . join '',
	    map { ' ' . ($ssl_types{$_->[0]} // 'unknown') . " $_->[1]" }
	    tlvs($rest);
}

# A path without its zeros; "@" for the first zero of an abstract name.
sub path
{
	my ($path) = @_;
	$path =~ s/\0+$//;
	$path =~ s/^\0/@/;
	return $path eq '' ? 'unnamed' : $path;
}

# Returns the addresses as text, and what comes after them.
sub ends
{
	my ($family, $block) = @_;
	return ('none', $block) if $family == 0;
	if ($family == 0x31) {
		my ($from, $to, $rest) = unpack 'a108 a108 a*', $block;
		return (path($from) . ' ' . path($to), $rest);
	}
	my ($af, $size) = $family == 0x11 ? (AF_INET, 4) : (AF_INET6, 16);
	my ($from, $to, $p, $q, $rest) = unpack "a$size a$size n n a*", $block;
	return (join(' ', inet_ntop($af, $from), $p, inet_ntop($af, $to), $q),
		$rest);
}

sub version_2
{
	my ($header) = @_;
	my ($command, $family, $block) = unpack 'x12 C C x2 a*', $header;
	my %names = (0 => 'UNSPEC', 0x11 => 'TCP4', 0x21 => 'TCP6', 0x31 => 'UNIX');
	my $text = sprintf "v2: %s %s\n", $command == 0x20 ? 'LOCAL' : 'PROXY',
	    $names{$family} // 'unknown';
	my ($ends, $rest) = ends($family, $block);
	$text .= "ends: $ends\n";
	for my $tlv (tlvs($rest)) {
		my ($type, $value) = @$tlv;
		my $name = $types{$type} // 'unknown';
		$value = ssl($value) if $name eq 'ssl';
		if ($name eq 'crc32c') {
			my $copy = $header;
			# the last TLV of haild's headers
			substr($copy, -4) = "\0\0\0\0";
			$value = unpack('N', $value) == crc32c($copy) ?
			    'right' : 'wrong';
		}
		$text .= "$name: $value\n";
	}
	return $text;
}

# Read N bytes, or until END.
sub take
{
	my ($client, $n) = @_;
	my $buf = '';
	while (length $buf < $n) {
		sysread $client, $buf, $n - length $buf, length $buf or return $buf;
	}
	return $buf;
}

sub serve
{
	my ($client) = @_;
	my $text;
	my $header = take($client, 15);
	if (substr($header, 0, 12) eq $signature) {
		$header .= take($client, 1);
		$header .= take($client, unpack 'x14 n', $header);
		$text = version_2($header);
	} else {
		my $byte;
		while ($header !~ /\r\n$/ && length($byte = take($client, 1))) {
			$header .= $byte;
		}
		$text = 'v1: ' . $header =~ s/\r\n$//r . "\n";
	}
	print $text =~ s/\n.*//sr, "\n";
	my $data = '';
	1 while $data !~ /\n\z/ && sysread $client, $data, 4096, length $data;
	print $client $text, 'data: ', $data =~ s/\n\z//r, "\n";
}

$| = 1;
$SIG{PIPE} = 'IGNORE';
my $sockets = IO::Select->new(map {
	my $socket = /^\// ? IO::Socket::UNIX->new(Local => $_, Listen => 9) :
	    IO::Socket::INET->new(LocalAddr => $_, Listen => 9, ReuseAddr => 1);
	$socket or die "$_: $!";
} @ARGV);
print "listening\n";
while (1) {
	for my $listener ($sockets->can_read) {
		my $client = $listener->accept or next;
		serve($client);
		close $client;
	}
}
