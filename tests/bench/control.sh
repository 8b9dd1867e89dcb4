#!/bin/sh
# control.sh -- what it costs the daemon to answer a control client every second,
# with many sessions and sources: each answer takes a fork with all tables.
#
#	sh tests/bench/control.sh [ROUNDS]
#
# As root, from the build tree, in namespaces of its own.  turns.pl measures, and
# describes how.  The pause is the time that the loop takes to fork, as the daemon
# logs it for debugging; the longest one is often that of another process.
#
#	BENCH_ROWS	the rows to measure; run.sh lists them
#	BENCH_SHORT	not empty: little of everything, and no result is judged
. "${srcdir:-.}/tests/e2e/lib.sh"
. "$srcdir/tests/bench/rows.sh"
[ "$(id -u)" = 0 ] || { echo 'control.sh: needs root' >&2; exit 2; }
rounds=${1:-10}
wants control || exit 0
own_world "$rounds"
need_all perl

LOAD=$builddir/tests/bench/load
missed=0
many=12000 idle=5000 sources=65536 asked=20
[ -z "${BENCH_SHORT:-}" ] || many=200 idle=100 sources=1000 asked=2
TINY=$tmp/tiny
cp "$builddir/tests/bench/tiny" "$TINY"

# config N: with services at port 7NN0 and after it.
config()
{
	cat <<-END
	control = "$tmp/ctl$1.sock"
	max-sessions = 20000
	exec: {
		listen = ["127.0.0.1:7${1}1"]
		exec = ["$TINY"]
		user = "nobody"
		max-sessions = 1000
		max-per-source = 1000
	}
	echo: {
		listen = ["127.0.0.1:7${1}3"]
		builtin = "echo"
		start-timeout = "none"
		max-sessions = 10000
		max-per-source = 10000
	}
	source: {
		listen = ["127.0.0.1:7${1}4"]
		message = "Smile from the server\n"
		rate-per-source = "1/h"
	}
	END
}

# fill N: give the daemon its sessions and sources.
fill()
{
	in_background "$LOAD" hold "7${1}3" "$idle" >"$tmp/held$1"
	wait_until "grep -q held '$tmp/held$1'" 60 || exit 2
	"$LOAD" from "7${1}4" "$sources" || exit 2
}

# ask SOCKET SECONDS: get the status now and after each pause of that many
# seconds, until it is killed; "asked" times at most.
cat >"$tmp/ask.pl" <<'END'
use strict;
use warnings;
use IO::Socket::UNIX;
my ($path, $pause, $times) = @ARGV;
for (1 .. $times) {
	my $c = IO::Socket::UNIX->new($path) or die "$path: $!";
	print $c "haild-control 1 status\n";
	$c->flush;
	my @lines = <$c>;
	$lines[-1] =~ /^end lines=/ or die "no answer";
	select undef, undef, undef, $pause;
}
END

# --- the pause ---

config 20 >"$conf"
log=$tmp/debug.log
run_haild -d -f -c "$conf"
wait_until "grep -q ' serving ' '$log'" || exit 2
fill 20
perl "$tmp/ask.pl" "$tmp/ctl20.sock" 0.05 $asked || exit 2
sed -n 's/.*control: uid 0: started a process in \([0-9]*\) us$/\1/p' "$log" |
    sort -n >"$tmp/pauses"
pause=$(sed -n "$(((asked + 1) / 2))p" "$tmp/pauses")
over=$([ "${pause:-5001}" -gt 5000 ] && echo 1 || echo 0)
row "status with $idle sessions and $sources sources: the loop's pause" \
    haild "$pause us" "longest $(tail -n 1 "$tmp/pauses") us" '<5000 us' "$over" "$over"
end_child "$last"
stop_haild

# --- the rate of forks ---

log=$tmp/haild.log
start_haild <<END
$(config 30)
END
fill 30
cat >"$tmp/asked" <<END
perl "$tmp/ask.pl" "$tmp/ctl30.sock" 1 100000 &
"$LOAD" many 7301 16 $many
status=\$?
kill \$!
exit \$status
END
contender control status-every-second - "sh $tmp/asked"
contender control none 0.95 "$LOAD many 7301 16 $many"
turns "exec, with status every second, $idle sessions, $sources sources" \
    conn/s control
exit $missed
