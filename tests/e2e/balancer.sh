# balancer.sh -- HAProxy in front of three instances of haild, with the files of
# etc/examples.  Clients connect all the time, while each instance is upgraded, one
# is drained, one is stopped and one is killed (fault 97).  No client is lost.
#
#	BALANCER_CONNECTIONS	how many clients at least (5000; 1000 if haild
#				has sanitizers); the fleet is changed until all
#				of them were served
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
PATH=$PATH:/usr/sbin
need_command haproxy ip nc openssl perl ss unshare
own_world "$@"
. "$srcdir/tests/e2e/fleet.sh"
AT_ONCE=8

mkdir "$tmp/tls"
"$builddir/haild-tls" --make-key "$tmp/tls/key.pem" "$tmp/tls/cert.pem"
pin=sha256:$(openssl x509 -in "$tmp/tls/cert.pem" -noout -pubkey |
    openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64)
make_fleet haproxy-haild.conf
sed "s|/run/haproxy/admin.sock|$tmp/haproxy.sock|" \
    "$srcdir/etc/examples/haproxy.cfg" >"$tmp/haproxy.cfg"
in_background haproxy -db -f "$tmp/haproxy.cfg" >"$tmp/haproxy.out" 2>&1
balancer=$last

# seen SERVER: its status and weight in HAProxy.  sees SERVER REGEX: wait for a
# status and weight.
seen()
{
	echo 'show stat' | nc -N -U "$tmp/haproxy.sock" 2>/dev/null |
	    awk -F, -v name="$1" '$1 == "whoami" && $2 == name { print $18, $19 }'
}
sees()
{
	wait_until "seen $1 | grep -Eq '^$2\$'" 20 && return
	echo "# HAProxy sees $1 as: $(seen "$1")"
	return 1
}
sees_all()
{
	sees a 'UP [0-9]+' && sees b 'UP [0-9]+' && sees c 'UP [0-9]+'
}
if ! sees_all; then
	echo 'Bail out! HAProxy does not see three servers'
	sed 's/^/# /' "$tmp/haproxy.out"
	exit 1
fi

# --- changes of one instance ---

upgrade_member()
{
	member_ctl "$1" upgrade
}

# HAProxy sends the clients that the drained instance refuses to another one.
drain_member()
{
	member_ctl "$1" drain --wait=30s && sees "$1" 'DRAIN.*' &&
	    member_ctl "$1" resume && sees "$1" 'UP [0-9]+'
}

# During drain-delay HAProxy learns that it sends no more clients.
stop_member()
{
	kill -TERM "$(member_pid "$1")"
	member_ends "$1"
	[ "$haild_status" = 0 ] && start_member "$1" && sees "$1" 'UP [0-9]+'
}

# all_are STATE PID...: whether all of their threads are in that state.
all_are()
{
	tap_state=$1
	shift
	for tap_pid; do
		! grep -L "^State:.$tap_state" "/proc/$tap_pid"/task/*/status |
		    grep -q . || return
	done
}

# no_session_begins NAME: whether the clients are stopped, and none waits for its
# session to begin.  A process whose title is haild's has no program yet.
no_session_begins()
{
	# shellcheck disable=SC2086 # a list
	all_are T $workers && all_are S "$balancer" "$(member_pid "$1")" &&
	    ps -o args= --ppid "$(member_pid "$1")" | awk '
		/^haild[^ ]*: (logger|linger|keeper|signer|control)/ { next }
		/haild/ { exit 1 }' &&
	    [ "$(ss -Hltn 'sport = :7890' |
		awk '{ n += $2 } END { print n }')" = 0 ]
}

# kill_member NAME ADDRESS.  If haild is killed between a client's handshake, which
# the kernel does, and the start of its program, the client is lost: HAProxy has
# sent its bytes and cannot try again.  So the clients pause until the sockets are
# closed.  Open sessions continue, and HAProxy does not know yet that this haild is
# down.
kill_member()
{
	# shellcheck disable=SC2086 # a list
	kill -STOP $workers || return
	wait_until "no_session_begins $1"
	paused=$?
	date "+# %T: $1 is killed"
	kill -KILL "$(member_pid "$1")"
	member_ends "$1"
	# A health check that had just begun may have the sockets for a moment.
	wait_until "! ss -Hltn 'src $2' | grep -q ."
	# shellcheck disable=SC2086 # a list
	kill -CONT $workers
	sees "$1" 'DOWN [0-9]+' && start_member "$1" && sees "$1" 'UP [0-9]+' &&
	    [ "$paused" = 0 ]
}

# --- clients all the time ---

n=${BALANCER_CONNECTIONS:-5000}
haild_pid=$pid_a
! is_sanitized || n=${BALANCER_CONNECTIONS:-1000}
haild_pid=
began=$(date +%s)
clients_start $AT_ONCE "$n"
wait_until '[ $(served_by a whoami) -gt 20 ]'
workers=$(pgrep -P "$clients" | tr '\n' ' ')
rounds=0
until [ -e "$tmp/reached" ] && [ $rounds -gt 0 ]; do
	rounds=$((rounds + 1))
	for name in a b c; do
		ok "round $rounds: $name is upgraded" upgrade_member $name
	done
	ok "round $rounds: a is drained and resumed" drain_member a
	ok "round $rounds: b is stopped and started" stop_member b
	ok "round $rounds: c is killed and started" kill_member c 192.0.2.13
	kill -0 "$clients" || break
done
clients_stop
echo "# $rounds rounds, $(($(date +%s) - began)) s"
is 'no client is lost' "$(lost)" 0
ok 'HAProxy has sent some to another haild' [ "$(echo 'show stat' |
    nc -N -U "$tmp/haproxy.sock" |
    awk -F, '$1 == "whoami" { n += $17 } END { print n }')" -gt 0 ]
good=$(sed 's/ .*//' "$tmp/clients")
ok "$n clients at least" [ "$good" -ge "$n" ]
for name in a b c; do
	ok "$name serves a tenth of them at least" \
	    [ $(($(served_by $name whoami) * 10)) -ge "$good" ]
done

# --- the weight ---

ok 'without sessions, the weight is 100' sees a 'UP (100|99)'
for i in 1 2 3 4 5 6; do
	hold_from 127.1.0.$i 192.0.2.10:7890 30
done
ok 'with 60 of 250 sessions it is 76' sees a 'UP 7[3-6]'
ok 'for each haild' sees c 'UP 7[3-6]'
release_all
ok 'without sessions it is 100 again' sees a 'UP (100|99)'

# --- TLS, which haild terminates ---

# tls_clients N: connect from 127.2.0.N until there is $tmp/enough.
tls_clients()
{
	i=0
	until [ -e "$tmp/enough" ] || [ $i = 1000 ]; do
		i=$((i + 1))
		answer=$(echo "$1 $i" | timeout 30 "$HAIL" --tls --pin "$pin" \
		    -s "127.2.0.$1" 192.0.2.10:7891 2>&1)
		case $answer in
		"127.2.0.$1 "[1-9]*"$newline$1 $i") echo good ;;
		*) echo "lost: $answer" ;;
		esac
	done
}
newline='
'
rm "$tmp/enough"
clients=
for i in 1 2 3 4; do
	tls_clients $i >"$tmp/tls.$i" &
	clients="$clients $!"
	background="$background $!"
done
wait_until '[ "$(served_by a whoami-tls)" -gt 5 ]'
for name in a b c; do
	ok "TLS: $name is upgraded" upgrade_member $name
done
ok 'TLS: a is drained and resumed' drain_member a
: >"$tmp/enough"
# shellcheck disable=SC2086 # a list
wait $clients
cat "$tmp"/tls.* >"$tmp/tls_all"
is 'TLS: no client is lost' "$(grep -v '^good$' "$tmp/tls_all")" ''
ok 'TLS: a hundred clients' [ "$(wc -l <"$tmp/tls_all")" -ge 100 ]
for name in a b c; do
	ok "TLS: $name serves some" [ "$(served_by $name whoami-tls)" -gt 5 ]
done

# --- killed, and clients do not pause ---

clients_start $AT_ONCE 300
tap_before=$(served_by b whoami)
wait_until '[ "$(served_by b whoami)" -gt $((tap_before + 10)) ]'
kill -KILL "$pid_b"
ok 'HAProxy sees that b is killed' sees b 'DOWN [0-9]+'
clients_stop
ok 'only clients of that moment are lost' [ "$(lost)" -le $AT_ONCE ]
is 'none has got a part of an answer' \
    "$(grep -v 'lost: 0 bytes of [0-9]*\(, read: Connection reset by peer\)*$' "$tmp/lost")" ''
done_testing
