# sandbox_root.sh -- no session sees what a privileged program of another session
# changed in its mounts and its network.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command ip
own_world

# The same settings of mounts and network, so that they share what can be shared.
shared='exec = ["/bin/sh"]
	protect-home = "yes"
	private-network = true
	landlock-scope = true
	max-per-source = "none"'
mount='mount -t tmpfs none /mnt && : >/mnt/seen'
start_haild <<EOF
root: {
	listen = ["127.0.0.1:0"]
	user = "root"
	$shared
}
capable: {
	listen = ["127.0.0.1:0"]
	user = "nobody"
	capabilities = ["CAP_NET_ADMIN", "CAP_DAC_OVERRIDE"]
	$shared
}
user: {
	listen = ["127.0.0.1:0"]
	user = "nobody"
	$shared
}
commands: {
	listen = ["127.0.0.1:0"]
	user = "root"
	commands: {
		change: {
			exec = ["/bin/sh", "-c", "$mount && ip link set lo up && echo yes"]
			protect-home = "yes"
			private-network = true
			landlock-scope = true
		}
	}
}
EOF

# shell SERVICE SCRIPT: what SCRIPT prints in a session.
shell()
{
	printf '%s\n' "$2" | timeout 20 nc -N 127.0.0.1 "$(port "$1")" 2>&1
}

# What the next session sees.  The flags of a loopback that is down are 0x8.
look='test -e /mnt/seen && echo mounted
grep -q " /root " /proc/self/mountinfo && echo hidden
cat /sys/class/net/*/flags | grep -vx 0x8
ip link show | grep -o "LOOPBACK,UP"
ip link show type veth'
up='ip link set lo up && ip link show lo | grep -o LOOPBACK,UP'
link='ip link add veth1 type veth peer name veth2 2>/dev/null && echo yes || echo no'
has_links=$(eval "$link") # a kernel can be built without
[ "$has_links" = no ] || ip link delete veth1

# unseen WHO: no service has sessions that see what WHO did.
unseen()
{
	for other in root capable user; do
		is "$1: the next session of \"$other\" does not see it" \
		    "$(shell $other "$look")" hidden
	done
}

is 'root: a session mounts and unmounts' \
    "$(shell root "$mount && umount /root && test -e /mnt/seen && echo yes")" yes
unseen root
for service in root capable; do
	is "$service: a session sets its loopback up" \
	    "$(shell $service "$up")" LOOPBACK,UP
	shell $service 'for f in /sys/class/net/*/flags; do echo 0x9 >$f; done' \
	    >/dev/null
	is "$service: a session makes a link" \
	    "$(shell $service "$link")" "$has_links"
	unseen $service
done
is 'a command of root does the same' \
    "$("$HAIL" "127.0.0.1:$(port commands)" change </dev/null)" yes
unseen commands
done_testing
