# fault_files.sh -- under root, what others could change is neither read as the
# configuration nor executed as root (fault 81).
#
# shellcheck disable=SC2028,SC2034,SC2086
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command readelf

everyone='is writable by everyone: chmod o-w it'
group="is writable by its group, which is not root's: chmod g-w it"
stranger='belongs to uid 65534, and haild runs as root: chown it'

# --- the configuration ---

mkdir "$tmp/etc"
file=$tmp/etc/haild.conf
echo 'hello: { listen = ["127.0.0.1:0"] message = "hello\n" }' >"$file"
: >"$tmp/etc/inetd.conf"

# refused WHAT OPTION FILE REASON: haild -t does not accept the file.
refused()
{
	tap_said=$($HAILD -t "$2" "$3" 2>&1)
	ok "$1 is refused" [ $? != 0 ]
	is 'with the reason' "$(printf '%s\n' "$tap_said" | head -n 1)" \
	    "haild: $3: $4"
}
ok 'a file of root is read' $HAILD -t -c "$file"
chmod 666 "$file"
refused 'a file for everyone' -c "$file" "$everyone"
chmod 664 "$file"
ok "members of root's group may write" $HAILD -t -c "$file"
chgrp 65534 "$file"
refused 'a file of another group' -c "$file" "$group"
chmod 644 "$file"
ok 'which may only read it' $HAILD -t -c "$file"
chown 65534 "$file"
refused 'a file of another user' -c "$file" "$stranger"
chown 0:0 "$file"
chmod 777 "$tmp/etc"
refused 'a directory for everyone' -c "$file" "directory $tmp/etc $everyone"
ln -s etc/haild.conf "$tmp/link"
refused 'a link into it' -c "$tmp/link" "directory $tmp/etc $everyone"
refused 'an inetd.conf there' -I "$tmp/etc/inetd.conf" \
    "directory $tmp/etc $everyone"
chmod 1777 "$tmp/etc"
ok 'a sticky one is as /tmp' $HAILD -t -c "$file"
chmod 775 "$tmp/etc"
chgrp 65534 "$tmp/etc"
refused 'a directory of another group' -c "$file" "directory $tmp/etc $group"
chown 65534:0 "$tmp/etc"
refused 'a directory of another user' -c "$file" "directory $tmp/etc $stranger"
chown 0:0 "$tmp/etc"
chmod 755 "$tmp/etc"

# --- programs of haild ---

mkdir "$tmp/own"
cp "$builddir/haild" "$builddir/haild-load" "$builddir/haild-commands" \
    "$builddir/haild-tls" "$tmp/own"
ok 'its own programs' "$tmp/own/haild" -t -c "$file"
chmod 666 "$tmp/own/haild-load"
is 'haild-load for everyone is not executed' \
    "$("$tmp/own/haild" -t -c "$file" 2>&1; echo $?)" \
    "haild: cannot use $tmp/own/haild-load: other users can change it: \
chown and chmod it
1"
chmod 755 "$tmp/own/haild-load"
chown 65534 "$tmp/own/haild-commands"
like 'nor is haild-commands of another user' \
    "$("$tmp/own/haild" -f -c "$file" 2>&1)" \
    "cannot use $tmp/own/haild-commands: other users can change it"

# --- programs ---

mkdir "$tmp/bin" "$tmp/open" "$tmp/jail" "$tmp/jail/bin"
for program in good owned; do
	cp /usr/bin/id "$tmp/bin/$program"
done
chown 65534 "$tmp/bin/owned"
cp /usr/bin/id "$tmp/open/id"
cp /bin/sh "$tmp/open/sh"
printf '#!%s\necho script\n' "$tmp/open/sh" >"$tmp/bin/script"
cp /usr/bin/id "$tmp/jail/bin/id"
# With its libraries and the dynamic loader.
ldd /usr/bin/id | grep -o '/[^ ]*' | while read -r file; do
	mkdir -p "$tmp/jail${file%/*}"
	cp -L "$file" "$tmp/jail$file"
done
chmod 755 "$tmp/bin/script"
chmod 777 "$tmp/open" "$tmp/jail"
start_haild <<EOF
good: { listen = ["127.0.0.1:0"] exec = ["$tmp/bin/good"] user = "root" }
owned: { listen = ["127.0.0.1:0"] exec = ["$tmp/bin/owned"] user = "root" }
open: { listen = ["127.0.0.1:0"] exec = ["$tmp/open/id"] user = "root" }
script: { listen = ["127.0.0.1:0"] exec = ["$tmp/bin/script"] user = "root" }
jail: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/id"]
	chroot = "$tmp/jail"
	user = "root"
}
tcpd: {
	listen = ["127.0.0.1:0"]
	exec = ["/usr/bin/id"]
	argv0 = "$tmp/open/id"
	user = "root"
}
other: { listen = ["127.0.0.1:0"] exec = ["$tmp/open/id"] user = "nobody" }
commands: {
	listen = ["127.0.0.1:0"]
	commands: {
		good: { exec = ["$tmp/bin/good"] user = "root" }
		open: { exec = ["$tmp/open/id"] user = "root" }
		other: { exec = ["$tmp/open/id"] user = "nobody" }
	}
}
EOF
call()
{
	nc -d 127.0.0.1 "$(port "$1")"
}
run()
{
	$HAIL "127.0.0.1:$(port commands)" "$1"
}
root=$(id root)

# is_out NAME PATH REASON
is_out()
{
	ok "$1 is out of service" grep -qF \
	    "\"exec\": $2: $3; \"$1\" is out of service" "$log"
}
is_out owned "$tmp/bin/owned" "$stranger"
is_out open "$tmp/open/id" "directory $tmp/open $everyone"
ok 'argv0, which tcpd executes, too' grep -qF \
    "\"argv0\": $tmp/open/id: directory $tmp/open $everyone; \"tcpd\" is out" "$log"
is_out script "$tmp/bin/script" \
    "its interpreter $tmp/open/sh directory $tmp/open $everyone"
is_out jail /bin/id "its root directory $everyone"
is 'a program of root is executed as root' "$(call good)" "$root"
like 'another user may execute any' "$(call other)" '^uid=65534'
is 'a command too' "$(run good)" "$root"
like 'of another user' "$(run other)" '^uid=65534'
is 'but not as root' "$(run open 2>/dev/null; echo $?)" 126

chmod 755 "$tmp/open" "$tmp/jail"
chown 0 "$tmp/bin/owned"
ok 'a reload' reload
is 'succeeds' "$(last_reload)" 'reloaded: nothing'
is 'then all are served' "$(call owned) $(call open) $(call script)" \
    "$root $root script"
like 'that with a root directory' "$(call jail)" '^uid=0'
is 'and the command' "$(run open)" "$root"
stop_haild TERM
done_testing
