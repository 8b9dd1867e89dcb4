# log_address.sh -- log-address = "prefix": no line of haild has a client's address.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command openssl unshare nc
own_world
. "$srcdir/tests/e2e/pki.sh"
. "$srcdir/tests/e2e/tls.sh"
ip address add 2001:db8:1:2:3::9/128 dev lo nodad ||
    skip_all 'needs IPv6'

pki_ca root
pki_cert www root server DNS:www.example.org

# config WHAT FORMAT
config()
{
	cat <<-END
	control = "$tmp/ctl.sock"
	log-address = "$1"
	log-format = "$2"
	log-start = true
	stop-timeout = "0s"
	source-prefix-v4 = 24
	tls-certificate = "$pki/www.pem"
	tls-key = "$pki/www.key"
	message: { listen = ["127.0.0.1:7001", "[::]:7101", "$sock"] message = "hello\n" }
	wide: { listen = ["127.0.0.1:7002", "[::]:7102"] message = "" source-prefix-v4 = 9
		source-prefix-v6 = 48 }
	host: { listen = ["127.0.0.1:7003"] message = "" source-prefix-v4 = 32 }
	denied: { listen = ["127.0.0.1:7004", "[::]:7104"] message = "" deny = ["::/0", "0.0.0.0/0"] }
	commands: {
		listen = ["127.0.0.1:7005"]
		user = "$me"
		commands: { say: { exec = ["/bin/echo"] args = "0-" } }
	}
	secure: { listen = ["127.0.0.1:7006"] tls = true builtin = "echo" }
	proxied: {
		listen = ["127.0.0.1:7007"]
		message = ""
		proxy-from = ["127.0.0.0/8"]
	}
	END
}

from=127.0.9.77
six=2001:db8:1:2:3::9

# use_all: clients from $from and $six, of each kind.
use_all()
{
	for port in 7001 7002 7003 7004; do
		timeout 20 nc -d -s "$from" 127.0.0.1 $port >/dev/null
	done
	for port in 7101 7102 7104; do
		timeout 20 nc -d -s "$six" "$six" $port >/dev/null
	done
	timeout 20 nc -d -U "$sock" >/dev/null
	printf 'GET / HTTP/1.0\r\n\r\n' |
	    timeout 20 nc -N -s "$from" 127.0.0.1 7005 >/dev/null
	printf 'GET / HTTP/1.0\r\n\r\n' |
	    timeout 20 nc -N -s "$from" 127.0.0.1 7006 >/dev/null
	printf 'PROXY TCP4 198.51.100.7 192.0.2.1 4411 80\r\n' |
	    timeout 20 nc -N -s "$from" 127.0.0.1 7007 >/dev/null
	printf 'PROXY nonsense\r\n' |
	    timeout 20 nc -N -s "$from" 127.0.0.1 7007 >/dev/null
}

# next_second: wait for it: at most 10 refusals a second are logged.
next_second()
{
	next_now=$(date +%s)
	wait_until "[ \"\$(date +%s)\" -gt $((next_now + 1)) ]"
}

# no_address: no line since the last start shows one of these clients.
no_address()
{
	grep -vE 'listening on|host: 127\.0\.9\.77 |"client":"127\.0\.9\.77",' \
	    "$log" | grep -E "127\.0\.9\.77|$six|198\.51\.100\.7"
}

start_haild -d <<EOF
$(config prefix text)
EOF
use_all
ok 'IPv4' logged ': message: 127\.0\.9\.0/24 pid [0-9]+ start$'
ok 'its end' logged ': message: 127\.0\.9\.0/24 pid [0-9]+ exit 0 '
ok 'another prefix' logged ': wide: 127\.0\.0\.0/9 pid [0-9]+ exit 0 '
ok 'all of the address, without a port' logged ': host: 127\.0\.9\.77 pid [0-9]+ exit 0 '
ok 'IPv6' logged ': message: 2001:db8:1:2::/64 pid [0-9]+ exit 0 '
ok 'another prefix of it' logged ': wide: 2001:db8:1::/48 pid [0-9]+ exit 0 '
ok 'a user ID' logged ': message: uid:0 pid [0-9]+ exit 0 '
ok 'a refusal' logged ': denied: 127\.0\.9\.0/24 refused: access$'
ok 'of IPv6' logged ': denied: 2001:db8:1:2::/64 refused: access$'
ok 'commands' logged ': commands: 127\.0\.9\.0/24 pid [0-9]+ protocol error '
ok 'a failed handshake' logged ': secure: 127\.0\.9\.0/24 refused: tls: not TLS$'
ok 'the client of a proxy' logged ': proxied: 198\.51\.100\.0/24 pid [0-9]+ exit 0 '
ok 'a proxy' logged ': proxied: 127\.0\.9\.0/24 refused: proxy: v1: '
is 'nothing shows an address' "$(no_address)" ''

config full text >"$conf"
reload
use_all
ok 'addresses after a reload' logged ": message: 127\.0\.9\.77:[0-9]+ pid [0-9]+ exit 0 "
config prefix json >"$conf"
reload
wait_until no_children
next_second
: >"$log"
use_all
ok 'prefixes again, in JSON' logged \
    '"event":"session-end","service":"message","client":"127\.0\.9\.0/24",'
ok 'of refusals' logged '"event":"refused","service":"denied","client":"2001:db8:1:2::/64",'
ok 'and the last one' logged '"event":"refused","service":"proxied","client":"127\.0\.9\.0/24",'
next_second
upgrade
use_all
wait_until "[ \"\$(grep -c '\"service\":\"proxied\",\"client\":\"127' '$log')\" -ge 2 ]"
is 'nor after an upgrade' "$(no_address)" ''
stop_haild
done_testing
