#!/bin/sh
# scale.sh -- what many services and listeners cost the sessions of one: the rate, and
# the daemon's own processor time for a session, with 1,000 services of one listener
# each and with a service of 300 listeners, against a daemon with one service.
#
#	sh tests/bench/scale.sh [ROUNDS]
#
# As root, from the build tree, in namespaces of its own.  turns.pl measures, and
# describes how.  Nobody connects to the other services and listeners.  A bare server
# with as many descriptors shows the share of the kernel.
#
#	BENCH_ROWS	the rows to measure; run.sh lists them
#	BENCH_SHORT	not empty: little of everything, and no result is judged
. "${srcdir:-.}/tests/e2e/lib.sh"
. "$srcdir/tests/bench/rows.sh"
[ "$(id -u)" = 0 ] || { echo 'scale.sh: needs root' >&2; exit 2; }
rounds=${1:-10}
wants scale || exit 0
own_world "$rounds"
need_all perl

missed=0
some=2000 many=4000 services=1000 listeners=300
[ -z "${BENCH_SHORT:-}" ] || some=50 many=50
prepare

# daemon NAME PORT: start a daemon with the measured services and those of standard input;
# its pid is in $pid.
daemons=
daemon()
{
	{ echo 'max-sessions = 20000'; measured "$2"; cat; } >"$tmp/$1.conf"
	"$HAILD" -c "$tmp/$1.conf" -p "$tmp/$1.pid" || exit 2
	pid=$(cat "$tmp/$1.pid")
	daemons="$daemons $pid"
}

# more_services N: services of programs, which have most: each has a pipe to the log.
more_services()
{
	seq "$1" | while read -r n; do
		printf '%s%d: { listen = ["127.0.0.2:%d"] ' s "$n" $((10000 + n))
		printf 'exec = ["%s"] user = "nobody" }\n' "$TINY"
	done
}

# more_listeners N
more_listeners()
{
	printf 'more: { exec = ["%s"] user = "nobody" listen = [\n' "$TINY"
	seq "$1" | sed 's/.*/"127.0.0.2:&"/; s/:/:12/; $!s/$/,/' |
	    sed -E 's/:12([0-9])"/:1200\1"/; s/:12([0-9][0-9])"/:120\1"/'
	echo '] }'
}

daemon one 7100 </dev/null
one=$pid
more_services $((services - 2)) >"$tmp/more"
daemon services 7110 <"$tmp/more"
with_services=$pid
more_listeners $((listeners - 2)) >"$tmp/more"
daemon listeners 7120 <"$tmp/more"
with_listeners=$pid
# Check that each daemon has that many sockets.
for each in "$with_services $services" "$with_listeners $listeners"; do
	found=$(ss -Hltnp | grep -c "pid=${each% *},")
	[ "$found" = "${each#* }" ] && continue
	echo "scale.sh: $found sockets instead of ${each#* }" >&2
	exit 2
done

# compare WHAT NAME PORT PID: rows for this daemon, against that with one service.
compare()
{
	contender "$2-exec" "$2" - "$LOAD many $(($3 + 1)) 16 $some"
	contender "$2-exec" one-service 0.95 "$LOAD many 7101 16 $some"
	turns "exec, with $1" conn/s "$2-exec"
	contender "$2-message" "$2" - "$LOAD many $3 16 $many"
	contender "$2-message" one-service 0.95 "$LOAD many 7100 16 $many"
	turns "message, with $1" conn/s "$2-message"
	contender "$2-cpu" "$2" - "$LOAD daemon $(($3 + 1)) $4 16 $some"
	contender "$2-cpu" one-service '<0' "$LOAD daemon 7101 $one 16 $some"
	turns "CPU time of the daemon for an exec, with $1" us "$2-cpu"
	contender "$2-cpum" "$2" - "$LOAD daemon $3 $4 16 $many"
	contender "$2-cpum" one-service '<0' "$LOAD daemon 7100 $one 16 $many"
	turns "CPU time of the daemon for a message, with $1" us "$2-cpum"
}
compare "$services services" with-services 7110 "$with_services"
compare "$listeners listeners" with-listeners 7120 "$with_listeners"

# The kernel's share: a fork copies all descriptors, and each child closes them.
in_background "$BARE" 7130 write
in_background "$BARE" 7131 open $((3 * services))
for port in 7130 7131; do
	wait_until "ss -Hltn 'sport = :$port' | grep -q ." || exit 2
done
contender bare-open bare-with-descriptors - "$LOAD many 7131 16 $many"
contender bare-open bare 0 "$LOAD many 7130 16 $many"
turns "bare message, with $((3 * services)) descriptors" conn/s bare-open

for pid in $daemons; do
	kill "$pid"
	ends "$pid" 60 || exit 2
done
exit $missed
