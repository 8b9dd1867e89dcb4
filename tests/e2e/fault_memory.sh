# fault_memory.sh -- no memory, too much of it, and too many processes (faults 6
# and 7).
. "${srcdir:-.}/tests/e2e/lib.sh"

# --- fault 6: the Nth allocation fails, in whichever process ---

nomem=$tmp/nomem
plain=$HAILD

# refuse N: the Nth from now on; 0: none.
refuse()
{
	# shellcheck disable=SC2059 # a byte
	printf "\\$(printf %03o "$1")\\0\\0\\0" |
	    dd of="$nomem" conv=notrunc status=none
}

# left: of those, how many have not been asked for.
left()
{
	od -An -td4 "$nomem" | tr -d ' '
}

: >"$nomem"
refuse 0
chmod 666 "$nomem"
HAILD_TEST_NOMEM=$nomem
# Who gives up for want of memory frees nothing.
asan=$ASAN_OPTIONS
# libconfig crashes without memory, and haild-load with it: a load that failed.
ASAN_OPTIONS=$asan:verify_asan_link_order=0:detect_leaks=0:handle_segv=0
export HAILD_TEST_NOMEM
HAILD="env LD_PRELOAD=$builddir/tests/e2e/nomem.so \
    $builddir/haild"
start_haild <<EOF
message: {
	listen = ["127.0.0.1:0"]
	message = "hello\n"
	max-per-source = "none"
}
program: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/echo", "hello"]
	argv0 = "echo" # asks for memory, as a session does else no more
	user = "$me"
	max-per-source = "none"
}
EOF
message=$(port message)
program=$(port program)
fds=$(descriptors)

# Whether a client is served, or refused without a word; and the next is served.
failed=0 refused=0
for n in 1 2 3 4 5 6 7 8; do
	for p in "$message" "$program"; do
		refuse $n
		answer=$(nc -d -w 10 127.0.0.1 "$p")
		[ "$(left)" != 0 ] || refused=$((refused + 1))
		refuse 0
		case $answer in
		hello | '') ;;
		*) failed=$((failed + 1)) ;;
		esac
		[ "$(nc -d -w 10 127.0.0.1 "$p")" = hello ] ||
		    failed=$((failed + 1))
	done
done
is "one client at most pays for it ($refused refusals)" $failed 0
ok 'there were some' [ $refused -gt 0 ]

# A reload asks for memory a few hundred times: the daemon, and its child.
lost=0
for n in 1 2 3 5 8 13 21 34 55 89 144 233; do
	echo "# reload, $n" >>"$conf"
	refuse $n
	reload || lost=$((lost + 1))
	refuse 0
	[ "$(nc -d -w 10 127.0.0.1 "$message")" = hello ] || lost=$((lost + 1))
done
is 'a reload succeeds or fails, and clients are served' $lost 0
ok 'some were refused' grep -q 'reload failed: ' "$log"
reload
like 'with memory it is done' "$(last_reload)" '^reloaded: '
ok 'no descriptor is lost' wait_until "[ \"\$(descriptors)\" = $fds ]"
ok 'no child is left' wait_until no_children
stop_haild TERM
is 'it ends as it should' "$haild_status" 0

# A start: it serves, or says why not, and does not crash.
crashed=0 n=1
while [ $n -le 24 ]; do
	: >"$log"
	refuse $n
	# shellcheck disable=SC2086 # HAILD is a command with arguments
	timeout -k 5 20 $HAILD -t -c "$conf" >"$tmp/test.log" 2>&1
	[ $? -lt 124 ] || crashed=$((crashed + 1))
	n=$((n + 1))
done
is 'no start crashes' $crashed 0
HAILD=$plain
ASAN_OPTIONS=$asan
unset HAILD_TEST_NOMEM

# --- fault 7: a program that eats memory, and one that forks a bomb ---

# Of a user who has no other process, since RLIMIT_NPROC counts them all.
bomber=games
if [ "$(id -u)" != 0 ] || ! id "$bomber" >"$tmp/id" 2>&1; then
	skip 'memory and bombs' 'needs root'
	done_testing
fi
start_haild <<EOF
message: { listen = ["127.0.0.1:0"] message = "hello\n" }
eats: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "x=x; while :; do x=\$x\$x; done"]
	user = "nobody"
	limit-as = 64000000L
}
bomb: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "f() { f & f; }; f"]
	user = "$bomber"
	limit-nproc = 20
}
EOF
message=$(port message)
nc -d -w 20 127.0.0.1 "$(port eats)" >"$tmp/out"
ok 'one that eats memory ends alone' logged 'eats: .* (exit [1-9]|signal )' 20
is 'clients are served' "$(nc -d -w 10 127.0.0.1 "$message")" hello
nc -d -w 20 127.0.0.1 "$(port bomb)" >"$tmp/out"
ok 'a bomb is bounded, and ends' logged 'bomb: .* (exit [1-9]|signal )' 20
is 'clients are served' "$(nc -d -w 10 127.0.0.1 "$message")" hello
ok 'nothing of it is left' wait_until "! pgrep -u $bomber >/dev/null"
ok 'no child is left' wait_until no_children

done_testing
