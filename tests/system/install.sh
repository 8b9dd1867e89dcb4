# install.sh -- apt installs, removes and purges haild and hail.
# init: systemd sysv
. "${srcdir:-.}/tests/system/lib.sh"

# everything: all files, except the records of dpkg, apt and shadow, and without
# the numbers that insserv gives to the links of init scripts.
everything()
{
	find /etc /usr /lib /var -xdev -path /var/lib/dpkg -prune -o \
	    -path /var/lib/apt -prune -o -path /var/cache -prune -o \
	    -path /var/log -prune -o ! -name '*shadow-' ! -name 'sub?id-' \
	    -print | sed -E 's|(/rc.\.d/[SK])[0-9]+|\1|'
	find /run -name '*haild*'
}

everything | sort >"$tmp/before"

has_users()
{
	getent passwd haild haild-speaker haild-linger haild-tls haild-enrol >/dev/null
}

# --- install ---

ok 'both install' install_packages haild hail
ok 'haild greets on 127.0.0.1' serves 127.0.0.1
ok 'and on ::1' serves ::1
is 'nowhere else' "$(ss -Hltnp | awk '/"haild"/ { print $4 }' | sort)" \
    '127.0.0.1:7890
127.0.0.1:7891
[::1]:7890
[::1]:7891'
is 'hail hears it' "$(hail -n localhost)" 'Smile from the server'
ok 'its users are there' has_users
hold_open 7890
# The logger has a process title of its own.
ok 'the greeting is by the user haild' \
    wait_until 'pgrep -u haild -P "$(main_pid)" -f /haild >/dev/null'
release_all
ok '/run/haild is there for sockets' [ -d /run/haild ]
ok 'the group of the control socket' getent group haild-control
is 'haildctl can ask haild' "$(haildctl health)" ready
like 'which was started once, and not upgraded' "$(haildctl -j status)" \
    '"upgrades": *0[,}]'
dpkg -L haild >"$tmp/files"
for file in /usr/sbin/haildctl /usr/share/man/man8/haildctl.8.gz \
    /usr/share/bash-completion/completions/haildctl \
    /usr/share/doc/haild/examples/haild-metrics.conf \
    /usr/share/doc/haild/examples/haild.rules.yml \
    /usr/share/doc/haild/examples/prometheus.yml
do
	ok "the package has $file" grep -qx "$file" "$tmp/files"
done
ok 'service status says that it runs' sh -c 'service haild status >/dev/null'
pid=$(main_pid)

# --- remove ---

echo '# by hand' >>/etc/haild/haild.conf
ok 'removing it' apt_get remove haild hail
ok 'ends it' ends "$pid"
ok 'nothing listens' [ -z "$(ss -Hltn 'sport = :7890')" ]
ok '/run/haild is removed' [ ! -e /run/haild ]
ok 'its configuration stays' grep -q 'by hand' /etc/haild/haild.conf
ok 'it can be installed again' install_packages haild hail
ok 'and greets' serves
ok 'with what was configured' grep -q 'by hand' /etc/haild/haild.conf

# --- purge ---

pid=$(main_pid)
ok 'purging both' apt_get purge haild hail
ok 'ends it' ends "$pid"
everything | sort >"$tmp/after"
is 'leaves nothing' "$(diff "$tmp/before" "$tmp/after")" ''
ok 'but the users' has_users
done_testing
