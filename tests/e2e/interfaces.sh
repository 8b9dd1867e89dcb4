# interfaces.sh -- scopes of link-local addresses, "interface", "defer-accept".
#
# The clients are in another network namespace, at the other ends of eth0 and eth1;
# both links have the same link-local addresses.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command unshare nsenter ip ss nc setpriv openssl
own_world
. "$srcdir/tests/e2e/pki.sh"
. "$srcdir/tests/e2e/tls.sh"
HAILDCTL=${HAILDCTL:-$builddir/haildctl}

newline='
'
in_background unshare -n sleep 600
clients=$last
wait_until '[ "$(readlink /proc/$clients/ns/net)" != \
    "$(readlink /proc/self/ns/net)" ]'

# client COMMAND...: in the namespace of the clients.
client()
{
	nsenter -t "$clients" -n "$@"
}

# link NAME N: an interface here and one there, with 10.0.N.1 and 10.0.N.2.
link()
{
	ip link add "$1" type veth peer name "$1" netns "$clients" || return
	ip link set "$1" up
	client ip link set "$1" up
	ip address add "10.0.$2.1/24" dev "$1"
	client ip address add "10.0.$2.2/24" dev "$1"
	ip -6 address add fe80::1/64 dev "$1" nodad &&
	    client ip -6 address add fe80::2/64 dev "$1" nodad
}
client ip link set lo up
if ! { link eth0 0 && link eth1 1; } 2>"$tmp/link"; then
	sed 's/^/# /' "$tmp/link"
	skip_all 'needs veth interfaces'
fi

# ask ARGUMENT...: haildctl; its output is in $out, its status in $status.
ask()
{
	out=$($HAILDCTL -s "$tmp/ctl.sock" "$@" 2>&1)
	status=$?
	out=$(printf '%s\n' "$out" |
	    sed -e 's/^haildctl: //' -e '/^user "haild/d')
}

# configure: the configuration from now on, reloaded.
configure()
{
	{
		echo "control = \"$tmp/ctl.sock\""
		cat
	} >"$conf"
	[ -z "$haild_pid" ] || ask reload
}

# get ADDRESS PORT: what a client from there gets.
get()
{
	client nc -d -w 5 "$1" "$2" 2>&1
}

# dump: what haild -T prints of the configuration, and of that again.
dump()
{
	$HAILD -T -c "$conf" 2>/dev/null | sed 's/ # .*//' >"$tmp/dump"
	$HAILD -T -c "$tmp/dump" 2>/dev/null | sed 's/ # .*//' >"$tmp/dump2"
}

# --- scopes ---

configure <<END
scoped: { listen = ["[fe80::1%eth0]:80"] message = "scoped\n" }
cat: { listen = ["[fe80::1%eth1]:80"] exec = ["/bin/cat"] user = "$me" max-sessions = 2 max-per-source = 1 }
later: { listen = ["[fe80::1%eth9]:81"] message = "later\n" }
END
dump
ok 'haild -T prints what it reads' cmp "$tmp/dump" "$tmp/dump2"
ok 'a scope stays as it was written' grep -Fq '["[fe80::1%eth0]:80"]' "$tmp/dump"
like 'haild -t' "$($HAILD -t -c "$conf" 2>&1)" \
    "$conf:4: interface \"eth9\" does not exist; \"later\" is out of service"
cp "$conf" "$tmp/scopes"
start_haild <"$tmp/scopes"
ok 'an interface that does not exist' logged \
    "$conf:4: interface \"eth9\" does not exist; \"later\" is out of service"
ok 'is logged' logged 'scoped: listening on \[fe80::1%eth0\]:80$'
is 'a client on the link' "$(get fe80::1%eth0 80)" scoped
ok 'is logged with the scope' logged \
    'scoped: \[fe80::2%eth0\]:[0-9]+ .* exit 0 '
is 'the same address on another link is another service' \
    "$(echo other | client nc -N -w 5 fe80::1%eth1 80)" other
is 'hail connects to an address with a scope' \
    "$(client "$HAIL" '[fe80::1%eth0]:80' </dev/null)" scoped
is 'and to one with a number' "$(client "$HAIL" \
    "[fe80::1%$(client ip -o link show eth0 | cut -d : -f 1)]:80" </dev/null)" scoped
ask explain scoped '[fe80::2%eth0]:4411'
like 'explain knows scopes' "$status $out" '^0 served'
ask status
like 'status tells what is missing' "$out" \
    'later: out: interface "eth9" does not exist'

# The scope is part of a source.
: >"$tmp/held"
in_background nsenter -t "$clients" -n "$PEER" hold '[fe80::1%eth1]:80' 1 \
    >"$tmp/held"
held=$last
wait_until "grep -q open '$tmp/held'"
has_sessions 1
is 'a source with a scope has a limit' \
    "$(echo x | client nc -N -w 5 fe80::1%eth1 80 2>&1)" ''
ok 'which is logged' logged \
    'cat: \[fe80::2%eth1\]:[0-9]+ refused: source limit 1$'
upgrade
like 'an upgrade with scopes' "$(last_upgrade)" 'upgrade complete'
ok 'keeps the session' has_sessions 1
release_all
wait_until no_children
is 'and the listener' "$(get fe80::1%eth0 80)" scoped

ip link add eth9 type veth peer eth8
ip link set eth8 up
ip link set eth9 up
ask reload
like 'the interface is there but not the address' "$out" \
    'later: cannot listen on \[fe80::1%eth9\]:81: Cannot assign requested address'
ip -6 address add fe80::1/64 dev eth9 nodad
ask reload
is 'both are there' "$status $out" '0 reloaded: nothing'
is 'and serve' "$(nc -d fe80::1%eth9 81)" later

# An interface that is removed, and created again with another number.
ip link delete eth0
ask reload
is 'the interface is removed: out of service' "$status $out" \
    "0 $conf:2: interface \"eth0\" does not exist; \"scoped\" is out of service
scoped: out of service
reloaded: nothing; out of service: scoped"
link eth0 0
ask reload
is 'it is created again' "$status $out" '0 reloaded: nothing'
is 'and serves' "$(get fe80::1%eth0 80)" scoped
ip link delete eth0
link eth0 0
ask reload
is 'between two reloads: it serves' "$(get fe80::1%eth0 80)" scoped
ip link set eth9 down
ip link set eth9 name lan9
ask reload
like 'a renamed interface' "$out" 'interface "eth9" does not exist'
ip link delete lan9

# --- interface ---

# two A B: services on one address, with these interfaces.
two()
{
	configure <<-END
	a: { listen = ["*:80"] interface = "$1" message = "a\n" }
	b: { listen = ["*:80"] interface = "$2" message = "b\n" }
	END
}
two eth0 eth1
logger= # no service has a program
is 'two services on one address' "$status $out" \
    '0 reloaded: added a, b; removed scoped, cat, later'
is 'the first interface' "$(get 10.0.0.1 80) $(get fe80::1%eth0 80)" 'a a'
is 'the second one' "$(get 10.0.1.1 80) $(get fe80::1%eth1 80)" 'b b'
is 'the interface decides, not the address' "$(
	client ip route add 10.0.0.1/32 dev eth1 2>/dev/null
	get 10.0.0.1 80
	client ip route delete 10.0.0.1/32 dev eth1)" b
ok 'a client on this host is refused on 127.0.0.1' sh -c '! nc -z -w 5 127.0.0.1 80'
is 'it arrives on the interface of the address' "$(nc -d -w 5 10.0.0.1 80
    nc -d -w 5 10.0.1.1 80; nc -d -w 5 fe80::1%eth1 80)" "a${newline}b${newline}b"
ask explain a 10.0.0.2
like 'explain names the interface' "$out" 'interface +"eth0"'
dump
ok 'haild -T prints what it reads' cmp "$tmp/dump" "$tmp/dump2"
upgrade
like 'an upgrade with interfaces' "$(last_upgrade)" 'upgrade complete'
is 'serves both' "$(get 10.0.0.1 80) $(get 10.0.1.1 80)" 'a b'
ask drain a
ok 'a drained service has no listener there' sh -c \
    "! nsenter -t $clients -n nc -z -w 5 10.0.0.1 80"
is 'the other one has' "$(get 10.0.1.1 80)" b
ask resume a
is 'resumed' "$status $(get 10.0.0.1 80) $(get 10.0.1.1 80)" '0 a b'

# Created again: the sockets have the number of the old one.
ip link delete eth1
ask reload
is 'an interface is removed' "$status $out" \
    "0 $conf:3: interface \"eth1\" does not exist; \"b\" is out of service
b: out of service
reloaded: nothing; out of service: b"
link eth1 1
ask reload
is 'and created again' "$status $out $(get 10.0.1.1 80)" \
    '0 reloaded: nothing b'
ip link delete eth1
link eth1 1
ask reload
is 'between two reloads' "$status $out $(get 10.0.1.1 80)" \
    '0 reloaded: nothing b'

# Services that exchange their interfaces, then one without.
two eth1 eth0
is 'exchanged' "$status $(get 10.0.0.1 80) $(get 10.0.1.1 80)" '0 b a'
change()
{
	configure <<-END
	a: { listen = ["*:80"] $1 message = "a\n" max-per-source = "none" }
	END
}
change 'interface = "eth0"'
client "$PEER" flood 10.0.0.1:80 4 "a$newline" >"$tmp/flood" &
flood=$!
client "$PEER" flood '[fe80::1%eth0]:80' 4 "a$newline" >"$tmp/flood6" &
flood6=$!
failed=0
for i in 1 2 3 4 5 6 7 8 9 10; do
	change ''
	[ "$status $out" = '0 reloaded: changed a' ] || failed=$i
	change 'interface = "eth0"'
	[ "$status $out" = '0 reloaded: changed a' ] || failed=$i
done
is '20 reloads under load' $failed 0
wait $flood
like 'lose no client' "$(cat "$tmp/flood")" '^[1-9][0-9]+ good, 0 bad$'
wait $flood6
like 'nor one by IPv6' "$(cat "$tmp/flood6")" '^[1-9][0-9]+ good, 0 bad$'
ok 'it is bound again' sh -c '! nc -z -w 5 127.0.0.1 80'

# The kernel refuses a second socket at the same address without an interface.
cat >"$tmp/clash" <<END
a: { listen = ["*:80"] interface = "eth0" message = "" }
b: { listen = ["*:80"] message = "" }
END
like 'one with and one without an interface' \
    "$($HAILD -t -c "$tmp/clash" 2>&1)" \
    "$tmp/clash:2: listen \"\*:80\": service \"a\" already listens on \"\*:80\""

# UDP, and a link-local address without a scope.
configure <<END
echo: { listen = ["udp:*:7"] interface = "eth0" builtin = "echo" wait = true }
link: { listen = ["[fe80::1]:80"] interface = "eth1" message = "link\n" }
END
is 'UDP' "$status $(client "$PEER" datagram 10.0.0.1:7 hello)" '0 hello'
is 'not by another interface' \
    "$(echo x | client nc -u -w 1 10.0.1.1 7 2>/dev/null)" ''
is 'the interface is the scope' "$(get fe80::1%eth1 80)" link
stop_haild

# An inherited socket is not changed: one that is not bound is not used.
plain=$HAILD
HAILD="$PEER pass 0.0.0.0:80 127.0.0.1:82 -- $HAILD"
start_haild <<END
a: { listen = ["0.0.0.0:80"] interface = "eth0" message = "a\n" }
b: { listen = ["127.0.0.1:82"] message = "b\n" }
END
ok 'an inherited socket without the interface is not used' logged \
    'a: cannot listen on 0\.0\.0\.0:80 \(interface "eth0"\): Address already in use$'
is 'another socket is used' "$(nc -d 127.0.0.1 82)" b
stop_haild

# Without privileges.
chown nobody "$tmp" "$conf"
HAILD="setpriv --reuid=nobody --clear-groups --inh-caps=-all $plain"
configure <<END
a: { listen = ["*:8080"] interface = "eth0" message = "a\n" }
END
cp "$conf" "$tmp/start"
start_haild <"$tmp/start"
is 'without privileges' "$(get 10.0.0.1 8080)" a
ok 'it is bound, too' sh -c '! nc -z -w 5 127.0.0.1 8080'
stop_haild
HAILD=$plain
chown root "$tmp" "$conf"
rm -f "$tmp/ctl.sock"

# --- defer-accept ---

pki_ca root
pki_cert www root server DNS:www.example.org
echo='builtin = "echo" max-sessions = 1000 max-per-source = "none"'
deferred()
{
	configure <<-END
	max-per-source = "none"
	echo: { listen = ["*:80"] $1 $echo }
	short: { listen = ["*:81"] defer-accept = "1s" $echo }
	safe: {
		listen = ["*:443"] defer-accept = "1h" $echo tls = true
		tls-certificate = "$pki/www.pem" tls-key = "$pki/www.key"
	}
	END
}
deferred 'defer-accept = "1h"'
cp "$conf" "$tmp/start"
start_haild <"$tmp/start"

upgrades=0
logger= # no service has a program

# accepted SERVICE: how many clients it has accepted.
accepted()
{
	$HAILDCTL -j -s "$tmp/ctl.sock" status |
	    perl -MJSON::PP -0 -ne 'for (@{decode_json($_)->{services}}) {
		print $_->{accepted} if $_->{name} eq "'"$1"'" }'
}
hold_open 127.0.0.1:80 200
is '200 clients that send nothing have connected' \
    "$(ss -Htn 'dport = :80' | grep -c ESTAB)" 200
is 'a client that sends is served' "$(echo x | nc -N 127.0.0.1 80)" x
wait_until no_children
is 'and it is the only one' "$(accepted echo)" 1
upgrade
like 'an upgrade' "$(last_upgrade)" 'upgrade complete'
is 'serves' "$(echo x | nc -N 127.0.0.1 80)" x
is 'it has accepted only the clients that sent' "$(accepted echo)" 2
deferred 'defer-accept = "none"'
is 'a reload with "none"' "$status $out" '0 reloaded: changed echo'
hold_open 127.0.0.1:80 3
ok 'a client is accepted at once' wait_until '[ "$(accepted echo)" -ge 5 ]'
release_all
wait_until no_children
deferred 'defer-accept = "1h"'
hold_open 127.0.0.1:80 3
before=$(accepted echo)
is 'a reload with a time again' "$(echo x | nc -N 127.0.0.1 80)" x
wait_until no_children
is 'only a client that sends is accepted' $(($(accepted echo) - before)) 1
release_all

hold_open 127.0.0.1:81 2
ok 'silent clients are accepted after the time' has_sessions 2
release_all
wait_until no_children

# With TLS there is no relay for them.
hold_open 127.0.0.1:443 20
ok 'with TLS' served 127.0.0.1:443
is 'only one client is accepted' "$(accepted safe)" 1
has_relays 0
release_all

# --- interfaces that are removed, without a reload ---

stop_haild
ip link add lost0 type veth peer lost1
ip link set lost1 up
ip -6 address add fe80::9/64 dev lost1 nodad
echo 00 >"$tmp/passed"
HAILD="env LD_PRELOAD=$builddir/tests/e2e/clock.so \
    HAILD_TEST_PASSED=$tmp/passed \
    ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0 $plain"
start_haild <<END
control = "none"
name: { listen = ["*:90"] interface = "lost0" message = "" }
scope: { listen = ["[fe80::9%lost1]:90"] message = "" }
stay: { listen = ["127.0.0.1:91"] message = "stay\n" }
END
ip link delete lost0
# 30 seconds pass.  haild does not notice that until something wakes it.
echo 31 1<>"$tmp/passed"
is 'another service goes on' "$(nc -d 127.0.0.1 91)" stay
ok 'a removed interface: out of service' logged 'name: out of service'
ok 'with the reason' grep -q 'name: interface "lost0" does not exist' "$log"
ok 'that of a scope, too' \
    grep -q 'scope: interface "lost1" does not exist' "$log"

done_testing
