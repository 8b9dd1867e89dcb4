# forward.sh -- "forward": which target a client gets, from where, and what the
# log tells (fault 91).  In a network of its own; 7001 and so on forward to 8001 and so on.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command ip nc perl setpriv ss unshare
own_world

nobody=$(id -u nobody)
mkdir "$tmp/dir" "$tmp/root" "$tmp/link"
mkdir -m 700 "$tmp/secret"
chown daemon "$tmp/secret"
ln -s "$tmp/dir/who.sock" "$tmp/link/absolute"
ln -s ../dir/who.sock "$tmp/link/relative"
mkdir "$tmp/@at"

# It never accepts, and its queue is full.
in_background "$PEER" listen >"$tmp/hanging"
wait_until "[ -s '$tmp/hanging' ]"
hanging=127.0.0.1:$(cat "$tmp/hanging")
hold_open "$hanging" 2
held=

# Sends back what it gets.
in_background perl -MIO::Socket::UNIX -e '
	my $l = IO::Socket::UNIX->new(Local => "\0haild-test", Listen => 5)
	    or die;
	while (my $c = $l->accept) {
		local $/;
		print $c "abstract " . <$c>;
		close $c;
	}'

many=$(seq -f "\"$tmp/dir/missing-%g\"," 60)
start_haild <<EOF
user = "nobody"
who: {
	listen = ["127.0.0.1:8001", "[::1]:8001", "$tmp/dir/who.sock",
	    "$tmp/root/who.sock", "$tmp/secret/who.sock", "$tmp/@at/@who"]
	socket-mode = "0666"
	exec = ["/bin/sh", "-c",
	    "echo \$PROTO \$TCPREMOTEIP \$IPCREMOTEEUID \$IPCREMOTEEGID; exec cat"]
}
one: { listen = ["127.0.0.1:8002"] message = "one\n" }
two: { listen = ["127.0.0.1:8003"] message = "two\n" }
three: { listen = ["127.0.0.1:8004"] message = "three\n" }

tcp: { listen = ["127.0.0.1:7001", "$sock"] socket-mode = "0666" forward = ["127.0.0.1:8001"] }
ipv6: { listen = ["127.0.0.1:7002"] forward = ["[::1]:8001"] }
path: { listen = ["127.0.0.1:7003"] forward = ["$tmp/dir/who.sock"] }
at: { listen = ["127.0.0.1:7004"] forward = ["$tmp/@at/@who"] }
absolute: { listen = ["127.0.0.1:7005"] forward = ["$tmp/link/absolute"] }
relative: { listen = ["127.0.0.1:7006"] forward = ["$tmp/link/relative"] }
abstract: { listen = ["127.0.0.1:7007"] forward = ["@haild-test"] }
inside: { listen = ["127.0.0.1:7008"] chroot = "$tmp/root" forward = ["/who.sock"] }
denied: { listen = ["127.0.0.1:7009"] forward = ["$tmp/secret/who.sock"] }
allowed: { listen = ["127.0.0.1:7010"] user = "daemon" forward = ["$tmp/secret/who.sock"] }
source: { listen = ["127.0.0.1:7011"] forward-source = "127.0.0.5" forward = ["127.0.0.1:8001"] }
many: { listen = ["127.0.0.1:7012"] limit-nofile = 8 forward = [ $many "$tmp/dir/who.sock"] }
few: { listen = ["127.0.0.1:7013"] limit-nofile = 5 forward = ["127.0.0.1:8001"] }
none: { listen = ["127.0.0.1:7014"] limit-nofile = 4 forward = ["127.0.0.1:8001"] }
robin: {
	listen = ["127.0.0.1:7021"]
	forward = ["127.0.0.1:8002", "127.0.0.1:8003", "127.0.0.1:8004"]
	forward-policy = "round-robin"
}
first: { listen = ["127.0.0.1:7022"] forward = ["127.0.0.1:9", "127.0.0.1:8003"] }
next: {
	listen = ["127.0.0.1:7023"]
	forward = ["127.0.0.1:8002", "127.0.0.1:9"]
	forward-policy = "round-robin"
}
dead: { listen = ["127.0.0.1:7024"] forward = ["127.0.0.1:9", "$tmp/none"] }
slow: { listen = ["127.0.0.1:7025"] forward = ["$hanging", "127.0.0.1:8004"] connect-timeout = "1s" }
hung: { listen = ["127.0.0.1:7026", "$tmp/hung.sock"] socket-mode = "0666" forward = ["$hanging"] connect-timeout = "1h" }
late: { listen = ["127.0.0.1:7027"] forward = ["$hanging"] connect-timeout = "1h" session-timeout = "1s" }
silent: { listen = ["127.0.0.1:7028"] forward = ["$hanging"] connect-timeout = "1s" }
behind: {
	listen = ["127.0.0.1:7029"]
	forward = ["127.0.0.1:9", "$tmp/dir/who.sock"]
	proxy-from = ["127.0.0.1"]
	deny = ["192.0.2.66"]
	busy-message = "busy\n"
}
nowhere: { listen = ["127.0.0.1:7030"] forward = ["127.0.0.1:9"] proxy-from = ["127.0.0.1"] }
EOF

# ask PORT: what a client gets that sends "hello", in one line.
ask()
{
	echo hello | timeout 20 nc -N 127.0.0.1 "$1" | tr '\n' ' '
}

is 'TCP to TCP' "$(ask 7001)" 'TCP 127.0.0.1 hello '
ok 'is logged with its target and bytes' logged \
    'tcp: 127\.0\.0\.1:[0-9]+ pid [0-9]+ exit 0 [0-9.]+s.* in 6 out 20 to 127\.0\.0\.1:8001$'
is 'Unix to TCP' "$(echo hello | nc -N -U "$sock" | tr '\n' ' ')" \
    'TCP 127.0.0.1 hello '
if have_ipv6; then
	is 'to IPv6' "$(ask 7002)" 'TCP ::1 hello '
	ok 'is logged' logged 'ipv6: .* exit 0 .* to \[::1\]:8001$'
else
	skip 'to IPv6' 'this machine has no ::1'
	skip 'is logged' 'this machine has no ::1'
fi
peer="IPC $nobody $(id -g nobody) hello "
is 'TCP to Unix: the peer is the user of the session' "$(ask 7003)" "$peer"
ok 'is logged with its path' logged "path: .* exit 0 .* to $tmp/dir/who.sock\$"
is 'a name with "@" in a directory' "$(ask 7004)" "$peer"
is 'an absolute symbolic link' "$(ask 7005)" "$peer"
is 'a relative symbolic link' "$(ask 7006)" "$peer"
is 'an abstract socket' "$(ask 7007)" 'abstract hello '
ok 'is logged with its name' logged 'abstract: .* exit 0 .* to @haild-test$'
is 'with chroot the path is inside' "$(ask 7008)" "$peer"
is 'a directory that the user cannot enter' "$(ask 7009)" ''
ok 'is denied' logged \
    "denied: .* no target: Permission denied .*s $tmp/secret/who.sock: Permission denied\$"
is 'its owner can' "$(ask 7010)" "IPC $(id -u daemon) $(id -g daemon) hello "
is 'the source address' "$(ask 7011)" 'TCP 127.0.0.5 hello '
is 'many directories and few descriptors' "$(ask 7012)" "$peer"

is 'as few descriptors as it needs' "$(ask 7013)" 'TCP 127.0.0.1 hello '
ok 'with fewer the service is out' logged \
    'limit-nofile is less than 5, which "forward" needs; "none" is out of service$'

is 'round-robin' "$(ask 7021; ask 7021; ask 7021; ask 7021)" 'one two three one '
is 'first, with a fallback' "$(ask 7022)" 'two '
ok 'only the target is logged' logged 'first: .*s.* in [0-9]+ out 4 to 127\.0\.0\.1:8003$'
is 'round-robin falls back, too' "$(ask 7023; ask 7023)" 'one one '
is 'all fail: the client gets an orderly end' \
    "$(perl -MSocket -e '
	socket(my $s, PF_INET, SOCK_STREAM, 0) or die;
	connect($s, sockaddr_in(7024, inet_aton("127.0.0.1"))) or die;
	syswrite($s, "unread");
	my $n = sysread($s, my $b, 1);
	print defined $n ? "end $n" : "error $!"')" 'end 0'
ok 'with each reason in the log' logged \
    "dead: .* no target: No such file or directory [0-9.]+s.* 127\\.0\\.0\\.1:9: Connection refused; $tmp/none: No such file or directory\$"
is 'a target that does not answer' "$(ask 7025)" 'three '
is 'no target answers' "$(ask 7028)" ''
ok 'is logged' logged \
    "silent: .* no target: Connection timed out 1\\.[0-9]+s.* $hanging: no answer within 1s\$"
is 'session-timeout ends the wait' "$(ask 7027)" ''
ok 'and is logged' logged 'late: .* timeout session 1\.'

# waits_for_target: until a session has begun to connect.
waits_for_target()
{
	wait_until "ss -Htn state syn-sent | grep -q '$hanging'"
}
mkfifo "$tmp/reset"
"$PEER" reset-later 7026 <"$tmp/reset" &
background="$background $!"
exec 3>"$tmp/reset"
waits_for_target
exec 3>&-
ok 'a client that resets while it waits' logged \
    "hung: .* disconnect [0-9.]+s.* $hanging: no answer\$"
hold_open "$tmp/hung.sock"
waits_for_target
release_all
ok 'a Unix client that closes' logged \
    "hung: uid:[0-9]+ pid [0-9]+ disconnect .* $hanging: no answer\$"
# A half-close means that it waits for an answer.
in_background nc -N 127.0.0.1 7026 </dev/null
waits_for_target
pid=$(session)
ok 'a half-close' wait_until \
    "ss -Htn state close-wait 'sport = :7026' | grep -q ."
ok 'does not end it' kill -0 "$pid"
kill "$last" "$pid"

proxied()
{
	printf 'PROXY TCP4 %s 192.0.2.1 1 2\r\n%s' "$1" "$2" |
	    timeout 20 nc -N 127.0.0.1 "$3" | tr '\n' ' '
}
is 'after a PROXY header' "$(proxied 192.0.2.7 hello 7029)" "IPC $nobody $(id -g nobody) hello"
ok 'the client is logged' logged "behind: 192\\.0\\.2\\.7:1 .* exit 0 .* in 5 out [0-9]+ to $tmp/dir/who.sock\$"
is 'a client that is refused' "$(proxied 192.0.2.66 hello 7029)" ''
ok 'is logged' logged 'behind: 192\.0\.2\.66:1 refused: access$'
is 'a client without a target' "$(proxied 192.0.2.7 hello 7030)" ''
ok 'is logged, too' logged 'nowhere: 192\.0\.2\.7:1 .* no target: Connection refused '

is 'many clients at once: each target has a third' "$("$PEER" many 7021 30 'one
')" 10
stop_haild
is 'no session was killed by its filter' "$(grep -c ' signal 31' "$log")" 0

# --- a loop that the host gets later ---

start_haild <<EOF
user = "nobody"
self: { listen = ["*:7001"] forward = ["192.0.2.50:7001", "127.0.0.1:8001"] max-sessions = 20 }
a: { listen = ["*:7002"] forward = ["192.0.2.50:7003"] max-sessions = 20 }
b: { listen = ["*:7003"] forward = ["127.0.0.1:7002"] max-sessions = 20 }
EOF
ip link add vip type dummy 2>/dev/null || ip link add vip type veth peer name other
ip link set vip up
ip addr add 192.0.2.10/24 dev vip
# In the network of another one, so that the kernel connects from the other.
ip addr add 192.0.2.50/24 dev vip
is 'an address that the host has got' "$(ask 7001)" ''
ok 'is not connected to' logged \
    'self: .* no target: Connection refused .* 192\.0\.2\.50:7001: leads back to this service; 127\.0\.0\.1:8001: Connection refused$'
is 'a loop over another service' "$(ask 7002)" ''
ok 'is logged, too' logged \
    'a: .* no target [0-9.]+s.* 192\.0\.2\.50:7003: leads back to this service$'
is 'each had one session' "$(grep -Ec ' (self|a): .* no target' "$log")" 2
ip addr del 192.0.2.50/24 dev vip
is 'it is no loop without the address' \
    "$(grep -c 'b: .* pid' "$log")" 0
stop_haild

# --- without root ---

chmod 777 "$tmp"
rm -f "$sock" "$tmp/dir/who.sock"
chown nobody "$tmp/dir"
HAILD="setpriv --reuid=$nobody --regid=$(id -g nobody) --clear-groups $HAILD"
start_haild <<EOF
who: {
	listen = ["127.0.0.1:8001", "$tmp/dir/who.sock"]
	exec = ["/bin/sh", "-c", "echo \$PROTO \$IPCREMOTEEUID; exec cat"]
}
tcp: { listen = ["127.0.0.1:7001", "$sock"] forward = ["127.0.0.1:8001"] }
path: { listen = ["127.0.0.1:7002"] forward = ["$tmp/dir/who.sock"] }
link: { listen = ["127.0.0.1:7003"] forward = ["$tmp/link/absolute"] }
denied: { listen = ["127.0.0.1:7004"] forward = ["$tmp/secret/who.sock"] }
abstract: { listen = ["127.0.0.1:7005"] forward = ["@haild-test"] }
EOF
is 'without root: TCP' "$(ask 7001)" 'TCP hello '
is 'without root: Unix' "$(ask 7002)" "IPC $nobody hello "
is 'without root: a symbolic link' "$(ask 7003)" "IPC $nobody hello "
is 'without root: denied' "$(ask 7004)" ''
ok 'is logged' logged 'denied: .* no target: Permission denied '
is 'without root: an abstract socket' "$(ask 7005)" 'abstract hello '
done_testing
