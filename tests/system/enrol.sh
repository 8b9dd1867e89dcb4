# enrol.sh -- the commands of "NRPE replaced in three minutes" in README.md, word
# for word, on the package as installed; with strict.conf; with a TLS session open
# while a new version takes over.
. "${srcdir:-.}/tests/system/lib.sh"

install_packages haild hail
echo '192.0.2.1 web1' >>/etc/hosts
useradd -m nagios1

# --- what the package has made ---

is 'the key is for root alone' "$(stat -c '%U %a' /etc/haild/tls/key.pem)" 'root 600'
is 'all may read the certificate' "$(stat -c '%U %a' /etc/haild/tls/cert.pem)" \
    'root 644'
is 'clients are enrolled by a user of its own' \
    "$(stat -c '%U %G %a' /var/lib/haild/enrol)" 'haild-enrol haild-enrol 755'
is 'haild-enrol owns no other file' "$(find / -xdev -user haild-enrol ! -path \
    '/var/lib/haild/enrol*' ! -path '/proc/*' 2>/dev/null)" ''
is 'the file of identities belongs to haild-enrol' \
    "$(stat -c '%U %a' /var/lib/haild/enrol/identities)" 'haild-enrol 644'
is 'commands are served on loopback only' \
    "$(ss -Hltn 'sport = :7891' | awk '{ print $4 }' | sort)" '127.0.0.1:7891
[::1]:7891'
is 'nothing is out of service' \
    "$(journalctl -u haild -o cat | grep -iE 'out of service|cannot|warn')" ''

# --- the commands of README.md ---

# readme PROMPT PATTERN: its command that begins with PROMPT and has PATTERN.
readme()
{
	sed -n "s/^    $1 //p" /src/README.md | grep -e "$2" | head -n 1
}

# as_nagios1 COMMAND-LINE: run it as the user of the monitoring host.
as_nagios1()
{
	su -s /bin/sh -c "$1" - nagios1
}

sh -c "$(readme 'web1#' sed)"
is 'one line is changed' "$(diff /etc/haild/haild.conf \
    /src/etc/haild.conf | grep -c '^<')" 1
ok 'reload' sh -c "$(readme 'web1#' reload)"
ok 'then all addresses are served' wait_until 'nc -z 192.0.2.1 7891'
token=$(sh -c "$(readme 'web1#' 'enrol token')")
like 'a token' "$token" '^[A-Za-z0-9_.-]{85}$'
is 'enrol' "$(as_nagios1 "$(readme 'nagios1\$' enrol | sed "s/TOKEN/$token/")" \
    2>"$tmp/err")" 'enrolled as nagios1'
sed 's/^/# /' "$tmp/err"
like 'the first check' "$(as_nagios1 "$(readme 'nagios1\$' disk)")" \
    '^DISK (OK|WARNING|CRITICAL)'
as_nagios1 "$(readme 'hail' fail-status | sed 's/^/hail /
    s/\$HOSTADDRESS\$/web1/; s/\$ARG1\$/0%/; s/\$ARG2\$/0%/')" >/dev/null
is 'the check as a plugin' $? 0
ok 'the log has the identity' wait_until \
    'journalctl -u haild -o cat | grep -q "monitor: 192.0.2.1:.* nagios1 pid .* command disk"'
ok 'the enrolment is logged' wait_until \
    'journalctl -t haild-enrol -o cat | grep -q "192.0.2.1 enrolled as nagios1"'
like 'list' "$(sh -c "$(readme 'web1#' 'enrol list')")" '^identity nagios1 sha256:'
is 'the client keeps its key for itself' \
    "$(find /home/nagios1/.config/hail -type f ! -perm 600)" ''
hail -T --insecure web1 disk 20% 10% >"$tmp/out" 2>&1
is 'a client without a key is refused' $? 255
like 'the message to a client without a key' "$(cat "$tmp/out")" 'web1:7891: .*refused'

# --- a new version takes over ---

sed -i '/^	commands: {/a cat: { exec = ["/bin/cat"] stdin = true allow-identity = ["nagios1"] }' \
    /etc/haild/haild.conf
systemctl reload haild
mkfifo "$tmp/to"
chmod 666 "$tmp/to"
: >"$tmp/from"
in_background sh -c "exec su -s /bin/sh -c 'exec hail web1 cat' - nagios1 \
    <'$tmp/to' >'$tmp/from' 2>&1"
exec 8>"$tmp/to"
echo before >&8
ok 'a session over TLS is open' wait_until "grep -q before '$tmp/from'"
pid=$(main_pid)
repack 1.1
ok 'an upgrade' apt_get install "$tmp/haild-1.1.deb"
is 'the new version runs' "$(main_pid) $(readlink "/proc/$pid/exe")" "$pid /usr/sbin/haild"
echo after >&8
ok 'the session goes on' wait_until "grep -q after '$tmp/from'"
exec 8>&-
sed 's/^/# /' "$tmp/from"
like 'new ones are served' "$(as_nagios1 'hail web1 load 99 99')" '^LOAD OK'

# --- strict.conf ---

mkdir -p /etc/systemd/system/haild.service.d
cp /usr/share/doc/haild/examples/strict.conf /etc/systemd/system/haild.service.d
systemctl daemon-reload
ok 'with strict.conf it starts' systemctl restart haild
like 'a command' "$(as_nagios1 'hail web1 disk 0% 0%')" '^DISK OK'
useradd -m nagios2
token=$(haild-enrol token --name nagios2)
is 'enrol' "$(su -s /bin/sh -c "hail --enrol web1 $token" - nagios2 2>/dev/null)" \
    'enrolled as nagios2'
is 'revoke' "$(haild-enrol revoke nagios1)" \
    'nagios1 is revoked.  Its open sessions go on; new ones have no identity.'
as_nagios1 'hail web1 load 99 99' >/dev/null 2>&1
is 'the revoked client may run no command' $? 127
is 'no call of haild was refused' \
    "$(journalctl -u haild -o cat | grep -v stderr: |
	grep -iE 'not permitted|denied')" ''

# --- the sandbox that haild -t recommends ---

# strict.conf does not permit the mounts of sandboxes.
rm /etc/systemd/system/haild.service.d/strict.conf
systemctl daemon-reload
ok 'without strict.conf it starts' systemctl restart haild
like 'haild -t recommends a sandbox' "$(haild -t 2>&1)" \
    'service "monitor" runs programs without a sandbox'
sed -i '/^monitor:/a sandbox = "basic"' /etc/haild/haild.conf
is 'with it, haild -t prints nothing' "$(haild -t 2>&1)" ''
ok 'reload' haildctl reload
useradd -m nagios3
token=$(haild-enrol token --name nagios3)
is 'enrol' "$(su -s /bin/sh -c "hail --enrol web1 $token" - nagios3 2>/dev/null)" \
    'enrolled as nagios3'
like 'a command in a sandbox' "$(su -s /bin/sh -c 'hail web1 disk 0% 0%' - nagios3)" \
    '^DISK OK'
done_testing
