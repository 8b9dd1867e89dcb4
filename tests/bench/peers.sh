#!/bin/sh
# peers.sh -- compare haild and hail with similar programs.
#
#	sh tests/bench/peers.sh [ROUNDS]
#
# As root, from the build tree, in namespaces of its own: the network has only
# lo, /dev/log belongs to the script, and every process ends with it.  turns.pl
# measures, and describes how.  All programs run as user nobody.
#
#	PEERS		the directory of xinetd and inetd, which conflict and
#			cannot both be installed
#	PARENT		a directory with another haild and hail to compare with
#	BENCH_ROWS	the rows to measure; run.sh lists them
#	BENCH_SHORT	not empty: little of everything, and no result is judged
. "${srcdir:-.}/tests/e2e/lib.sh"
. "$srcdir/tests/bench/rows.sh"
. "$srcdir/tests/bench/systemd.sh"
: "${PEERS:?}"
[ "$(id -u)" = 0 ] || { echo 'peers.sh: needs root' >&2; exit 2; }
rounds=${1:-10}
wants exec message lone linger memory held sources fair bulk client || exit 0

# The programs for the rows of exec besides tiny; the same at other servers.
sh_script='#!/bin/sh
echo Smile from the server'
python_script='#!/usr/bin/python3
print("Smile from the server")'

# systemd starts a process for each client (Accept=yes).
systemd_services()
{
	printf '%s\n' "$sh_script" | inside_file /opt/bench/line-sh
	printf '%s\n' "$python_script" | inside_file /opt/bench/line-python
	inside chmod 755 /opt/bench/line-sh /opt/bench/line-python
	accept_service tiny 7900 /opt/bench/tiny
	accept_service sh 7910 /opt/bench/line-sh
	accept_service python 7920 /opt/bench/line-python
}
systemd=
! wants exec message || with_systemd systemd_services "$rounds"
own_world "$rounds"
need_all tcpserver socat ncat nc.openbsd setpriv

missed=0
# How much work one turn has.
few=500 some=2000 many=4000 idle=5000 sources=65536 bulk=4000000000
paced=240 slow=100
[ -z "${BENCH_SHORT:-}" ] ||
    few=50 some=200 many=200 idle=200 sources=1000 bulk=100000000 paced=40 \
    slow=20

prepare
cp "$LOAD" "$tmp/load" # where nobody may execute it
printf '%s\n' "$sh_script" >"$tmp/line-sh"
printf '%s\n' "$python_script" >"$tmp/line-python"
chmod 755 "$tmp/line-sh" "$tmp/line-python"

# server NAME PORT COMMAND...: run it until the end; wait until it answers.
server()
{
	server_name=$1 server_port=$2
	shift 2
	in_background "$@" </dev/null >"$tmp/$server_name.out" 2>&1
	wait_until "bash -c ': <>/dev/tcp/127.0.0.1/$server_port' 2>/dev/null" &&
	    return
	echo "peers.sh: $server_name does not serve" >&2
	cat "$tmp/$server_name.out" >&2
	exit 2
}

# daemon NAME PORT [PROGRAM]: start haild, or PROGRAM, with services at PORT and
# the ports after it, configured as usual: log, limits for each source and access
# lists are on.  Its pid is in $pid.
daemon()
{
	cat >"$tmp/$1.conf" <<END
max-sessions = 20000
allow = ["127.0.0.0/8"]
deny = ["127.128.0.0/10"]
$(measured "$2")
copy: {
	listen = ["127.0.0.1:$(($2 + 2))"]
	exec = ["$TINY", "copy"]
	user = "nobody"
}
echo: {
	listen = ["127.0.0.1:$(($2 + 3))"]
	builtin = "echo"
	start-timeout = "none"
	max-sessions = 10000
	max-per-source = 10000
}
source: {
	listen = ["127.0.0.1:$(($2 + 4))"]
	message = "Smile from the server\n"
	rate-per-source = "1/h"
}
output: {
	listen = ["127.0.0.1:$(($2 + 5))"]
	exec = ["/usr/bin/head", "-c", "$bulk", "/dev/zero"]
	user = "nobody"
}
plain: {
	listen = ["127.0.0.1:$(($2 + 7))"]
	exec = ["$TINY"]
	user = "nobody"
	${3:+# }linger = false # not for a parent that lacks it
	max-sessions = 1000
	max-per-source = 1000
}
sh: {
	listen = ["127.0.0.1:$(($2 + 9))"]
	exec = ["$tmp/line-sh"]
	user = "nobody"
	${3:+# }linger = false
	max-sessions = 1000
	max-per-source = 1000
}
python: {
	listen = ["127.0.0.1:$(($2 + 10))"]
	exec = ["$tmp/line-python"]
	user = "nobody"
	${3:+# }linger = false
	max-sessions = 1000
	max-per-source = 1000
}
rate: {
	listen = ["127.0.0.1:$(($2 + 8))"]
	message = "Smile from the server\n"
	rate = "200/s"
}
commands: {
	listen = ["127.0.0.1:$(($2 + 6))"]
	user = "nobody"
	start-timeout = "none"
	max-sessions = 10000
	max-per-source = 10000
	commands: {
		say: { exec = ["/bin/echo", "ok"] }
	}
}
END
	${3:-$HAILD} -c "$tmp/$1.conf" -p "$tmp/$1.pid" || exit 2
	pid=$(cat "$tmp/$1.pid")
}

# known PID: how many sources the daemon counts, by its summary.
known()
{
	kill -USR1 "$1"
	wait_until "grep -q 'haild.$1.: summary: .* in the table' '$tmp/syslog'"
	sed -n "s/.*haild.$1.: summary: \\([0-9]*\\) source.*/\\1/p" \
	    "$tmp/syslog" | tail -n 1
}

# descendants PID...: these processes, their children, and theirs.
descendants()
{
	ps -e -o pid=,ppid= | awk -v roots="$*" '
	{ children[$2] = children[$2] " " $1 }
	END {
		for (; roots != ""; roots = next_ones) {
			print roots
			next_ones = ""
			n = split(roots, pid, " ")
			for (i = 1; i <= n; i++)
				next_ones = next_ones children[pid[i]]
		}
	}' | tr -s ' ' '\n' | sed '/^$/d'
}

# memory KIND COUNT PID...: the sum of these processes' memory in kB, divided by
# COUNT.  KIND is unique, PSS or RSS.
memory()
{
	kind=$1 of=$2
	shift 2
	for process; do
		cat "/proc/$process/smaps_rollup" 2>/dev/null
	done | awk -v kind="$kind" -v of="$of" '
	BEGIN {
		of_kind["Private_Clean:"] = of_kind["Private_Dirty:"] = "unique"
		of_kind["Pss:"] = "PSS"
		of_kind["Rss:"] = "RSS"
	}
	of_kind[$1] == kind { all += $2 }
	END { printf "%.1f\n", all / of }'
}

# memory_file NAME WHAT COUNT PID...: all kinds, in files for memory_rows.
memory_file()
{
	file=$tmp/$2.$1
	count=$3
	shift 3
	for each in unique PSS RSS; do
		memory $each "$count" "$@" >"$file.$each"
	done
}

# memory_rows FILE WHAT TARGET: a row for each kind of memory
# that was measured; TARGET is for the parent.
memory_rows()
{
	for each in unique PSS RSS; do
		contender "$1.$each" haild - "cat $tmp/$1.haild.$each"
		[ -z "${PARENT:-}" ] || contender "$1.$each" parent "$3" \
		    "cat $tmp/$1.parent.$each"
		[ ! -e "$tmp/$1.bare.$each" ] || [ $each != unique ] ||
		    contender "$1.$each" bare '<1.3' "cat $tmp/$1.bare.$each"
		rounds=1 turns "$2, $each memory" kB "$1.$each"
	done
}

# sessions_of PID N: its N newest children.
sessions_of()
{
	pgrep -P "$1" | tail -n "$2"
}

# has_children PID N: it has at least N.
has_children()
{
	wait_until "[ \"\$(pgrep -c -P $1)\" -ge $2 ]" 60 || exit 2
}

# command_processes PID: the processes of its sessions; $others are not theirs.
command_processes()
{
	for child in $(pgrep -P "$1"); do
		case " $others " in *" $child "*) ;; *) descendants "$child" ;; esac
	done
}

# measure_memory NAME PID PORT: of the daemon, and of its idle sessions.
measure_memory()
{
	wait_until "pgrep -P $2 -f 'haild: logger' >/dev/null" || exit 2
	others=$(pgrep -P "$2" | xargs) # not sessions
	# shellcheck disable=SC2046 # lists
	memory_file "$1" daemon 1 $(descendants "$2")
	before=$(memory RSS 1 "$2")
	hold $(($3 + 3)) "$idle"
	has_children "$2" $((idle + $(echo "$others" | wc -w)))
	after=$(memory RSS 1 "$2")
	echo "${after%.*} $((${after%.*} - ${before%.*}))" >"$tmp/growth.$1"
	# shellcheck disable=SC2046 # lists
	memory_file "$1" session 200 $(sessions_of "$2" 200)
	let_go
	wait_until "[ \"\$(pgrep -P $2 | xargs)\" = '$others' ]" 60 || exit 2
	in_background "$PEER" hold "127.0.0.1:$(($3 + 6))" 50 >"$tmp/held"
	holders="$holders $last"
	has_children "$2" $((50 + $(echo "$others" | wc -w)))
	# Each has a monitor and a speaker.
	wait_until "[ \"\$(command_processes $2 | wc -l)\" -ge 100 ]" || exit 2
	# shellcheck disable=SC2046 # lists
	memory_file "$1" commands 50 $(command_processes "$2")
	let_go
}

# hold PORT N: keep N idle sessions open there.
holders=
hold()
{
	in_background "$LOAD" hold "$1" "$2" >"$tmp/hold.$1"
	holders="$holders $last"
	wait_until "[ -s '$tmp/hold.$1' ]" 120 || exit 2
}

# let_go: end all sessions that are held.
let_go()
{
	# shellcheck disable=SC2086 # a list
	kill $holders
	holders=
	wait_until '[ "$(pgrep -c .)" -lt 100 ]' 60 || exit 2
}

daemons=
# start NAME PORT [PROGRAM]: as daemon, until the end.
start()
{
	daemon "$@"
	daemons="$daemons $1"
}

# start_peers: the servers that exec and message are compared with.  Each has
# three ports: tiny, 10 higher sh, 20 higher Python.
start_peers()
{
	for at in 00:tiny 10:line-sh 20:line-python; do
		program=$tmp/${at#*:} at=${at%:*}
		# shellcheck disable=SC2086 # two options
		server "tcpserver-$at" "74$at" tcpserver -H -R -l0 -c 1000 -b 4096 \
		    $ids 127.0.0.1 "74$at" "$program"
		server "socat-$at" "77$at" socat \
		    "TCP-LISTEN:77$at,bind=127.0.0.1,fork,reuseaddr,backlog=4096" \
		    "EXEC:$program,su=nobody"
		server "ncat-$at" "78$at" setpriv --reuid=nobody \
		    --regid=nogroup --clear-groups \
		    ncat -l -k -m 1000 -e "$program" 127.0.0.1 "78$at"
		cat >>"$tmp/xinetd.conf" <<-END
		service at$at
		{
			type = UNLISTED
			socket_type = stream
			protocol = tcp
			bind = 127.0.0.1
			port = 75$at
			wait = no
			user = nobody
			server = $program
			instances = UNLIMITED
			per_source = UNLIMITED
			cps = 1000000 1
		}
		END
		echo "127.0.0.1:76$at stream tcp nowait.1000000 nobody" \
		    "$program ${program##*/}" >>"$tmp/inetd.conf"
	done
	server xinetd 7500 "$PEERS/usr/sbin/xinetd" -dontfork \
	    -f "$tmp/xinetd.conf" -pidfile "$tmp/xinetd.pid"
	server inetd 7600 "$PEERS/usr/sbin/inetd" -i -R 1000000 \
	    "$tmp/inetd.conf"
}

# peers FILE AT N XINETD INETD SOCAT NCAT SYSTEMD: lines for the servers of
# start_peers but tcpserver, at these ports, N clients each; and the targets.
peers()
{
	contender "$1" xinetd "$4" "$LOAD many 75$2 16 $3"
	contender "$1" inetd "$5" "$LOAD many 76$2 16 $3"
	contender "$1" socat "$6" "$LOAD many 77$2 16 $3"
	contender "$1" ncat "$7" "$LOAD many 78$2 16 $3"
	[ -z "$systemd" ] ||
	    contender "$1" systemd "$8" "$LOAD many 79$2 16 $slow"
}

# leaves_beside PID: make a cgroup beside that of the daemon PID and print its path, or
# "-" if the daemon has no cgroup of its own.
leaves_beside()
{
	hierarchy=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	base=$(sed -n 's,^0::\(.*\)/daemon$,\1,p' "/proc/$1/cgroup")
	if [ -n "$hierarchy" ] && [ -n "$base" ]; then
		mkdir "$hierarchy$base/bare" || exit 2
		echo "$hierarchy$base/bare"
	else
		echo -
	fi
}

# remove_leaves: remove the cgroups that the bare server has made there.
leaves=-
remove_leaves()
{
	[ "$leaves" = - ] || find "$leaves" -depth -type d -exec rmdir {} \;
	leaves=-
}
trap 'remove_leaves; cleanup' EXIT

# own_part TITLE PORT N PROGRAM: the part of the CPU time of a session, in the daemon
# and its child, that the program takes when a loop only forks and executes it, as the
# same user, and without variables, because Python looks for modules in $HOME.
own_part()
{
	contender "part.$2" program-alone - "setpriv --reuid=nobody \
--regid=nogroup --clear-groups env -i $tmp/load alone $3 $4"
	contender "part.$2" session '<0' "$LOAD cost $2 $plain_pid 16 $3"
	turns "$1, CPU time" us "part.$2" >"$tmp/part"
	cat "$tmp/part"
	part=$(awk -F '|' '$3 ~ /session/ { printf "%.0f", 100 * $5 }' \
	    "$tmp/part")
	text=
	[ "$part" -lt 75 ] || text='it dominates, so servers differ little'
	row "$1" 'the program' "$part %" "$text" '' 0 0
}

start plain 7000
plain_pid=$pid
[ -z "${PARENT:-}" ] || start parent 7050 "$PARENT/haild"
ids="-u $(id -u nobody) -g $(id -g nobody)"
if wants exec message; then
	start_peers
elif wants linger; then
	# shellcheck disable=SC2086 # two options
	server tcpserver 7400 tcpserver -H -R -l0 -c 1000 -b 4096 $ids \
	    127.0.0.1 7400 "$TINY"
fi
! wants message lone || server bare 7300 "$BARE" 7300 write

if wants exec; then
	server bare-exec 7301 "$BARE" 7301 exec "$TINY"
	server bare-drop 7302 "$BARE" 7302 drop "$(id -u nobody)" \
	    "$(id -g nobody)" "$TINY"
	leaves=$(leaves_beside "$plain_pid") || exit 2
	server bare-same 7306 "$BARE" 7306 same "$(id -u nobody)" \
	    "$(id -g nobody)" "$leaves" "$TINY"

	contender exec 'haild(linger=false)' - "$LOAD many 7007 16 $some"
	contender exec tcpserver 0.95 "$LOAD many 7400 16 $some"
	peers exec 00 "$some" 1.7 1.9 3 3.5 15
	contender exec bare-exec 0.85 "$LOAD many 7301 16 $some"
	contender exec bare-drop 0.97 "$LOAD many 7302 16 $some"
	contender exec bare-same 0.95 "$LOAD many 7306 16 $some"
	[ -z "${PARENT:-}" ] ||
	    contender exec parent 0 "$LOAD many 7051 16 $some"
	turns 'exec, 16 at a time' conn/s exec
	remove_leaves
	own_part 'exec of a program without libc' 7007 "$some" "$TINY"

	contender sh 'haild(linger=false)' - "$LOAD many 7009 16 $few"
	contender sh tcpserver 0 "$LOAD many 7410 16 $few"
	peers sh 10 "$few" 0 0 0 0 0
	turns 'exec of /bin/sh, 16 at a time' conn/s sh
	own_part 'exec of /bin/sh' 7009 "$few" "$tmp/line-sh"

	contender python 'haild(linger=false)' - "$LOAD many 7010 16 $slow"
	contender python tcpserver 0 "$LOAD many 7420 16 $slow"
	peers python 20 "$slow" 0 0 0 0 0
	turns 'exec of Python, 16 at a time' conn/s python
	own_part 'exec of Python' 7010 "$slow" "$tmp/line-python"
fi

if wants message; then
	contender message haild - "$LOAD many 7000 16 $many"
	contender message bare 0.9 "$LOAD many 7300 16 $many"
	contender message tcpserver 1.2 "$LOAD many 7400 16 $many"
	peers message 00 "$some" 1.7 1.9 3 3.5 15
	[ -z "${PARENT:-}" ] ||
	    contender message parent 0 "$LOAD many 7050 16 $many"
	turns 'message, 16 at a time' conn/s message
fi

if wants lone; then
	for percent in 50 99; do
		contender p$percent haild - "$LOAD lone 7000 $percent $some"
		contender p$percent bare '<1.15' \
		    "$LOAD lone 7300 $percent $some"
		turns "one message at a time, p$percent" us p$percent
	done
fi

if wants linger; then
	contender linger haild - "$LOAD many 7001 16 $some"
	contender linger linger=false 0.95 "$LOAD many 7007 16 $some"
	contender linger tcpserver 0 "$LOAD many 7400 16 $some"
	turns 'exec, with linger' conn/s linger
	contender end haild - "$LOAD end 7001 50 $some"
	contender end linger=false '<0' "$LOAD end 7007 50 $some"
	turns "from the last byte to the end, p50" us end
fi

if wants memory; then
	server bare-hold 7303 "$BARE" 7303 hold
	bare_hold=$last
	hold 7303 200
	# shellcheck disable=SC2046 # lists
	memory_file bare session 200 $(sessions_of "$bare_hold" 200)
	let_go
	daemon memory 7100
	measure_memory haild "$pid" 7100
	kill "$pid"
	ends "$pid" || exit 2
	if [ -n "${PARENT:-}" ]; then
		daemon memory-parent 7150 "$PARENT/haild"
		measure_memory parent "$pid" 7150
		kill "$pid"
		ends "$pid" || exit 2
	fi
	memory_rows session 'an idle session of a builtin' '<1'
	memory_rows commands 'an idle session of commands, all processes' '<0'
	memory_rows daemon 'the daemon, its logger and linger' '<1'
	read -r after growth <"$tmp/growth.haild"
	row "RSS of the daemon, $idle sessions against none" haild "$after kB" \
	    "$growth kB more" '≤ 2048 kB more' "$((growth > 2048))" \
	    "$((growth > 2150))"
fi

if wants held; then
	daemon idle 7100
	hold 7103 "$idle"
	echo "held: $(pgrep -c -P "$pid") children"
	contender held-exec with-5000-idle - "$LOAD many 7101 16 $some"
	contender held-exec none 0.9 "$LOAD many 7001 16 $some"
	turns 'exec, with 5,000 idle sessions' conn/s held-exec
	contender held-linger haild - "$LOAD many 7101 16 $some"
	contender held-linger linger=false 0.95 "$LOAD many 7107 16 $some"
	turns 'exec, with linger and 5,000 idle sessions' conn/s held-linger
	contender held-message with-5000-idle - "$LOAD many 7100 16 $many"
	contender held-message none 0.9 "$LOAD many 7000 16 $many"
	turns 'message, with 5,000 idle sessions' conn/s held-message
	contender held-cpu with-5000-idle - "$LOAD daemon 7101 $pid 16 $some"
	contender held-cpu none '<0' "$LOAD daemon 7001 $plain_pid 16 $some"
	turns 'CPU time of the daemon for an exec, with 5,000 idle sessions' \
	    us held-cpu
	let_go
	kill "$pid"
	ends "$pid" || exit 2
	# The share of the kernel: the same with the smallest possible server.
	server bare-linger 7304 "$BARE" 7304 linger
	server bare-crowded 7305 "$BARE" 7305 linger
	hold 7305 "$idle"
	contender held-bare bare-with-5000-idle - "$LOAD many 7305 16 $many"
	contender held-bare bare-none 0 "$LOAD many 7304 16 $many"
	turns 'bare message, with 5,000 idle sessions' conn/s held-bare
	let_go
fi

if wants sources; then
	start known 7200
	"$LOAD" from 7204 $sources || exit 2
	echo "sources: $(known "$pid") in the table"
	contender known-exec with-65536-sources - "$LOAD many 7201 16 $some"
	contender known-exec none 0.9 "$LOAD many 7001 16 $some"
	turns 'exec, with 65,536 sources' conn/s known-exec
	contender known-message with-65536-sources - \
	    "$LOAD many 7200 16 $many"
	contender known-message none 0.9 "$LOAD many 7000 16 $many"
	turns 'message, with 65,536 sources' conn/s known-message
fi

# One source takes all that it can get; another has 80 clients a second, less
# than the half of the rate that is left.  A client that is refused ends the run.
if wants fair; then
	daemon flooded 7100
	in_background "$PEER" crowd 7108 16 1000000 '' >/dev/null
	holders="$holders $last"
	contender fair flooded - "$LOAD paced 7108 99 $paced 80"
	contender fair quiet '<2' "$LOAD paced 7008 99 $paced 80"
	turns 'a source beside one that floods a service with "rate", p99' us fair
	let_go
	kill "$pid"
	ends "$pid" || exit 2
fi

if wants bulk; then
	# shellcheck disable=SC2086 # two options
	server tcpserver-copy 7401 tcpserver -H -R -l0 $ids 127.0.0.1 7401 \
	    "$TINY" copy
	contender bulk haild - "$LOAD bulk 7002 $bulk"
	contender bulk tcpserver 0.98 "$LOAD bulk 7401 $bulk"
	turns 'bulk through a program that copies' MB/s bulk
fi

if wants client; then
	contender start hail - "$LOAD times $few $HAIL 127.0.0.1:7000"
	contender start nc 1.0 "$LOAD times $few nc.openbsd -N 127.0.0.1 7000"
	turns "$few starts of a client" ms start

	contender take hail - "$HAIL 127.0.0.1:7005 >/dev/null"
	contender take socat 1.0 "socat -u TCP:127.0.0.1:7005 - >/dev/null"
	turns 'bulk through a client' ms take
fi

for name in $daemons; do
	kill "$(cat "$tmp/$name.pid")"
done
wait_until "! pgrep -x haild >/dev/null" 60 || exit 2
exit $missed
