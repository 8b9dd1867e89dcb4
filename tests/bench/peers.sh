#!/bin/sh
# peers.sh -- haild and hail beside what else does their work.
#
#	sh tests/bench/peers.sh [ROUNDS]
#
# As root, from the build tree, in namespaces of its own: the network has lo
# alone, /dev/log is ours, and nothing outlives the script.  turns.pl measures,
# and says how.  All programs run as the same user, nobody.
#
#	PEERS		where xinetd and inetd are, which cannot be installed
#			beside each other
#	BENCH_SHORT	not empty: few of everything, and nothing is judged
. "${srcdir:-.}/tests/e2e/lib.sh"
: "${PEERS:?}"
[ "$(id -u)" = 0 ] || { echo 'peers.sh: needs root' >&2; exit 1; }
rounds=${1:-5}
own_world "$rounds"
for tool in tcpserver socat ncat nc.openbsd setpriv; do
	command -v $tool >/dev/null && continue
	echo "peers.sh: there is no $tool: ./dev bench installs it" >&2
	exit 1
done

BARE=$builddir/tests/bench/bare
LOAD=$builddir/tests/bench/load
missed=0
# What a slice of the work is.
few=500 some=2000 many=4000 idle=5000 sources=65536 bulk=4000000000
[ -z "${BENCH_SHORT:-}" ] ||
    few=50 some=200 many=200 idle=200 sources=1000 bulk=100000000

chmod 755 "$tmp"
TINY=$tmp/tiny
cp "$builddir/tests/bench/tiny" "$TINY"
own_dev
in_background "$builddir/tests/bench/soak" log "$tmp/syslog" 5
wait_until '[ -S /dev/log ]' || exit 1

# server NAME PORT COMMAND...: run it until the end; wait for its first answer.
server()
{
	server_name=$1 server_port=$2
	shift 2
	in_background "$@" </dev/null >"$tmp/$server_name.out" 2>&1
	wait_until "bash -c ': <>/dev/tcp/127.0.0.1/$server_port' 2>/dev/null" &&
	    return
	echo "peers.sh: $server_name does not serve" >&2
	cat "$tmp/$server_name.out" >&2
	exit 1
}

# daemon NAME PORT: a haild as it is installed, at PORT and those behind it:
# log, limits of each source and access lists are on.  Its pid is in $pid.
daemon()
{
	cat >"$tmp/$1.conf" <<END
max-sessions = 20000
allow = ["127.0.0.0/8"]
deny = ["127.128.0.0/10"]
message: {
	listen = ["127.0.0.1:$2"]
	message = "Smile from the server\n"
	max-sessions = 1000
	max-per-source = 1000
}
exec: {
	listen = ["127.0.0.1:$(($2 + 1))"]
	exec = ["$TINY"]
	user = "nobody"
	max-sessions = 1000
	max-per-source = 1000
}
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
END
	$HAILD -c "$tmp/$1.conf" -p "$tmp/$1.pid" || exit 1
	pid=$(cat "$tmp/$1.pid")
}

# contender FILE NAME TARGET COMMAND
contender()
{
	echo "$2 $3 $4" >>"$tmp/$1"
}

# turns WORK UNIT FILE
turns()
{
	perl "$srcdir/tests/bench/turns.pl" "$rounds" "$1" "$2" "$tmp/$3" ||
	    case $? in
	    1) missed=1 ;;
	    *) exit 2 ;;
	    esac
}

# known PID: how many sources it knows, as its summary says.
known()
{
	kill -USR1 "$1"
	wait_until "grep -q 'haild.$1.: summary: .* in the table' '$tmp/syslog'"
	sed -n "s/.*haild.$1.: summary: \\([0-9]*\\) source.*/\\1/p" \
	    "$tmp/syslog" | tail -n 1
}

# unique PID: the mean of what 200 of its children have for themselves, in kB.
unique()
{
	for child in $(pgrep -P "$1" | tail -n 200); do
		cat "/proc/$child/smaps_rollup"
	done | awk '/^Pss:/ { n++ } /^Private_(Clean|Dirty):/ { all += $2 }
	    END { printf "%.1f\n", all / n }'
}

# resident PID: in kB.
resident()
{
	awk '/^VmRSS:/ { print $2 }' "/proc/$1/status"
}

# hold PORT N: so many sessions there, idle.
holders=
hold()
{
	in_background "$LOAD" hold "$1" "$2" >"$tmp/hold.$1"
	holders="$holders $last"
	wait_until "[ -s '$tmp/hold.$1' ]" 120 || exit 2
}

# let_go: of all of them.
let_go()
{
	# shellcheck disable=SC2086 # a list
	kill $holders
	holders=
	wait_until '[ "$(pgrep -c .)" -lt 100 ]' 60 || exit 2
}

daemon plain 7000
daemon idle 7100
crowded=$pid
daemon known 7200
server bare 7300 "$BARE" 7300 write
server bare-exec 7301 "$BARE" 7301 exec "$TINY"
server bare-drop 7302 "$BARE" 7302 drop "$(id -u nobody)" "$(id -g nobody)" \
    "$TINY"
server bare-hold 7303 "$BARE" 7303 hold
bare_hold=$last
server bare-linger 7304 "$BARE" 7304 linger
server bare-crowded 7305 "$BARE" 7305 linger
server bare-static 7310 "$BARE-static" 7310 write
server bare-static-exec 7311 "$BARE-static" 7311 exec "$TINY"
server bare-static-hold 7313 "$BARE-static" 7313 hold
bare_static_hold=$last
ids="-u $(id -u nobody) -g $(id -g nobody)"
# shellcheck disable=SC2086 # two options
server tcpserver 7400 tcpserver -H -R -l0 -c 1000 -b 4096 $ids 127.0.0.1 7400 \
    "$TINY"
# shellcheck disable=SC2086 # two options
server tcpserver-copy 7401 tcpserver -H -R -l0 $ids 127.0.0.1 7401 "$TINY" copy
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
server xinetd 7500 "$PEERS/usr/sbin/xinetd" -dontfork -f "$tmp/xinetd.conf" \
    -pidfile "$tmp/xinetd.pid"
echo "127.0.0.1:7600 stream tcp nowait.1000000 nobody $TINY tiny" >"$tmp/inetd.conf"
server inetd 7600 "$PEERS/usr/sbin/inetd" -i -R 1000000 "$tmp/inetd.conf"
server socat 7700 socat \
    TCP-LISTEN:7700,bind=127.0.0.1,fork,reuseaddr,backlog=4096 \
    EXEC:"$TINY",su=nobody
server ncat 7800 setpriv --reuid=nobody --regid=nogroup --clear-groups \
    ncat -l -k -m 1000 -e "$TINY" 127.0.0.1 7800

contender exec haild - "$LOAD many 7001 16 $some"
contender exec 'tcpserver' 1.0 "$LOAD many 7400 16 $some"
contender exec xinetd 1.7 "$LOAD many 7500 16 $some"
contender exec inetd 1.9 "$LOAD many 7600 16 $some"
contender exec socat 3 "$LOAD many 7700 16 $some"
contender exec ncat 3.5 "$LOAD many 7800 16 $some"
contender exec bare-exec 0.85 "$LOAD many 7301 16 $some"
contender exec bare-drop 0.97 "$LOAD many 7302 16 $some"
contender exec bare-static-exec 0 "$LOAD many 7311 16 $some"
turns 'exec, 16 at a time' conn/s exec

contender message haild - "$LOAD many 7000 16 $many"
contender message bare 0.9 "$LOAD many 7300 16 $many"
contender message tcpserver 1.25 "$LOAD many 7400 16 $many"
contender message bare-static 0 "$LOAD many 7310 16 $many"
turns 'message, 16 at a time' conn/s message

for percent in 50 99; do
	contender p$percent haild - "$LOAD lone 7000 $percent $some"
	contender p$percent bare '<1.15' "$LOAD lone 7300 $percent $some"
	contender p$percent bare-static '<0' "$LOAD lone 7310 $percent $some"
	turns "a lone message, p$percent" us p$percent
done

# --- held ---

before=$(resident "$crowded")
hold 7303 200
hold 7313 200
hold 7103 "$idle"
after=$(resident "$crowded")
"$LOAD" from 7204 $sources || exit 2
echo "held: $(pgrep -P "$crowded" | wc -l) children; $(known \
    "$(cat "$tmp/known.pid")") sources are known"

unique "$crowded" >"$tmp/own.kB"
unique "$bare_hold" >"$tmp/bare.kB"
unique "$bare_static_hold" >"$tmp/bare-static.kB"
contender unique haild - "cat $tmp/own.kB"
contender unique bare '<1.3' "cat $tmp/bare.kB"
contender unique bare-static '<0' "cat $tmp/bare-static.kB"
rounds=1 turns 'unique memory of an idle builtin session' kB unique
growth=$((after - before))
row="| RSS of the daemon, $idle sessions against none | haild | $after kB |\
 $growth kB more | ≤ 2048 kB more |"
if [ $growth -le 2150 ]; then row="$row yes |"; else
	row="$row **missed** |"
	[ -n "${BENCH_SHORT:-}" ] || missed=1
fi
echo "$row" | tee -a "${BENCH_TABLE:-/dev/null}"

contender held-exec with-5000-idle - "$LOAD many 7101 16 $some"
contender held-exec none 0.9 "$LOAD many 7001 16 $some"
turns 'exec, with 5,000 idle sessions' conn/s held-exec
contender held-message with-5000-idle - "$LOAD many 7100 16 $many"
contender held-message none 0.9 "$LOAD many 7000 16 $many"
turns 'message, with 5,000 idle sessions' conn/s held-message
let_go
# What the kernel itself takes for that, of the least server there is.
hold 7305 "$idle"
contender held-bare bare-with-5000-idle - "$LOAD many 7305 16 $many"
contender held-bare bare-none 0 "$LOAD many 7304 16 $many"
turns 'bare message, with 5,000 idle sessions' conn/s held-bare
let_go
contender known-exec with-65536-sources - "$LOAD many 7201 16 $some"
contender known-exec none 0.9 "$LOAD many 7001 16 $some"
turns 'exec, with 65,536 sources' conn/s known-exec
contender known-message with-65536-sources - "$LOAD many 7200 16 $many"
contender known-message none 0.9 "$LOAD many 7000 16 $many"
turns 'message, with 65,536 sources' conn/s known-message

# --- bytes ---

contender bulk haild - "$LOAD bulk 7002 $bulk"
contender bulk tcpserver 0.98 "$LOAD bulk 7401 $bulk"
turns 'bulk through a program that copies' MB/s bulk

contender start hail - "$LOAD times $few $HAIL 127.0.0.1:7000"
contender start nc 1.0 "$LOAD times $few nc.openbsd -N 127.0.0.1 7000"
turns 'start to answer of a client' ms start

contender take hail - "$HAIL 127.0.0.1:7005 >/dev/null"
contender take socat 1.0 "socat -u TCP:127.0.0.1:7005 - >/dev/null"
turns 'bulk through a client' ms take

for name in plain idle known; do
	kill "$(cat "$tmp/$name.pid")"
done
wait_until "! pgrep -x haild >/dev/null" 60 || exit 2
exit $missed
