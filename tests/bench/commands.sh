#!/bin/sh
# commands.sh -- a command's round trip, the client's start included: hail
# beside ssh, check_nrpe and ng-nailgun; and a command's output beside socat's.
#
#	sh tests/bench/commands.sh [ROUNDS]
#
# From the build tree, as root (nrpe and sshd want that), on loopback alone.
# Each round runs each of them once, so that all meet the same moments of the
# machine; what is printed are medians, and ratios of medians.  A rival that is
# not installed is named and left out.

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$srcdir/tests/e2e/lib.sh"
need_root
rounds=${1:-40}
size=1000000000

# free_port: one that nobody listens on now.
free_port()
{
	perl -MSocket -e 'socket(S, AF_INET, SOCK_STREAM, 0);
	    bind(S, pack_sockaddr_in(0, INADDR_LOOPBACK)) or die;
	    print +(unpack_sockaddr_in(getsockname(S)))[0]'
}

start_haild <<END
commands: {
	listen = ["127.0.0.1:0"]
	user = "nobody"
	commands: {
		say:  { exec = ["/bin/echo", "ok"] }
		many: { exec = ["/usr/bin/head", "-c", "$size", "/dev/zero"] }
	}
}
END
port=$(port commands)
echo "hail $HAIL 127.0.0.1:$port say" >"$tmp/rivals"

if command -v ng-nailgun >/dev/null; then
	echo "ng-nailgun ng-nailgun --nailgun-server 127.0.0.1\
 --nailgun-port $port say" >>"$tmp/rivals"
else
	echo 'left out: ng-nailgun (package nailgun)'
fi

nrpe=/usr/sbin/nrpe
check_nrpe=/usr/lib/nagios/plugins/check_nrpe
if [ -x $nrpe ] && [ -x $check_nrpe ]; then
	nrpe_port=$(free_port)
	cat >"$tmp/nrpe.cfg" <<-END
	server_address=127.0.0.1
	server_port=$nrpe_port
	allowed_hosts=127.0.0.1
	nrpe_user=nobody
	nrpe_group=nogroup
	pid_file=$tmp/nrpe.pid
	command[say]=/bin/echo ok
	END
	in_background $nrpe -n -c "$tmp/nrpe.cfg" -f >/dev/null 2>&1
	echo "check_nrpe $check_nrpe -n -H 127.0.0.1 -p $nrpe_port -c say" \
	    >>"$tmp/rivals"
else
	echo 'left out: check_nrpe (nagios-nrpe-server, nagios-nrpe-plugin)'
fi

if [ -x /usr/sbin/sshd ]; then
	ssh_port=$(free_port)
	ssh-keygen -q -t ed25519 -N '' -f "$tmp/host"
	ssh-keygen -q -t ed25519 -N '' -f "$tmp/key"
	echo "restrict,command=\"/bin/echo ok\" $(cat "$tmp/key.pub")" >"$tmp/keys"
	mkdir -p /run/sshd
	in_background /usr/sbin/sshd -D -e -f /dev/null -p "$ssh_port" \
	    -h "$tmp/host" -o ListenAddress=127.0.0.1 -o StrictModes=no \
	    -o AuthorizedKeysFile="$tmp/keys" -o PidFile=none \
	    -o PermitRootLogin=yes 2>"$tmp/sshd.err"
	echo "ssh ssh -F /dev/null -i $tmp/key -p $ssh_port\
 -o BatchMode=yes -o StrictHostKeyChecking=no\
 -o UserKnownHostsFile=$tmp/known 127.0.0.1 say" >>"$tmp/rivals"
else
	echo 'left out: ssh (openssh-server)'
fi
sleep 1 # for the rivals' listeners; a run that fails is told below

# turns ROUNDS WHAT FILE: run each line "NAME COMMAND" of a file, in turns, and
# print medians in ms with the ratio to the first one's.
turns()
{
	perl -MTime::HiRes=time - "$@" <<'END'
my ($rounds, $what, $file) = @ARGV;
my $errors = "$file.errors";
open(F, '<', $file) or die;
my @rivals = map { chomp; [split / /, $_, 2] } <F>;
my %times;
for my $round (0 .. $rounds) {
	for (@rivals) {
		my ($name, $command) = @$_;
		my $start = time;
		my $status = system("exec </dev/null >/dev/null 2>$errors; $command");
		if ($status != 0) {
			open(E, '<', $errors);
			die "$name failed: $status\n", <E>;
		}
		push @{$times{$name}}, time - $start if $round > 0;
	}
}
my $first;
for (@rivals) {
	my @sorted = sort { $a <=> $b } @{$times{$_->[0]}};
	my $median = $sorted[@sorted / 2];
	$first = $median unless defined $first;
	printf "%s: %-10s %8.2f ms, %5.2f times %s\n", $what, $_->[0],
	    $median * 1000, $median / $first, $rivals[0][0];
}
END
}

turns "$rounds" 'round trip' "$tmp/rivals"

# The same pipes: a program that writes, a client, a reader.
if command -v socat >/dev/null; then
	cat >"$tmp/movers" <<-END
	hail $HAIL 127.0.0.1:$port many | cat
	socat socat -u EXEC:'/usr/bin/head -c $size /dev/zero',pipes - | cat
	END
	turns 5 '1 GB of output' "$tmp/movers"
else
	echo 'left out: socat'
fi
