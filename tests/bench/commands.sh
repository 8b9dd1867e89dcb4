#!/bin/sh
# commands.sh -- compare commands with similar programs.
#
#	sh tests/bench/commands.sh [ROUNDS]
#
# As root (nrpe and sshd need that), from the build tree, on loopback only.
# turns.pl measures, and describes how.
#
#	PARENT		a directory with another haild and hail to compare with
#	BENCH_ROWS	the rows to measure; run.sh lists them
#	BENCH_SHORT	not empty: few rounds, and no result is judged

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$srcdir/tests/e2e/lib.sh"
. "$srcdir/tests/bench/rows.sh"
[ "$(id -u)" = 0 ] || { echo 'commands.sh: needs root' >&2; exit 1; }
wants command ssh tls-command crowd output || exit 0
rounds=${1:-10}
size=1000000000
[ -z "${BENCH_SHORT:-}" ] || rounds=1 size=50000000
missed=0

# free_port: a port that is not in use now.
free_port()
{
	perl -MSocket -e 'socket(S, AF_INET, SOCK_STREAM, 0);
	    bind(S, pack_sockaddr_in(0, INADDR_LOOPBACK)) or die;
	    print +(unpack_sockaddr_in(getsockname(S)))[0]'
}

# listens PORT: a connection to it succeeds.
listens()
{
	perl -MSocket -e 'socket(S, AF_INET, SOCK_STREAM, 0);
	    exit !connect(S, pack_sockaddr_in($ARGV[0], INADDR_LOOPBACK))' "$1"
}

nrpe=/usr/sbin/nrpe
check_nrpe=/usr/lib/nagios/plugins/check_nrpe
need_all ng-nailgun openssl socat ssh $nrpe $check_nrpe /usr/sbin/sshd
. "$srcdir/tests/e2e/pki.sh"

# start_commands SERVICE: start $HAILD, with one more service or none; the port of
# its commands is in $port.
start_commands()
{
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
$1
END
	port=$(port commands)
}

if [ -n "${PARENT:-}" ]; then
	ours=$HAILD
	HAILD=$PARENT/haild
	log=$tmp/parent.log
	start_commands ''
	background="$background $haild_pid"
	parent_port=$port
	HAILD=$ours
	log=$tmp/haild.log
fi
tls=
if wants tls-command; then
	pki_self web server DNS:localhost
	tls="tls: {
	listen = [\"127.0.0.1:0\"]
	user = \"nobody\"
	tls = true
	tls-certificate = \"$pki/web.pem\"
	tls-key = \"$pki/web.key\"
	commands: {
		say: { exec = [\"/bin/echo\", \"-n\", \"ok\"] }
	}
}"
fi
start_commands "$tls"

# start_nrpe OPTION...: its port is in $nrpe_port.
start_nrpe()
{
	nrpe_port=$(free_port)
	cat >"$tmp/nrpe.cfg" <<END
server_address=127.0.0.1
server_port=$nrpe_port
allowed_hosts=127.0.0.1
nrpe_user=nobody
nrpe_group=nogroup
pid_file=$tmp/nrpe.$nrpe_port.pid
command[say]=/bin/echo ok
END
	in_background $nrpe "$@" -c "$tmp/nrpe.cfg" -f >"$tmp/nrpe.out" 2>&1
	wait_until "listens $nrpe_port" || exit 2
}

# start_sshd: $ssh is the command of a client.
start_sshd()
{
	ssh_port=$(free_port)
	ssh-keygen -q -t ed25519 -N '' -f "$tmp/host"
	ssh-keygen -q -t ed25519 -N '' -f "$tmp/key"
	echo "restrict,command=\"/bin/echo ok\" $(cat "$tmp/key.pub")" \
	    >"$tmp/keys"
	mkdir -p /run/sshd
	in_background /usr/sbin/sshd -D -e -f /dev/null -p "$ssh_port" \
	    -h "$tmp/host" -o ListenAddress=127.0.0.1 -o StrictModes=no \
	    -o AuthorizedKeysFile="$tmp/keys" -o PidFile=none \
	    -o PermitRootLogin=yes 2>"$tmp/sshd.err"
	wait_until "listens $ssh_port" || exit 2
	ssh="ssh -F /dev/null -i $tmp/key -p $ssh_port -o BatchMode=yes\
 -o StrictHostKeyChecking=no -o UserKnownHostsFile=$tmp/known 127.0.0.1 say"
}
! wants ssh tls-command || start_sshd

if wants command; then
	start_nrpe -n
	contender trip hail - "$HAIL 127.0.0.1:$port say"
	[ -z "${PARENT:-}" ] || contender trip parent '<1.5' \
	    "$PARENT/hail 127.0.0.1:$parent_port say"
	contender trip ng-nailgun 1 "ng-nailgun --nailgun-server 127.0.0.1\
 --nailgun-port $port say"
	contender trip check_nrpe 1 \
	    "$check_nrpe -n -H 127.0.0.1 -p $nrpe_port -c say"
	# One turn is a few milliseconds, so that there are more of them.
	[ -n "${BENCH_SHORT:-}" ] || rounds=$((rounds * 2))
	turns 'command, round trip' ms trip
	[ -n "${BENCH_SHORT:-}" ] || rounds=$((rounds / 2))
fi

if wants ssh; then
	contender ssh hail - "$HAIL 127.0.0.1:$port say"
	contender ssh ssh 30 "$ssh"
	turns 'command, round trip' ms ssh
fi

if wants tls-command; then
	# The server is a known host of hail, as of ssh after its first turn.
	tls_port=$(port tls)
	$HAIL --tls "127.0.0.1:$tls_port" say >"$tmp/first" 2>&1 || {
		cat "$tmp/first" >&2
		exit 2
	}
	# As in Debian's configuration: TLS 1.2, anonymous Diffie-Hellman.
	start_nrpe
	contender tls hail - "$HAIL --tls 127.0.0.1:$tls_port say"
	contender tls check_nrpe 5 \
	    "$check_nrpe -H 127.0.0.1 -p $nrpe_port -c say"
	contender tls ssh 15 "$ssh"
	turns 'command over TLS, round trip' ms tls
fi

if wants crowd; then
	contender server commands - "$PEER crowd $port 16 20 X0 say"
	contender server exec 0.3 "$PEER crowd $(port exec) 16 20 ok"
	turns 'commands, 16 at a time' ms server
fi

if wants output; then
	# The same pipes: a program that writes, a client, a reader.
	contender output hail - "$HAIL 127.0.0.1:$port many | cat"
	contender output socat 0.5 \
	    "socat -u EXEC:'/usr/bin/head -c $size /dev/zero',pipes - | cat"
	rounds=3 turns 'output of a command, 1 GB' ms output
fi

stop_haild TERM
exit $missed
