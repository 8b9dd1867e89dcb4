#!/bin/sh
# hail_names.sh -- hail and names with several addresses, or with none.
#
# In namespaces of its own the test has its own loopback interface, its own
# /etc/hosts and a name server that never answers.

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$srcdir/tests/e2e/lib.sh"
. "$srcdir/tests/e2e/fake.sh"

if [ "${HAIL_NAMES_INSIDE:-}" = "" ]; then
	need_command unshare ip mount
	user=
	[ "$(id -u)" = 0 ] || user=-r
	# shellcheck disable=SC2086 # -r or nothing
	unshare $user -nm ip link set lo up 2>/dev/null ||
		skip_all 'needs namespaces'
	leave_tmp
	# shellcheck disable=SC2086 # -r or nothing
	HAIL_NAMES_INSIDE=yes srcdir=$srcdir builddir=$builddir \
	    exec unshare $user -nm sh "$0"
fi

cat >"$tmp/hosts" <<END
127.0.0.1	both
::1		both
127.0.0.1	twice
127.0.0.1	twice
END
echo 'nameserver 127.0.0.53' >"$tmp/resolv.conf"
echo 'hosts: files dns' >"$tmp/nsswitch.conf"
for file in hosts resolv.conf nsswitch.conf; do
	[ -e "/etc/$file" ] || skip_all "needs a file /etc/$file"
	mount --bind "$tmp/$file" "/etc/$file" ||
		skip_all 'needs bind mounts'
done
ip link set lo up

fake 127.0.0.1 hold
port=$fake_port
kill "$fake_pid"
wait "$fake_pid" 2>/dev/null
hail -n "twice:$port"
is 'a duplicate address is tried once' "$(err)" \
"hail: twice:$port: cannot connect: 127.0.0.1:$port: Connection refused"

# A name server that receives queries and never answers.
need_command socat
in_background socat -u UDP4-RECV:53,bind=127.0.0.53 /dev/null
wait_until "grep -q ' 3500007F:0035 ' /proc/net/udp"
hail -n -w 2 host.example
is 'a name server that does not answer: status' "$hail_status" 4
is 'a name server that does not answer: message' "$(err)" \
    'hail: host.example:7890: timed out: the name was not resolved'
hail -n -w 0 -m 2 host.example
is 'a name server that does not answer and -m: status' "$hail_status" 4

if ! have_ipv6; then
	skip 'names with both families' 'this machine has no ::1'
	done_testing
fi

hail -n "both:$port"
is 'both refuse: status' "$hail_status" 3
is 'both refuse: message' "$(err)" "hail: both:$port: cannot connect:\
 [::1]:$port: Connection refused; 127.0.0.1:$port: Connection refused"

fake "127.0.0.1:$port" send smile
hail -nv "both:$port"
is 'the first refuses, the second answers: status' "$hail_status" 0
is 'the first refuses, the second answers: output' "$(out)" smile
is 'the first refuses, the second answers: what was done' "$(err)" \
"hail: both:$port: trying [::1]:$port
hail: both:$port: [::1]:$port: Connection refused
hail: both:$port: trying 127.0.0.1:$port
hail: both:$port: connected to 127.0.0.1:$port"

fake ::1 full
full=$fake_port
fake "127.0.0.1:$full" send smile
hail -nv -w 60 "both:$full"
is 'the first is silent, the second answers: status' "$hail_status" 0
is 'the first is silent, the second answers: output' "$(out)" smile
is 'the first is silent, the second answers: what was done' "$(err)" \
"hail: both:$full: trying [::1]:$full
hail: both:$full: trying 127.0.0.1:$full
hail: both:$full: connected to 127.0.0.1:$full"

hail -n -w 5 "both:$full"
is 'the first is silent, the second refuses: status' "$hail_status" 4
is 'the first is silent, the second refuses: message' "$(err)" \
"hail: both:$full: timed out: [::1]:$full: no answer;\
 127.0.0.1:$full: Connection refused"

fake "127.0.0.1:$full" send smile
hail -n -s 127.0.0.1 "both:$full"
is 'the source address chooses the family' "$(out)" smile
hail -n -w 3 -6 "both:$full"
is '-6 tries IPv6 alone' "$(err)" \
    "hail: both:$full: timed out: [::1]:$full: no answer"

done_testing
