# inetd.sh -- inetd.conf in place of haild.conf, and services with "wait".
#
# In a network namespace, so that the ports of the small services are free, and
# with users of its own.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command unshare ip

if [ "${INETD_INSIDE:-}" = "" ]; then
	unshare --mount --net true 2>/dev/null || skip_all 'needs namespaces'
	leave_tmp
	INETD_INSIDE=yes exec unshare --mount --propagation private --net sh "$0"
fi
ip link set lo up

start_inetd()
{
	cat >"$tmp/inetd.conf"
	run_haild -f -I "$tmp/inetd.conf"
	wait_until "grep -q ' serving ' '$log' || ! kill -0 $haild_pid" 30
	logger=$(ps -o pid= --ppid "$haild_pid" | tr -d ' ')
}

udp() { "$PEER" datagram "$@"; }
# pid_of ANSWER: of the program that answered so.
pid_of() { echo "${1%% *}"; }

cp "$PEER" "$tmp/peer"
start_inetd <<END
# every kind of line
echo	stream	tcp	nowait	root	internal
daytime	stream	tcp	nowait	root	internal
echo	dgram	udp	wait	root	internal
discard	dgram	udp	wait	root	internal
chargen	dgram	udp	wait	root	internal
daytime	dgram	udp	nowait	root	internal
time	dgram	udp	wait	root	internal
127.0.0.1:7001	stream	tcp4	nowait	nobody	/bin/sh	-in.named -c echo\${IFS}\$0
127.0.0.1:7002	stream	tcp	nowait	nobody	/bin/ls	ls	/nonexistent
127.0.0.1:7003	dgram	udp	wait	nobody	$tmp/peer peer receive 2
127.0.0.1:7004	stream	tcp	wait	nobody	$tmp/peer peer accept 2
127.0.0.1:7005	dgram	udp	wait	nobody	/bin/true
127.0.0.1:7008	stream	tcp	nowait.2	nobody	/bin/echo	echo served
127.0.0.1:
7006	stream	tcp	nowait	nobody:daemon	/usr/bin/id	id	-gn
$sock	stream	unix	nowait	nobody	/bin/cat	cat
END

# --- the small services ---

is 'echo over tcp' "$(echo hello | nc -N 127.0.0.1 7)" hello
is 'echo over udp' "$(udp 7 hello)" hello
is 'nothing for a port of another small service' "$(udp 7 hello 17)" hello
is 'nothing for the port of NFS' "$(udp 7 hello 2049)" hello
is 'chargen answers no more than it gets' "$(udp 19 12345 | wc -c)" 5
is 'and no more than a line' \
    "$(udp 19 "$(printf %0200d 0)" | wc -c | tr -d ' ')" 74
like 'daytime over udp' "$(udp 13 x)" '^[A-Z][a-z]{2} [A-Z][a-z]{2} .*20[0-9]{2}'
is 'time over udp' "$(udp 37 x | wc -c | tr -d ' ')" 4
if have_ipv6; then
	is 'echo over udp and IPv6' "$(udp '[::1]:7' hello)" hello
else
	skip 'echo over udp and IPv6' 'no ::1'
fi
ok 'they run without root' \
    [ "$(ps -o user= -p "$(pgrep -P "$haild_pid" -f 'haild: echo-udp wait' | head -n 1)")" != root ]

# --- programs ---

is 'argv[0] is the line'"'"'s, not the path' "$(nc -d 127.0.0.1 7001)" '-in.named'
like 'stderr is the client' "$(nc -d 127.0.0.1 7002)" 'nonexistent.*No such file'
is 'the group' "$(nc -d 127.0.0.1 7006)" daemon
is 'a Unix socket' "$(echo x | nc -U -N "$sock")" x
is 'for everyone' "$(stat -c %a:%U "$sock")" 666:nobody
ok 'the line of a session' logged 'port-7001-tcp4: 127\.0\.0\.1:[0-9]+ pid [0-9]+ exit 0 '

# --- nowait.MAX: a rate, and nobody is turned away ---

for i in 1 2 3; do
	nc -d -s 127.0.0.$i 127.0.0.1 7008 >"$tmp/paced.$i" &
	eval "paced_$i=$!"
done
ok 'two in a minute are served' wait_until \
    '[ "$(cat "$tmp"/paced.* | wc -l)" = 2 ]'
ok 'the third waits' logged 'port-7008-tcp: .*service rate'
is 'others do not' "$(echo hello | nc -N 127.0.0.1 7)" hello
# shellcheck disable=SC2154 # from eval
kill "$paced_1" "$paced_2" "$paced_3" 2>/dev/null

# --- wait: the child has the socket until it ends ---

first=$(udp 7003 one)
like 'a datagram reaches the program' "$first" '^[0-9]+ one$'
is 'the same process reads the next one' \
    "$(udp 7003 two)" "$(pid_of "$first") two"
ok 'its end is a line of the log' logged \
    "port-7003-udp: wait pid $(pid_of "$first") exit 0 [0-9.]+s( cpu [0-9.]+s( mem [0-9.]+.)?)?\$"
third=$(udp 7003 three)
ok 'then another one is started' [ "$(pid_of "$third")" != "$(pid_of "$first")" ]
client=$(nc -d 127.0.0.1 7004)
like 'a program accepts for itself' "$client" '^[0-9]+ accepted$'
is 'the same one takes the next' "$(nc -d 127.0.0.1 7004)" "$client"
ok 'its end is a line as well' logged \
    "port-7004-tcp: wait pid $(pid_of "$client") exit 0 "

# --- one that never reads is not started for ever (see loan.h) ---

ok 'haild has nothing to say of such sockets' \
    sh -c "! grep -E 'tcp-keepalive|cannot watch' '$log'"
printf x | socat -u - UDP:127.0.0.1:7005
ok 'a program that does not read is paced' logged \
    'port-7005-udp: started 256 times within a minute; pausing for 1 s$' 30
before=$(ticks)
is 'others are served meanwhile' "$(udp 7 hello)" hello
ok 'and it goes on, more slowly' logged \
    'port-7005-udp: started 257 times within a minute; pausing for 2 s$'
# Two children were started in this second, of which a loop would use the most.
ok 'without much work' [ $(($(ticks) - before)) -le $(($(getconf CLK_TCK) / 5)) ]

# --- reloads, and an upgrade, while a child has the socket (third has) ---

sed -i 's/^127.0.0.1:7005/#&/' "$tmp/inetd.conf"
reload
is 'SIGHUP reads inetd.conf' "$(last_reload)" 'reloaded: removed port-7005-udp'
is 'a socket on loan stays on loan' "$(udp 7003 four)" "$(pid_of "$third") four"
ok 'until its child ends' logged "wait pid $(pid_of "$third") exit 0 "
fifth=$(udp 7003 five)
kill -USR2 "$haild_pid"
ok 'an upgrade' logged 'upgrade complete: ' 60
# Who has it does not read: were it polled, another one would be started.
kill -STOP "$(pid_of "$fifth")"
printf six | socat -u - UDP:127.0.0.1:7003
is 'goes on serving' "$(echo hello | nc -N 127.0.0.1 7)" hello
is 'does not take it back' \
    "$(pgrep -P "$haild_pid" -f '^peer receive 2')" "$(pid_of "$fifth")"
kill -CONT "$(pid_of "$fifth")"
ok 'and sees the end of its child' logged "wait pid $(pid_of "$fifth") exit 0 "
seventh=$(udp 7003 seven)
ok 'after which the next one starts' [ "$(pid_of "$seventh")" != "$(pid_of "$fifth")" ]
sed -i 's/^127.0.0.1:7003/#&/' "$tmp/inetd.conf"
reload
is 'a service that goes' "$(last_reload)" 'reloaded: removed port-7003-udp'
ok 'leaves its child the socket' kill -0 "$(pid_of "$seventh")"
sed -i 's/^#*127.0.0.1:7003/127.0.0.1:7003/' "$tmp/inetd.conf"
reload
is 'and can come again while that lives' "$(last_reload)" \
    'reloaded: added port-7003-udp'
is 'which serves its last client' "$(udp 7003 eight)" "$(pid_of "$seventh") eight"
ninth=$(udp 7003 nine)
ok 'then the next one starts again' [ "$(pid_of "$ninth")" != "$(pid_of "$seventh")" ]
fds=$(descriptors)
sed -i 's/^127.0.0.1:7003/#&/' "$tmp/inetd.conf"
reload
kill "$(pid_of "$ninth")"
ok 'a socket that nobody wants is closed when its child ends' \
    wait_until "[ \"\$(descriptors)\" -lt $fds ]"

echo 'nonsense' >>"$tmp/inetd.conf"
reload
is 'a line that is wrong' "$(last_reload)" \
    'reload failed: errors in the configuration; keeping the old configuration'
ok 'is named' logged "$tmp/inetd.conf:18: a line needs at least six words"
is 'and harms nobody' "$(echo hello | nc -N 127.0.0.1 7)" hello
: >"$tmp/inetd.conf"
reload
like 'an inetd.conf may be empty' "$(last_reload)" '^reloaded: removed echo-tcp, '
echo 'echo stream tcp nowait root internal' >"$tmp/inetd.conf"
reload
is 'and be filled again' "$(last_reload)" 'reloaded: added echo-tcp'
is 'and is served' "$(echo hello | nc -N 127.0.0.1 7)" hello
stop_haild TERM
is 'it stops in order' "$haild_status" 0

# --- users and groups with unusual names; the limits of FreeBSD ---

# Where "web.app" is a user, it is not group "app" of user "web"; and 4711 is the
# user of that name, not of that number.
cp /etc/passwd "$tmp/passwd"
cat >>"$tmp/passwd" <<END
web:x:40001:40001::/:/bin/sh
web.app:x:40002:40002::/:/bin/sh
4711:x:40003:40001::/:/bin/sh
other:x:4711:40001::/:/bin/sh
END
cp /etc/group "$tmp/group"
cat >>"$tmp/group" <<END
web:x:40001:
app:x:40002:
dev.ops:x:40004:
END
mount --bind "$tmp/passwd" /etc/passwd
mount --bind "$tmp/group" /etc/group
start_inetd <<END
127.0.0.1:7011	stream	tcp	nowait	web.app	/usr/bin/id	id -un
127.0.0.1:7012	stream	tcp	nowait	web.dev.ops	/usr/bin/id	id -u
127.0.0.1:7013	stream	tcp	nowait	web.dev.ops	/usr/bin/id	id -gn
127.0.0.1:7014	stream	tcp	nowait	4711	/usr/bin/id	id -u
127.0.0.1:7015	stream	tcp	nowait	40001:app	/usr/bin/id	id -un
127.0.0.1:7016	stream	tcp	nowait	web.app:40001	/usr/bin/id	id -gn
127.0.0.1:7017	stream	tcp	nowait/0/0/1	web	/bin/cat	cat
127.0.0.1:7018	stream	tcp	nowait//1	web	/bin/echo	echo served
END
is 'a user with a dot' "$(nc -d 127.0.0.1 7011)" web.app
is 'a group with a dot: the user' "$(nc -d 127.0.0.1 7012)" 40001
is 'a group with a dot: the group' "$(nc -d 127.0.0.1 7013)" dev.ops
is 'a user whose name is a number' "$(nc -d 127.0.0.1 7014)" 40003
is 'a user by number' "$(nc -d 127.0.0.1 7015)" web
is 'a group by number' "$(nc -d 127.0.0.1 7016)" web
hold_open 127.0.0.1:7017
is 'nowait///1: one session of a source' "$(nc -d 127.0.0.1 7017)" ''
ok 'nowait///1: the next one is refused' logged \
    'port-7017-tcp: 127\.0\.0\.1:[0-9]+ refused: source limit 1$'
release_all
is 'nowait//1: one in a minute from a source' "$(nc -d 127.0.0.1 7018)" served
is 'nowait//1: the next one gets nothing' "$(nc -d 127.0.0.1 7018)" ''
ok 'nowait//1: it is refused' logged \
    'port-7018-tcp: 127\.0\.0\.1:[0-9]+ refused: source rate'
stop_haild TERM

# --- in haild.conf ---

echo 'echo stream tcp nowait root internal' >"$tmp/inetd.conf"

start_haild <<END
max-sessions = 3
wait: {
	listen = ["udp:127.0.0.1:0"]
	exec = ["$tmp/peer", "receive", "1000"]
	argv0 = "receiver"
	user = "$me"
	wait = true
}
inetd-conf = "$tmp/inetd.conf"
END
is 'inetd.conf beside haild.conf' "$(echo hello | nc -N 127.0.0.1 7)" hello
wait=$(port wait)
first=$(udp "$wait" hello)
like 'wait in haild.conf' "$first" '^[0-9]+ hello$'
kill "$(pid_of "$first")"
ok 'its end' logged "wait: wait pid $(pid_of "$first") signal 15 "
second=$(udp "$wait" again)
ok 'another one has the same socket' \
    [ "$(pid_of "$second")" != "$(pid_of "$first")" ]
ok 'and what is for TCP and its clients was not tried with it' \
    [ "$(grep -Ec 'cannot watch|tcp-keepalive' "$log")" = 0 ]
like 'its name is argv0' "$(ps -o args= --ppid "$haild_pid")" \
    '^receiver receive 1000'
begin=$(date +%s)
stop_haild TERM
ok 'a stop ends it without waiting for stop-timeout' \
    [ $(($(date +%s) - begin)) -lt 20 ]
ok 'as the log says' logged 'wait: wait pid [0-9]+ killed by stop '

# --- what it was told, in haild.conf's words ---

cat >"$tmp/inetd.conf" <<END
echo dgram udp wait root internal
in.x	stream	tcp	nowait	nobody	/bin/cat	in.cat	-u
END
sed -i 's/^in.x/7007/' "$tmp/inetd.conf"
$HAILD -I "$tmp/inetd.conf" -T >"$tmp/dump.conf" 2>/dev/null
$HAILD -c "$tmp/dump.conf" -T >"$tmp/again.conf" 2>/dev/null
# Comments tell where parts of containment come from.
sed -i 's/ # .*//' "$tmp/dump.conf" "$tmp/again.conf"
ok '-T makes a haild.conf of it' cmp "$tmp/dump.conf" "$tmp/again.conf"
like 'with all in it' "$(tr -d '\n\t' <"$tmp/dump.conf")" \
    'exec = \["/bin/cat", "-u"\]argv0 = "in.cat"user = "nobody"'
like 'an inetd.conf must be there' \
    "$($HAILD -t -I /nonexistent/inetd.conf 2>&1)" \
    '^haild: /nonexistent/inetd.conf: No such file or directory$'
$HAILD -t -I /nonexistent/inetd.conf 2>/dev/null
is 'with the status of a configuration that is wrong' $? 78
is 'and is no part of the one-liner' \
    "$($HAILD -f -l 127.0.0.1:0 -I x -m y 2>&1 | head -n 1)" \
    'haild: -l and -I are mutually exclusive'
done_testing
