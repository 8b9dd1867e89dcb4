# sockets.sh -- where haild listens, and what happens to the files there.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_command strace

message()
{
	printf '%s: { listen = [%s] message = "%s\\n" %s }\n' "$1" "$2" "$1" \
	    "${3:-}"
}

# fails_to_start: does not serve; its status is in haild_status.
fails_to_start()
{
	cat >"$conf"
	run_haild -f -c "$conf"
	wait "$haild_pid"
	haild_status=$?
	haild_pid=
	[ "$haild_status" != 0 ]
}

# --- TCP ---

{
	message any '"*:0"'
	message four '"127.0.0.1:0"'
	! have_ipv6 || message six '"[::1]:0"'
	message name '"localhost:0"' 'backlog = 7'
	message several '"127.0.0.2:0", "127.0.0.3:0"'
	message foreign '"192.0.2.1:0"' 'freebind = true'
	! have_ipv6 || message foreign6 '"[2001:db8::1]:0"' 'freebind = true'
	message off '"127.0.0.1:0"' 'disable = true'
} >"$tmp/config"
start_haild <"$tmp/config"

p=$(port any)
like 'port 0 has become a number' "$p" '^[1-9][0-9]*$'
! have_ipv6 || ok 'the same for both families' \
    grep -q "any: listening on \[::\]:$p\$" "$log"
is '* over IPv4' "$(nc -d 127.0.0.1 "$p")" any
is 'an IPv4 address' "$(nc -d 127.0.0.1 "$(port four)")" four
is 'a name' "$(nc -d 127.0.0.1 "$(sed -n \
    's/.* name: listening on 127.0.0.1:\(.*\)/\1/p' "$log" | head -n 1)")" name
is 'several listeners' "$(sed -n \
    's/.* several: listening on \(.*\):.*/\1/p' "$log" | tr '\n' ' ')" \
    '127.0.0.2 127.0.0.3 '
ok 'freebind, IPv4' grep -q 'foreign: listening on 192\.0\.2\.1:' "$log"
ok 'a disabled service does not listen' \
    sh -c "! grep -q ' off: listening' '$log'"
like 'the backlog' "$(ss -Hltn "sport = :$(port name)")" 'LISTEN +0 +7 '
if have_ipv6; then
	is '* over IPv6' "$(nc -d ::1 "$p")" any
	is 'an IPv6 address' "$(nc -d ::1 "$(port six)")" six
	ok 'freebind, IPv6' \
	    grep -q 'foreign6: listening on \[2001:db8::1\]:' "$log"
	ok 'a wildcard over IPv6 is IPv6 alone' sh -c \
	    "ss -Hltne 'sport = :$p' | grep '\[::\]' | grep -q v6only:1"
else
	skip 'IPv6' 'this machine has no ::1'
fi

# Another one on the same port.
message busy "\"127.0.0.1:$(port four)\"" >"$tmp/busy"
keep=$haild_pid
log=$tmp/busy.log
ok 'a port in use stops the start' fails_to_start <"$tmp/busy"
is 'with status 1' "$haild_status" 1
haild_pid=$keep
ok 'and says which' grep -Eq \
    'busy: cannot listen on 127\.0\.0\.1:[0-9]+: Address already in use$' "$log"
log=$tmp/haild.log
stop_haild TERM

message foreign '"192.0.2.1:0"' >"$tmp/config"
ok 'an address of another host stops the start' fails_to_start <"$tmp/config"
ok 'and says so' grep -q \
    'foreign: cannot listen on 192\.0\.2\.1:0: Cannot assign requested' "$log"

# without_ipv6 N: start it on a host without; its Nth socket(2) is of IPv6.
without_ipv6()
{
	: >"$log"
	# shellcheck disable=SC2086 # HAILD may be a command with arguments
	ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 \
	    strace -D -f -q -o "$tmp/strace" \
	    -e "inject=socket:error=EAFNOSUPPORT:when=$1" \
	    $HAILD -f -c "$conf" >>"$log" 2>&1 &
	haild_pid=$!
}

message any '"*:0"' >"$conf"
without_ipv6 2
ok 'without IPv6 it starts' logged ' serving 1 service on 1 listener$'
ok 'with a warning' grep -q 'any: no IPv6 on this host: Address family not' "$log"
is 'and serves IPv4' "$(nc -d 127.0.0.1 "$(port any)")" any
stop_haild TERM
message local '"127.0.0.1:0", "[::1]:0"' >"$conf"
without_ipv6 2
ok 'without ::1 too' logged ' serving 1 service on 1 listener$'
ok 'with a warning' grep -q 'local: no IPv6 on this host: Address family' "$log"
is 'and serves IPv4' "$(nc -d 127.0.0.1 "$(port local)")" local
stop_haild TERM
message alone '"[::1]:0"' >"$conf"
without_ipv6 1
wait_haild
is 'with nothing but ::1 it does not start' "$haild_status" 1
ok 'and says so' grep -q 'alone: cannot listen on \[::1\]:0: Address' "$log"
message other '"127.0.0.1:0", "[2001:db8::1]:0"' >"$conf"
without_ipv6 2
wait_haild
is 'nor without an address that not every host has' "$haild_status" 1

# --- Unix sockets ---

message path "\"$sock\"" >"$tmp/config"
start_haild <"$tmp/config"
is 'a Unix socket is for its owner' "$(stat -c %a "$sock")" 600
keep=$haild_pid
cp "$log" "$tmp/first.log"
ok 'a live socket is not replaced' fails_to_start <"$tmp/config"
ok 'and the error says so' grep -q "cannot listen on $sock: Address already" \
    "$log"
haild_pid=$keep
is 'the first one still has it' "$(nc -d -U "$sock")" path
kill -9 "$haild_pid"
wait "$haild_pid" 2>/dev/null
ok 'a killed daemon leaves its socket' [ -S "$sock" ]
start_haild <"$tmp/config"
is 'which the next one replaces' "$(nc -d -U "$sock")" path

# Another process takes the name: that file is not ours to remove.
rm "$sock"
in_background nc -lkU "$sock" >/dev/null
wait_until "[ -S '$sock' ]"
stop_haild TERM
ok "another one's socket is left alone at the end" [ -S "$sock" ]
kill "$last"
rm -f "$sock"

for kind in file directory symlink fifo; do
	case $kind in
	file) echo precious >"$sock" ;;
	directory) mkdir "$sock" ;;
	symlink) ln -s /nowhere "$sock" ;;
	fifo) mkfifo "$sock" ;;
	esac
	before=$(stat -c '%i %F' "$sock")
	ok "a $kind in the way stops the start" fails_to_start <"$tmp/config"
	ok 'and says so' grep -q "cannot listen on $sock: File exists" "$log"
	is 'and stays' "$(stat -c '%i %F' "$sock")" "$before"
	rm -rf "$sock"
done

# What the umask leaves of the mode when the file comes to be: it may not be
# wider than what was asked for, since somebody could connect before chmod(2).
message narrow "\"$sock\"" >"$conf"
: >"$log"
# shellcheck disable=SC2086 # HAILD may be a command with arguments
ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 strace -D -f -q -o "$tmp/strace" \
    -e trace=umask,bind $HAILD -f -c "$conf" >>"$log" 2>&1 &
haild_pid=$!
ok 'a daemon whose umask is seen' logged ' serving 1 service on 1 listener$'
mask=$(awk -v at="$sock" '
	/umask\(/ { sub(/.*umask\(/, ""); sub(/\).*/, ""); mask = $0 }
	index($0, " bind(") > 0 && index($0, at) > 0 { print mask }' "$tmp/strace")
like 'it was set before bind' "$mask" '^0[0-7]+$'
is 'so that nobody but the owner gets at the socket' \
    $((0777 & ~mask & ~0600)) 0
stop_haild TERM

message open "\"$sock\"" 'socket-mode = "0666"' >"$tmp/config"
start_haild <"$tmp/config"
is 'socket-mode' "$(stat -c %a "$sock")" 666
stop_haild TERM
if [ "$(id -u)" = 0 ]; then
	message owned "\"$sock\"" 'socket-mode = "0660"
	    socket-user = "nobody" socket-group = "games"' >"$tmp/config"
	start_haild <"$tmp/config"
	is 'socket-user and socket-group' "$(stat -c '%U %G %a' "$sock")" \
	    'nobody games 660'
	stop_haild TERM
else
	skip 'socket-user and socket-group' 'needs root'
fi
done_testing
