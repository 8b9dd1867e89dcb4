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
is 'and it does not claim one listener twice' $? 0
haild_pid=

# Users and groups are the system's, with the groups that list a user.
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
	like 'with the reason' "$(cat "$log")" "$3"
}

refused 'a sign and a number are not a uid' \
    'x: { listen = ["127.0.0.1:1"] exec = ["/bin/true"] user = "+0" }' \
    ':1: user ".0" does not exist'
refused 'a sign and a number are not a port' \
    'x: { listen = ["127.0.0.1:+1"] message = "" }' \
    ':1: listen "127.0.0.1:.1": unknown port ".1"'

# A name server that does not answer keeps haild-load waiting, and a haild that is
# killed takes it along.
in_background nc -u -l 127.0.0.9 53 >"$tmp/questions"
echo 'nameserver 127.0.0.9' >"$tmp/resolv.conf"
echo 'hosts: files dns' >"$tmp/nsswitch.conf"
mount --bind "$tmp/resolv.conf" /etc/resolv.conf
echo 'x: { listen = ["slow.example:1"] message = "" }' >"$conf"
run_haild -t -c "$conf"
ok 'the name server gets a question' wait_until '[ -s "$tmp/questions" ]'
load=$(pgrep -P "$haild_pid" -x haild-load)
ok 'from haild-load' [ -n "$load" ]
kill -KILL "$haild_pid"
wait "$haild_pid" 2>/dev/null
haild_pid=
ok 'which does not outlive haild' ends "$load"
done_testing
