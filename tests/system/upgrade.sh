# upgrade.sh -- a new version of the package takes over without losing clients.
# init: systemd sysv
# slow
. "${srcdir:-.}/tests/system/lib.sh"

install_packages haild
service_conf echo <<EOF
echo: { listen = ["127.0.0.1:7881"] exec = ["/bin/cat"] user = "nobody" }
front: { listen = ["127.0.0.1:7882"] forward = ["127.0.0.1:7881"] }
EOF
echo '# by hand' >>/etc/haild/haild.conf
service haild reload >/dev/null
wait_until 'nc -z 127.0.0.1 7882'
pid=$(main_pid)

# During all that follows: a session that forwards to another session, and clients
# one after the other.
mkfifo "$tmp/to"
in_background sh -c "exec nc -N 127.0.0.1 7882 <'$tmp/to' >'$tmp/from'"
exec 8>"$tmp/to"
session_answers()
{
	echo "$1" >&8
	wait_until "grep -qx '$1' '$tmp/from'"
}
ok 'a session is open' session_answers before
start_storm

# haildctl top in a terminal of its own, until its input ends.
mkfifo "$tmp/keys"
in_background sh -c "exec script -q -f -c 'TERM=xterm haildctl top -d 1' '$tmp/top' \
    <'$tmp/keys' >'$tmp/script' 2>&1 8>&-"
top=$last
exec 7>"$tmp/keys"
# top_goes_on: wait for two more screens.
top_goes_on()
{
	tap_many=$(($(grep -c 'haild .*: serving, ' "$tmp/top") + 2))
	wait_until "[ \$(grep -c 'haild .*: serving, ' '$tmp/top') -ge $tap_many ]"
}
ok 'top is running' top_goes_on

# runs WHAT FILE: the daemon is the same process, executed from FILE.
runs()
{
	is "$1: the same process" "$(main_pid)" "$pid"
	is "$1: of the right file" "$(readlink "/proc/$pid/exe")" "$2"
	ok "$1: the session goes on" session_answers "$1"
	ok "$1: clients too" storm_goes_on
	ok "$1: top too" top_goes_on
}

runs_installed()
{
	runs "$1" /usr/sbin/haild
}

runs_old()
{
	runs "$1" '/usr/sbin/haild (deleted)'
}

package()
{
	dpkg-query -W -f '${db:Status-Status} ${Version}' haild
}

# refused VERSION: apt fails to install it; its output is in $out.
refused()
{
	! out=$(apt-get -q -y -o Dpkg::Options::=--force-confold \
	    install "$tmp/haild-$1.deb" 2>&1)
}

# go_on: let dpkg configure the package.
go_on()
{
	dpkg --configure haild >"$tmp/dpkg" 2>&1
}

# --- an upgrade that succeeds ---

ok 'clients come' storm_goes_on
repack 1.1 'sed -i "1i # new" etc/haild/haild.conf'
ok 'an upgrade' apt_get install "$tmp/haild-1.1.deb"
is 'it is done' "$(package)" 'installed 1.1'
runs_installed upgraded
ok 'the configuration that was edited is kept' \
    grep -q 'by hand' /etc/haild/haild.conf

# --- with a configuration that is broken ---

cp /etc/haild/haild.conf "$tmp/good.conf"
sed -i '1i nonsense = 1' /etc/haild/haild.conf
repack 1.2
ok 'with a broken configuration it fails' refused 1.2
like 'which says what is wrong' "$out" \
    '/etc/haild/haild.conf:1: unknown setting "nonsense"'
like 'and which one runs' "$out" 'could not take over; still running haild '
like 'and what to do' "$out" 'dpkg --configure haild'
is 'dpkg knows' "$(package)" 'half-configured 1.2'
if [ "$init" = systemd ]; then
	like 'systemctl status tells' "$(systemctl status -n 9999 haild)" \
	    'haild.conf:1: unknown setting "nonsense"'
	like 'that the old one stays, too' "$(systemctl show -P StatusText haild)" \
	    '; last upgrade failed$'
fi
runs_old refused
cp "$tmp/good.conf" /etc/haild/haild.conf
ok 'once it is repaired, dpkg can go on' go_on
is 'it is done' "$(package)" 'installed 1.2'
runs_installed repaired

# --- with a program that is not haild ---

repack 1.3 'cp /bin/true usr/sbin/haild'
ok 'with a program that cannot take over it fails' refused 1.3
runs_old useless
repack 1.4
ok 'the next one may' apt_get install "$tmp/haild-1.4.deb"
runs_installed useful

# --- by hand ---

ok 'haildctl upgrade' haildctl upgrade
runs_installed again
cp /usr/sbin/haild "$tmp/haild"
printf '#!/bin/sh\necho "this is not haild" >&2\nexit 3\n' >"$tmp/broken"
chmod 755 "$tmp/broken"
mv "$tmp/broken" /usr/sbin/haild
out=$(haildctl upgrade 2>&1)
is 'haildctl upgrade to a broken program fails' $? 1
like 'it says what the program printed' "$out" 'upgrade: this is not haild'
like 'its status' "$out" 'upgrade: .* exited with status 3'
like 'and which one runs' "$out" \
    'upgrade failed: /usr/sbin/haild could not take over; still running haild '
runs_old broken
mv "$tmp/haild" /usr/sbin/haild
ok 'once it is repaired, it may' haildctl upgrade
runs_installed mended
kill -0 "$top"
is 'top has run all the time' $? 0
is 'and always had an answer' "$(grep -c 'not reachable' "$tmp/top")" 0
exec 7>&-
kill "$top"

# --- while haild does not run ---

is 'of all clients, nobody was refused' "$(stop_storm)" 0
exec 8>&-
service haild stop >/dev/null
ok 'it is stopped' ends "$pid"
sed -i '1i nonsense = 1' /etc/haild/haild.conf
repack 1.5
ok 'stopped, and with a broken configuration, it fails' refused 1.5
like 'which says what is wrong' "$out" \
    'haild: /etc/haild/haild.conf:1: unknown setting "nonsense"'
cp "$tmp/good.conf" /etc/haild/haild.conf
ok 'once it is repaired, dpkg can go on' go_on
ok 'and it serves' serves
done_testing
