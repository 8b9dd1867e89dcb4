# socket.sh -- haild.socket: systemd listens, and starts haild for a client.
. "${srcdir:-.}/tests/system/lib.sh"

install_packages haild hail
is 'it is not enabled by itself' "$(systemctl is-enabled haild.socket)" disabled
systemctl disable --now haild.service 2>/dev/null
ok 'nobody serves' [ -z "$(ss -Hltn 'sport = :7890')" ]
systemctl enable --now haild.socket 2>/dev/null
is 'enabled, it listens' "$(ss -Hltn 'sport = :7890' | wc -l)" 2
is 'haild does not run' "$(systemctl is-active haild.service)" inactive
before=$(journalctl -u haild | grep -c 'listening on')
ok 'a client is served' serves
is 'for which haild was started' "$(systemctl is-active haild.service)" active
ok 'on ::1 too' serves ::1
is 'it opened nothing' "$(journalctl -u haild | grep -c 'listening on')" \
    "$before"

# A socket of systemd stays open while haild refuses its clients.
ok 'drain' haildctl drain greeting
is 'the socket is still open' "$(ss -Hltn 'sport = :7890' | wc -l)" 2
is 'a client is refused' "$(nc -d -w 5 127.0.0.1 7890)" ''
ok 'for the reason "drained"' wait_until \
    'journalctl -u haild -o cat | grep -Eq "greeting: 127.0.0.1:[0-9]+ refused: drained"'
ok 'after a reload, too' systemctl reload haild
is 'a client is refused' "$(nc -d -w 5 127.0.0.1 7890)" ''
ok 'drain --wait' haildctl drain --wait=5s greeting
ok 'resume' haildctl resume greeting
ok 'a client is served' serves

# Clients that connect during a restart wait.
start_storm
pid=$(main_pid)
ok 'clients come' storm_goes_on
ok 'restart' systemctl restart haild
ok 'it is another one' [ "$(main_pid)" != "$pid" ]
ok 'clients come' storm_goes_on
pid=$(main_pid)
repack 1.1
ok 'an upgrade' apt_get install "$tmp/haild-1.1.deb"
is 'by the same process' "$(main_pid) $(readlink "/proc/$pid/exe")" \
    "$pid /usr/sbin/haild"
ok 'clients come' storm_goes_on
is 'of all clients, nobody was refused' "$(stop_storm)" 0

# A unit whose sockets have a name, and one of them is abstract; and a unit whose
# socket is bound to an interface.  Another network namespace is connected to that.
in_background unshare --net sleep 1000
neighbour=$last
on_link()
{
	nsenter -t "$neighbour" -n "$@"
}
wait_until '[ "$(readlink "/proc/$neighbour/ns/net")" != \
    "$(readlink /proc/self/ns/net)" ]'
ip link set eth0-end netns "$neighbour"
on_link ip addr add 192.0.2.2/24 dev eth0-end
on_link ip link set eth0-end up

greetings()
{
	nc -d -w 5 127.0.0.1 7895
	hail -m 10 @haild-named </dev/null
	on_link nc -d -w 5 192.0.2.1 7896
}
all='named
named
link'
systemctl stop haild.socket haild.service
mkdir -p /etc/systemd/system/haild.socket.d
cat >/etc/systemd/system/haild.socket.d/named.conf <<'EOF'
[Socket]
ListenStream=
ListenStream=127.0.0.1:7895
ListenStream=@haild-named
FileDescriptorName=named
EOF
cat >/etc/systemd/system/link.socket <<'EOF'
[Socket]
Service=haild.service
ListenStream=7896
BindToDevice=eth0
EOF
service_conf named <<'EOF'
named: { listen = ["fd:named"] message = "named\n" }
link: { listen = ["fd:link.socket"] interface = "eth0" message = "link\n" }
EOF
systemctl daemon-reload
ok 'units with names' systemctl start haild.socket link.socket
is 'a TCP socket, an abstract one, and one of an interface' "$(greetings)" "$all"
ok 'which has no clients from elsewhere' sh -c '! nc -z 127.0.0.1 7896'
ok 'a reload' systemctl reload haild
is 'keeps them' "$(greetings)" "$all"
pid=$(main_pid)
ok 'an upgrade' haildctl upgrade
is 'by the same process' "$(main_pid)" "$pid"
is 'keeps them' "$(greetings)" "$all"
ok 'a restart' systemctl restart haild
is 'gets them again' "$(greetings)" "$all"
sed -i 's/eth0/lo/' /etc/haild/conf.d/named.conf
systemctl restart haild
like 'not a socket of another interface' "$(journalctl --sync; journalctl -u haild \
    -o cat "_PID=$(main_pid)")" 'link: cannot listen on fd:link.socket: '
systemctl stop haild.socket link.socket haild.service
rm -r /etc/haild/conf.d/named.conf /etc/systemd/system/haild.socket.d \
    /etc/systemd/system/link.socket
systemctl daemon-reload
systemctl start haild.socket
ok 'remove' apt_get remove haild
ok 'haild ends' ends "$pid"
ok 'and the socket' [ -z "$(ss -Hltn 'sport = :7890')" ]
done_testing
