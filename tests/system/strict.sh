# strict.sh -- haild works with the drop-in that restricts the service.
. "${srcdir:-.}/tests/system/lib.sh"

install_packages haild
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
is 'a program of root may not do everything' "$(nc -d 127.0.0.1 7892 |
    grep -cE 'Read-only|denied|not permitted')" 4
nc -d 127.0.0.1 7893
ok 'sessions of other users are ended' \
    wait_until '! pgrep -u nobody sleep >/dev/null'
ok 'as the journal says' wait_until \
    'journalctl -u haild -o cat | grep -q "limited: .* timeout session "'
service_conf more <<EOF
more: { listen = ["127.0.0.1:7894"] message = "more\n" }
EOF
ok 'reload' systemctl reload haild
ok 'is done' wait_until '[ "$(nc -d 127.0.0.1 7894)" = more ]'
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
done_testing
