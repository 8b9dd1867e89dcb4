# control_private.sh -- what the control socket must not give away: descriptors to
# sessions, and to members of control-group the processes that root needs.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command nc setpriv
ctl=$tmp/ctl.sock

start_haild <<EOF
control = "$ctl"
control-group = "daemon"
hold: { listen = ["127.0.0.1:0"] exec = ["/bin/sleep", "100"] user = "nobody" }
other: { listen = ["127.0.0.1:0"] exec = ["/bin/sleep", "100"] user = "nobody" }
small: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/echo", "fine"]
	user = "nobody"
	limit-nofile = 16
	landlock-scope = true
}
EOF

ask()
{
	$HAILDCTL -s "$ctl" "$@"
}

mkfifo "$tmp/silent"
exec 9<>"$tmp/silent"
controls()
{
	pgrep -P "$haild_pid" -f '^haild[^ ]*: control' | wc -l
}

# fds PID: its descriptors, as numbers.
fds()
{
	find "/proc/$1/fd" -mindepth 1 -printf '%f\n' | sort -n | tr '\n' ' '
}

# new_session N: open another one, the Nth; $new is its pid.
new_session()
{
	sessions | sort >"$tmp/before"
	hold_open "127.0.0.1:$(port other)"
	has_sessions "$1"
	new=$(sessions | sort | comm -13 "$tmp/before" -)
	wait_until "[ \"\$(cat '/proc/$new/comm')\" = sleep ]"
}

# The daemon's descriptors that an exec would pass on, without the first three.
inherited()
{
	for f in "/proc/$haild_pid/fdinfo/"*; do
		[ "${f##*/}" -gt 2 ] || continue
		grep -Eq '^flags:.*[2367][0-7]{6}$' "$f" || echo "${f##*/}"
	done
}

# --- descriptors ---

hold_open "127.0.0.1:$(port hold)" 12
has_sessions 12
in_background "$HAILDCTL" -s "$ctl" drain --wait hold
waiter=$last
ok 'a client waits' logged 'hold: draining: 12 sessions open'
in_background nc -U "$ctl" <"$tmp/silent"
ok 'another one is silent' wait_until '[ "$(controls)" = 1 ]'
new_session 13
is 'a session has its client and standard error alone' "$(fds "$new")" '0 1 2 '
is 'a small limit-nofile leaves one for Landlock' \
    "$(nc 127.0.0.1 "$(port small)" </dev/null)" fine
is 'nothing would pass an exec' "$(inherited)" ''
like 'upgrade' "$(ask upgrade)" '^now running haild '
is 'nor after an upgrade' "$(inherited)" ''
new_session 14
is 'a session has no other descriptors then' "$(fds "$new")" '0 1 2 '
ok 'the client still waits' kill -0 "$waiter"
ok 'kill' ask kill --service hold
ok 'and then it is answered' wait_until '! kill -0 "$waiter" 2>/dev/null'

# --- members of control-group ---

as='setpriv --reuid=65534 --regid=65534 --groups=daemon'
ok 'no process is left' wait_until '[ "$(controls)" = 0 ]'
for i in 1 2 3; do
	# shellcheck disable=SC2086 # a command with arguments
	in_background $as nc -U "$ctl" <"$tmp/silent"
	ok "silent member $i has a process" wait_until "[ \"\$(controls)\" = $i ]"
done
like 'there is none for a fourth' "$($as nc -U "$ctl" </dev/null)" \
    '^result status=7$'
ok 'but there is one for root' ask -t 3 status
exec 9>&-
done_testing
