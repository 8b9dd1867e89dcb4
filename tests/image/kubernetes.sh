# kubernetes.sh -- etc/examples/kubernetes.yaml: its fields, and its configuration, probe
# and hook in a container like those of a cluster.
. "${srcdir:-.}/tests/image/lib.sh"

example=$srcdir/etc/examples/kubernetes.yaml
# example COMMAND [ARGUMENT...]
example()
{
	python3 "$srcdir/tests/image/kubernetes.py" "$example" "$@"
}

# probe: the status and text that the kubelet gets.
probe()
{
	curl -s -m 5 -w '%{http_code}' "http://127.0.0.1:$(example probe)" |
	    tr '\n' ' '
}

is 'its fields and names' "$(example check)" ''
# The rest with a shorter delay.
sed 's/\(drain-delay  = \)"10s"/\1"3s"/' "$example" >"$tmp/example.yaml"
example=$tmp/example.yaml
options=$(example volumes "$tmp/volumes")
like 'it is confined' "$options" '^user=65532 seccomp '

# shellcheck disable=SC2086 # lists
run_container $options cgroup -- -t
wait_container
is 'haild -t' "$status $(cat "$log")" '0 '

# shellcheck disable=SC2086 # lists
run_container $options cgroup
ok 'it serves' serves
is 'clients' "$(nc -d 127.0.0.1 7890)" 'Smile from the server'
is 'the probe' "$(probe)" 'ready 200'

# The kubelet runs the hook, and then sends SIGTERM, if that is still possible.
# shellcheck disable=SC2046 # a command
inside $(example prestop) >"$tmp/hook" 2>&1 &
hook=$!
ok 'the hook drains' logged '"event":"stopping-soon"'
is 'the probe fails' "$(probe)" 'draining 503'
is 'clients are served' "$(nc -d 127.0.0.1 7890)" 'Smile from the server'
wait_container
is 'it ends by itself' $status 0
wait "$hook"
is 'the hook succeeds' "$? $(cat "$tmp/hook")" '0 stopped'
done_testing
