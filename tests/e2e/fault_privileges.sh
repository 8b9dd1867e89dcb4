# fault_privileges.sh -- who a session's process is (faults 47 to 51).
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command strace setpriv

cp "$PEER" "$tmp/peer"
cp /usr/bin/id "$tmp/id"
chmod 4755 "$tmp/id"
mkdir -m 777 "$tmp/cores"
mkdir -p "$tmp/jail/bin"
cp "$builddir/tests/e2e/peer" "$tmp/jail/bin/peer"
ldd "$tmp/jail/bin/peer" | grep -o '/[^ ]*' | while read -r lib; do
	mkdir -p "$tmp/jail/${lib%/*}"
	cp "$lib" "$tmp/jail/$lib"
done
cat >"$tmp/config" <<EOF
id: { listen = ["127.0.0.1:0"] exec = ["/usr/bin/id"] user = "nobody" }
groups: {
	listen = ["127.0.0.1:0"]
	exec = ["/usr/bin/id"]
	user = "nobody"
	group = "games"
	groups = ["tty", "disk"]
}
root: { listen = ["127.0.0.1:0"] exec = ["/usr/bin/id"] user = "root" }
regain: {
	listen = ["127.0.0.1:0"]
	exec = ["/usr/bin/perl", "-e", "\$< = \$> = 0; print \"\$< \$>\\\\n\""]
	user = "nobody"
	no-new-privileges = false
}
setuid: { listen = ["127.0.0.1:0"] exec = ["$tmp/id", "-u"] user = "nobody" }
setuid-old: {
	listen = ["127.0.0.1:0"]
	exec = ["$tmp/id", "-u"]
	user = "nobody"
	no-new-privileges = false
}
message: { listen = ["127.0.0.1:0"] message = "hello\n" user = "games" }
echo: { listen = ["127.0.0.1:0"] builtin = "echo" user = "games" }
echo-haild: { listen = ["127.0.0.1:0"] builtin = "echo" }
trace: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "read pid; exec $tmp/peer trace \$pid"]
	user = "nobody"
}
segv: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "ulimit -c; ulimit -Hc; kill -SEGV \$\$"]
	user = "nobody"
	directory = "$tmp/cores"
}
jail: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/peer", "state"]
	user = "nobody"
	chroot = "$tmp/jail"
}
limits: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c",
	    "ulimit -n; ulimit -Hn; ulimit -t; umask; pwd; nice"]
	user = "nobody"
	limit-nofile = "64:128"
	limit-cpu = 7
	umask = "077"
	directory = "/tmp"
	nice = 5
}
EOF
start_haild <"$tmp/config"

call()
{
	nc -d 127.0.0.1 "$(port "$1")"
}

nobody=$(id nobody)
is 'the ids of the user' "$(call id)" "$nobody"
is 'the groups that were named' "$(call groups)" \
    'uid=65534(nobody) gid=60(games) groups=60(games),5(tty),6(disk)'
is 'root when it is written' "$(call root)" "$(id root)"
is 'root cannot be regained' "$(call regain)" '65534 65534'

# Fault 51.
if [ "$(call setuid-old)" = 0 ]; then
	is 'a set-uid program gains nothing' "$(call setuid)" 65534
else
	skip 'a set-uid program gains nothing' 'set-uid has no effect here'
fi
is 'no core' "$(call segv)" '0
0'
ok 'the signal is logged' logged 'segv: .* signal 11 '
is 'and nothing written' "$(ls "$tmp/cores")" ''

is 'limits, umask, directory, nice' "$(call limits | tr '\n' ' ')" \
    "64 128 7 0077 /tmp $(($(nice) + 5)) "
like 'chroot' "$(call jail)" 'tty No such file or directory'

# Fault 49: user holds on every handler; see who a live session is.
for service in message echo; do
	hold_open "$(port $service)"
	pid=$(session)
	# It has closed all else: after it became somebody else.
	wait_until '[ "$(ls "/proc/$pid/fd" | wc -l)" = 3 ]'
	like "user holds for $service" \
	    "$(grep -E '^(Uid|Gid|Groups):' "/proc/$pid/status" |
		tr -s '\t\n ' ' ')" '^Uid: 5 5 5 5 Gid: 60 60 60 60 Groups: 60 $'
	release_all
	wait_until no_children 20
done

# Fault 50.
hold_open "$(port echo-haild)"
victim=$(session)
wait_until 'ps -o args= -p "$victim" | grep -q echo-haild'
is 'a built-in service runs as haild or nobody' "$(ps -o user= -p "$victim")" \
    "$(if id haild >/dev/null 2>&1; then echo haild; else echo nobody; fi)"
is 'and cannot be traced by its like' \
    "$(echo "$victim" | nc -N 127.0.0.1 "$(port trace)")" \
    'Operation not permitted'
is 'nor can the logger' \
    "$(pgrep -f 'haild: logger' -P "$haild_pid" |
	nc -N 127.0.0.1 "$(port trace)")" 'Operation not permitted'
release_all
wait_until no_children 20

# Fault 47: each of the three calls fails, and nothing is run.
failed=0
for call in setgroups setresgid setresuid; do
	failed=$((failed + 1))
	for service in id echo; do
		inject "$call:error=ENOMEM"
		is "$call fails: $service is not run" \
		    "$(echo x | nc -N 127.0.0.1 "$(port $service)")" ''
		ok 'and it is logged' logged \
		    "$service: cannot become [a-z]*: $call: Cannot allocate memory"
		ok 'with a status' wait_until \
		    "[ \"\$(grep -Ec ' $service: .* exit 71 ' '$log')\" = $failed ]"
		eject
	done
done
# A call that lies is found out, too.
for call in setgroups setresgid setresuid; do
	inject "$call:retval=0"
	is "$call does nothing: id is not run" "$(call id)" ''
	wait_until no_children
	eject
done
ok 'and it is logged' logged 'id: user or groups are not those of nobody'
# So is all else that comes before a program: without it nothing is run.
while read -r service call words; do
	inject "${call%%:*}:error=EPERM${call#"${call%%:*}"}"
	is "$call fails: $service is not run" "$(call "$service")" ''
	ok 'and it is logged' logged "$service: $words: Operation not permitted"
	ok 'with a status' logged " $service: .* exit 71 "
	eject
done <<'EOF'
id capget cannot drop capabilities
segv prctl cannot set no-new-privileges
regain close_range cannot close other descriptors
limits setpriority cannot set nice
limits prlimit64 cannot set limit-(cpu|nofile)
limits chdir cannot enter /tmp
jail chroot cannot chroot to .*
EOF
is 'served as before' "$(call id)" "$nobody"

# no_new_privileges PID: it is so now, or soon.
no_new_privileges()
{
	wait_until "grep -q '^NoNewPrivs:.1\$' '/proc/$1/status'"
}

ok 'no new privileges for the logger' no_new_privileges \
    "$(pgrep -f 'haild: logger' -P "$haild_pid")"
for service in message echo trace; do
	hold_open "$(port $service)"
	ok "nor for $service" no_new_privileges "$(session)"
	release_all
	wait_until no_children 20
done
stop_haild TERM

# Fault 48: started with more groups than it should have.
cat "$tmp/config" >"$conf"
: >"$log"
# shellcheck disable=SC2086 # HAILD may be a command with arguments
setpriv --groups 4,24,27,60 $HAILD -f -c "$conf" >>"$log" 2>&1 &
haild_pid=$!
logged ' serving '
is 'extra groups of the start are gone' "$(call id)" "$nobody"
stop_haild TERM

# What set*id(2) leaves: keyring and capabilities of whoever started haild.
cat >"$conf" <<EOF
message: { listen = ["127.0.0.1:0"] message = "hello\n" }
key: { listen = ["127.0.0.1:0"] exec = ["$tmp/peer", "key"] user = "nobody" }
caps: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/grep", "^Cap[IPEA]", "/proc/self/status"]
	user = "nobody"
}
EOF
none="CapInh:	0000000000000000
CapPrm:	0000000000000000
CapEff:	0000000000000000
CapAmb:	0000000000000000"
# start_as COMMAND...: haild, started by it.
start_as()
{
	: >"$log"
	# shellcheck disable=SC2086 # HAILD may be a command with arguments
	"$@" $HAILD -f -c "$conf" >>"$log" 2>&1 &
	haild_pid=$!
	logged ' serving '
}
if [ "$("$PEER" keyring "$PEER" key)" = found ]; then
	start_as "$PEER" keyring
	is "root's keys are not for programs" "$(call key)" \
	    'Required key not available'
	stop_haild TERM
	# LeakSanitizer cannot work under strace.
	start_as env "ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0" \
	    strace -D -f -q -o "$tmp/keyctl" -e trace=keyctl
	is 'for sessions without a program there are none either' \
	    "$(nc -d 127.0.0.1 "$(port message)")" hello
	like 'since the daemon has none itself' \
	    "$(awk -v pid="$haild_pid" '$1 == pid' "$tmp/keyctl")" \
	    'keyctl[(]KEYCTL_JOIN_SESSION_KEYRING, NULL[)] += [0-9]'
	like 'nor can get any' \
	    "$(awk -v pid="$haild_pid" '$1 == pid' "$tmp/keyctl")" \
	    'keyctl[(]KEYCTL_SETPERM, .*[)] += 0'
	stop_haild TERM
else
	skip "root's keys are not for programs" 'no keyrings here'
fi
start_as setpriv --inh-caps=+chown
is 'nor are inheritable capabilities' "$(call caps)" "$none"
inject capset:error=EPERM
is 'capset fails: nothing is run with them' "$(call caps)" ''
ok 'and it is logged' logged \
    'caps: cannot drop capabilities: Operation not permitted'
eject
stop_haild TERM
chmod 644 "$conf"
start_as setpriv --reuid=65534 --regid=65534 --clear-groups \
    --inh-caps=+net_bind_service --ambient-caps=+net_bind_service
is 'nor ambient ones, of a haild that is not root' "$(call caps)" "$none"
stop_haild TERM
done_testing
