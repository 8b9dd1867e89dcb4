#!/bin/sh
# control.sh -- what it costs the daemon to answer a control client every second,
# with many sessions and sources: each answer takes a fork with all tables.
#
#	sh tests/bench/control.sh [ROUNDS]
#
# As root, from the build tree, in namespaces of its own.  turns.pl measures, and
# describes how.  The pause is the time that the loop takes to fork, as the daemon
# logs it for debugging; the longest one is often that of another process, which the
# same of a program that only forks, with as much memory as haild has, shows.
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
many=4000 idle=5000 sources=65536 asked=100
[ -z "${BENCH_SHORT:-}" ] || many=200 idle=100 sources=1000 asked=2
TINY=$tmp/tiny
cp "$builddir/tests/bench/tiny" "$TINY"

log=$tmp/haild.log
start_haild <<END
control = "$tmp/ctl.sock"
max-sessions = 20000
exec: {
	listen = ["127.0.0.1:7301"]
	exec = ["$TINY"]
	user = "nobody"
	max-sessions = 1000
	max-per-source = 1000
}
echo: {
	listen = ["127.0.0.1:7303"]
	builtin = "echo"
	start-timeout = "none"
	max-sessions = 10000
	max-per-source = 10000
}
source: {
	listen = ["127.0.0.1:7304"]
	message = "Smile from the server\n"
	rate-per-source = "1/h"
}
END

# The sources first: with few sessions the daemon starts others faster.
"$LOAD" from 7304 "$sources" || exit 2
in_background "$LOAD" hold 7303 "$idle" >"$tmp/held"
wait_until "grep -q held '$tmp/held'" 60 || exit 2

# ask.pl SOCKET PAUSE TIMES: get the status so many times, with a pause of so many
# seconds after each.
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

"$HAILDCTL" -s "$tmp/ctl.sock" log debug >"$tmp/out" || exit 2
perl "$tmp/ask.pl" "$tmp/ctl.sock" 0.05 $asked || exit 2
"$HAILDCTL" -s "$tmp/ctl.sock" log info >"$tmp/out" || exit 2
# Not of the command that set the level, nor of the one that sets it back.
sed -n 's/.*control: uid 0: started a process in \([0-9]*\) us, \([0-9]*\) us .*/\1 \2/p' \
    "$log" | head -n "$asked" >"$tmp/pauses"
[ "$(wc -l <"$tmp/pauses")" = "$asked" ] || exit 2
"$builddir/tests/bench/forks" bare \
    "$(($(sed -n 's/^RssAnon:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$haild_pid/status") * 1024))" \
    "$asked" 50 >"$tmp/bare" || exit 2

# pause FILE FIELD NAME TARGET: a row for a field of FILE, in us; TARGET may be empty.
pause()
{
	cut -d ' ' -f "$2" "$tmp/$1" | sort -n >"$tmp/sorted"
	median=$(sed -n "$(((asked + 1) / 2))p" "$tmp/sorted")
	over=$([ -n "$4" ] && [ "$median" -ge 5000 ] && echo 1 || echo 0)
	row "status, $idle sessions, $sources sources" "$3" "$median us" \
	    "longest $(tail -n 1 "$tmp/sorted") us" "$4" "$over" "$over"
}
pause pauses 1 pause-of-the-loop '<5000 us'
pause pauses 2 its-processor-time '<5000 us'
pause bare 1 pause-of-a-bare-fork ''
pause bare 2 its-processor-time ''

# --- the rate of forks ---

cat >"$tmp/asked" <<END
perl "$tmp/ask.pl" "$tmp/ctl.sock" 1 100000 &
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
