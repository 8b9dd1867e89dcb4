# fault_start.sh -- what haild promises at its start, it can do; and what it
# cannot do, it says at its start (fault 72).
#
# shellcheck disable=SC2028,SC2034,SC2086
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command unshare setpriv

nobody='uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup)'

# --- the pid file ---

echo 'hello: { listen = ["127.0.0.1:0"] message = "hello\n" }' >"$conf"

# in_full SIZE COMMAND: evaluate it where $full is a file system of that size, 4k
# of which are taken.
full=$tmp/full
mkdir "$full"
in_full()
{
	unshare --mount sh -c "mount -t tmpfs -o size=$1 tmpfs '$full' &&
	    { dd if=/dev/zero of='$full/fill' bs=4k count=1 2>/dev/null; $2; }"
}

# without_room SIZE FILE: both ways of starting fail, and name the file.
without_room()
{
	for option in '' -f; do
		is "no room for $2: haild $option fails" \
		    "$(in_full "$1" "$HAILD $option -c '$conf' -p '$full/pid' 2>'$log'; echo \$?; ls '$full'")" \
		    '1
fill'
		like 'with the reason' "$(cat "$log")" \
		    "$full/$2: cannot (open|write): No space left on device"
	done
}
without_room 4k pid.lock
without_room 8k pid # the other page is the lock's

# --- what a supervisor sets ---

cat >"$tmp/config" <<EOF
hello: { listen = ["127.0.0.1:0"] message = "hello\n" user = "root" }
root: { listen = ["127.0.0.1:0"] exec = ["/usr/bin/id"] user = "root" }
nobody: { listen = ["127.0.0.1:0"] exec = ["/usr/bin/id"] user = "nobody" }
limit: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "ulimit -n"]
	user = "nobody"
	limit-nofile = 1500
}
nice: {
	listen = ["127.0.0.1:0"]
	exec = ["/usr/bin/nice"]
	user = "nobody"
	nice = -1
}
chroot: {
	listen = ["127.0.0.1:0"]
	exec = ["/usr/bin/id"]
	user = "nobody"
	chroot = "/"
}
commands: {
	listen = ["127.0.0.1:0"]
	user = "nobody"
	commands: {
		id: { exec = ["/usr/bin/id"] user = "nobody" }
		jail: { exec = ["/usr/bin/id"] user = "nobody" chroot = "/" }
	}
}
EOF

# start_as COMMAND...: haild, started by it, with $tmp/config.  It serves, or it
# has ended.
start_as()
{
	cp "$tmp/config" "$conf"
	: >"$log"
	# shellcheck disable=SC2086 # HAILD may be a command with arguments
	"$@" $HAILD -f -c "$conf" </dev/null >>"$log" 2>&1 &
	haild_pid=$!
	wait_until "grep -q ' serving ' '$log' || ! kill -0 $haild_pid" 30
}

call()
{
	nc -d 127.0.0.1 "$(port "$1")"
}

# is_out SERVICE REASON: it is out of service since its start.
is_out()
{
	ok "$1 is out: $2" \
	    grep -Eq "haild.conf:[0-9]+: $2; \"$1\" is out of service$" "$log"
	is 'and does not listen' "$(port "$1")" ''
}

start_as env NOTIFY_SOCKET= WATCHDOG_USEC= WATCHDOG_PID= LISTEN_FDS= LISTEN_PID=
is 'empty variables are none' "$(call hello)" hello
ok 'and nothing is said of them' \
    sh -c "! grep -E 'NOTIFY|WATCHDOG|LISTEN' '$log'"
ok 'with all privileges' grep -q 'serving 7 services' "$log"
is 'all is served' "$(call nobody) $(call limit) $(call nice)" \
    "$nobody 1500 $(($(nice) - 1))"
is 'and each command' "$($HAIL "127.0.0.1:$(port commands)" jail)" "$nobody"
stop_haild TERM

# --- capabilities ---

# lacks NAME SERVICE REASON: the services of a haild without one capability.
lacks()
{
	start_as prlimit --nofile=1024:1024 setpriv --bounding-set "-$1"
	is_out "$2" "$3"
	is 'others are served' "$(call nobody)" "$nobody"
	is 'and commands' \
	    "$($HAIL "127.0.0.1:$(port commands)" id)" "$nobody"
}
denied='Operation not permitted'
lacks sys_resource limit "cannot set limit-nofile: $denied"
prlimit --nofile=1024:1024 setpriv --bounding-set -sys_resource \
    $HAILD -t -c "$conf" 2>"$tmp/test.log"
is 'haild -t, which may be run with less, succeeds' $? 0
is 'and warns' "$(grep -c nofile "$tmp/test.log")" 1
(echo 'strict-start = true'; cat "$tmp/config") >"$tmp/strict"
prlimit --nofile=1024:1024 setpriv --bounding-set -sys_resource \
    "$HAILD" -f -c "$tmp/strict" 2>"$tmp/strict.log"
ok 'with strict-start the start fails' [ $? != 0 ]
like 'for the same reason' "$(cat "$tmp/strict.log")" \
    "haild.*strict:5: cannot set limit-nofile: $denied$"
stop_haild TERM
lacks sys_nice nice "cannot set nice: $denied"
stop_haild TERM
lacks sys_chroot chroot "cannot chroot to /: $denied"
ok 'a command is out alone' grep -q '"jail" is out of service$' "$log"
is 'and refused' "$($HAIL "127.0.0.1:$(port commands)" jail 2>/dev/null
    echo $?)" 126
stop_haild TERM

# --- user namespaces ---

if unshare -r true 2>/dev/null; then
	start_as unshare -r
	is_out nobody "cannot become nobody: setgroups: $denied"
	is_out limit '.*' # here it has no user that it can become either
	is 'root has its groups already' "$(call root)" "$(id root)"
	is 'and serves a message' "$(call hello)" hello
	for own in 'logger' 'linger process'; do
		ok "the $own could not start, which is said at the start" grep -q \
		    " cannot start the $own: cannot become .*: setgroups: $denied; " \
		    "$log"
	done
	stop_haild TERM
	ok 'so it is not started in vain' \
	    sh -c "! grep -E 'starting another one' '$log'"
	# Extra groups stay where setgroups is denied.
	start_as setpriv --groups 4 unshare -r
	is_out root "cannot become root: setgroups: $denied"
	ok 'with nothing to serve it ends' ends "$haild_pid"
	stop_haild TERM
	# setgroups is permitted, but of all users only root is mapped.
	own=$(readlink /proc/$$/ns/user)
	cp "$tmp/config" "$conf"
	: >"$log"
	# shellcheck disable=SC2016,SC2086 # evaluated in that shell; a command
	unshare -U sh -c '
		until [ "$(id -u)" = 0 ]; do sleep 0.02; done
		exec "$@"' sh $HAILD -f -c "$conf" </dev/null >>"$log" 2>&1 &
	haild_pid=$!
	wait_until '[ "$(readlink "/proc/$haild_pid/ns/user")" != "$own" ]'
	echo 0 0 65535 >"/proc/$haild_pid/gid_map"
	echo 0 0 1 >"/proc/$haild_pid/uid_map"
	logged ' serving ' 30
	is_out nobody 'cannot become nobody: setresuid: Invalid argument'
	is 'root serves' "$(call root)" "$(id root)"
	stop_haild TERM
else
	skip 'user namespaces' 'needs namespaces'
fi

# --- the rest of what a session does before its program ---

mkdir -m 700 "$tmp/private"
cp /usr/bin/id "$tmp/private/id"
cat >"$tmp/config" <<EOF
id: { listen = ["127.0.0.1:0"] exec = ["/usr/bin/id"] user = "nobody" }
directory: {
	listen = ["127.0.0.1:0"]
	exec = ["/usr/bin/id"]
	user = "nobody"
	directory = "$tmp/private"
}
program: {
	listen = ["127.0.0.1:0"]
	exec = ["$tmp/private/id"]
	user = "nobody"
}
files: {
	listen = ["127.0.0.1:0"]
	exec = ["/usr/bin/id"]
	user = "nobody"
	limit-nofile = 2000000000
}
EOF
start_as env
is_out directory "cannot enter $tmp/private: Permission denied"
is_out program "cannot execute $tmp/private/id: Permission denied"
is_out files "cannot set limit-nofile: $denied"
is 'the other one is served' "$(call id)" "$nobody"
chmod 755 "$tmp/private"
ok 'what becomes possible is served' logged '2 services back in service' 60
is 'the directory' "$(call directory)" "$nobody"
is 'the program' "$(call program)" "$nobody"
stop_haild TERM
done_testing
