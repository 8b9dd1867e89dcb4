# systemd.sh -- systemd for the benchmarks, in a container that shares its network
# with them, so that clients reach all programs over the same lo.  To be sourced, after
# lib.sh.
#
# The container has a user "bench" and the directory /opt/bench with the program
# tiny.  container.sh describes it; its root directory is made once, in
# build/system/bench.
#
# shellcheck shell=sh disable=SC2154,SC2034 # variables of the script

container=$srcdir/tests/system/container.sh
machine=bench-$$

# inside COMMAND...: run it in the container.
inside()
{
	"$container" enter "$machine" "$@"
}

# inside_file PATH: write standard input to that file of the container.
inside_file()
{
	inside sh -c "cat >'$1'" || exit 2
}

# inside_program FILE: copy this program to /opt/bench.
inside_program()
{
	inside_file "/opt/bench/${1##*/}" <"$1"
	inside chmod 755 "/opt/bench/${1##*/}"
}

# accept_service NAME PORT COMMAND [SETTING...]: a socket with Accept=yes in the
# container, without a limit of its rate.
accept_service()
{
	accept_name=$1 accept_port=$2 accept_command=$3
	shift 3
	inside_file "/run/systemd/system/$accept_name.socket" <<END
[Socket]
ListenStream=127.0.0.1:$accept_port
Accept=yes
Backlog=4096
MaxConnections=1000
TriggerLimitIntervalSec=0
END
	inside_file "/run/systemd/system/$accept_name@.service" <<END
[Unit]
CollectMode=inactive-or-failed
StartLimitIntervalSec=0
[Service]
ExecStart=$accept_command
StandardInput=socket
User=bench
$(printf '%s\n' "$@")
END
	inside systemctl daemon-reload
	inside systemctl start "$accept_name.socket" || exit 2
}

# with_systemd FUNCTION ARGUMENT...: boot the container, call FUNCTION, which starts
# services in it, and run the script again with these arguments, in the network of
# the container.  Returns at once in that script, and if BENCH_SHORT is not empty:
# then there is no systemd.  $systemd is not empty if there is.
with_systemd()
{
	systemd=${WORLD_NET:-}
	[ -z "$systemd" ] || return 0
	if [ -n "${BENCH_SHORT:-}" ]; then
		[ -n "${HAILD_TEST_INSIDE:-}" ] || echo "${0##*/}:" \
		    'short leaves out the rows of systemd, which need a container'
		return 0
	fi
	with_function=$1
	shift
	need_all mmdebstrap systemd-nspawn
	"$container" make "$srcdir/build/system/bench" bench || exit 2
	"$container" start "$machine" "$srcdir/build/system/bench" || exit 2
	trap '"$container" stop "$machine"; cleanup' EXIT
	inside mkdir -p /opt/bench /run/systemd/system
	inside sh -c 'echo bench:x:900:900::/:/usr/sbin/nologin >>/etc/passwd
	    echo bench:x:900: >>/etc/group'
	inside_program "$builddir/tests/bench/tiny"
	$with_function
	WORLD_NET=/proc/$(cat "$srcdir/build/system/containers/$machine.init")/ns/net
	export WORLD_NET srcdir builddir HAILD HAIL
	sh "$0" "$@"
	exit $?
}
