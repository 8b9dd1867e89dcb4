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
done_testing
