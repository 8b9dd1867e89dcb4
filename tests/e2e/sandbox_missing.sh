# sandbox_missing.sh -- fault 88: cgroups, controllers or namespaces that the
# configuration asks for are missing.  The service is out, with the reason; what
# asks for less goes on.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command strace
own_world

first=310000
config()
{
	cat <<-EOF
	memory: { listen = ["127.0.0.1:0"] exec = ["/bin/echo", "hello"] user = "nobody" memory-max = "64M" }
	pids: { listen = ["127.0.0.1:0"] exec = ["/bin/echo", "hello"] user = "nobody" private-pids = true }
	network: { listen = ["127.0.0.1:0"] exec = ["/bin/echo", "hello"] user = "nobody" private-network = true }
	basic: { listen = ["127.0.0.1:0"] exec = ["/bin/echo", "hello"] user = "nobody" sandbox = "basic" }
	none: { listen = ["127.0.0.1:0"] exec = ["/bin/echo", "hello"] user = "nobody" }
	strict: { listen = ["127.0.0.1:0"] exec = ["/bin/echo", "hello"] user = "pool:$first-$((first + 255))" sandbox = "strict" }
	parts: { listen = ["127.0.0.1:0"] exec = ["/bin/echo", "hello"] user = "pool:$first-$((first + 255))" private-pids = true private-network = true private-tmp = true private-ipc = true protect-system = "strict" }
	EOF
}

call()
{
	nc -d 127.0.0.1 "$(port "$1")"
}

# injected CALLS ERROR: haild -t where these system calls fail with ERROR.
injected()
{
	# LeakSanitizer cannot work under strace.
	ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 strace -f -q -o /dev/null \
	    -e "inject=$1:error=$2" "$HAILD" -t -c "$conf"
}

# without CALLS: what haild -t says where these system calls are denied.
without()
{
	injected "$1" EPERM 2>&1
}

# served WHAT: the services without limits are.
served()
{
	is "$1: basic is served" "$(call basic)" hello
	is "$1: none is served" "$(call none)" hello
	is "$1: so is a PID namespace" "$(call pids)" hello
	is "$1: one warning" "$(grep -c 'containment: ' "$log")" 1
	is "$1: memory-max is not" "$(port memory)" ''
	ok "$1: the reason is logged" grep -Eq \
	    '"memory-max" needs the memory controller, which haild.s cgroup lacks' "$log"
	is "$1: strict is not served" "$(port strict)" ''
	ok "$1: that reason is logged" grep -Eq \
	    '"sandbox": "strict" needs a cgroup for each session, and haild cannot create any: .*out of service' "$log"
	like "$1: haild -t says the same" "$("$HAILD" -t -c "$conf" 2>&1)" \
	    '"sandbox": "strict" needs a cgroup for each session'
	is "$1: its parts are served" "$(call parts)" hello
	stop_haild
}

config >"$tmp/config"
cp "$tmp/config" "$conf"
like 'no namespaces: none for mounts' "$(without unshare)" \
    '"basic": .*cannot create a mount namespace: Operation not permitted'
like 'no namespaces: none for the network' "$(without unshare)" \
    '"network": .*cannot enter a network namespace: Operation not permitted'
is 'no namespaces: no error of what needs none' \
    "$(without unshare | grep -c '"none"')" 0

# denied CALL ERROR: the services that haild -t does not start where the kernel
# does not know the call, or not these arguments of it.
denied()
{
	injected "$1" "$2" 2>"$tmp/denied" || :
	for service in strict basic none; do
		! grep -Eq ": \"$service\": |; \"$service\" is out" \
		    "$tmp/denied" || printf '%s ' "$service"
	done
}

for error in ENOSYS EINVAL; do
	for call in unshare setns mount move_mount; do
		is "$call fails with $error" "$(denied "$call" "$error")" \
		    'strict basic '
	done
	is "landlock_restrict_self fails with $error" \
	    "$(denied landlock_restrict_self "$error")" 'strict basic '
	is "no Landlock, $error: it is only missing" \
	    "$(denied landlock_create_ruleset "$error")" ''
	ok "no Landlock, $error: one warning" \
	    [ "$(grep -c 'this kernel has no Landlock scopes' "$tmp/denied")" = 1 ]
done
is 'clone3 fails with EINVAL' "$(denied clone3 EINVAL)" 'strict '

# Root of a user namespace counts as root.
if unshare -U true 2>/dev/null; then
	# shellcheck disable=SC2034 # for wait_until
	own=$(readlink /proc/$$/ns/user)
	# shellcheck disable=SC2016,SC2086 # evaluated in that shell; a command
	unshare -U sh -c '
		until [ "$(id -u)" = 0 ]; do sleep 0.02; done
		exec "$@"' sh $HAILD -f -c "$conf" </dev/null >>"$log" 2>&1 &
	haild_pid=$!
	wait_until '[ "$(readlink "/proc/$haild_pid/ns/user")" != "$own" ]'
	echo 0 0 $((first + 256)) >"/proc/$haild_pid/gid_map"
	echo 0 0 $((first + 256)) >"/proc/$haild_pid/uid_map"
	logged ' serving ' 30
	for service in strict parts pids network basic none; do
		is "root of a user namespace: $service" "$(call $service)" hello
	done
	stop_haild
else
	skip 'root of a user namespace' 'needs namespaces'
fi

cgroup2=$(awk '$(NF-2) == "cgroup2" { print $5; exit }' /proc/self/mountinfo)
if [ -n "$cgroup2" ] && mount -o remount,bind,ro "$cgroup2"; then
	start_haild <"$tmp/config"
	served 'cgroupfs is read-only'
fi
umount -R -l /sys/fs/cgroup 2>/dev/null
start_haild <"$tmp/config"
served 'no cgroups'

done_testing
