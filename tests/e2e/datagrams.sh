# datagrams.sh -- built-in services over UDP: from where they answer, and whom
# they do not (fault 70).
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command ip unshare perl sysctl
own_world

# received: how many datagrams sockets of this network have taken in.
received()
{
	awk '/^Udp: [0-9]/ { print $2 + $4 }' /proc/net/snmp
}

# forge FROM TO: a datagram from that port of 127.0.0.1, whoever has it.
forge()
{
	perl -MSocket -e '
		socket(my $s, AF_INET, SOCK_RAW, 17) or die "socket: $!";
		send($s, pack("nnnn", @ARGV, 13, 0) . "forge", 0,
		    sockaddr_in(0, inet_aton("127.0.0.1"))) or die "send: $!";
	' "$1" "$2"
}

# answer WHERE: what a client gets that takes answers only from there.
answer()
{
	"$PEER" datagram "$1" hello
}

v6=
ip -6 address add 2001:db8::1/128 dev lo nodad 2>/dev/null &&
    ip -6 address add 2001:db8::2/128 dev lo nodad && v6=yes
link=
[ -z "$v6" ] || {
	ip link add link0 type veth peer link1 && ip link set link0 up &&
	    ip link set link1 up &&
	    ip -6 address add fe80::1/64 dev link0 nodad &&
	    ip -6 address add fe80::2/64 dev link0 nodad
} 2>/dev/null && link=$v6

# The configuration does not have the port of the last one.
haild=$HAILD
LISTEN_FDNAMES=chargen
export LISTEN_FDNAMES
HAILD="$PEER pass udp:127.0.0.1:7019 -- $haild"
start_haild <<EOF
echo: { listen = ["udp:*:7007"] builtin = "echo" wait = true }
twin: { listen = ["udp:127.0.0.1:7008"] builtin = "echo" wait = true }
chargen: { listen = ["fd:chargen"] builtin = "chargen" wait = true }
EOF
HAILD=$haild

# --- the address of an answer ---

for at in 127.0.0.1 127.0.0.5; do
	is "asked at $at" "$(answer $at:7007)" hello
done
if [ -n "$v6" ]; then
	for at in ::1 2001:db8::1 2001:db8::2; do
		is "asked at $at" \
		    "$(PEER_FROM=2001:db8::1 answer "[$at]:7007")" hello
	done
else
	skip 'IPv6' 'this machine has none'
fi
if [ -n "$link" ]; then
	for at in fe80::1%link0 fe80::2%link0; do
		is "asked at $at" "$(answer "[$at]:7007")" hello
	done
else
	skip 'link-local addresses' 'needs veth interfaces'
fi

# --- two services of one haild ---

is 'the twin serves' "$(answer 127.0.0.1:7008)" hello
is 'and so does chargen' "$(answer 127.0.0.1:7019 | cut -c 1-5 | wc -c)" 6
before=$(received)
forge 7008 7007
forge 7019 7007
forge 7007 7019
forge 7007 7008
forge 7007 7007
# Each service answers in turn: when a client is answered, those are done.
for port in 7007 7008 7019; do answer 127.0.0.1:$port; done >/dev/null
is 'a forged datagram is not answered: 5, and 3 with their answers' \
    $(($(received) - before)) 11

# --- a service of another haild ---

first=$haild_pid
log=$tmp/second.log
conf=$tmp/second.conf
start_haild <<EOF
echo: { listen = ["udp:127.0.0.1:8007"] builtin = "echo" wait = true }
EOF
is 'a second haild' "$(answer 127.0.0.1:8007)" hello
before=$(received)
began=$(date +%s)
for _ in 1 2 3 4 5 6 7 8 9 10; do forge 8007 7007; done
# There is nothing to wait for: it may go on for ever, but at this rate.
sleep 2
after=$(received)
took=$(($(date +%s) - began + 1))
# Both answer at most 50 a second, and 50 more at once.
most=$((10 + 2 * (50 + 50 * took)))
ok "two services do not answer each other without bound ($((after - before)))" \
    [ $((after - before)) -le $most ]
ok 'and they did answer' [ $((after - before)) -gt 10 ]
is 'others are still answered' "$(answer 127.0.0.5:7007)" hello
end_child "$first"
wait "$first"
done_testing
