#!/bin/sh
# forward.sh -- compare forwarding with socat, which also forks for each client, and
# with two event loops.
#
#	sh tests/bench/forward.sh [ROUNDS]
#
# As root, from the build tree, in namespaces of its own.  turns.pl measures, and
# describes how; forward.c is the server behind all of them, and the clients.
# "bare" is the smallest possible server that forks: no log, no limits, no change
# of user, no system call filter.
#
#	PEERS		the directory of rinetd
#	BENCH_ROWS	the rows to measure; run.sh lists them
#	BENCH_SHORT	not empty: little of everything, and no result is judged
. "${srcdir:-.}/tests/e2e/lib.sh"
. "$srcdir/tests/bench/rows.sh"
: "${PEERS:?}"
[ "$(id -u)" = 0 ] || { echo 'forward.sh: needs root' >&2; exit 2; }
rounds=${1:-10}
wants forward || exit 0
own_world "$rounds"
need_all socat systemd-socket-activate
PROXYD=/lib/systemd/systemd-socket-proxyd

BARE=$builddir/tests/bench/bare
LOAD=$builddir/tests/bench/load
FORWARD=$builddir/tests/bench/forward
missed=0
many=2000 bulk=2000000000 trips=5000
[ -z "${BENCH_SHORT:-}" ] || many=100 bulk=100000000 trips=100

# limits: of a service, and the target for the port $1.
limits()
{
	printf 'forward = ["127.0.0.1:%s"] max-sessions = 1000 max-per-source = 1000' \
	    "$1"
}

# Ports: 72N0 the line, 72N1 bulk, 72N2 the echo.
in_background "$FORWARD" serve 7200 "$bulk"
start_haild <<END
user = "nobody"
line: { listen = ["127.0.0.1:7210"] $(limits 7200) }
bulk: { listen = ["127.0.0.1:7211"] $(limits 7201) }
echo: { listen = ["127.0.0.1:7212"] $(limits 7202) }
END
cat >"$tmp/rinetd.conf" <<END
127.0.0.1 7240 127.0.0.1 7200
127.0.0.1 7241 127.0.0.1 7201
127.0.0.1 7242 127.0.0.1 7202
END
in_background "$PEERS/usr/sbin/rinetd" -f -c "$tmp/rinetd.conf"
rinetd=$last
for i in 0 1 2; do
	in_background socat \
	    "TCP-LISTEN:722$i,bind=127.0.0.1,fork,reuseaddr,backlog=4096" \
	    "TCP:127.0.0.1:720$i"
	[ $i != 0 ] || socat_line=$last
	[ $i != 1 ] || socat=$last
	in_background systemd-socket-activate -l "127.0.0.1:723$i" \
	    "$PROXYD" --connections-max=1000 "127.0.0.1:720$i" \
	    2>"$tmp/activate.$i"
	[ $i != 0 ] || proxyd_line=$last
	[ $i != 1 ] || proxyd=$last
	in_background "$BARE" 725$i forward 720$i
	[ $i != 0 ] || bare_line=$last
	[ $i != 1 ] || bare=$last
done
for port in 7220 7221 7222 7230 7231 7232 7240 7241 7242 7250 7251 7252; do
	wait_until "ss -Hltn 'sport = :$port' | grep -q ." || exit 2
done

contender rate haild - "$FORWARD rate 7211 $bulk"
contender rate socat 0.9 "$FORWARD rate 7221 $bulk"
contender rate socket-proxyd 0 "$FORWARD rate 7231 $bulk"
contender rate rinetd 0 "$FORWARD rate 7241 $bulk"
contender rate bare 0 "$FORWARD rate 7251 $bulk"
contender rate direct 0 "$FORWARD rate 7201 $bulk"
turns 'forward, bulk' MB/s rate
contender cpu haild - "$FORWARD cpu $haild_pid 7211 $bulk"
contender cpu socat '<1' "$FORWARD cpu $socat 7221 $bulk"
contender cpu socket-proxyd '<0' "$FORWARD cpu $proxyd 7231 $bulk"
contender cpu rinetd '<0' "$FORWARD cpu $rinetd 7241 $bulk"
contender cpu bare '<0' "$FORWARD cpu $bare 7251 $bulk"
turns 'forward, bulk, CPU time' us/MB cpu
contender many haild - "$LOAD many 7210 16 $many"
contender many socat 3 "$LOAD many 7220 16 $many"
contender many socket-proxyd 0 "$LOAD many 7230 16 $many"
contender many rinetd 0 "$LOAD many 7240 16 $many"
contender many bare 0 "$LOAD many 7250 16 $many"
turns 'forward, 16 at a time' conn/s many
contender calls haild - "$FORWARD calls $haild_pid 7210 $many"
contender calls socat '<0' "$FORWARD calls $socat_line 7220 $many"
contender calls socket-proxyd '<0' "$FORWARD calls $proxyd_line 7230 $many"
contender calls rinetd '<0' "$FORWARD calls $rinetd 7240 $many"
contender calls bare '<0' "$FORWARD calls $bare_line 7250 $many"
turns 'forward, CPU time of a connection' us calls
contender trips haild - "$FORWARD trips 7212 $trips"
contender trips socat '<0' "$FORWARD trips 7222 $trips"
contender trips socket-proxyd '<0' "$FORWARD trips 7232 $trips"
contender trips rinetd '<0' "$FORWARD trips 7242 $trips"
contender trips direct '<0' "$FORWARD trips 7202 $trips"
turns 'forward, a request in two parts' us trips
stop_haild
exit $missed
