# lib.sh -- functions for the tests of the container image.  To be sourced.
#
# Such a test is a plain sh script that writes TAP.  It runs as root in namespaces of
# its own (own_world of tests/e2e/lib.sh), and starts containers there with crun(1).
# They share its network, so that 127.0.0.1 reaches them.
#
#	layout	the image as an OCI layout
#	bundle	the image as umoci(1) unpacks it: config.json and rootfs
#
# It has all functions of tests/e2e/lib.sh except those that start a haild.
#
# shellcheck shell=sh disable=SC2034 # used where it is sourced

srcdir=${srcdir:-$(cd "${0%/*}/../.." && pwd)}
layout=$srcdir/build/image/layout
bundle=$srcdir/build/image/bundle
HAIL=$bundle/rootfs/usr/bin/hail
. "$srcdir/tests/e2e/lib.sh"
unshare --mount --propagation private --net --pid --fork true 2>/dev/null ||
    skip_all 'needs namespaces'
own_world
# crun does not start where cgroup v1 and v2 are mixed.
umount -R /sys/fs/cgroup 2>/dev/null
mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null

runtime()
{
	crun --root "$tmp/crun" --cgroup-manager=disabled "$@"
}

# What a cluster that trusts no container does.
restricted='seccomp cgroup'
# The capabilities that Docker and Podman give to root.
usual=CAP_CHOWN,CAP_DAC_OVERRIDE,CAP_FOWNER,CAP_FSETID,CAP_KILL
usual=$usual,CAP_NET_BIND_SERVICE,CAP_SETFCAP,CAP_SETGID,CAP_SETPCAP,CAP_SETUID
usual=$usual,CAP_SYS_CHROOT

# run_container [OPTION...] [-- ARGUMENT...]: start a container; the options are those
# of bundle.py.  Its standard error is in $log.
containers=0
run_container()
{
	containers=$((containers + 1))
	container=haild$containers
	mkdir "$tmp/$container"
	log=$tmp/$container.log
	python3 "$srcdir/tests/image/bundle.py" "$bundle/config.json" \
	    "$tmp/$container/config.json" "root=$bundle/rootfs" "$@"
	in_background runtime run --bundle "$tmp/$container" \
	    --pid-file "$tmp/$container/pid" "$container" </dev/null \
	    >"$log" 2>&1
	runner=$last
}

serves()
{
	wait_until "grep -q '\"event\":\"serving\"' '$log' ||
	    ! kill -0 $runner 2>/dev/null" 30
	grep -q '"event":"serving"' "$log" && return
	sed 's/^/# log: /' "$log"
	return 1
}

# start_container [OPTION...] <CONFIGURATION: the same with this haild.conf, and wait
# until haild serves.
start_container()
{
	etc=$tmp/etc$containers
	mkdir "$etc"
	cat >"$etc/haild.conf"
	run_container "mount=$etc:/etc/haild" "$@"
	serves && return
	echo 'Bail out! the container did not start'
	exit 1
}

# inside COMMAND...: run it in the container, as the user of haild.
inside()
{
	runtime exec --user "$(awk '/^[UG]id:/ { print $2 }' \
	    "/proc/$(cat "$tmp/$container/pid")/status" | paste -sd :)" \
	    "$container" "$@"
}

# wait_container: wait until it ends; its exit status is in $status.
wait_container()
{
	wait_until "! kill -0 $runner 2>/dev/null" 30 ||
	    runtime kill "$container" KILL
	wait "$runner"
	status=$?
}

# stop_container: as the runtime does.
stop_container()
{
	runtime kill "$container" TERM
	wait_container
}

# processes: the names of all processes in the container, zombies included.
processes()
{
	ps -o args= -p "$(pgrep -d , --nslist pid \
	    --ns "$(cat "$tmp/$container/pid")" .)" | sed 's/  *\.*$//' |
	    sort | paste -sd, -
}

# all_json: every line of the log is an object.
all_json()
{
	python3 -c '
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
assert lines and all(isinstance(line, dict) for line in lines)' "$log"
}

# make_tools: programs for services, in $tmp/tools.  The image has the libraries that
# they need, and is of the same release as this host.
make_tools()
{
	mkdir "$tmp/tools"
	cp /bin/cat /bin/dash /bin/sleep /usr/bin/setsid "$tmp/tools"
	tools=mount=$tmp/tools:/tools
}

# Without services haild starts nothing: the runtime alone is tested.
run_container -- -V
wait_container
[ $status = 0 ] || {
	sed 's/^/# /' "$log"
	skip_all 'needs nested containers'
}
