#!/bin/sh
# commands.sh -- how fast commands are, beside what else does such things.
#
#	sh tests/bench/commands.sh [ROUNDS]
#
# As root (nrpe and sshd want that), from the build tree, on loopback alone.
# Each round runs each of a comparison once, so that all meet the same moments
# of the machine.  Printed are medians, with the quartiles around them, and the
# ratio of the medians; a ratio more than 5 % below its target is a failure, and
# so is a rival that is not there.

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$srcdir/tests/e2e/lib.sh"
[ "$(id -u)" = 0 ] || { echo 'commands.sh: needs root' >&2; exit 1; }
rounds=${1:-40}
size=1000000000
missed=0

# free_port: one that nobody listens on now.
free_port()
{
	perl -MSocket -e 'socket(S, AF_INET, SOCK_STREAM, 0);
	    bind(S, pack_sockaddr_in(0, INADDR_LOOPBACK)) or die;
	    print +(unpack_sockaddr_in(getsockname(S)))[0]'
}

# listens PORT: somebody does.
listens()
{
	perl -MSocket -e 'socket(S, AF_INET, SOCK_STREAM, 0);
	    exit !connect(S, pack_sockaddr_in($ARGV[0], INADDR_LOOPBACK))' "$1"
}

# rival FILE NAME TARGET COMMAND: to be compared with the first of FILE, which
# must be TARGET times as fast.
rival()
{
	echo "$2 $3 $4" >>"$tmp/$1"
}

# turns ROUNDS WHAT FILE: run them in turns, and judge.
turns()
{
	perl -MTime::HiRes=time - "$1" "$2" "$tmp/$3" <<'END' || missed=1
my ($rounds, $what, $file) = @ARGV;
my $errors = "$file.errors";
my ($first, $missed);
open(F, '<', $file) or die;
my @rivals = map { chomp; [split / /, $_, 3] } <F>;
my %times;
for my $round (0 .. $rounds) { # the first one does not count
	# Nobody is always behind the same one.
	for (0 .. $#rivals) {
		my ($name, undef, $command) = @{$rivals[($_ + $round) % @rivals]};
		my $start = time;
		my $status = system("exec </dev/null >/dev/null 2>$errors; $command");
		if ($status != 0) {
			open(E, '<', $errors);
			die "$name failed: $status\n", <E>;
		}
		push @{$times{$name}}, time - $start if $round > 0;
	}
}
for (@rivals) {
	my ($name, $target) = @$_;
	my @sorted = sort { $a <=> $b } map { 1000 * $_ } @{$times{$name}};
	my ($low, $median, $high) = map { $sorted[$_ * $#sorted / 4] } 1 .. 3;
	$first //= $median;
	my $ratio = $median / $first;
	my $miss = $ratio < 0.95 * $target;
	$missed ||= $miss;
	printf "%-16s %-10s %8.2f ms (%.2f to %.2f)", $what, $name, $median,
	    $low, $high;
	printf ", %.2f times, of %g%s", $ratio, $target, $miss ? ": MISSED" : ""
	    if $target > 0;
	print "\n";
}
exit($missed ? 1 : 0);
END
}

need_all()
{
	for what; do
		command -v "$what" >/dev/null && continue
		echo "commands.sh: there is no $what: ./dev bench installs it" >&2
		exit 1
	done
}

nrpe=/usr/sbin/nrpe
check_nrpe=/usr/lib/nagios/plugins/check_nrpe
need_all ng-nailgun socat ssh $nrpe $check_nrpe /usr/sbin/sshd

start_haild <<END
commands: {
	listen = ["127.0.0.1:0"]
	user = "nobody"
	max-sessions = 1000
	max-per-source = "none"
	commands: {
		say:  { exec = ["/bin/echo", "-n", "ok"] }
		many: { exec = ["/usr/bin/head", "-c", "$size", "/dev/zero"] }
	}
}
exec: {
	listen = ["127.0.0.1:0"]
	user = "nobody"
	exec = ["/bin/echo", "-n", "ok"]
	max-sessions = 1000
	max-per-source = "none"
}
END
port=$(port commands)

nrpe_port=$(free_port)
cat >"$tmp/nrpe.cfg" <<END
server_address=127.0.0.1
server_port=$nrpe_port
allowed_hosts=127.0.0.1
nrpe_user=nobody
nrpe_group=nogroup
pid_file=$tmp/nrpe.pid
command[say]=/bin/echo ok
END
in_background $nrpe -n -c "$tmp/nrpe.cfg" -f >"$tmp/nrpe.out" 2>&1

ssh_port=$(free_port)
ssh-keygen -q -t ed25519 -N '' -f "$tmp/host"
ssh-keygen -q -t ed25519 -N '' -f "$tmp/key"
echo "restrict,command=\"/bin/echo ok\" $(cat "$tmp/key.pub")" >"$tmp/keys"
mkdir -p /run/sshd
in_background /usr/sbin/sshd -D -e -f /dev/null -p "$ssh_port" \
    -h "$tmp/host" -o ListenAddress=127.0.0.1 -o StrictModes=no \
    -o AuthorizedKeysFile="$tmp/keys" -o PidFile=none \
    -o PermitRootLogin=yes 2>"$tmp/sshd.err"
wait_until "listens $nrpe_port && listens $ssh_port"

echo "The load is $(cut -d ' ' -f -3 /proc/loadavg); $(nproc) processors."

rival trip hail 0 "$HAIL 127.0.0.1:$port say"
rival trip ng-nailgun 1 "ng-nailgun --nailgun-server 127.0.0.1\
 --nailgun-port $port say"
rival trip check_nrpe 1 "$check_nrpe -n -H 127.0.0.1 -p $nrpe_port -c say"
turns "$rounds" 'round trip' trip

rival ssh hail 0 "$HAIL 127.0.0.1:$port say"
rival ssh ssh 30 "ssh -F /dev/null -i $tmp/key -p $ssh_port\
 -o BatchMode=yes -o StrictHostKeyChecking=no\
 -o UserKnownHostsFile=$tmp/known 127.0.0.1 say"
turns $((rounds / 4 + 1)) 'round trip' ssh

rival server commands 0 "$PEER crowd $port 16 20 X0 say"
rival server exec 0.3 "$PEER crowd $(port exec) 16 20 ok"
turns $((rounds / 4 + 1)) '16 at a time' server

# The same pipes: a program that writes, a client, a reader.
rival output hail 0 "$HAIL 127.0.0.1:$port many | cat"
rival output socat 0.5 "socat -u EXEC:'/usr/bin/head -c $size /dev/zero',pipes\
 - | cat"
turns 3 '1 GB of output' output

stop_haild TERM
exit $missed
