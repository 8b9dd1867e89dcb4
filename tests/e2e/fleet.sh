# fleet.sh -- three instances of haild behind a balancer, from the files of
# etc/examples.  Source it after lib.sh, and after own_world, which gives the script
# a network of its own.
#
# The balancer has the address 192.0.2.10; the instances a, b and c have 192.0.2.11,
# 192.0.2.12 and 192.0.2.13, as in the examples.  Files are $tmp/NAME.conf and so
# on; $pid_a is the pid of a.
#
# shellcheck shell=sh disable=SC2154,SC2034 # variables of lib.sh and the scripts

pid_a='' pid_b='' pid_c=''

# make_fleet EXAMPLE: make the addresses and a configuration for each instance.  The
# example is for three hosts; here, each instance has only its own address.
make_fleet()
{
	for tap_i in 0 1 2 3; do
		ip addr add "192.0.2.1$tap_i/32" dev lo
	done
	tap_i=1
	for tap_name in a b c; do
		mkdir -p "$tmp/$tap_name"
		{
			echo "control = \"$tmp/$tap_name/ctl\""
			sed -e "s|\"\\*:|\"192.0.2.1$tap_i:|" \
			    -e "s|/etc/haild/tls|$tmp/tls|" \
			    "$srcdir/etc/examples/$1"
		} >"$tmp/$tap_name.conf"
		: >"$tmp/$tap_name.log"
		start_member $tap_name
		tap_i=$((tap_i + 1))
	done
}

# lines NAME REGEX: how many lines of its log match.
lines()
{
	grep -Ec -- "$2" "$tmp/$1.log"
}

# start_member NAME: start it and wait until it serves.
start_member()
{
	tap_before=$(lines "$1" ' serving ')
	# shellcheck disable=SC2086 # HAILD may be a command with arguments
	$HAILD -f -c "$tmp/$1.conf" </dev/null >>"$tmp/$1.log" 2>&1 &
	eval "pid_$1=$!"
	background="$background $!"
	wait_until "[ \$(lines $1 ' serving ') -gt $tap_before ]" 30 && return
	echo "Bail out! haild $1 did not start"
	sed 's/^/# /' "$tmp/$1.log"
	exit 1
}

# member_ctl NAME COMMAND...: haildctl for it.
member_ctl()
{
	tap_name=$1
	shift
	timeout 60 "$HAILDCTL" -s "$tmp/$tap_name/ctl" "$@" >"$tmp/$tap_name.ctl" \
	    2>&1 && return
	sed "s/^/# haildctl $*: /" "$tmp/$tap_name.ctl"
	return 1
}

# member_pid NAME
member_pid()
{
	eval "echo \"\$pid_$1\""
}

# member_ends NAME: wait until it has ended; its exit status is in $haild_status.
member_ends()
{
	tap_pid=$(member_pid "$1")
	wait_until "! kill -0 $tap_pid 2>/dev/null" 60 || kill -9 "$tap_pid"
	wait "$tap_pid" 2>/dev/null
	haild_status=$?
}

# served_by NAME SERVICE: how many sessions it has served to the end.
served_by()
{
	lines "$1" ": $2: .* exit 0 "
}

# clients_start AT-ONCE N: start the clients, of port 7890 of the balancer.
clients_start()
{
	rm -f "$tmp/reached" "$tmp/enough"
	perl "$srcdir/tests/e2e/balanced.pl" 192.0.2.10 7890 "$1" "$2" "$tmp" \
	    >"$tmp/clients" 2>"$tmp/lost" &
	clients=$!
	background="$background $clients"
}

# clients_stop: when the number is reached, end them.  $tmp/clients has their
# numbers, $tmp/lost a line for each lost client.
clients_stop()
{
	wait_until "[ -e '$tmp/reached' ] || ! kill -0 $clients" 300
	: >"$tmp/enough"
	wait "$clients"
	head -n 20 "$tmp/lost" | sed 's/^/# /'
	sed 's/^/# /' "$tmp/clients"
}

# lost: how many clients were lost.
lost()
{
	sed -n 's/^[1-9][0-9]* good, \([0-9]*\) lost$/\1/p' "$tmp/clients"
}
