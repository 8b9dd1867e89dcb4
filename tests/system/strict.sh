# strict.sh -- haild works with the drop-in that restricts the service.
. "${srcdir:-.}/tests/system/lib.sh"

install_packages haild hail
# Only nobody and the group root can enter it: haild has no CAP_DAC_OVERRIDE.
install -d -o nobody -g root -m 770 /run/inner
mkdir -p /etc/systemd/system/haild.service.d
cp /usr/share/doc/haild/examples/strict.conf /etc/systemd/system/haild.service.d
systemctl daemon-reload
service_conf strict <<EOF
who: {
	listen = ["127.0.0.1:791", "/run/haild/who.sock"]
	exec = ["/usr/bin/id"]
	user = "nobody"
	limit-nofile = 16
}
jail: {
	listen = ["127.0.0.1:7892"]
	exec = ["/bin/sh", "-c", "touch /usr/x; ls /root; unshare -U true; cat /proc/1/environ"]
	user = "root"
	stderr = "client"
}
echo: { listen = ["127.0.0.1:7895"] builtin = "echo" }
time: { listen = ["udp:127.0.0.1:7895"] builtin = "time" wait = true }
chroot: {
	listen = ["127.0.0.1:7896"]
	exec = ["/usr/bin/id"]
	user = "nobody"
	chroot = "/"
}
nice: {
	listen = ["127.0.0.1:7897"]
	exec = ["/usr/bin/nice"]
	user = "nobody"
	nice = 5
}
behind: {
	listen = ["127.0.0.1:7898"]
	proxy-from = ["127.0.0.1"]
	exec = ["/usr/bin/id"]
	user = "nobody"
}
commands: {
	listen = ["127.0.0.1:7899", "/run/haild/commands.sock"]
	user = "nobody"
	commands: {
		cat: { exec = ["/bin/cat"] stdin = true }
		root: { exec = ["/usr/bin/id"] user = "root" }
		jail: { exec = ["/usr/bin/id"] chroot = "/" }
		nice: { exec = ["/usr/bin/nice"] nice = 5 }
	}
}
held: { listen = ["127.0.0.1:7894"] exec = ["/bin/cat"] user = "nobody" }
whose: {
	listen = ["/run/inner/whose.sock"]
	exec = ["/usr/bin/id"]
	user = "nobody"
	socket-mode = "0666"
}
front: {
	listen = ["127.0.0.1:7901"]
	forward = ["localhost:7898"]
	forward-proxy = "v2"
	interface = "lo"
}
front-unix: {
	listen = ["127.0.0.1:7902"]
	forward = ["/run/inner/whose.sock"]
	user = "nobody"
}
front-tls: {
	listen = ["127.0.0.1:7903"]
	tls = true
	tls-certificate = "/etc/haild/tls/cert.pem"
	tls-key = "/etc/haild/tls/key.pem"
	forward = ["127.0.0.1:7895"]
	forward-source = "127.0.0.1"
}
limited: {
	listen = ["127.0.0.1:7893"]
	exec = ["/bin/sh", "-c", "sleep 1000 & exec sleep 1000"]
	user = "nobody"
	session-timeout = "1s"
}
EOF
ok 'it starts' systemctl restart haild
ok 'and serves' serves
ok 'on ::1 too' serves ::1
like 'a program is another user' "$(nc -d 127.0.0.1 791)" \
    '^uid=65534\(nobody\) gid=65534\(nogroup\) groups=65534\(nogroup\)$'
like 'over a Unix socket too' "$(nc -d -U /run/haild/who.sock)" '^uid=65534'
is 'a builtin' "$(echo text | nc -N 127.0.0.1 7895)" text
is 'over UDP' "$(echo | nc -u -w 1 127.0.0.1 7895 | wc -c)" 4
like 'chroot' "$(nc -d 127.0.0.1 7896)" '^uid=65534'
is 'nice' "$(nc -d 127.0.0.1 7897)" 5
like 'a PROXY header' "$(printf 'PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\n' |
    nc -N 127.0.0.1 7898)" '^uid=65534'
is 'a command' "$(echo text | "$HAIL" 127.0.0.1:7899 cat)" text
is 'over a Unix socket' "$(echo text | "$HAIL" /run/haild/commands.sock cat)" text
like 'of another user' "$("$HAIL" 127.0.0.1:7899 root)" '^uid=0'
like 'with chroot' "$("$HAIL" 127.0.0.1:7899 jail)" '^uid=65534'
is 'with nice' "$("$HAIL" 127.0.0.1:7899 nice)" 5
# forwards: clients of each service that forwards.
forwards()
{
	nc -d -w 5 127.0.0.1 7901
	nc -d -w 5 127.0.0.1 7902
	echo text | "$HAIL" -m 10 --tls --ca /etc/haild/tls/cert.pem localhost:7903
}
user='uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup)'
forwarded="$user
$user
text"
is 'forward, to TCP, to a Unix socket, and from TLS' "$(forwards)" "$forwarded"
is 'a program of root may not do everything' "$(nc -d 127.0.0.1 7892 |
    grep -cE 'Read-only|denied|not permitted')" 4
is 'haildctl' "$(haildctl health)" ready
hold_open 7894
ok 'a session to be ended' wait_until 'pgrep -u nobody -x cat >/dev/null'
is 'haildctl kill' "$(haildctl kill --service held)" 'ending 1 session'
ok 'ends it' wait_until '! pgrep -u nobody -x cat >/dev/null'
release_all
ok 'haildctl drain' haildctl drain held
ok 'refuses clients' sh -c '! nc -z 127.0.0.1 7894'
ok 'haildctl resume' haildctl resume held
ok 'accepts them' nc -z 127.0.0.1 7894
like 'haildctl explain' "$(haildctl explain echo 127.0.0.1)" '^served'
nc -d 127.0.0.1 7893
ok 'sessions of other users are ended' \
    wait_until '! pgrep -u nobody sleep >/dev/null'
ok 'as the journal says' wait_until \
    'journalctl -u haild -o cat | grep -q "limited: .* timeout session "'
service_conf more <<EOF
more: { listen = ["127.0.0.1:7900"] message = "more\n" }
EOF
ok 'reload' systemctl reload haild
ok 'is done' wait_until '[ "$(nc -d 127.0.0.1 7900)" = more ]'
pid=$(main_pid)
repack 1.1
ok 'an upgrade' apt_get install "$tmp/haild-1.1.deb"
is 'is done' "$(main_pid) $(readlink "/proc/$pid/exe")" "$pid /usr/sbin/haild"
like 'it serves as before' "$(nc -d 127.0.0.1 791)" '^uid=65534'
is 'haild itself was refused nothing' \
    "$(journalctl -u haild -o cat | grep -v stderr: |
	grep -iE 'not permitted|denied')" ''
ok 'its exposure is 2.5 at most' sh -c "systemd-analyze security --no-pager \
    --offline=true --threshold=25 haild.service >'$tmp/exposure'"
tail -n 1 "$tmp/exposure" | sed 's/^/# /'

# Its hints: "SETTING:" is before the line that it needs.
strict=/etc/systemd/system/haild.service.d/strict.conf
cp "$strict" "$tmp/strict.conf"
service_conf hints <<EOF
group: {
	listen = ["/run/haild/group.sock"]
	message = "group\n"
	socket-group = "games"
}
owner: {
	listen = ["/run/haild/owner.sock"]
	message = "owner\n"
	socket-user = "games"
}
above: {
	listen = ["127.0.0.1:7881"]
	exec = ["/bin/sh", "-c", "ulimit -n"]
	user = "nobody"
	limit-nofile = 600000
}
first: {
	listen = ["127.0.0.1:7882"]
	exec = ["/usr/bin/nice"]
	user = "nobody"
	nice = -5
}
bound: {
	listen = ["127.0.0.1:7883"]
	exec = ["/usr/bin/nproc"]
	user = "nobody"
	cpu-affinity = ["0"]
}
EOF
# The manager's limit is above that of the service.
mkdir -p /etc/systemd/system/haild.service.d
printf '[Service]\nLimitNOFILE=524288\n' \
    >/etc/systemd/system/haild.service.d/limit.conf

# restart HINT...: with these hints and no others.
restart()
{
	cp "$tmp/strict.conf" "$strict"
	for hint; do
		sed -i "/^#\t$hint:\$/{n;s/^#//}" "$strict"
	done
	systemctl daemon-reload
	systemctl restart haild
}

# out: the services that are out of service.
out()
{
	journalctl --sync
	journalctl -u haild -o cat "_PID=$(main_pid)" |
	    sed -n 's/^\(.*\): out of service$/\1/p' | sort | tr '\n' ' '
}
ok 'without a hint it starts' restart
is 'what needs one is out of service' "$(out)" 'above bound first group owner '
ok 'and the rest is served' serves
restart 'socket-group, control-group'
is 'socket-group' "$(out) $(stat -c %G /run/haild/group.sock)" \
    'above bound first owner  games'
is 'serves' "$(nc -d -U /run/haild/group.sock)" group
cat >/etc/haild/conf.d/metrics.conf <<EOF
control-group = "haild-control"
metrics: {
	listen = ["127.0.0.1:9117"]
	exec = ["/usr/sbin/haildctl", "metrics", "--http"]
	user = "nobody"
	group = "haild-control"
	groups = []
}
EOF
ok 'control-group' systemctl reload haild
like 'a member may look' "$(setpriv --reuid=nobody --regid=haild-control \
    --clear-groups haildctl status | head -n 1)" ': serving, '
like 'metrics, in a session of another user' \
    "$(curl -s http://127.0.0.1:9117/metrics)" '^haild_sessions_total'
rm /etc/haild/conf.d/metrics.conf
restart socket-user
is 'socket-user' "$(out) $(stat -c %U /run/haild/owner.sock)" \
    'above bound first  games'
is 'serves' "$(nc -d -U /run/haild/owner.sock)" owner
ok 'and reloads' systemctl reload haild
# What the container may give.
can=$((0x$(awk '/^CapBnd/ { print $2 }' /proc/self/status)))
above=
if [ $((can >> 24 & 1)) = 1 ]; then # CAP_SYS_RESOURCE
	restart 'limits above those of haild'
	is 'a higher limit' "$(out) $(nc -d 127.0.0.1 7881)" \
	    'bound first group owner  600000'
else
	skip 'a higher limit' 'needs CAP_SYS_RESOURCE'
	above='above '
fi
restart 'nice below 0'
is 'nice below 0' "$(out) $(nc -d 127.0.0.1 7882)" 'above bound group owner  -5'
restart cpu-affinity
is 'cpu-affinity' "$(out) $(nc -d 127.0.0.1 7883)" 'above first group owner  1'
echo 'control-group = "haild-control"' >/etc/haild/conf.d/group.conf
restart
ok 'the log says what control-group needs' wait_until 'journalctl -u haild \
    -o cat "_PID=$(main_pid)" | grep -q "control: cannot listen on \
/run/haild/control.sock: Operation not permitted (.control-group. needs CAP_CHOWN)"'
ok 'haild serves without a control socket' serves
rm /etc/haild/conf.d/group.conf
restart socket-user 'limits above those of haild' 'nice below 0' cpu-affinity
is 'all of them' "$(out)" "$above"
sed -i '/^CapabilityBoundingSet=CAP_SYS_CHROOT$/d' "$strict"
systemctl daemon-reload
systemctl restart haild
is 'without CAP_SYS_CHROOT only chroot is out of service' "$(out)" "${above}chroot "
is 'Landlock confines commands' \
    "$(echo text | "$HAIL" 127.0.0.1:7899 cat)" text
is 'and a builtin' "$(echo text | nc -N 127.0.0.1 7895)" text
is 'and forward' "$(forwards)" "$forwarded"
done_testing
