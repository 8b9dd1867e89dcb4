#!/bin/sh
# commands.sh -- how fast commands are, beside what else does such things.
#
#	sh tests/bench/commands.sh [ROUNDS]
#
# As root (nrpe and sshd want that), from the build tree, on loopback alone.
# turns.pl measures, and says how.
#
#	BENCH_SHORT	not empty: few rounds, and nothing is judged

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$srcdir/tests/e2e/lib.sh"
[ "$(id -u)" = 0 ] || { echo 'commands.sh: needs root' >&2; exit 1; }
rounds=${1:-20}
size=1000000000
[ -z "${BENCH_SHORT:-}" ] || rounds=1 size=50000000
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
	perl "$srcdir/tests/bench/turns.pl" "$1" "$2" ms "$tmp/$3" ||
	    case $? in
	    1) missed=1 ;;
	    *) exit 2 ;;
	    esac
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

rival trip hail - "$HAIL 127.0.0.1:$port say"
rival trip ng-nailgun 1 "ng-nailgun --nailgun-server 127.0.0.1\
 --nailgun-port $port say"
rival trip check_nrpe 1 "$check_nrpe -n -H 127.0.0.1 -p $nrpe_port -c say"
turns "$rounds" 'command, round trip' trip

rival ssh hail - "$HAIL 127.0.0.1:$port say"
rival ssh ssh 30 "ssh -F /dev/null -i $tmp/key -p $ssh_port\
 -o BatchMode=yes -o StrictHostKeyChecking=no\
 -o UserKnownHostsFile=$tmp/known 127.0.0.1 say"
turns $((rounds / 4 + 1)) 'command, round trip' ssh

rival server commands - "$PEER crowd $port 16 20 X0 say"
rival server exec 0.3 "$PEER crowd $(port exec) 16 20 ok"
turns $((rounds / 4 + 1)) 'commands, 16 at a time' server

# The same pipes: a program that writes, a client, a reader.
rival output hail - "$HAIL 127.0.0.1:$port many | cat"
rival output socat 0.5 "socat -u EXEC:'/usr/bin/head -c $size /dev/zero',pipes\
 - | cat"
turns 3 'output of a command, 1 GB' output

stop_haild TERM
exit $missed
