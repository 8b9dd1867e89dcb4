# restricted.sh -- which parts of the sandbox work with the drop-in strict.conf, and
# what has to be removed from it for the others.
# root: disk
. "${srcdir:-.}/tests/vm/lib.sh"

strict=/usr/share/doc/haild/examples/strict.conf

# start [LINE...]: with the drop-in and these lines after it.
start()
{
	unit=$(grep -v '^\[Service\]' "$strict"; printf '%s\n' "$@")
	fresh <<EOF
user = "nobody"
stderr = "client"
plain: { listen = ["127.0.0.1:7881"] exec = ["/bin/cat"] }
limits: {
	listen = ["127.0.0.1:7882"]
	exec = ["/usr/bin/tail", "/dev/zero"]
	memory-max = "32M"
}
filter: {
	listen = ["127.0.0.1:7883"]
	exec = ["/bin/cat"]
	system-call-filter = ["~@mount"]
	restrict-namespaces = true
}
basic: { listen = ["127.0.0.1:7884"] exec = ["/bin/cat"] sandbox = "basic" }
strict: {
	listen = ["127.0.0.1:7885"]
	exec = ["/bin/cat"]
	user = "pool:200000-200255"
	sandbox = "strict"
}
front: {
	listen = ["127.0.0.1:7886"]
	forward = ["127.0.0.2:7887", "127.0.0.1:7881"]
	connect-timeout = "1s"
}
other: { listen = ["127.0.0.2:7887"] message = "other\n" }
EOF
	serves || wait_until serves
	journalctl --sync
}

out()
{
	journal | sed -n 's/^\(.*\): out of service$/\1/p' | sort | tr '\n' ' '
}

start
out=$(out)
echo "# out of service: $out"
journal | grep -E '(limits|filter|basic|strict|cgroup|error|denied|permitted)' | sed 's/^/# /'
is 'a filter works' "$(echo x | nc -N 127.0.0.1 7883)" x
is 'forward works' "$(nc -d 127.0.0.1 7886)" other
start 'IPAddressDeny=any' 'IPAddressAllow=127.0.0.1'
is 'to the targets of IPAddressAllow' "$(echo x | nc -N 127.0.0.1 7886)" x
sed -i 's/, "127.0.0.1:7881"\]/]/' /etc/haild/conf.d/test.conf
systemctl reload haild
nc -d 127.0.0.1 7886
ok 'others do not answer' says 'front: .* 127.0.0.2:7887: no answer within 1s'
start 'ProtectControlGroups=no'
echo "# without ProtectControlGroups: $(out)"
nc -d 127.0.0.1 7882
ok 'limits work without ProtectControlGroups' says 'limits: .* limit memory '
start 'ProtectControlGroups=no' 'RestrictNamespaces=no' 'RestrictSUIDSGID=no' \
    'CapabilityBoundingSet=CAP_SYS_ADMIN CAP_SETPCAP' 'SystemCallFilter=@mount'
echo "# with mounts and namespaces: $(out)"
journal | grep -E '(basic|strict|cgroup|error|denied|permitted)' | sed 's/^/# /'
is 'basic works' "$(echo x | nc -N 127.0.0.1 7884)" x
is 'strict works' "$(echo x | nc -N 127.0.0.1 7885)" x
done_testing
