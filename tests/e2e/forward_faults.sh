# forward_faults.sh -- "forward": interfaces that come and go, link-local addresses,
# loops that only the daemon's sockets show, targets that hang, refuse and reset.
#
# Other hosts are in another network namespace, at the other end of eth0.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command ip nc nsenter perl unshare
own_world

in_background unshare -n sleep 600
others=$last
wait_until '[ "$(readlink /proc/$others/ns/net)" != \
    "$(readlink /proc/self/ns/net)" ]'

# other COMMAND...: in the namespace of the other hosts.
other()
{
	nsenter -t "$others" -n "$@"
}

# link NAME: an interface here and one there, with fe80::1 and fe80::2.
link()
{
	ip link add "$1" type veth peer name "$1" netns "$others" || return
	ip link set "$1" up
	other ip link set "$1" up
	ip -6 address add fe80::1/64 dev "$1" nodad &&
	    other ip -6 address add fe80::2/64 dev "$1" nodad
}
if ! link eth0 2>"$tmp/link"; then
	sed 's/^/# /' "$tmp/link"
	skip_all 'needs veth interfaces'
fi

# It answers with what it gets, on all addresses there.
in_background nsenter -t "$others" -n perl -MIO::Socket::IP -e '
	my $l = IO::Socket::IP->new(LocalHost => "::", LocalPort => 80,
	    Listen => 5) or die;
	print STDERR "ready\n";
	while (my $c = $l->accept) {
		local $/;
		print $c "other " . <$c>;
		close $c;
	}' 2>"$tmp/ready"
wait_until "grep -q ready '$tmp/ready'"

# ask PORT: what a client gets that sends "hello", in one line.
ask()
{
	echo hello | timeout 20 nc -N 127.0.0.1 "$1" | tr '\n' ' '
}

# proxied PORT: likewise, after a PROXY header.
proxied()
{
	printf 'PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\nhello' |
	    timeout 20 nc -N 127.0.0.1 "$1" | tr '\n' ' '
}

# --- interfaces (fault 95) ---

link eth2
start_haild <<END
user = "nobody"
resolve-interval = "1s"
connect-timeout = "5s"
near: { listen = ["127.0.0.1:7001"] forward = ["[fe80::2%eth0]:80"] }
behind: {
	listen = ["127.0.0.1:7002"]
	forward = ["[fe80::2%eth0]:81", "[fe80::2%eth0]:80"]
	proxy-from = ["127.0.0.1"]
}
v1: { listen = ["[fe80::1%eth0]:7003"] forward = ["[fe80::2%eth0]:80"] forward-proxy = "v1" }
echo: { listen = ["[fe80::1%eth0]:7006"] builtin = "echo" }
later: { listen = ["127.0.0.1:7004"] forward = ["[fe80::2%eth1]:80"] }
both: { listen = ["127.0.0.1:7005"] forward = ["[fe80::2%eth1]:80", "[fe80::2%eth0]:80"] }
here: { listen = ["[fe80::1%eth2]:7007"] forward = ["[fe80::2%eth0]:80"] }
END
is 'a link-local target' "$(ask 7001)" 'other hello '
ok 'is logged with its interface' logged 'near: .* exit 0 .* to \[fe80::2%eth0\]:80$'
is 'behind a proxy' "$(proxied 7002)" 'other hello'
ok 'is logged, too' logged 'behind: 192\.0\.2\.7:1 .* to \[fe80::2%eth0\]:80$'
like 'version 1 of the header has no interfaces' \
    "$(echo hello | other nc -N fe80::1%eth0 7003 | tr '\r\n' '  ')" \
    '^other PROXY TCP6 fe80::2 fe80::1 [0-9]+ 7003  hello $'
is 'a built-in service has link-local clients' \
    "$(echo hello | other nc -N fe80::1%eth0 7006)" hello
ok 'an interface that does not exist' logged \
    "$conf:12: forward \"\[fe80::2%eth1\]:80\": interface \"eth1\" does not exist; \"later\" is out of service\$"
ok 'is no fault of another target' logged \
    "$conf:13: forward \"\[fe80::2%eth1\]:80\": interface \"eth1\" does not exist; leaving it out\$"
is 'which is used' "$(ask 7005)" 'other hello '
link eth1
ok 'it comes' logged '1 service back in service$'
is 'and is used' "$(ask 7004)" 'other hello '
ip link delete eth1
ok 'it goes' logged \
    'cannot resolve target "fe80::2%eth1": its interface does not exist; using its last addresses$'
is 'a client gets an orderly end' "$(ask 7004)" ''
ok 'and the log tells why' logged 'later: .* no target: .* \[fe80::2%eth1\]:80: '
is 'another target is used' "$(ask 7005)" 'other hello '
link eth1
ok 'it is another interface now' wait_until \
    '[ "$(grep -Ec "later: targets: \[fe80::2%eth1\]:80$" "$log")" = 2 ]'
is 'and is used' "$(ask 7004)" 'other hello '

# here: print what a client on eth2 gets.
here()
{
	echo hello | other timeout 20 nc -N fe80::1%eth2 7007 | tr '\n' ' '
}
is 'a listener on an interface' "$(here)" 'other hello '
ip link delete eth2
is 'its interface is removed: other services are served' "$(ask 7001)" 'other hello '
reload
ok 'the service is out' logged \
    "interface \"eth2\" does not exist; \"here\" is out of service\$"
link eth2
reload
is 'with a new interface of that name it is served' "$(here)" 'other hello '
is 'no session was killed by its filter' "$(grep -c ' signal 31' "$log")" 0
stop_haild

# --- loops (fault 93) ---

# Sockets that haild inherits: their addresses are not in the configuration.
cat >"$tmp/inherit.pl" <<'END'
use Fcntl;
use IO::Socket::IP;
my $both = IO::Socket::IP->new(LocalHost => "::", LocalPort => 7001,
    V6Only => 0, Listen => 5) or die "cannot listen: $!";
my $named = IO::Socket::IP->new(LocalHost => "127.0.0.1", LocalPort => 7002,
    Listen => 5) or die "cannot listen: $!";
POSIX::dup2(fileno $both, 3);
POSIX::dup2(fileno $named, 4);
fcntl($_, F_SETFD, 0) for ($both, $named);
$ENV{LISTEN_PID} = $$;
$ENV{LISTEN_FDS} = 2;
$ENV{LISTEN_FDNAMES} = "both:named";
exec @ARGV;
END
haild=$HAILD
HAILD="perl -MPOSIX $tmp/inherit.pl $haild"
start_haild <<END
user = "nobody"
both: { listen = ["[::]:7001"] forward = ["127.0.0.1:7001"] max-sessions = 20 }
named: { listen = ["fd:named"] forward = ["127.0.0.1:7003"] max-sessions = 20 }
over: { listen = ["127.0.0.1:7003"] forward = ["127.0.0.1:7002"] max-sessions = 20 }
END
HAILD=$haild
is 'an inherited socket for IPv4 and IPv6' "$(ask 7001)" ''
ok 'is found to be a loop' logged \
    'both: .* no target [0-9.]+s.* 127\.0\.0\.1:7001: leads back to this service$'
is 'a socket with a name' "$(ask 7003)" ''
ok 'is found over another service' logged \
    'over: .* no target [0-9.]+s.* 127\.0\.0\.1:7002: leads back to this service$'
is 'from both ends' "$(ask 7002)" ''
ok 'which is logged' logged \
    'named: .* no target [0-9.]+s.* 127\.0\.0\.1:7003: leads back to this service$'
is 'no client was sent around' "$(grep -Ec ' pid [0-9]+ no target ' "$log")" 3
done_testing
