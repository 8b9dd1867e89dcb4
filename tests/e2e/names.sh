# names.sh -- names to listen on, in a mount namespace with its own hosts(5).
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command unshare
unshare --mount --propagation private true 2>/dev/null ||
    skip_all 'needs namespaces'

if [ -z "${HAILD_TEST_INSIDE:-}" ]; then
	leave_tmp
	HAILD_TEST_INSIDE=yes
	export HAILD_TEST_INSIDE srcdir builddir HAILD HAIL
	exec unshare --mount --propagation private sh "$0"
fi
cat >"$tmp/hosts" <<EOF
127.0.0.1	twice
127.0.0.1	twice
127.0.0.2	several
127.0.0.3	several
EOF
echo 'hosts: files' >"$tmp/nsswitch.conf"
mount --bind "$tmp/hosts" /etc/hosts
mount --bind "$tmp/nsswitch.conf" /etc/nsswitch.conf

# addresses NAME: as the C library gives them, each once.
addresses()
{
	getent ahostsv4 "$1" | awk '{ print $1 }' | sort -u | tr '\n' ' '
}

# listening SERVICE: on which addresses.
listening()
{
	sed -n "s/.* $1: listening on \(.*\):[0-9]*\$/\1/p" "$log" | sort |
	    tr '\n' ' '
}

is 'hosts(5) is ours' "$(addresses several)" '127.0.0.2 127.0.0.3 '
start_haild <<EOF
twice: { listen = ["twice:0"] message = "twice\n" }
several: { listen = ["several:0"] message = "several\n" }
EOF
is 'an address that is there twice is listened on once' "$(listening twice)" \
    '127.0.0.1 '
is 'and served' "$(nc -d 127.0.0.1 "$(port twice)")" twice
is 'two addresses are two' "$(listening several)" '127.0.0.2 127.0.0.3 '
stop_haild TERM

# With a port of its own the second would be in the first one's way.
echo 'twice: { listen = ["twice:7890"] message = "" }' >"$conf"
run_haild -t -c "$conf"
wait "$haild_pid"
is 'nor does it claim one listener twice' $? 0
haild_pid=

# Users, too, are whom the system knows: groups of their own included.
groups=$(id -G games | tr ' ' '\n' | sort -n | tr '\n' ' ')
cat /etc/group - >"$tmp/group" <<EOF
haild-one:x:64321:bin,games
haild-two:x:64320:games
EOF
mount --bind "$tmp/group" /etc/group
start_haild <<EOF
games: { listen = ["127.0.0.1:0"] exec = ["/usr/bin/id", "-G"] user = "games" }
EOF
is 'a user has the groups that the system gives him' \
    "$(nc -d 127.0.0.1 "$(port games)" | tr ' ' '\n' | sort -n | tr '\n' ' ')" \
    "${groups}64320 64321 "
stop_haild TERM

# refused ITEM TEXT WHY: a configuration of TEXT.
refused()
{
	printf '%s\n' "$2" >"$conf"
	run_haild -t -c "$conf"
	wait "$haild_pid"
	is "$1" $? 3
	haild_pid=
	like 'which is said' "$(cat "$log")" "$3"
}

refused 'a number that is no name is not a uid' \
    'x: { listen = ["127.0.0.1:1"] exec = ["/bin/true"] user = "0" }' \
    ':1: unknown user "0"'
refused 'nor a port that is a sign and a number' \
    'x: { listen = ["127.0.0.1:+1"] message = "" }' \
    ':1: listen "127.0.0.1:.1": unknown port ".1"'

# Without the program that asks, nothing is taken for unknown.
: >"$tmp/nothing"
mount --bind "$tmp/nothing" /usr/bin/getent
refused 'a configuration that nobody can be asked about is refused' \
    'x: { listen = ["twice:1"] exec = ["/bin/true"] user = "games" }' \
    'cannot look up "games": /usr/bin/getent: Permission denied'
ok 'of a host, too' grep -q 'cannot look up "twice": /usr/bin/getent: ' "$log"
chmod 755 "$tmp"
: >"$tmp/anyone.log"
# shellcheck disable=SC2086 # HAILD may be a command with arguments
setpriv --reuid=nobody --regid=nogroup --clear-groups $HAILD -f \
    -l 127.0.0.1:0 -m hello >"$tmp/anyone.log" 2>&1 </dev/null &
anyone=$!
ok 'who is not root and asks for nobody serves without it' \
    wait_until "grep -q ' serving ' '$tmp/anyone.log'"
kill $anyone
ok 'nor is nobody taken for haild' \
    grep -q 'cannot look up "haild": /usr/bin/getent: ' "$log"
umount /usr/bin/getent

# One that takes too long is killed with the process that reads the
# configuration, which the daemon kills when its time is over.
cat >"$tmp/nothing" <<EOF
#!/bin/sh
echo \$\$ >"$tmp/asker"
exec sleep 600
EOF
chmod 755 "$tmp/nothing"
mount --bind "$tmp/nothing" /usr/bin/getent
run_haild -t -c "$conf"
wait_until '[ -s "$tmp/asker" ]'
asker=$(cat "$tmp/asker")
kill -KILL "$(ps -o ppid= -p "$asker")"
wait "$haild_pid"
is 'who reads the configuration is killed: that is an error' $? 3
haild_pid=
ok 'nobody is left to wait for an answer' \
    wait_until "! kill -0 $asker 2>/dev/null"
umount /usr/bin/getent
done_testing
