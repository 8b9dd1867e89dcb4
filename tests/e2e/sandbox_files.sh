# sandbox_files.sh -- what a contained program can read, write and see: each
# setting of mounts and networks alone, and both presets.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command unshare
own_world "$@"

# What programs need is in a /opt of this mount namespace.
cover /opt
mkdir -m 777 /opt/rw /opt/ro /opt/secret /opt/ro/rw
echo secret >/opt/secret/file
echo secret >/opt/file
# A program below a directory that strict hides.
cover /run
mkdir /run/user
mkdir -m 777 /run/app
cp /bin/sh /run/app/sh
# The host's, which must not change.
mounts()
{
	sed 's/^[0-9]* [0-9]* //' /proc/self/mountinfo
}
before=$(mounts)

# Each service has a shell as its program, which reads what to do.  It is
# root's where the setting alone must stop it.
cat >"$conf.one" <<'END'
max-per-source = "none"
none: { listen = ["127.0.0.1:7001"] exec = ["/bin/sh"] user = "root" }
system: {
	listen = ["127.0.0.1:7002"]
	exec = ["/bin/sh"]
	user = "root"
	protect-system = "full"
}
all: {
	listen = ["127.0.0.1:7003"]
	exec = ["/bin/sh"]
	user = "root"
	protect-system = "strict"
	read-write-paths = ["/opt/rw", "-/none"]
}
home: {
	listen = ["127.0.0.1:7004"]
	exec = ["/bin/sh"]
	user = "root"
	protect-home = "yes"
	bind-paths = ["/opt/rw:/home/some/where"]
}
devices: {
	listen = ["127.0.0.1:7005"]
	exec = ["/bin/sh"]
	user = "root"
	private-devices = true
}
paths: {
	listen = ["127.0.0.1:7006"]
	exec = ["/bin/sh"]
	user = "root"
	read-only-paths = ["/opt/ro"]
	read-write-paths = ["/opt/ro/rw"]
	inaccessible-paths = ["/opt/secret", "/opt/file", "-/none"]
	bind-read-only-paths = ["/usr:/opt/ro/rw"]
}
tmp: {
	listen = ["127.0.0.1:7007"]
	exec = ["/bin/sh"]
	user = "root"
	private-tmp = true
}
pids: {
	listen = ["127.0.0.1:7008"]
	exec = ["/bin/sh"]
	user = "root"
	private-pids = true
}
net: {
	listen = ["127.0.0.1:7009"]
	exec = ["/bin/sh"]
	user = "root"
	private-network = true
}
basic: {
	listen = ["127.0.0.1:7010"]
	exec = ["/bin/sh"]
	user = "nobody"
	sandbox = "basic"
}
strict: {
	listen = ["127.0.0.1:7011"]
	exec = ["/bin/sh"]
	user = "pool:300000-300015"
	max-sessions = 16
	sandbox = "strict"
	read-write-paths = ["/opt/rw"]
}
commands: {
	listen = ["127.0.0.1:7012"]
	user = "nobody"
	commands: {
		look: {
			exec = ["/bin/sh", "-c", "cat /opt/file; echo x >/opt/rw/command"]
			sandbox = "basic"
			inaccessible-paths = ["/opt/file"]
		}
	}
}
app: {
	listen = ["127.0.0.1:7014"]
	exec = ["/run/app/sh"]
	directory = "/run/app"
	user = "pool:300016-300031"
	max-sessions = 16
	sandbox = "strict"
	read-write-paths = ["/run/app"]
}
chroot: {
	listen = ["127.0.0.1:7013"]
	exec = ["/bin/sh"]
	user = "root"
	chroot = "/opt/root"
	private-tmp = true
}
END
# The root directory of the last.
mkdir -m 755 /opt/root /opt/root/tmp
for dir in bin lib lib64 usr; do
	[ ! -e "/$dir" ] || { mkdir "/opt/root/$dir" &&
	    mount --bind "/$dir" "/opt/root/$dir"; }
done
before=$(mounts)
start_haild <"$conf.one"

# shell PORT SCRIPT: what SCRIPT prints in a session.
shell()
{
	printf '%s\n' "$2" | "$HAIL" "127.0.0.1:$1" 2>&1
}

# can PORT COMMAND: "yes" or "no".
can()
{
	shell "$1" "if ($2) >/dev/null 2>&1; then echo yes; else echo no; fi"
}

# --- each alone ---

is 'without settings, files can be written' "$(can 7001 'test -w /etc')" yes
is 'and home directories be seen' "$(can 7001 'ls /root')" yes

for port in 7002 7003 7010 7011; do
	is "$port: /usr cannot be written" "$(can $port 'touch /usr/x')" no
	is "$port: nor /etc" "$(can $port 'touch /etc/x')" no
	is "$port: nor /proc/sys" \
	    "$(can $port 'echo x >/proc/sys/kernel/domainname')" no
	is "$port: nor /sys" "$(can $port 'test -w /sys/kernel')" no
done
is 'protect-system = "full": /var can be written' "$(can 7002 'test -w /var')" yes
is '"strict": it cannot' "$(can 7003 'test -w /var || touch /opt/x')" no
is 'but what is written in read-write-paths' "$(can 7003 'touch /opt/rw/x')" yes
is 'and processes write in /proc and /dev' \
    "$(can 7003 'echo x >/proc/self/comm && echo x >/dev/null')" yes

is 'protect-home: nothing is in the directories' \
    "$(shell 7004 'ls -A /root /run/user; ls /home')" '/root:

/run/user:
some'
is 'nothing can be put there' "$(can 7004 'touch /root/x || touch /home/some/x')" no
is 'but a bound path is there' \
    "$(can 7004 'touch /home/some/where/bound && test -e /opt/rw/bound')" yes
ok 'the mount point was made there alone' [ ! -e /home/some ]

is 'private-devices: a small /dev' "$(shell 7005 'ls /dev | grep -v log' | tr '\n' ' ')" \
    'fd full null ptmx pts random shm stderr stdin stdout tty urandom zero '
is 'its devices work' "$(shell 7005 'echo x >/dev/null; head -c 3 /dev/zero | wc -c
	head -c 3 /dev/urandom | wc -c; (echo x >/dev/full) 2>/dev/null || echo full')" '3
3
full'

is 'read-only-paths' "$(can 7006 'touch /opt/ro/x')" no
is 'inaccessible-paths: a directory' "$(shell 7006 'ls -A /opt/secret; cat /opt/file')" ''
is 'also for root with its capabilities' "$(can 7006 'touch /opt/secret/x || echo x >/opt/file')" no
is 'bind-read-only-paths win over read-write-paths' \
    "$(can 7006 'test -d /opt/ro/rw/bin && ! touch /opt/ro/rw/x')" yes

# --- what is of one session alone ---

# holds PORT SCRIPT: a session that does SCRIPT and stays; ends on release.
mkfifo "$tmp/more"
exec 9<>"$tmp/more"
holds()
{
	{
		printf '%s\necho ready\n' "$2"
		read -r _ <"$tmp/more"
	} | "$HAIL" "127.0.0.1:$1" >"$tmp/held" 2>&1 &
	wait_until 'grep -q ready "$tmp/held"'
}
release()
{
	echo >&9
	wait "$!"
}

touch /tmp/of-the-host
holds 7007 'touch /tmp/mine /var/tmp/mine2 /dev/shm/mine3'
is 'private-tmp: other sessions see nothing of it' \
    "$(shell 7007 'ls -A /tmp /var/tmp /dev/shm | grep -v :')" ''
is 'nor of the host' "$(can 7007 'test -e /tmp/of-the-host')" no
ok 'and the host nothing of theirs' [ ! -e /tmp/mine ]
is 'everybody can write there' \
    "$(shell 7007 'stat -c %a /tmp /var/tmp /dev/shm')" '1777
1777
1777'
is 'no more than 64 MiB' "$(can 7007 'head -c 70000000 /dev/zero >/tmp/x')" no
release
is 'in a chroot, the /tmp there' \
    "$(shell 7013 'echo >/tmp/x && ls /tmp')" x
ok 'and not the host'\''s' [ ! -e /opt/root/tmp/x ]

is 'private-pids: a session sees its processes' \
    "$(can 7008 'test -e /proc/$$/status')" yes
is 'and no others' "$(can 7008 "test -e /proc/$haild_pid")" no
is 'and nothing of the daemon'\''s /proc' \
    "$(can 7008 'umount /proc; ls -d /proc/[0-9]*')" no

is 'private-network: lo is down, and there is nothing else' \
    "$(shell 7009 'sed -n "s/^ *\(.*\):.*/\1/p" /proc/net/dev
	cat /sys/class/net/lo/operstate 2>/dev/null')" "lo
$(cat /sys/class/net/lo/operstate)"
is 'nothing can be reached' "$(shell 7009 "\"$HAIL\" 127.0.0.1:7001 </dev/null >/dev/null 2>&1 && echo reached")" ''

# --- presets ---

chmod 755 "$tmp"
for port in 7010 7011; do
	is "$port: no home directories" "$(can $port 'ls /root || ls /home')" no
	is "$port: a small /dev" "$(can $port 'test ! -e /dev/kmsg && echo x >/dev/null')" yes
	is "$port: no cgroups" "$(shell $port 'ls -A /sys/fs/cgroup 2>/dev/null')" ''
	is "$port: no mounts" "$(can $port 'mount -t tmpfs none /tmp || umount /proc')" no
	is "$port: a terminal" "$(can $port 'exec 3<>/dev/ptmx && test -e /dev/pts/0')" yes
	is "$port: standard input by name" "$(shell $port 'echo x | cat /dev/stdin')" x
done
is 'basic: the same /tmp as others' "$(can 7010 'test -e /tmp/of-the-host')" yes
is 'strict: no directory can be written but those of the session' \
    "$(shell 7011 'find / -writable -type d ! -path "/proc/*" 2>/dev/null | sort')" \
    '/dev/shm
/opt/rw
/tmp
/var/tmp'
is 'and /tmp, and what the settings say' \
    "$(can 7011 'touch /tmp/x /dev/shm/y /var/tmp/z /opt/rw/strict')" yes
is 'strict: nothing of /run' "$(can 7011 'ls /run')" no
is 'but a program there that read-write-paths show' \
    "$(shell 7014 'pwd; echo x >here; ls /run . | tr "\n" " "')" '/run/app
.: here sh  /run: app '
holds 7011 'touch /tmp/mine /dev/shm/mine2; exec 3<>/dev/ptmx; exec 4<>/dev/ptmx; sleep 1000 &'
is 'strict: no file, terminal or process of others' \
    "$(shell 7011 'ls -A /tmp /dev/shm /var/tmp /dev/pts | grep -v : | tr -d "\n"
	cat /proc/[0-9]*/cmdline | tr "\0" " " | grep -o "[s]leep 1000"')" ptmx
like 'strict: only its own interfaces' \
    "$(shell 7011 'ls /sys/class/net | grep -v bonding | tr "\n" " "')" '^lo $'
release

is 'a command has its own' "$("$HAIL" 127.0.0.1:7012 look 2>&1)" \
    'cat: /opt/file: Permission denied'
ok 'and writes what it may' [ -e /opt/rw/command ]

# --- the host, and reloads ---

is 'no mount has come out' "$(mounts)" "$before"
trees()
{
	find "/proc/$haild_pid/fd" -type l -printf '%l\n' | grep -E '^(mnt|net):'
}
had=$(trees)
ok 'the daemon keeps mount namespaces' [ "$(printf '%s\n' "$had" | grep -c mnt)" -ge 9 ]
holds 7011 'touch /tmp/mine; sleep 1000 &'
# The fewest of some counts: there may be one more for a moment.
# shellcheck disable=SC2034 # wait_until evaluates it
fds=$(for _ in 1 2 3 4 5 6 7 8; do descriptors; done | sort -n | head -n 1)
for _ in 1 2 3 4 5; do
	cp "$conf.one" "$conf"
	reload
done
is 'reloads succeed' "$(last_reload)" 'reloaded: nothing'
echo 'bad' >>"$conf"
reload
like 'one fails' "$(last_reload)" '^reload failed: '
cp "$conf.one" "$conf"
echo 'none2: { listen = ["127.0.0.1:7001"] message = "" }' >>"$conf"
reload
like 'another one fails' "$(last_reload)" '^reload failed: '
ok 'no descriptor is left' wait_until '[ "$(descriptors)" = "$fds" ]'
ok 'the namespaces are new' [ "$(trees)" != "$had" ]
release
is 'and have the same in them' "$(can 7011 'test -e /tmp/mine || touch /usr/x')" no
wait_until no_children
is 'no mount has come out' "$(mounts)" "$before"

# A path that is not there: the service is out, and the others are served.
mkdir /opt/later-from
sed 's|^home: {|later: {\
	listen = ["127.0.0.1:7020"]\
	exec = ["/bin/sh"]\
	user = "root"\
	bind-paths = ["/opt/later-from:/opt/later"]\
}\
home: {|' "$conf.one" >"$conf"
reload
like 'a mount point that is missing' "$(grep -E ' [^ ]*:[0-9]+: .*later' "$log" | tail -n 1)" \
    '"bind-paths": cannot mount over /opt/later: No such file or directory; "later" is out of service'
is 'the others are served' "$(can 7002 'touch /usr/x')" no
like 'haild -t says so, too' "$("$HAILD" -t -c "$conf" 2>&1)" \
    '"bind-paths": cannot mount over /opt/later: No such file or directory'
ok 'and makes nothing' [ ! -e /opt/later ]
mkdir /opt/later
reload
is 'it comes back' "$(can 7020 'test -d /opt/later')" yes

# --- an upgrade in place ---

upgrade
like 'an upgrade' "$(last_upgrade)" '^upgrade complete'
is 'its sessions are contained' "$(can 7011 'touch /usr/x || ls /run')" no
is 'with as many descriptors' "$(trees | wc -l)" "$(($(printf '%s\n' "$had" | wc -l) + 1))"

ok 'the end' stop_haild
done_testing
