#!/usr/bin/perl
#
# explain_property.pl -- compare what haild explains with what it then does.
#
#	explain_property.pl DIR PID SEED ROUNDS PAIRS
#
# DIR has haild's configuration (haild.conf), log and control socket (ctl.sock);
# PID is haild's.  In each of ROUNDS rounds a random configuration is loaded.
# Then PAIRS random clients are explained and connect for real: the verdict, the
# reason of a refusal (by the log) and, for those that are served, what their
# program or the target of "forward" reports must be as explained.  Some sessions
# are held, so that limits are reached.  Prints each difference, and at the end what
# was compared.

use strict;
use warnings;
use IO::Handle;
use Socket qw(:DEFAULT inet_pton IPPROTO_TCP TCP_NODELAY);
use Time::HiRes qw(sleep time);

my ($dir, $pid, $seed, $rounds, $pairs) = @ARGV;
my $control = "$dir/ctl.sock";
my @services = ('s0' .. 's4');
my %port = (map({ ($services[$_] => 7001 + $_) } 0 .. $#services),
    p0 => 7011, c0 => 7012, w0 => 7013, f0 => 7014, f1 => 7015);
my %target = (f0 => 7021, f1 => 7022); # f1 sends a PROXY header
my %limited; # the commands with max-sessions
my %socket; # of Unix clients: a path, or "@" and a name
my (%held, %explained, %predicted, %waited, %count, %written, %drained);
my ($wrong, $reloads, $live) = (0, 0, 0);
my $server; # the process of the targets
my $round = 0;
my @kinds; # of services, as often as they are chosen
my $closed = qr/^(?:disabled|drained|out of service)$/; # nobody listens
my @ulimits = ([core => 'Max core file size'], [nofile => 'Max open files'],
    [fsize => 'Max file size'], [as => 'Max address space'],
    [cpu => 'Max cpu time'], [memlock => 'Max locked memory'],
    [stack => 'Max stack size']);

srand $seed;
$SIG{PIPE} = 'IGNORE';
$SIG{ALRM} = sub { die "explain_property: no end\n" };
alarm 900;

sub one_of { return $_[int rand @_] }
sub maybe { my ($p, $text) = @_; return rand() < $p ? "$text\n" : '' }
sub some_of { my ($p, @all) = @_; return grep { rand() < $p } @all }
sub strings { return '[' . join(', ', map { "\"$_\"" } @_) . ']' }

# --- configurations ---

# What programs see without a sandbox.
sub lines_of
{
	my ($name) = @_;

	open my $f, '<', $name or die "$name: $!\n";
	return <$f>;
}
my ($own_init) = map { s/\n//r } lines_of('/proc/1/comm');
my %own_mounts = map { (split)[4, 5] } lines_of('/proc/self/mountinfo');
my $own_read_only = ($own_mounts{'/usr'} // $own_mounts{'/'}) =~ /^ro/;

my @networks = qw(127.0.0.0/8 127.0.0.0/9 127.1.0.0/16 127.1.2.0/24 127.1.2.1
    127.0.0.0/16 127.0.2.2 0.0.0.0/0 ::1 ::/0 10.0.0.0/8 10.1.0.0/16 10.1.1.1
    2001:db8::/32 2001:db8:1::/48);
my @users = qw(daemon bin sys games nobody);
my @groups = qw(adm tty disk daemon games);

# What the program of a service reports: facts of proc(5) and its environment.
my $report = join '; ', 'umask', 'pwd',
    'while read -r l; do echo \"S $l\"; done </proc/self/status',
    'while read -r l; do echo \"L $l\"; done </proc/self/limits',
    'read -r l </proc/self/stat', 'echo \"N $l\"',
    '{ read -r l </proc/1/comm; } 2>/dev/null && echo \"I $l\"',
    'while read -r a b c d e f; do echo \"M $e $f\"; done </proc/self/mountinfo',
    'while read -r l; do echo \"D $l\"; done </proc/net/dev',
    'export -p', 'echo END', 'read -r l';

sub lists
{
	return maybe(0.4, 'allow = ' . strings(some_of(0.4, @networks), '127.0.0.1'))
	    . maybe(0.4, 'deny = ' . strings(some_of(0.2, @networks), '127.3.0.0/16'));
}

sub limits
{
	my $wait = rand() < 0.5;

	return 'max-sessions = ' . one_of(1 .. 6) . "\n"
	    . 'max-per-source = ' . one_of('"none"', 1 .. 3) . "\n"
	    . maybe(0.3, 'source-prefix-v4 = ' . one_of(8, 16, 24))
	    . maybe(0.2, 'rate-per-source = "' . one_of(1 .. 4) . '/h"')
	    . 'at-limit = "' . ($wait ? 'wait' : 'refuse') . "\"\n"
	    . ($wait ? '' : maybe(0.2, 'rate = "' . one_of(3 .. 20) . '/h"'));
}

# The user of SERVICE; the user IDs of a pool are more than its sessions.
sub user
{
	my ($service) = @_;
	my $first = 210000 + 100 * ($port{$service} - 7000);

	return "user = \"pool:$first-" . ($first + 20) . "\"\n"
	    . maybe(0.3, 'sandbox = "strict"') if rand() < 0.15;
	return 'user = "' . one_of(@users) . "\"\n"
	    . maybe(0.3, 'group = "' . one_of(@groups) . '"')
	    . maybe(0.3, 'groups = ' . strings(some_of(0.4, @groups)));
}

# A limit of a cgroup, which the program does not see: compare it as written.
sub written
{
	my ($service, $name, $value) = @_;

	$written{$service}{$name} = $value;
	return "$name = $value\n";
}

sub program
{
	my ($service) = @_;

	my $user = user($service);

	return $user
	    . (rand() < 0.04 ? written($service, 'memory-max', '"' . one_of(20 .. 90) . 'M"') : '')
	    . (rand() < 0.04 ? written($service, 'tasks-max', one_of(20 .. 90)) : '')
	    . maybe(0.4, 'umask = "0' . one_of('077', '027', '002') . '"')
	    . maybe(0.3, 'nice = ' . one_of(-5 .. 10))
	    . maybe(0.4, 'directory = "' . one_of('/usr', '/etc', '/var') . '"')
	    . maybe(0.3, 'limit-nofile = "' . one_of('64', '100:200', '300') . '"')
	    . maybe(0.3, 'limit-fsize = "' . one_of('1M', '64K:2M') . '"')
	    . maybe(0.3, 'limit-core = "' . one_of('1K', '0:1M') . '"')
	    . maybe(0.2, 'limit-cpu = "' . one_of('60', '30:90') . '"')
	    . maybe(0.3, 'limit-memlock = "64K"')
	    . maybe(0.4, 'environment = ["A_SECRET=' . int(rand 1e9)
	    . '", "PATH=/bin:/usr/bin"]')
	    . maybe($user =~ /strict/ ? 0 : 0.6, one_of('sandbox = "basic"',
		'no-new-privileges = true', 'no-new-privileges = false'))
	    . maybe(0.2, 'private-network = ' . one_of('true', 'false'))
	    . maybe(0.1, 'private-pids = ' . one_of('true', 'false'))
	    . maybe(0.2, 'private-tmp = ' . one_of('true', 'false'))
	    . maybe(0.1, 'protect-system = "' . one_of('no', 'yes', 'full') . '"');
}

# Where SERVICE listens: for the clients OF 4, 6 and unix.
sub listens
{
	my ($service, @of) = @_;
	my $path = one_of("$dir/$service.sock", "\@$service");
	my %where = (4 => "127.0.0.1:$port{$service}",
	    6 => "[::1]:$port{$service}", unix => $path);

	$socket{$service} = $path;
	return 'listen = ' . strings(@where{@of}) . "\n"
	    . ("@of" !~ /unix/ ? maybe(0.3, 'interface = "lo"')
		: $path =~ /^@/ ? '' : "socket-mode = \"0666\"\n");
}

# Where f0 and f1 forward to: the first target refuses connections.
sub forwards
{
	my ($service) = @_;

	return 'forward = ' . strings(some_of(0.3, '127.0.0.1:9'),
	    "127.0.0.1:$target{$service}") . "\nuser = \"" . one_of(@users) . "\"\n"
	    . maybe(0.3, 'forward-policy = "round-robin"')
	    . maybe(0.3, 'forward-source = "127.0.9.9"')
	    . ($service eq 'f1' ? "forward-proxy = \"v1\"\n" : '');
}

sub users
{
	return maybe(0.4, 'allow-user = ' . strings(some_of(0.4, @users), 'bin'))
	    . maybe(0.3, 'allow-group = ' . strings(some_of(0.4, @groups), 'adm'));
}

sub configuration
{
	my $text = "control = \"$control\"\nsource-prefix-v6 = "
	    . one_of(48, 64, 128) . "\n" . 'max-sessions = ' . one_of(8, 12, 40)
	    . "\n" . maybe(0.3, 'max-per-source = ' . one_of(2 .. 6))
	    . maybe(0.3, 'allow = ' . strings('127.0.0.0/8', some_of(0.5, @networks)))
	    . maybe(0.3, 'deny = ' . strings('127.3.0.0/16', some_of(0.1, @networks)));

	my $wait = $text !~ /^(?:allow|deny) =/m; # they are not for "wait"
	@kinds = (@services, 'p0', 'c0', 'f0', 'f1', @services, $wait ? 'w0' : ());
	%written = ();
	for my $s (@services) {
		$text .= "$s: {\n" . listens($s, 4, 6, 'unix')
		    . "exec = [\"/bin/sh\", \"-c\", \"$report\"]\n"
		    . lists() . limits() . users() . program($s)
		    . maybe(0.05, 'disable = true') . "}\n";
	}
	$text .= "p0: {\n" . listens('p0', 4)
	    . "proxy-from = [\"127.0.0.0/8\"]\n"
	    . "exec = [\"/bin/sh\", \"-c\", \"$report\"]\n"
	    . lists() . limits() . program('p0') . "}\n";
	$text .= "f0: {\n" . listens('f0', 4, 6, 'unix') . lists() . limits()
	    . users() . forwards('f0') . "}\n";
	$text .= "f1: {\n" . listens('f1', 4) . "proxy-from = [\"127.0.0.0/8\"]\n"
	    . lists() . limits() . forwards('f1') . "}\n";
	$text .= "w0: {\nlisten = [\"127.0.0.1:$port{w0}\"]\nwait = true\n"
	    . "exec = [\"/usr/bin/perl\", \"-e\", \"accept C, STDIN; "
	    . "syswrite C, qq(END\\\\n)\"]\nuser = \"nobody\"\n}\n"
	    if $wait;
	$text .= "c0: {\n" . listens('c0', 4) . 'allow = '
	    . strings('127.0.0.0/8', some_of(0.3, @networks)) . "\n" . limits()
	    . 'user = "nobody"' . "\ncommands = {\n";
	for my $c ('one', 'two', 'three') {
		$limited{$c} = rand() < 0.6;
		$text .= "$c: {\nexec = [\"/bin/sh\", \"-c\", "
		    . "\"$report\", \"sh\"]\nstdin = true\n"
		    . maybe(0.4, 'umask = "0' . one_of('077', '027', '002') . '"')
		    . maybe(0.4, 'directory = "' . one_of('/usr', '/etc') . '"')
		    . maybe(0.4, 'environment = ["A_SECRET=1", "B_SECRET=2"]')
		    . maybe(0.4, 'user = "' . one_of(@users) . "\"\n"
			. maybe(0.5, 'nice = ' . one_of(0 .. 10))
			. maybe(0.5, 'limit-nofile = "' . one_of('70', '90:200') . '"'))
		    . maybe($limited{$c}, 'max-sessions = ' . one_of(1 .. 3))
		    . maybe(0.4, 'allow = ' . strings(some_of(0.5, @networks[0 .. 6]), '127.1.0.0/16'))
		    . maybe(0.3, 'deny = ' . strings(some_of(0.4, @networks[0 .. 6]), '127.2.0.0/16'));
		$text .= rand() < 0.7
		    ? 'args = "0-3"' . "\n"
		    . maybe(0.5, 'arg-match = ["[a-z]+", "[0-9]*"]')
		    . maybe(0.3, 'arg-dash = true')
		    : "args = \"1\"\n";
		$text .= "}\n";
	}
	return "$text}\n}\n";
}

# --- targets of "forward" ---

# Serve the targets in a process of its own: f0's answers at once, f1's with the
# header that comes first.  Both then wait for the end of the client.
sub serve_targets
{
	my ($in, %at) = ('');

	for my $service (keys %target) {
		socket(my $s, PF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
		setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
		bind($s, pack_sockaddr_in($target{$service}, INADDR_LOOPBACK))
		    or die "bind: $!\n";
		listen($s, 128);
		vec($in, fileno $s, 1) = 1;
		$at{fileno $s} = [$s, $service];
	}
	return if $server = fork // die "fork: $!\n";
	for (;;) {
		select(my $ready = $in, undef, undef, undef);
		for my $fd (grep { vec $ready, $_, 1 } keys %at) {
			my ($s, $service) = @{$at{$fd}};
			if ($service ne '') {
				accept(my $c, $s) or next;
				vec($in, fileno $c, 1) = 1;
				$at{fileno $c} = [$c, ''];
				syswrite $c, "END\n" if $service eq 'f0';
			} elsif (sysread $s, my $header, 4096) {
				syswrite $s, "${header}END\n";
			} else {
				vec($in, $fd, 1) = 0;
				delete $at{$fd};
				close $s;
			}
		}
	}
}

# --- haild ---

sub logged
{
	open my $f, '<', "$dir/haild.log" or die "$dir/haild.log: $!\n";
	my @lines = <$f>;
	return @lines;
}

sub wait_for
{
	my ($what, $done) = @_;
	my $end = time + 20;

	until ($done->()) {
		die "explain_property: timeout: $what\n", sessions()
		    if time > $end;
		sleep 0.005;
	}
}

# Have haild do what TEXT requests.  Returns whether it does, which it does not
# for a service that is disabled.
sub order
{
	my ($text) = @_;

	socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die "socket: $!\n";
	connect($s, pack_sockaddr_un($control)) or die "$control: $!\n";
	$s->autoflush(1);
	print $s "haild-control 1 $text\n";
	my @answer = <$s>;
	return 1 if "@answer" =~ /result status=0/;
	die "explain_property: $text: @answer" if "@answer" !~ /disabled/;
	return 0;
}

sub resume_all
{
	order("resume service=$_") for sort keys %drained;
	%drained = ();
}

sub drain_some
{
	for my $service (some_of(0.08, @services, 'c0', 'f0')) {
		$drained{$service} = 1 if order("drain service=$service");
	}
}

# The open sessions, and those that should be.
sub sessions
{
	socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die "socket: $!\n";
	connect($s, pack_sockaddr_un($control)) or die "$control: $!\n";
	$s->autoflush(1);
	print $s "haild-control 1 sessions\n";
	return grep({ /^session/ } <$s>),
	    map { scalar(@{$held{$_}}) . " of $_\n" } sort keys %held;
}

sub load_configuration
{
	open my $f, '>', "$dir/haild.conf.new" or die "haild.conf: $!\n";
	print $f configuration();
	close $f;
	rename "$dir/haild.conf.new", "$dir/haild.conf";
	kill HUP => $pid;
	$reloads++;
	wait_for('reload', sub {
		(grep { /reloaded: |reload failed: / } logged()) >= $reloads });
	my ($last) = grep { /reload failed: / } reverse logged();
	die "explain_property: $last", grep { /haild\.conf:/ } logged()
	    if defined $last;
}

sub decoded { my ($t) = @_; $t =~ s/\\([0-7]{3})/chr oct $1/ge; return $t }
sub encoded { my ($t) = @_; $t =~ s/([^!-\[\]-~])/sprintf '\\%03o', ord $1/ge; return $t }

# Ask for an explanation: { section => { name => [value, where] } }.
sub ask
{
	my (%q) = @_;
	my (%facts, $text);

	socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die "socket: $!\n";
	connect($s, pack_sockaddr_un($control)) or die "$control: $!\n";
	$s->autoflush(1);
	print $s 'haild-control 1 explain ', join(' ', "service=$q{service}",
	    "address=$q{address}",
	    (defined $q{uid} ? ("uid=$q{uid}", map { "gid=$_" } @{$q{gids}}) : ()),
	    map { 'word=' . encoded($_) } @{$q{words} // []}), "\n";
	while (<$s>) {
		if (/^fact section=(\S+) name=(\S+) value=(\S+) where=(\S+)/) {
			my ($section, $name, $value, $where) =
			    map { $_ eq '-' ? undef : decoded($_) } $1, $2, $3, $4;
			$facts{$section}{$name} = [$value, $where];
		}
		$text .= $_;
	}
	die "explain_property: no verdict (@{[%q]}): ", $text // 'nothing', "\n"
	    unless $facts{verdict};
	return \%facts;
}

# The same, when haild has noticed the ends of all sessions that are over.
sub settled
{
	my (@q) = @_;
	my $facts;

	wait_for('the end of sessions', sub {
		$facts = ask(@q);
		$facts->{limits}{'all sessions'}[0] =~ /^(\d+) of/;
		return $1 == $live;
	});
	return $facts;
}

# --- clients ---

sub differs
{
	my ($q, $what, $got, $wanted) = @_;

	$wrong++;
	printf "# round %d: %s from %s: %s: %s, but explained: %s\n", $round,
	    join(' ', $q->{service}, @{$q->{words} // []}), $q->{address}, $what,
	    $got // 'nothing', $wanted // 'nothing';
}

sub new_client
{
	my $kind = rand;
	my %q = (service => one_of(@kinds));

	if ($q{service} eq 'c0') {
		$q{words} = [one_of('one', 'two', 'three', 'none', 'help'),
		    map { one_of('abc', '42', '-x', '', 'A b') } 1 .. int rand 4];
	} elsif ($q{service} =~ /^(?:s|f0)/ && $kind < 0.25) {
		my @gids = map { scalar getgrnam $_ } some_of(0.3, @groups);
		$q{uid} = getpwnam one_of(@users);
		$q{gids} = [100, @gids];
		$q{address} = 'unix';
		return \%q;
	}
	$q{ip} = sprintf '127.%d.%d.%d', one_of(0, 0, 1, 1, 2, 3), one_of(0, 2),
	    one_of(1, 2);
	$q{ip} = '::1' if $q{service} =~ /^(?:s|f0)/ && $kind > 0.9;
	$q{announced} = one_of($q{ip}, '10.1.1.1', '10.2.0.1', '2001:db8:1::1',
	    '2001:db8:2::1') if $q{service} =~ /^(?:p0|f1)$/;
	return \%q;
}

# A socket that has a name, but is not connected; sets the address.
sub bound
{
	my ($q) = @_;
	my $family = $q->{uid} ? PF_UNIX : $q->{ip} =~ /:/ ? PF_INET6 : PF_INET;
	my ($s, $port);

	socket($s, $family, SOCK_STREAM, 0) or die "socket: $!\n";
	return $s if $family == PF_UNIX;
	bind($s, $family == PF_INET6
	    ? pack_sockaddr_in6(0, inet_pton(AF_INET6, $q->{ip}))
	    : pack_sockaddr_in(0, inet_aton($q->{ip}))) or die "bind: $!\n";
	($port) = $family == PF_INET6
	    ? unpack_sockaddr_in6(getsockname $s)
	    : unpack_sockaddr_in(getsockname $s);
	$q->{peer} = $q->{ip} =~ /:/ ? "[$q->{ip}]:$port" : "$q->{ip}:$port";
	$port = 1234 if $q->{announced};
	my $ip = $q->{announced} // $q->{ip};
	$q->{address} = $ip =~ /:/ ? "[$ip]:$port" : "$ip:$port";
	return $s;
}

sub connected
{
	my ($q, $s) = @_;
	my $service = $q->{service};
	my $ok;

	if (defined $q->{uid}) {
		local ($), $>) = ($), $>);
		$) = join ' ', $q->{gids}[0], @{$q->{gids}};
		$> = $q->{uid};
		$ok = connect $s, pack_sockaddr_un($socket{$service} =~ s/^@/\0/r);
		$> = 0;
		$) = '0 0';
	} elsif ($q->{ip} =~ /:/) {
		$ok = connect $s,
		    pack_sockaddr_in6($port{$service}, inet_pton(AF_INET6, '::1'));
	} else {
		$ok = connect $s,
		    pack_sockaddr_in($port{$service}, inet_aton('127.0.0.1'));
	}
	return 0 unless $ok;
	my ($bytes, @words) = ('', @{$q->{words} // []});
	if ($q->{announced}) {
		my $six = $q->{announced} =~ /:/;
		$bytes = sprintf "PROXY TCP%d %s %s 1234 80\r\n", $six ? 6 : 4,
		    $q->{announced}, $six ? '::1' : '127.0.0.1';
	} elsif (@words) {
		my $name = shift @words;
		$bytes = join '', map { pack('Na', length $_->[1], $_->[0]) . $_->[1] }
		    (map { ['A', $_] } @words), ['D', '/'], ['C', $name];
	}
	syswrite $s, $bytes if $bytes ne '';
	return 1;
}

# What comes from S until END, its end, or TIME; and whether it was served.
sub answer_of
{
	my ($s, $time) = @_;
	my ($text, $end) = ('', time + $time);

	while ($text !~ /END\n/) {
		my ($in, $left) = ('', $end - time);
		vec($in, fileno $s, 1) = 1;
		return ($text, 'waits')
		    if $left <= 0 || select($in, undef, undef, $left) < 1;
		my $n = sysread $s, $text, 65536, length $text;
		last if !$n;
	}
	return ($text, $text =~ /END\n/ ? 'served' : 'refused');
}

# --- what a program reports ---

sub compare
{
	my ($q, $facts, $text) = @_;
	my @lines = split /\n/, $text;
	my (%status, %limit, %env, $nice, @links, %mounts, $init);
	my %fact = map { my $s = $_; map { ($_ => $facts->{$s}{$_}[0]) }
	    keys %{$facts->{$s}} } qw(session containment limits user);
	my $same = sub {
		my ($what, $got, $wanted) = @_;
		$count{facts}++;
		differs($q, $what, $got, $wanted)
		    if ($got // '') ne ($wanted // '');
	};

	s/^"(.*)"$/$1/ for grep { defined } values %fact;
	for (@lines) {
		$status{$1} = $2 if /^S (\w+):\s*(.*?)\s*$/;
		$limit{$1} = "$2:$3" if /^L (\S.*?)\s{2,}(\S+)\s+(\S+)/;
		$nice = (split)[19] if /^N /;
		$init = $1 if /^I (.*)/;
		$mounts{$1} = $2 if /^M (\S+) (\S+)/;
		push @links, $1 if /^D\s+(\w+):/;
		$env{$1} = $2 if /^export (\w+)='(.*)'$/;
	}
	$same->('umask', $lines[0], $fact{umask});
	$same->('directory', $lines[1], $fact{directory});
	my ($uid, $gid) = map { (split ' ', $status{$_} // '-1')[0] } qw(Uid Gid);
	if ($fact{uid} =~ /^one of (\d+) to (\d+)$/) {
		$same->('uid', $uid >= $1 && $uid <= $2 ? 'of the pool' : $uid,
		    'of the pool');
		$same->('gid', $gid, $uid);
	} else {
		$same->('uid', $status{Uid}, join "\t", ($fact{uid}) x 4);
		$same->('gid', $status{Gid}, join "\t", ($fact{gid}) x 4);
	}
	$same->('groups', $status{Groups}, $fact{gids});
	$same->($_, $fact{$_}, $written{$q->{service}}{$_} =~ tr/"//dr)
	    for keys %{$written{$q->{service}} // {}};
	$same->('private-tmp', exists $mounts{'/tmp'} || 0,
	    $fact{'private-tmp'} eq 'true' || 0) unless $own_mounts{'/tmp'};
	$same->('protect-system',
	    ($mounts{'/usr'} // $mounts{'/'}) =~ /^ro/ || 0,
	    $fact{'protect-system'} ne 'no' || 0) unless $own_read_only;
	$same->('private-pids', $init ne $own_init || 0,
	    $fact{'private-pids'} eq 'true' || 0) if defined $init;
	$same->('nice', $nice, $fact{nice});
	$same->('no-new-privileges', $status{NoNewPrivs} ? 'true' : 'false',
	    $fact{'no-new-privileges'});
	$same->('system-call-filter', $status{Seccomp} > 0 ? 1 : 0,
	    $fact{'system-call-filter'} || ($fact{'restrict-namespaces'} // '')
		eq 'true' ? 1 : 0);
	$same->('private-network', (grep { $_ ne 'lo' } @links) ? 'others' : 'lo', 'lo')
	    if $fact{'private-network'} eq 'true';
	$same->('capabilities', hex $status{CapBnd}, 0)
	    if defined $fact{capabilities} && $fact{capabilities} eq '[]';
	for (@ulimits) {
		my ($name, $words) = @$_;
		my $wanted = $fact{"limit-$name"};
		next unless defined $wanted;
		$wanted = "$wanted:$wanted" unless $wanted =~ /:/;
		$same->("limit-$name", $limit{$words}, $wanted);
	}
	for my $name (keys %env) {
		next if $name =~ /^(?:PWD|OLDPWD|SHLVL|_)$/;
		my $f = $facts->{environment}{$name};
		$same->("environment $name", 'set', $f ? 'set' : 'absent');
		$same->("environment $name", $env{$name}, $f->[0])
		    if $f && defined $f->[0];
	}
	for my $name (keys %{$facts->{environment}}) {
		$same->("environment $name", exists $env{$name} ? 'set' : 'absent',
		    'set');
		$same->('a secret', $facts->{environment}{$name}[0] // 'hidden',
		    'hidden') if $name eq 'A_SECRET';
	}
}

# The target reports the header that it was sent.
sub compare_target
{
	my ($q, $facts, $text) = @_;
	my $to = "127.0.0.1:$target{$q->{service}}";
	my $all = $facts->{service}{target}[0];

	$count{facts} += 2;
	differs($q, 'target', $to, $all) if $all ne $to;
	return if $q->{service} ne 'f1';
	my ($ip, $port) = $q->{address} =~ /^\[?(.*?)\]?:(\d+)$/;
	$text =~ /^PROXY TCP[46] (\S+) \S+ (\d+) /;
	differs($q, 'header', $text, "$ip $port")
	    if ($1 // '') ne $ip || $2 ne $port;
}

# What a command wrote to standard output, without the frames.
sub unframed
{
	my ($bytes) = @_;
	my $text = '';

	while ($bytes =~ s/^(....)(.)//s) {
		my ($len, $type) = (unpack('N', $1), $2);
		my $chunk = substr $bytes, 0, $len, '';
		$text .= $chunk if $type eq '1';
	}
	return $text;
}

# --- a pair ---

sub hold
{
	my ($q, $s) = @_;

	return if $q->{service} eq 'w0'; # its program has ended
	push @{$held{$q->{service}}}, $s;
	$live++;
}

sub release
{
	my ($service) = @_;
	my $s = shift @{$held{$service}} or return 0;

	close $s;
	$live--;
	return 1;
}

sub any_held { return grep { @{$held{$_} // []} } keys %held }

# Whether a limit or rate of the source, or the limit of the command, may refuse
# the client now.  What would refuse it after that is not explained, and that limit
# may not last.
sub is_hidden
{
	my ($q, $facts) = @_;

	return 1 if $limited{$q->{words}[0] // ''} ||
	    grep { ($facts->{limits}{$_}[0] // '"none"') ne '"none"' }
	    'rate', 'rate-per-source';
	for ('sessions of the source', 'in all services') {
		my ($n, $of) = ($facts->{limits}{$_}[0] // '') =~ /^(\d+) of (\d+)/;
		return 1 if defined $of && $n >= $of;
	}
	return 0;
}

# A client that must wait is served, or refused, when sessions end.  It can wait
# for several limits, one after the other.
sub end_waiting
{
	my ($q, $s, $reason, $refused) = @_;
	my ($text, $got) = answer_of($s, 0.01);
	my $end = time + 10;
	my $hidden = is_hidden($q, ask(%$q));

	differs($q, 'verdict', $got, "waits: $reason") if $got ne 'waits';
	while ($got eq 'waits' && time < $end) {
		for my $service ($reason =~ /^total/ ? any_held() : $q->{service}) {
			last if release($service);
		}
		($text, $got) = answer_of($s, 0.1);
		next if $got ne 'waits';
		my $facts = ask(%$q);
		$reason = $facts->{verdict}{waits}[0] if $facts->{verdict}{waits};
	}
	differs($q, 'after sessions have ended', $got, 'an end')
	    if $got eq 'waits';
	if (defined $refused) {
		differs($q, 'after waiting', $got, "refused: $refused")
		    if $got ne 'refused';
		note_refusal($q, $refused);
		$count{'then refused'}++;
	} else {
		$waited{$_} = $hidden for names_of($q);
	}
	hold($q, $s) if $got eq 'served';
}

# A client in the log: a proxy has its own address until it announces another.
sub names_of
{
	my ($q) = @_;

	return "$q->{service}: uid:$q->{uid}" if defined $q->{uid};
	return map { "$q->{service}: $_" } $q->{address}, $q->{peer};
}

# The reason by the log is compared at the end: it may come later.
sub note_refusal
{
	my ($q, $reason) = @_;

	$predicted{$_}{$reason}++ for names_of($q);
	$count{reasons}{$reason =~ s/ \d+$//r}++;
}

sub try_client
{
	my $q = new_client();
	my $s = bound($q);
	my $facts = settled(%$q);
	my ($verdict) = grep { /^(?:served|refused|waits)$/ } keys %{$facts->{verdict}};
	my $reason = $facts->{verdict}{$verdict}[0];
	my ($text, $got) = ('', 'refused');

	$count{pairs}++;
	$count{$verdict}++;
	$explained{$verdict . ($reason ? ": $reason" =~ s/ \d+$//r : '')}++;
	if (connected($q, $s)) {
		return end_waiting($q, $s, $reason,
		    $facts->{verdict}{'then refused'}[0]) if $verdict eq 'waits';
		($text, $got) = answer_of($s, 10);
		$got = 'served' if $q->{words} && $q->{words}[0] eq 'help' &&
		    $text =~ /X\z|X.\z/s && $text !~ /no command|takes/;
	} elsif (($reason // '') !~ $closed) {
		differs($q, 'verdict', "connect: $!", $verdict);
		return;
	}
	if ($got ne $verdict) {
		differs($q, 'verdict', $got, $verdict . ': ' . ($reason // ''));
	} elsif ($got eq 'refused') {
		note_refusal($q, $reason) if $reason !~ $closed;
	} elsif ($q->{service} eq 'c0') {
		compare($q, $facts, unframed($text)) if $text =~ /END/;
	} elsif ($target{$q->{service}}) {
		compare_target($q, $facts, $text);
	} elsif ($q->{service} ne 'w0') {
		compare($q, $facts, $text);
	}
	if ($got eq 'served' && $text =~ /END/) {
		hold($q, $s);
		release($q->{service}) if rand() < 0.25;
	}
}

# After waiting for a session, clients are refused for these only if that was
# explained; for others, the sessions of the moment decide.
my $lasting = qr/^(?:access|unknown command|number of arguments|argument)/;

# How many refusals the log has for each reason, those that were left out too.
sub refusals
{
	my %logged;

	for (logged()) {
		if (/\]: \w+: \S+ (?:pid \d+ )?refused: (.*?)(?: \d+\.\d+s .*)?$/) {
			$logged{$1 =~ s/ \d+$//r}++;
		} elsif (/more refusals not logged: (.*)/) {
			for my $part (split /, /, $1) {
				$logged{$2} += $1 if $part =~ /^(\d+) (.*)/;
			}
		}
	}
	return \%logged;
}

# The reasons that the log has less often than they were explained.
sub missing
{
	my $logged = refusals();

	return grep { ($logged->{$_} // 0) < $count{reasons}{$_} }
	    keys %{$count{reasons}};
}

# What the log has was explained, and the reverse.
sub check_log
{
	my $end = time + 10;

	# The refusals of the last second are summed up after it.
	sleep 0.1 while missing() && time < $end;
	for (logged()) {
		if (/\]: (\w+: \S+) (?:pid \d+ )?refused: (.*?)(?: \d+\.\d+s .*)?$/) {
			my ($key, $reason) = ($1, $2);
			$count{logged}++;
			next if $predicted{$key}{$reason};
			next if defined $waited{$key} &&
			    ($waited{$key} || $reason !~ /$lasting/);
			$wrong++;
			print "# log: $key refused: $reason, but explained: ",
			    join(', ', keys %{$predicted{$key}}) || 'nothing', "\n";
		}
	}
	for (missing()) {
		$wrong++;
		print "# log: ", refusals()->{$_} // 0,
		    " refused: $_, but explained: $count{reasons}{$_}\n";
	}
}

serve_targets();
while (++$round <= $rounds) {
	for my $service (any_held()) {
		1 while release($service);
	}
	resume_all();
	load_configuration();
	drain_some();
	try_client() for 1 .. $pairs;
}
check_log();
kill TERM => $server;
print "# $_: $explained{$_}\n" for sort keys %explained;
print "pairs $count{pairs} served ", $count{served} // 0, ' refused ',
    $count{refused} // 0, ' waits ', $count{waits} // 0,
    ' then refused ', $count{'then refused'} // 0,
    " facts $count{facts} logged $count{logged} wrong $wrong\n";
