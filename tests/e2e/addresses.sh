# addresses.sh -- reloads that change addresses: no client is refused or reset
# (faults 73 and 74).
. "${srcdir:-.}/tests/e2e/lib.sh"
need_command ss

newline='
'

# ask: haildctl reload; its output is in $out, its status in $status.
ask()
{
	out=$($HAILDCTL -s "$tmp/ctl.sock" reload 2>&1)
	status=$?
	out=$(printf '%s\n' "$out" |
	    sed -e 's/^haildctl: //' -e '/^user "haild/d')
}

# serve ADDRESS: a configuration with the service "greeting" there.
serve()
{
	printf 'control = "%s" greeting: { listen = ["%s"] message = "hello\\n" max-per-source = "none" }\n' \
	    "$tmp/ctl.sock" "$1"
	printf 'stay: { listen = ["%s"] message = "stay\\n" }\n' "$sock"
}

# other ADDRESS: a configuration with the service "other" there.
other()
{
	printf 'other: { listen = ["%s:%d"] message = "other\\n" }\n' "$1" "$port"
}

# bound: the addresses that are listened on at $port, without hidden sockets.
bound()
{
	ss -Hltn "sport = :$port" | grep -v '%' |
	    awk '{ print $(NF - 1) }' | sort | tr '\n' ' '
}

serve 127.0.0.1:0 >"$tmp/config"
start_haild <"$tmp/config"
port=$(port greeting)

# --- fault 74: from one address of a port to all, and back ---

serve "*:$port" >"$tmp/all"
serve "127.0.0.1:$port" >"$tmp/one"
serve "0.0.0.0:$port" >"$tmp/ipv4"
cp "$tmp/one" "$conf"
ask
is 'a reload without a change' "$status $out" '0 reloaded: changed greeting'
cp "$tmp/all" "$conf"
ask
is '127.0.0.1:P becomes *:P' "$status $out" '0 reloaded: changed greeting'
like 'and listens everywhere' "$(bound)" '^0\.0\.0\.0:'
is 'which serves' "$(nc -d 127.0.0.1 "$port")" hello
cp "$tmp/one" "$conf"
ask
is 'and back' "$status $out" '0 reloaded: changed greeting'
is 'and listens there alone' "$(bound)" "127.0.0.1:$port "
ok 'and nowhere else' sh -c "! nc -z 127.0.0.2 $port"
is 'which serves, too' "$(nc -d 127.0.0.1 "$port")" hello

# Fifty changes under load, with and without IPv6.
"$PEER" flood "$port" 15 "hello$newline" >"$tmp/flood" &
flood=$!
"$PEER" flood "$port" 15 "hello$newline" >"$tmp/flood2" &
flood2=$!
i=0
failed=0
while [ $i -lt 51 ]; do
	case $((i % 3)) in
	0) cp "$tmp/all" "$conf" ;;
	1) cp "$tmp/one" "$conf" ;;
	2) cp "$tmp/ipv4" "$conf" ;;
	esac
	ask
	[ "$status $out" = '0 reloaded: changed greeting' ] || {
		failed=$((failed + 1))
		echo "# change $i: $out"
	}
	i=$((i + 1))
done
is '51 changes under load succeed' $failed 0
wait $flood
echo "# $(cat "$tmp/flood")"
like 'and no client is refused or reset' "$(cat "$tmp/flood")" \
    '^[1-9][0-9]+ good, 0 bad$'
wait $flood2
like 'nor is another one' "$(cat "$tmp/flood2")" '^[1-9][0-9]+ good, 0 bad$'
ok 'the old sockets are closed' wait_until \
    "[ -z \"\$(ss -Hltn 'sport = :$port' | grep %)\" ]"

# The queue of the old socket is served, wherever the new one is.
cp "$tmp/one" "$conf"
ask
kill -STOP "$haild_pid"
"$PEER" many "$port" 30 "hello$newline" >"$tmp/many" &
many=$!
queued "$port" 30
cp "$tmp/all" "$conf"
kill -HUP "$haild_pid"
kill -CONT "$haild_pid"
wait $many
is 'clients in the queue of the old socket are served' "$(cat "$tmp/many")" 30
ask

# Clients that wait for a limit wait on, also for a service that had "wait" and so
# a socket that blocks.
limited()
{
	cat "$tmp/one"
	cat <<-EOT
	max-sessions = 1
	max-per-source = "none"
	full: {
		listen = ["$1:$2"]
		exec = ["/bin/cat"]
		user = "$me"
		at-limit = "wait"
	}
	turned: { listen = ["$1:$3"] $4 }
	EOT
}
server="wait = true exec = [\"/bin/cat\"] user = \"$me\""
limited 127.0.0.1 0 0 "$server" >"$conf"
ask
full=$(port full)
turned=$(port turned)
hold_open "$full"
echo waited | nc -N 127.0.0.1 "$full" >"$tmp/full" &
full_client=$!
nc -d 127.0.0.1 "$turned" >"$tmp/turned" &
turned_client=$!
for waiting in "$full" "$turned"; do
	queued "$waiting" 1
done
limited '*' "$full" "$turned" 'message = "turned\n"' >"$conf"
ask
is 'a reload while clients wait' "$status $out" \
    '0 reloaded: changed full, turned'
sleep 2 # longer than a hidden socket stays without clients
release_all
wait $full_client
is 'they are served later' "$(cat "$tmp/full")" waited
wait $turned_client
is 'by what is there now' "$(cat "$tmp/turned")" turned
is 'and so are others' "$(nc -d 127.0.0.1 "$turned")" turned
ok 'then the old sockets are closed' wait_until \
    "[ -z \"\$(ss -Hltn | grep %)\" ]"
cp "$tmp/one" "$conf"
ask

# An upgrade between two addresses takes over what a reload would.
cp "$tmp/one" "$conf"
upgrade
like 'an upgrade with such a change' "$(last_upgrade)" 'upgrade complete'
ok 'listens there' wait_until "[ \"\$(bound)\" = '127.0.0.1:$port ' ]"
is 'and serves' "$(nc -d 127.0.0.1 "$port")" hello
ok 'the old sockets are closed' wait_until \
    "[ \"\$(ss -Hltn 'sport = :$port' | wc -l)\" = 1 ]"
cp "$tmp/all" "$conf"
ask
upgrade
like 'an upgrade just after a change' "$(last_upgrade)" 'upgrade complete'
is 'and serves' "$(nc -d 127.0.0.1 "$port")" hello
is 'a reload after it' "$(ask; echo "$status $out")" '0 reloaded: nothing'

# Services that exchange their addresses.
{
	serve "127.0.0.1:$port"
	other 127.0.0.2
} >"$conf"
ask
is 'two addresses of a port' "$status $out" \
    '0 reloaded: added other; changed greeting'
{
	serve "127.0.0.2:$port"
	other 127.0.0.1
} >"$conf"
ask
is 'are exchanged' "$(nc -d 127.0.0.1 "$port") $(nc -d 127.0.0.2 "$port")" \
    'other hello'
# The port is not shared with others.
ok 'no other program gets the port' sh -c "! perl -MSocket -e '
	socket(S, PF_INET, SOCK_STREAM, 0);
	setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1);
	exit(!(bind(S, sockaddr_in($port, inet_aton(\"127.0.0.2\"))) &&
	    listen(S, 1)))'"
cat >"$tmp/second.conf" <<EOF
second: { listen = ["127.0.0.1:$port"] message = "" }
EOF
$HAILD -f -c "$tmp/second.conf" >"$tmp/second.log" 2>&1
is 'nor does a second haild' $? 1
like 'and a second haild logs the reason' "$(cat "$tmp/second.log")" \
    "cannot listen on 127.0.0.1:$port: Address already in use"

if have_ipv6; then
	serve "[::1]:$port" >"$conf"
	ask
	is '[::1]:P' "$status $out" '0 reloaded: changed greeting; removed other'
	serve "*:$port" >"$conf"
	ask
	is 'becomes *:P' "$status $out $(nc -d ::1 "$port")" \
	    '0 reloaded: changed greeting hello'
	serve "[::1]:$port" >"$conf"
	ask
	is 'and back' "$status $out $(nc -d ::1 "$port")" \
	    '0 reloaded: changed greeting hello'
	ok 'alone' sh -c "! nc -z 127.0.0.1 $port"
else
	skip 'IPv6' 'no IPv6'
fi

# UDP.
for address in "udp:127.0.0.1:$port" "udp:*:$port" "udp:127.0.0.1:$port" \
    "udp:0.0.0.0:$port"; do
	cat >"$conf" <<-EOF
	control = "$tmp/ctl.sock"
	echo: { listen = ["$address"] builtin = "echo" wait = true }
	EOF
	ask
	is "$address" "$status $(echo x | nc -u -w 5 -W 1 127.0.0.1 "$port")" '0 x'
done
serve "127.0.0.1:$port" >"$conf"
ask

# --- fault 73: the file of a Unix socket is gone ---

is 'a Unix socket' "$(nc -d -U "$sock")" stay
rm "$sock"
ask
is 'its file was removed: a reload' "$status $out" '0 reloaded: nothing'
is 'makes it again' "$(nc -d -U "$sock")" stay
rm "$sock"
echo precious >"$sock"
ask
is 'another file is there: the service is out of service' "$status $out" \
    "0 stay: cannot listen on $sock: File exists
stay: out of service
reloaded: nothing; out of service: stay"
is 'and the file unharmed' "$(cat "$sock")" precious
is 'the other service serves' "$(nc -d 127.0.0.1 "$port")" hello
rm "$sock"
ask
is 'without it' "$status $out $(nc -d -U "$sock")" '0 reloaded: nothing stay'
mkdir "$tmp/dir"
serve "127.0.0.1:$port" | sed "s,$sock,$tmp/dir/s," >"$conf"
ask
is 'in a directory' "$(nc -d -U "$tmp/dir/s")" stay
ok 'the old file is removed' [ ! -e "$sock" ]
rm -r "$tmp/dir"
ask
is 'that is removed: out of service' "$status $out" \
    "0 stay: cannot listen on $tmp/dir/s: No such file or directory
stay: out of service
reloaded: nothing; out of service: stay"
mkdir "$tmp/dir"
ask
is 'and that is back' "$(nc -d -U "$tmp/dir/s")" stay
serve "127.0.0.1:$port" | sed "s,\"$sock\"\\],\"$tmp/dir/s\"] socket-mode = \"0640\"," \
    >"$conf"
ask
is 'the mode follows the configuration' "$(stat -c %a "$tmp/dir/s")" 640

# --- what a start tolerates ---

in_background "$PEER" listen >"$tmp/taken"
wait_until "[ -s '$tmp/taken' ]"
taken=$(cat "$tmp/taken")
{
	serve "127.0.0.1:$taken"
	echo "lost: { listen = [\"$tmp/lost\"] exec = [\"$tmp/none\"] user = \"$me\" }"
} >"$conf"
ask
is 'a busy port and a missing program' "$status $(echo "$out" | tail -n 1)" \
    '0 reloaded: added lost; changed greeting, stay; out of service: greeting, lost'
like 'the reasons: the port' "$out" \
    "greeting: cannot listen on 127.0.0.1:$taken: Address already in use"
like 'and the program' "$out" "$conf:3: .*$tmp/none.*\"lost\" is out of service"
is 'the others serve' "$(nc -d -U "$sock")" stay
{
	echo 'strict-start = true'
	serve "127.0.0.1:$taken"
} >"$conf"
ask
is 'with strict-start it fails' "$status $(echo "$out" | tail -n 1)" \
    '1 reload failed: cannot open all listeners; keeping the old configuration'
serve "127.0.0.1:$taken" | grep greeting >"$conf"
ask
is 'so does one that would serve nothing' "$status $(echo "$out" | tail -n 1)" \
    '1 reload failed: no service can be served; keeping the old configuration'
is 'the old configuration serves' "$(nc -d -U "$sock")" stay
kill "$last"
wait "$last" 2>/dev/null
serve "127.0.0.1:$port" >"$conf"
ask
is 'and all is well again' "$status $out $(nc -d 127.0.0.1 "$port")" \
    '0 reloaded: changed greeting; removed lost hello'

done_testing
