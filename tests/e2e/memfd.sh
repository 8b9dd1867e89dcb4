# memfd.sh -- vm.memfd_noexec, which forbids or changes memory files: a start, a
# reload and an upgrade work.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command unshare
unshare --mount --net --pid --fork --kill-child --mount-proc true 2>/dev/null ||
    skip_all 'needs namespaces'
own_world
sysctl=/proc/sys/vm/memfd_noexec
[ -w "$sysctl" ] || skip_all 'has no vm.memfd_noexec'

# It can only be raised within a PID namespace.
for noexec in 0 1 2; do
	if ! echo $noexec 2>/dev/null >"$sysctl"; then
		skip "vm.memfd_noexec = $noexec" 'has no vm.memfd_noexec'
		continue
	fi
	reloads=0
	upgrades=0
	start_haild <<-EOT
	greeting: { listen = ["127.0.0.1:0"] message = "hello\n" }
	EOT
	is "vm.memfd_noexec = $noexec: served" \
	    "$(nc -d 127.0.0.1 "$(port greeting)")" hello
	reload
	is 'a reload' "$(last_reload)" 'reloaded: nothing'
	upgrade
	like 'an upgrade' "$(last_upgrade)" '^upgrade complete: '
	is 'served as before' "$(nc -d 127.0.0.1 "$(port greeting)")" hello
	stop_haild TERM
	is 'stopped' "$haild_status" 0
done
done_testing
