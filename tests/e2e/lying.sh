# lying.sh -- a speaker that lies to the monitor makes it run nothing (fault 52).
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root

# haild looks for its helpers in its own directory first.
mkdir "$tmp/bin"
cp "$builddir/haild" "$tmp/bin/haild"
[ ! -e "$builddir/haild-load" ] || cp "$builddir/haild-load" "$tmp/bin"
cp "$builddir/tests/e2e/haild-liar" "$tmp/bin/haild-commands"
cp "$builddir/haild-tls" "$tmp/bin"
HAILD=$tmp/bin/haild

run=$tmp/run
mkdir -m 777 "$run"
start_haild <<EOF
lies: {
	listen = ["127.0.0.1:0", "$sock"]
	user = "nobody"
	kill-grace = "1s"
	commands: {
		touch:  { exec = ["/bin/touch", "$run/touch"] }
		secret: { exec = ["/bin/touch", "$run/secret"] user = "root" allow-user = ["root"] }
		strict: { exec = ["/bin/touch", "$run/strict"] args = "1" arg-match = ["[a-z]+"] }
		wait:   { exec = ["/bin/sleep", "60"] }
	}
}
EOF
port=$(port lies)

# lie HOW: returns when the session is over.
lie()
{
	rm -f "$run"/*
	ended=$(grep -c 'lies: 127.* pid ' "$log")
	printf '%s' "$1" | nc -N 127.0.0.1 "$port" >"$tmp/answer" 2>&1 &
	caller=$!
	wait_until "[ \"\$(grep -c 'lies: 127.* pid ' '$log')\" -gt $ended ] || [ -e '$run/touch' ]"
	kill $caller 2>/dev/null
	wait $caller 2>/dev/null
	wait_until no_children
	last=$(grep 'lies: 127.* pid .*s ' "$log" | tail -n 1)
}
nothing_ran() { [ -z "$(ls -A "$run")" ]; }

printf 0 | nc -N 127.0.0.1 "$port" >/dev/null 2>&1 &
caller=$!
ok 'the truth runs: this test would see it' wait_until '[ -e "$run/touch" ]'
kill $caller 2>/dev/null
# The monitor waits for the speaker, which waits for ever.
kill -KILL "$(session)"
wait_until no_children

for how in 1 2 3 4 5 6 7 8 9 a f q r; do
	lie "$how"
	ok "lie $how: nothing runs" nothing_ran
	like "lie $how: the log says it" "$last" ' failed: speaker .* no command: the speaker '
done
lie b
ok 'a second request is not run' nothing_ran
like 'and ends the session' "$last" ' failed: speaker .* command wait$'
is 'with its program' "$(pgrep -f '^/bin/sleep 60$' | wc -l)" 0
for how in g h i; do
	lie $how
	like "lie $how: the session ends" "$last" ' failed: speaker .* command wait$'
	is 'with its program' "$(pgrep -f '^/bin/sleep 60$' | wc -l)" 0
done
for how in k l m n o; do
	lie $how
	ok "system call $how: nothing runs" nothing_ran
	like "system call $how: it is killed" "$last" \
	    ' failed: speaker .* no command: the speaker was killed by signal 31 \(Bad system call\)$'
done
rm -f "$run"/*
printf p | nc -N 127.0.0.1 "$port" >/dev/null 2>&1 &
caller=$!
ok 'the one option is left to it' wait_until '[ -e "$run/touch" ]'
kill $caller 2>/dev/null
# The monitor waits for the speaker, which waits for ever.
kill -KILL "$(session)"
wait_until no_children
for how in 'c:refused: access' 'd:refused: argument 1' 'e:refused: unknown command'; do
	lie "${how%%:*}"
	like "lie ${how%%:*}: refused as any client is" "$last" \
	    " ${how#*:} .* command "
	ok 'and not run' nothing_ran
done
done_testing
