# load.sh -- haild-load, which reads the configuration, is killed or hangs.
. "${srcdir:-.}/tests/e2e/lib.sh"
# A process that cannot be dumped shows the path that it opens to root alone.
need_root
need_command strace

# The same under two names: what happens to the process of one haild is not to
# happen to that of the other.
cat >"$conf" <<EOF
greeting: { listen = ["127.0.0.1:0"] message = "hello\n" }
EOF
cp "$conf" "$tmp/other.conf"

# traced SIGNAL OPTION: haild, of which the process that opens other.conf gets
# SIGNAL there; what it says is in $tmp/traced.log.
traced()
{
	# shellcheck disable=SC2086 # HAILD may be a command with arguments
	ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 strace -D -f -q \
	    -o "$tmp/other.strace" -P "$tmp/other.conf" -e trace=openat \
	    -e "inject=openat:signal=$1" \
	    $HAILD "$2" -c "$tmp/other.conf" >"$tmp/traced.log" 2>&1 </dev/null
}

# reloaded N: so often the log says how a reload ended.
reloaded()
{
	wait_until "[ \"\$(grep -Ec 'reload(ed:| failed:)' '$log')\" -ge $1 ]" 60
}

served()
{
	[ "$(nc -d 127.0.0.1 "$greeting")" = hello ]
}

# --- killed ---

for option in -t -T -f; do
	traced KILL $option
	is "killed with $option: status" $? 1
	like "killed with $option: error" "$(cat "$tmp/traced.log")" \
	    "haild.*: haild-load was killed by signal 9 \(Killed\)\$"
done

start_haild <"$tmp/other.conf"
greeting=$(port greeting)
inject openat:signal=KILL "$conf"
kill -HUP "$haild_pid"
reloaded 1
eject
# Fault 83.
ok 'killed in a reload: an error' grep -q \
    'haild-load was killed by signal 9 (Killed)$' "$log"
ok 'which is refused' grep -q \
    'reload failed: haild-load failed; keeping the old configuration$' "$log"
ok 'the old one serves' served

# --- hanging: for 30 s, both at the same time ---

inject openat:signal=STOP "$conf"
kill -HUP "$haild_pid"
wait_until "pgrep -P $haild_pid -f '^haild-load ' >/dev/null"
traced STOP -t
is 'one that hangs is killed: status' $? 1
like 'with an error' "$(cat "$tmp/traced.log")" \
    'haild-load took longer than 30 s: killed$'
ok 'one that hangs in a reload is killed, too' logged \
    'haild-load took longer than 30 s: killed$' 60
reloaded 2
eject
ok 'the old one serves' served
kill -HUP "$haild_pid"
reloaded 3
ok 'and the next reload is one again' grep -q ' reloaded: ' "$log"
done_testing
