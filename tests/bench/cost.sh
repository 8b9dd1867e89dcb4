#!/bin/sh
# cost.sh -- what a session costs with few and with many idle sessions or services.
#
#	sh tests/bench/cost.sh [ROUNDS]
#
# As root, from the build tree, in namespaces of its own.  turns.pl measures, and
# describes how.  The rows "held" and others judge the largest numbers; this one is
# only for the plot, which shows how the cost grows, and has no targets.
#
# In "held" the idle sessions exist while both daemons are measured, so what they cost
# the kernel is in both numbers.  Here each turn opens them and ends them, so the numbers
# include that cost.  bare.c shows how much it is: bare.c has no table of its own, but
# its waitpid(-1) makes the kernel look through all children.
#
# The processor time is the daemon's own, without its children.
#
#	BENCH_ROWS	the rows to measure; run.sh lists them
#	BENCH_SHORT	not empty: little of everything
. "${srcdir:-.}/tests/e2e/lib.sh"
. "$srcdir/tests/bench/rows.sh"
[ "$(id -u)" = 0 ] || { echo 'cost.sh: needs root' >&2; exit 2; }
rounds=${1:-10}
wants cost || exit 0
own_world "$rounds"

missed=0
some=2000 idle='0 100 1000 5000' services='1 10 100 1000'
[ -z "${BENCH_SHORT:-}" ] || some=100 idle='0 50 200' services='1 10 100'

prepare

# daemon NAME: start haild with $tmp/NAME.conf; its pid is in $pid.
daemon()
{
	"$HAILD" -c "$tmp/$1.conf" -p "$tmp/$1.pid" || exit 2
	pid=$(cat "$tmp/$1.pid")
}

# service NAME KIND PORT
service()
{
	echo "$1: { listen = [\"127.0.0.1:$3\"]"
	echo 'max-sessions = 10000 max-per-source = 10000'
	case $2 in
	exec) echo "exec = [\"$TINY\"] user = \"nobody\"" ;;
	message) printf '%s\n' 'message = "Smile from the server\n"' ;;
	echo) echo 'builtin = "echo" start-timeout = "none"' ;;
	esac
	echo '}'
}

# --- idle sessions ---

# with N HOLD PID KIND PORT...: open N sessions at port HOLD of process PID, print
# the cost of connections at each PORT, end them and wait until they are gone.
cat >"$tmp/with" <<END
n=\$1 hold=\$2 pid=\$3
shift 3
others=\$(pgrep -c -P \$pid)
if [ \$n != 0 ]; then
	rm -f "$tmp/held"
	mkfifo "$tmp/held"
	"$LOAD" hold \$hold \$n >"$tmp/held" &
	holder=\$!
	read -r held <"$tmp/held" || exit 1
fi
while [ \$# != 0 ]; do
	"$LOAD" usage \$2 16 $some \$pid >"$tmp/cost" || exit 1
	sed "s/^/\$1-/" "$tmp/cost"
	shift 2
done
[ \$n = 0 ] || kill \$holder
# The measured ones are gone, too: no turn starts with those of the last.
for try in \$(seq 600); do
	[ "\$(pgrep -c -P \$pid)" -gt "\$others" ] || exit 0
	sleep 0.1
done
echo 'sessions do not end' >&2
exit 1
END
{
	echo 'max-sessions = 20000'
	service exec exec 7000
	service message message 7001
	service echo echo 7002
} >"$tmp/idle.conf"
daemon idle
# The logger and linger are children, too, and are started by the first session.
"$LOAD" many 7000 1 1 >/dev/null || exit 2
wait_until "[ \"\$(pgrep -c -P $pid)\" = 2 ]" || exit 2
in_background "$BARE" 7010 linger
bare=$last
wait_until "ss -Hltn 'sport = :7010' | grep -q ." || exit 2
for n in $idle; do
	contender idle "$n" - \
	    "sh $tmp/with $n 7002 $pid exec 7000 message 7001"
	contender bare "$n" - "sh $tmp/with $n 7010 $bare message 7010"
done
turns 'haild, by idle sessions' - idle
turns 'bare, by idle sessions' - bare
kill "$pid" "$bare"
ends "$pid" || exit 2

# --- services ---

# Clients come to the last service.
first=10000 daemons=
for kind in exec message; do
	for n in $services; do
		for i in $(seq "$n"); do
			service "s$i" $kind $((first + i))
		done >"$tmp/$kind.$n.conf"
		daemon "$kind.$n"
		daemons="$daemons $pid"
		contender "$kind" "$n" - \
		    "$LOAD usage $((first + n)) 16 $some $pid | sed 's/^/$kind-/'"
		first=$((first + n))
	done
	turns "haild, $kind, by services" - $kind
done
for pid in $daemons; do
	kill "$pid"
	ends "$pid" || exit 2
done
exit $missed
