#!/bin/sh
# latency.sh -- how long one client at a time waits: the distribution.
#
#	sh tests/bench/latency.sh [ROUNDS]
#
# As root, from the build tree, in namespaces of its own.  turns.pl measures, and
# describes how.  The row "lone" judges two percentiles; this one is only for the plot:
# it has more programs and no target.  The time is that from connect(2) until the
# client has read the end of the connection.
#
#	PEERS		the directory of xinetd and inetd
#	BENCH_ROWS	the rows to measure; run.sh lists them
#	BENCH_SHORT	not empty: little of everything
. "${srcdir:-.}/tests/e2e/lib.sh"
. "$srcdir/tests/bench/rows.sh"
: "${PEERS:?}"
[ "$(id -u)" = 0 ] || { echo 'latency.sh: needs root' >&2; exit 2; }
rounds=${1:-10}
wants latency || exit 0
own_world "$rounds"
need_all tcpserver socat ncat setpriv

missed=0
some=2000
[ -z "${BENCH_SHORT:-}" ] || some=50

prepare

# serves PORT: wait until a server that was started listens there.
serves()
{
	wait_until "ss -Hltn 'sport = :$1' | grep -q ." && return
	echo "latency.sh: nothing listens at port $1:" >&2
	cat "$tmp/servers" >&2
	exit 2
}

measured 7000 >"$tmp/haild.conf"
cat >"$tmp/xinetd.conf" <<END
service tiny
{
	type = UNLISTED
	socket_type = stream
	protocol = tcp
	bind = 127.0.0.1
	port = 7500
	wait = no
	user = nobody
	server = $TINY
	instances = UNLIMITED
	per_source = UNLIMITED
	cps = 1000000 1
}
END
echo "127.0.0.1:7600 stream tcp nowait.1000000 nobody $TINY tiny" \
    >"$tmp/inetd.conf"
exec 3>"$tmp/servers"
in_background "$HAILD" -f -c "$tmp/haild.conf" 2>&3
in_background "$BARE" 7300 write 2>&3
in_background "$BARE" 7302 drop "$(id -u nobody)" "$(id -g nobody)" "$TINY" 2>&3
in_background tcpserver -H -R -l0 -c 1000 -b 4096 -u "$(id -u nobody)" \
    -g "$(id -g nobody)" 127.0.0.1 7400 "$TINY" 2>&3
in_background "$PEERS/usr/sbin/xinetd" -dontfork -f "$tmp/xinetd.conf" \
    -pidfile "$tmp/xinetd.pid" 2>&3
in_background "$PEERS/usr/sbin/inetd" -i -R 1000000 "$tmp/inetd.conf" 2>&3
in_background socat TCP-LISTEN:7700,bind=127.0.0.1,fork,reuseaddr,backlog=4096 \
    EXEC:"$TINY",su=nobody 2>&3
in_background setpriv --reuid=nobody --regid=nogroup --clear-groups \
    ncat -l -k -m 1000 -e "$TINY" 127.0.0.1 7800 2>&3
for port in 7000 7001 7300 7302 7400 7500 7600 7700 7800; do
	serves $port
done

contender message haild - "$LOAD spread 7000 $some"
contender message bare 0 "$LOAD spread 7300 $some"
turns 'latency of message' - message

contender exec haild - "$LOAD spread 7001 $some"
contender exec bare-drop 0 "$LOAD spread 7302 $some"
contender exec tcpserver 0 "$LOAD spread 7400 $some"
contender exec xinetd 0 "$LOAD spread 7500 $some"
contender exec inetd 0 "$LOAD spread 7600 $some"
contender exec socat 0 "$LOAD spread 7700 $some"
contender exec ncat 0 "$LOAD spread 7800 $some"
turns 'latency of exec' - exec
exit $missed
