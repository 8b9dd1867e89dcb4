# fake.sh -- what the tests of hail share: servers to hail, and its verdict.
# To be sourced after lib.sh.
#
# shellcheck shell=sh
# shellcheck disable=SC2154 # builddir and tmp are from lib.sh

FAKE=$builddir/tests/e2e/fakeserver
fake_n=0

# fake ADDRESS ACTION...: start a fakeserver, which see, and wait until it
# listens; its port is in fake_port and its pid in fake_pid.  What it has to
# complain about is part of the test's output.  What an earlier one saved in
# $tmp/got is gone, so that nobody takes it for new.
fake()
{
	rm -f "$tmp/got"
	fake_n=$((fake_n + 1))
	"$FAKE" "$@" >"$tmp/fake$fake_n.port" 2>"$tmp/fake$fake_n.log" &
	fake_pid=$!
	background="$background $fake_pid"
	wait_until "[ -s '$tmp/fake$fake_n.port' ] || ! kill -0 $fake_pid"
	fake_port=$(cat "$tmp/fake$fake_n.port")
	sed 's/^/# /' "$tmp/fake$fake_n.log"
	[ -n "$fake_port" ]
}

# fake_done: wait for the last fakeserver; succeeds when all its actions did.
fake_done()
{
	wait "$fake_pid"
}

# hail [ARGUMENT...]: run hail; its output is in $tmp/out and $tmp/err.log,
# its status in hail_status.
hail()
{
	# shellcheck disable=SC2086 # HAIL may be a command with arguments
	$HAIL "$@" >"$tmp/out" 2>"$tmp/err.log"
	# shellcheck disable=SC2034 # for the tests
	hail_status=$?
}

# start_hail [ARGUMENT...]: the same in the background, with the standard input
# that is connected to start_hail; its pid is in hail_pid.
start_hail()
{
	# The shell gives a background command /dev/null unless told otherwise.
	rm -f "$tmp/out"
	exec 3<&0
	# shellcheck disable=SC2086 # HAIL may be a command with arguments
	$HAIL "$@" <&3 3<&- >"$tmp/out" 2>"$tmp/err.log" &
	hail_pid=$!
	exec 3<&-
	background="$background $hail_pid"
}

# end_hail: wait for start_hail's, and leave its status in hail_status.
end_hail()
{
	wait "$hail_pid"
	# shellcheck disable=SC2034 # for the tests
	hail_status=$?
}

out()
{
	cat "$tmp/out"
}

err()
{
	cat "$tmp/err.log"
}

