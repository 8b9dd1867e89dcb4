# names.sh -- names to listen on, in namespaces with their own hosts(5) (fault 71).
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command unshare perl ip
unshare --mount --propagation private --net true 2>/dev/null ||
    skip_all 'needs namespaces'
own_world
ip addr add 192.0.2.1/32 dev lo # getent(1) gives nothing without an address
cat >"$tmp/hosts" <<EOF
127.0.0.1	twice
127.0.0.1	twice
127.0.0.2	several
127.0.0.3	several
EOF
echo 'hosts: files' >"$tmp/nsswitch.conf"
mount --bind "$tmp/hosts" /etc/hosts
mount --bind "$tmp/nsswitch.conf" /etc/nsswitch.conf

# addresses NAME: as the C library gives them, each once.
addresses()
{
	getent ahostsv4 "$1" | awk '{ print $1 }' | sort -u | tr '\n' ' '
}

# listening SERVICE: on which addresses.
listening()
{
	sed -n "s/.* $1: listening on \(.*\):[0-9]*\$/\1/p" "$log" | sort |
	    tr '\n' ' '
}

is 'hosts(5) is ours' "$(addresses several)" '127.0.0.2 127.0.0.3 '
start_haild <<EOF
twice: { listen = ["twice:0"] message = "twice\n" }
several: { listen = ["several:0"] message = "several\n" }
EOF
is 'an address that is there twice is listened on once' "$(listening twice)" \
    '127.0.0.1 '
is 'and served' "$(nc -d 127.0.0.1 "$(port twice)")" twice
is 'two addresses are two' "$(listening several)" '127.0.0.2 127.0.0.3 '
stop_haild TERM

# With a port of its own the second would be in the first one's way.
echo 'twice: { listen = ["twice:7890"] message = "" }' >"$conf"
run_haild -t -c "$conf"
wait "$haild_pid"
is 'and it does not claim one listener twice' $? 0
haild_pid=

# Users and groups are the system's, with the groups that list a user.
groups=$(id -G games | tr ' ' '\n' | sort -n | tr '\n' ' ')
cat /etc/group - >"$tmp/group" <<EOF
haild-one:x:64321:bin,games
haild-two:x:64320:games
EOF
mount --bind "$tmp/group" /etc/group
start_haild <<EOF
games: { listen = ["127.0.0.1:0"] exec = ["/usr/bin/id", "-G"] user = "games" }
EOF
is 'a user has the groups that the system gives him' \
    "$(nc -d 127.0.0.1 "$(port games)" | tr ' ' '\n' | sort -n | tr '\n' ' ')" \
    "${groups}64320 64321 "
stop_haild TERM

# refused ITEM TEXT STATUS WHY: a configuration of TEXT.
refused()
{
	printf '%s\n' "$2" >"$conf"
	run_haild -t -c "$conf"
	wait "$haild_pid"
	is "$1" $? "$3"
	haild_pid=
	like 'with the reason' "$(cat "$log")" "$4"
}

refused 'a sign and a number are not a uid' \
    'x: { listen = ["127.0.0.1:1"] exec = ["/bin/true"] user = "+0" }' 0 \
    ':1: user ".0" does not exist'
refused 'a sign and a number are not a port' \
    'x: { listen = ["127.0.0.1:+1"] message = "" }' 78 \
    ':1: listen "127.0.0.1:.1" has an invalid port, ".1": write a number '

# A name server that does not answer keeps haild-load waiting, and a haild that is
# killed takes it along.
silent_name_server
echo 'nameserver 127.0.0.9' >"$tmp/resolv.conf"
echo 'hosts: files dns' >"$tmp/nsswitch.conf"
mount --bind "$tmp/resolv.conf" /etc/resolv.conf
echo 'x: { listen = ["slow.example:1"] message = "" }' >"$conf"
run_haild -t -c "$conf"
ok 'the name server gets a question' wait_until '[ -s "$tmp/questions" ]'
load=$(pgrep -P "$haild_pid" -x haild-load)
ok 'from haild-load' [ -n "$load" ]
kill -KILL "$haild_pid"
wait "$haild_pid" 2>/dev/null
haild_pid=
ok 'which does not outlive haild' ends "$load"


# --- fault 71: what a name needs is missing ---

echo 'options timeout:2 attempts:1' >>"$tmp/resolv.conf"
# No answer comes from the name server: a start serves all else at once.  The
# time of a start is that of its slowest lookup, so the names are not in series.
cat >"$tmp/config" <<EOF
literal: { listen = ["127.0.0.1:7001"] message = "literal\\n" }
one: { listen = ["one.example:7002"] message = "one\\n" }
two: { listen = ["127.0.0.1:7003", "two.example:7003"] message = "two\\n" }
three: { listen = ["udp:three.example:7004"] wait = true exec = ["/bin/cat"]
	user = "nobody" }
mixed: { listen = ["$sock", "four.example:7005"] message = "" allow = ["::1"] }
help: { listen = ["five.example:7006"] allow = ["127.0.0.1"]
	commands = { date: { exec = ["/bin/date"] user = "nobody" } } }
EOF
start_haild <"$tmp/config"
ok 'an address is served while names get no answer' \
    grep -q ' serving 1 service on 1 listener$' "$log"
is 'and answers' "$(nc -d 127.0.0.1 7001)" literal
for name in one two three four five; do
	ok "$name.example: the log names the service and the reason" grep -Eq \
	    "$conf:[0-9]+: listen \".*$name.example:700[2-6]\": cannot resolve \"$name.example\": no answer within 0.5 s; \"[a-z]+\" is out of service\$" "$log"
done
ok 'it is tried again at once, with more time' \
    wait_until 'pgrep -P "$haild_pid" -x haild-load >"$tmp/pid"'
logger=
upgrade
like 'which an upgrade does not wait for' "$(last_upgrade)" '^upgrade complete: '
cat >>"$tmp/hosts" <<EOF
127.0.0.2	one.example
127.0.0.3	two.example three.example five.example
EOF
# Their first attempt may have begun before they had addresses.
ok 'a name that has an address now comes back' wait_until \
    "[ \"\$(awk '/ back in service\$/ { n += \$4 } END { print n }' '$log')\" = 4 ]" 90
is 'one' "$(nc -d 127.0.0.2 7002)" one
is 'two' "$(nc -d 127.0.0.3 7003)" two
kill -USR1 "$haild_pid"
ok 'a name that has none stays out, alone' logged \
    'summary: mixed: .*out of service$'

# The answers of before hold at a reload, while there are no new ones.
sed '/example/d' "$tmp/hosts" >"$tmp/fewer"
cat "$tmp/fewer" >"$tmp/hosts"
sed '/^mixed/d; s/"literal/"changed/; s/"one\\n/"uno\\n/' "$tmp/config" >"$conf"
reload
is 'a reload without the name server' "$(last_reload)" \
    'reloaded: changed literal, one; removed mixed'
is 'keeps the address' "$(nc -d 127.0.0.2 7002)" uno
ok 'with a warning' grep -q \
    'cannot look up "one.example": no answer within 0.5 s; using the last answer$' "$log"
upgrade
like 'an upgrade, which would have no address, fails' "$(last_upgrade)" \
    '^upgrade failed: '
like 'and the log says why' "$(cat "$log")" \
    'upgrade: one would be out of service$'
is 'so it is still served' "$(nc -d 127.0.0.2 7002)" uno
stop_haild TERM

# Only names: there is nothing to be served before them.
echo 'x: { listen = ["late.example:7001"] message = "late" }' >"$conf"
run_haild -f -c "$conf"
: >"$tmp/questions"
ok 'a start with names alone waits' wait_until '[ -s "$tmp/questions" ]'
echo '127.0.0.2 late.example' >>"$tmp/hosts"
wait_haild
is 'and fails in the end, but not for good: systemd starts it again' \
    "$haild_status" 1
like 'with the reason' "$(cat "$log")" \
    'cannot resolve "late.example": .*; "x" is out of service'

# strict-start: what is missing is an error, but not one of the text.
(echo 'strict-start = true'; cat "$tmp/config") >"$conf"
run_haild -f -c "$conf"
wait_haild
is 'strict-start fails' "$haild_status" 1
run_haild -t -c "$tmp/config"
wait_haild
is 'haild -t passes, as a start would' "$haild_status" 0
is 'and tells what is missing, of each name' "$(grep -c 'cannot resolve' "$log")" 5
echo 'nosuch = 1' >>"$tmp/config"
run_haild -t -c "$tmp/config"
wait_haild
is 'an error in the text prevails' "$haild_status" 78

# Two names with one address.
cat >>"$tmp/hosts" <<EOF
127.0.0.4	alpha beta
EOF
start_haild <<EOF
both: { listen = ["alpha:7001", "beta:7001"] message = "both\n" }
first: { listen = ["alpha:7002"] message = "first\n" }
second: { listen = ["beta:7002"] message = "second\n" }
named: { listen = ["alpha:7003"] message = "named\n" }
literal: { listen = ["127.0.0.4:7003"] message = "literal\n" }
EOF
is 'in one service: one listener' "$(listening both)" '127.0.0.4 '
like 'and a warning' "$(cat "$log")" \
    "$conf:1: the address \"127.0.0.4:7001\" is in \"listen\" twice, once by name\$"
is 'in two services: the first serves' "$(nc -d 127.0.0.4 7002)" first
like 'the second is out, alone' "$(cat "$log")" \
    "$conf:3: listen \"127.0.0.4:7002\": service \"first\" already listens on \"127.0.0.4:7002\"; \"second\" is out of service\$"
is 'what is written as an address prevails' "$(nc -d 127.0.0.4 7003)" literal
like 'over a name before it' "$(cat "$log")" \
    "$conf:4: listen \"127.0.0.4:7003\": service \"literal\" also listens on \"127.0.0.4:7003\"; \"named\" is out of service\$"
stop_haild TERM

# Without services(5), only what needs it is out.
cp /etc/services "$tmp/all"
: >"$tmp/services"
mount --bind "$tmp/services" /etc/services
start_haild <<EOF
number: { listen = ["127.0.0.1:7001"] message = "number\n" }
name: { listen = ["127.0.0.1:http"] message = "name\n" }
EOF
is 'an empty services(5): a number is served' "$(nc -d 127.0.0.1 7001)" number
like 'a name is out' "$(cat "$log")" \
    "$conf:2: listen \"127.0.0.1:http\": port \"http\" is not in /etc/services; \"name\" is out of service\$"
cat "$tmp/all" >"$tmp/services"
ok 'and back when it is there' logged '1 service back in service$' 90
is 'served' "$(nc -d 127.0.0.1 80)" name
stop_haild TERM
done_testing
