# root.sh -- the image as root with what Docker and Podman give to root, and a root
# directory that can be written.
. "${srcdir:-.}/tests/image/lib.sh"
make_tools

mkdir "$tmp/rootfs"
mount -t tmpfs tmpfs "$tmp/rootfs"
mkdir "$tmp/rootfs/upper" "$tmp/rootfs/work" "$tmp/rootfs/root"
mount -t overlay overlay -o "lowerdir=$bundle/rootfs,upperdir=$tmp/rootfs/upper,workdir=$tmp/rootfs/work" \
    "$tmp/rootfs/root"
start_container user=0 "caps=$usual" writable privileges seccomp cgroup \
    "root=$tmp/rootfs/root" "$tools" <<'END'
log-format = "json"
greeting: { listen = ["*:79"] message = "hello\n" }
who: {
	listen = ["*:7891"]
	exec = ["/tools/cat", "/proc/self/status"]
	user = "nobody"
}
commands: {
	listen = ["127.0.0.1:7892"]
	user = "nobody"
	commands: { cat: { exec = ["/tools/cat"] stdin = true } }
}
forward: { listen = ["*:7894"] forward = ["127.0.0.1:79"] }
END
is 'it serves a port below 1024' "$(nc -d 127.0.0.1 79)" hello
status=$(nc -d 127.0.0.1 7891)
is 'a program is another user' "$(echo "$status" | awk '/^[UG]id:/ { print $2 }' |
    tr '\n' ' ')" '65534 65534 '
is 'without capabilities' "$(echo "$status" | awk '/^CapEff:/ { print $2 }')" \
    0000000000000000
is 'a command' "$(echo x | "$HAIL" 127.0.0.1:7892 cat)" x
is 'forward' "$(nc -d 127.0.0.1 7894)" hello
is 'haildctl' "$(inside haildctl health)" ready
is 'its processes have users of their own' "$(ps -o uid= -p "$(pgrep -d , --nslist pid \
    --ns "$(cat "$tmp/$container/pid")" .)" | sort -un | tr -s '\n ' ' ')" \
    ' 0 65523 65532 '
ok 'haildctl stop' inside haildctl stop
wait_container
is 'it has stopped' $status 0
ok 'every line is JSON' all_json
umount "$tmp/rootfs/root" "$tmp/rootfs"
done_testing
