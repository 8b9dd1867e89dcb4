# inetd.sh -- haild-inetd: services that update-inetd enables are served, and
# sessions continue meanwhile.
# init: systemd sysv
. "${srcdir:-.}/tests/system/lib.sh"

# make_package NAME PORT COMMAND: a package with a service, like those of Debian;
# its postinst runs update-inetd with COMMAND.
make_package()
{
	mkdir -p "$tmp/$1/DEBIAN" "$tmp/$1/usr/libexec"
	printf '#!/bin/sh\necho "this is %s"\n' "$1" >"$tmp/$1/usr/libexec/$1"
	chmod 755 "$tmp/$1/usr/libexec/$1"
	cat >"$tmp/$1/DEBIAN/control" <<-END
	Package: $1
	Version: 1
	Architecture: all
	Maintainer: Nobody <nobody@example.org>
	Depends: openbsd-inetd | inet-superserver, update-inetd
	Description: a service
	END
	line="$2\\tstream\\ttcp\\tnowait\\tnobody\\t/usr/sbin/tcpd\\t/usr/libexec/$1"
	cat >"$tmp/$1/DEBIAN/postinst" <<-END
	#!/bin/sh -e
	$3
	END
	sed -i "s|@LINE@|$line|" "$tmp/$1/DEBIAN/postinst"
	cat >"$tmp/$1/DEBIAN/prerm" <<-END
	#!/bin/sh -e
	update-inetd --disable $2
	END
	cat >"$tmp/$1/DEBIAN/postrm" <<-END
	#!/bin/sh -e
	[ "\$1" != purge ] || update-inetd --remove $2
	END
	chmod 755 "$tmp/$1/DEBIAN/"p*
	dpkg-deb --build "$tmp/$1" "$tmp/$1.deb" >/dev/null
}

says() { nc -d -w 5 127.0.0.1 "$1" 2>/dev/null; }
listens() { [ -n "$(ss -Hltn "sport = :$1")" ]; }

ok 'the three install' install_packages haild hail haild-inetd
ok 'there is an inetd.conf' [ -s /etc/inetd.conf ]
ok 'haild serves its own' serves
pid=$(main_pid)
# This session must last until the end.
echo 'held: { listen = ["127.0.0.1:7103"] exec = ["/bin/cat"] user = "nobody" }' \
    >/etc/haild/conf.d/held.conf
service haild reload
ok 'a service beside them' wait_until 'listens 7103'
hold_open 7103
session=$(pgrep -P "$pid" -x cat)

# --- installing packages ---

make_package first 7101 'update-inetd --group OTHER --add "@LINE@"'
ok 'a package that calls update-inetd --add installs' \
    apt_get install "$tmp/first.deb"
ok 'its service runs' wait_until 'listens 7101'
is 'behind tcpd' "$(says 7101)" 'this is first'
is 'inetd.conf has the line under its heading' \
    "$(sed -n '/^#:OTHER:/{n;p;}' /etc/inetd.conf | cut -f 1)" 7101

printf '#<off># 7102\tstream\ttcp\tnowait\tnobody\t/usr/libexec/second second\n' \
    >>/etc/inetd.conf
make_package second 7102 'update-inetd --enable 7102'
ok 'a package that calls update-inetd --enable installs' \
    apt_get install "$tmp/second.deb"
ok 'its service runs' wait_until 'listens 7102'
is 'and answers' "$(says 7102)" 'this is second'
is 'the first goes on' "$(says 7101)" 'this is first'

# --- removing packages ---

ok 'a package goes' apt_get remove first
ok 'its service with it' wait_until '! listens 7101'
ok 'the other stays' listens 7102
ok 'it comes again' apt_get install "$tmp/first.deb"

# --- a wrong line in inetd.conf ---

echo 'nonsense' >>/etc/inetd.conf
service haild-inetd restart >"$tmp/said" 2>&1
is 'the second is still served' "$(says 7102)" 'this is second'
like 'haild -t names file and line' "$(haild -t 2>&1)" \
    '/etc/inetd.conf:[0-9]+: a line needs at least six words'
sed -i '/^nonsense/d' /etc/inetd.conf
ok 'all is well again' haild -t
ok 'it reads that' service haild-inetd restart

# --- the end ---

is 'one daemon all along' "$(main_pid)" "$pid"
ok 'which has not ended a session' kill -0 "$session"
ok 'both go' apt_get purge first second
ok 'with their services' wait_until '! listens 7101 && ! listens 7102'
ok 'haild-inetd goes' apt_get remove haild-inetd
ok 'and its setting' [ ! -e /etc/haild/conf.d/inetd.conf ]
ok 'haild serves its own' serves
ok 'it comes again' install_packages haild-inetd
ok 'and its setting' [ -e /etc/haild/conf.d/inetd.conf ]
# --- an inetd.conf that haild cannot serve ---

ok 'it is purged' apt_get purge haild-inetd
printf 'x/1\tdgram\trpc/udp\twait\troot\t/x\tx\n' >/etc/inetd.conf
ok 'then it does not install' [ "$(install_packages haild-inetd >/dev/null
	echo $?)" != 0 ]
like 'and says why' "$(cat "$tmp/apt")" \
    '/etc/inetd.conf:1: "rpc/udp": RPC services are not supported'
ok 'haild goes on' serves
ok 'and could start again' haild -t
: >/etc/inetd.conf
ok 'when that is mended it does' apt_get -f install
is 'still one daemon' "$(main_pid)" "$pid"
release_all
ok 'all can be purged' apt_get purge haild-inetd haild hail
ok 'an inetd.conf without services is purged as well' [ ! -e /etc/inetd.conf ]
done_testing
