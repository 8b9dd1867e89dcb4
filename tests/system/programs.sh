# programs.sh -- haild runs unchanged servers of other projects, from haild.conf
# and from inetd.conf; their usual clients use them.
#
# With builddir it runs the haild that was built there, on any host that has the
# programs: builddir=build/plain sh tests/system/programs.sh
if [ -n "${builddir:-}" ]; then
	. "${srcdir:-.}/tests/e2e/lib.sh"
	need_root
else
	. "${srcdir:-.}/tests/system/lib.sh"
	install_packages haild hail || exit 1
fi

# The files belong to root and are readable by all.
www=$tmp/www
mkdir "$www" "$tmp/tftp"
echo '<p>It serves.</p>' >"$www/index.html"
seq 20000 >"$www/numbers"
seq 3000 >"$tmp/tftp/image"

# --- the files to serve ---

git init -q "$tmp/work"
(
	cd "$tmp/work" && cp "$www/numbers" . && git add numbers &&
	    git -c user.name=n -c user.email=e@example.org commit -q -m one &&
	    git clone -q --bare . "$tmp/project.git"
)
svnadmin create "$tmp/svn"
svn import -q -m one "$www" "file://$tmp/svn/trunk"
cat >"$tmp/rsyncd.conf" <<END
use chroot = false
reverse lookup = no
[files]
path = $www
END
ssh-keygen -q -t ed25519 -N '' -f "$tmp/hostkey"
printf 'HostKey %s/hostkey\n' "$tmp" >"$tmp/sshd_config"
mkdir -p /run/sshd

# Port 0: haild chooses.
cat >"$tmp/inetd.conf" <<END
127.0.0.1:
0 dgram udp wait root /usr/sbin/in.tftpd in.tftpd --secure $tmp/tftp
0 stream tcp4 nowait nobody /usr/sbin/tcpd /usr/sbin/in.fingerd
0 stream tcp nowait nobody:www-data /usr/sbin/micro-httpd micro-httpd $www
END
start_haild <<END
inetd-conf = "$tmp/inetd.conf"
git: {
	listen = ["127.0.0.1:0"]
	exec   = ["/usr/lib/git-core/git-daemon", "--inetd", "--export-all",
	          "--base-path=$tmp", "$tmp"]
	user   = "nobody"
	environment = ["GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory",
	               "GIT_CONFIG_VALUE_0=*"]
}
rsync: {
	listen = ["127.0.0.1:0"]
	exec   = ["/usr/bin/rsync", "--daemon", "--config=$tmp/rsyncd.conf"]
	user   = "nobody"
}
svn: {
	listen = ["127.0.0.1:0"]
	exec   = ["/usr/bin/svnserve", "-i", "-R", "-r", "$tmp"]
	user   = "nobody"
}
ssh: {
	listen = ["127.0.0.1:0"]
	exec   = ["/usr/sbin/sshd", "-i", "-f", "$tmp/sshd_config"]
	user   = "root"
}
smtp: {
	listen = ["127.0.0.1:0"]
	exec   = ["/usr/sbin/smtpfront-echo", "accept", "add-received"]
	user   = "nobody"
}
END

# --- the clients ---

ok 'git clones' git clone -q "git://127.0.0.1:$(port git)/project.git" \
    "$tmp/clone"
ok 'what was committed' cmp "$www/numbers" "$tmp/clone/numbers"

ok 'rsync lists and copies' rsync -a --port "$(port rsync)" \
    127.0.0.1::files "$tmp/copy"
ok 'all of it' diff -r "$www" "$tmp/copy"

ok 'svn checks out' svn checkout -q \
    "svn://127.0.0.1:$(port svn)/svn/trunk" "$tmp/checkout"
ok 'what was imported' cmp "$www/numbers" "$tmp/checkout/numbers"

like 'sshd says what it is' \
    "$(nc -N -w 10 127.0.0.1 "$(port ssh)" </dev/null | head -n 1)" '^SSH-2\.0-'
is 'and exchanges keys' \
    "$(ssh-keyscan -t ed25519 -p "$(port ssh)" 127.0.0.1 2>/dev/null |
	cut -d ' ' -f 2,3)" "$(cut -d ' ' -f 1,2 "$tmp/hostkey.pub")"

swaks --server 127.0.0.1 --port "$(port smtp)" --from me@example.org \
    --to you@example.org --body 'a whole session' >"$tmp/swaks" 2>&1
is 'swaks delivers to a UCSPI program' "$?" 0
like 'all of it' "$(cat "$tmp/swaks")" '^<-  250 Received [0-9]+ bytes'
ok 'to the end' grep -q '^<-  221 ' "$tmp/swaks"
ok 'and it knows both ends from its environment' logged \
    'smtp: stderr: .*Received: from .* \(\[127\.0\.0\.1\]\)  by 127\.0\.0\.1 '

(cd "$tmp" && tftp 127.0.0.1 "$(port port-0-udp)" -m binary -c get image \
    </dev/null)
ok 'in.tftpd sends a file' cmp "$tmp/tftp/image" "$tmp/image"
ok 'and has its socket' [ -n "$(ss -Hlunp "sport = :$(port port-0-udp)" |
    grep in.tftpd)" ]

like 'in.fingerd answers, behind tcpd' \
    "$(printf 'root\r\n' | nc -N -w 10 127.0.0.1 "$(port port-0-tcp4)")" \
    'Login: root .*Name: root'

is 'micro-httpd sends a page' \
    "$(curl -s "http://127.0.0.1:$(port port-0-tcp)/")" '<p>It serves.</p>'
curl -s -o "$tmp/page" "http://127.0.0.1:$(port port-0-tcp)/numbers"
ok 'and a larger one' cmp "$www/numbers" "$tmp/page"

# --- how the sessions ended ---

for service in git rsync svn smtp port-0-tcp4 port-0-tcp; do
	ok "$service ended with status 0" logged \
	    "$service: 127\.0\.0\.1:[0-9]+ pid [0-9]+ exit 0 "
done
stop_haild TERM
is 'haild stops' "$haild_status" 0
ok 'in.tftpd with it' logged 'port-0-udp: wait pid [0-9]+ killed by stop '
done_testing
