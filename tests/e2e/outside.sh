# outside.sh -- haild started by a process that entered a PID namespace from
# outside (docker exec, nsenter): its process session has no number there.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command unshare perl
if [ "${1:-}" != inside ]; then
	unshare -pf --mount-proc true 2>/dev/null || skip_all 'needs namespaces'
	leave_tmp
	exec unshare -pf --kill-child --mount-proc sh "$0" inside
fi

is 'the process session has no number' "$(ps -o sid= -p $$ | tr -d ' ')" 0
start_haild <<EOF
run: {
	listen = ["127.0.0.1:0"]
	user = "nobody"
	start-timeout = "10s"
	commands: {
		say: { exec = ["/bin/echo", "said"] }
		leave: { exec = ["/bin/sh", "-c", "sleep 61 & echo left"] }
	}
}
behind: {
	listen = ["127.0.0.1:0"]
	proxy-from = ["127.0.0.1"]
	user = "nobody"
	exec = ["/bin/sh", "-c", "echo \$REMOTE_ADDR"]
}
echo: { listen = ["127.0.0.1:0"] builtin = "echo" user = "nobody" }
EOF
is 'a command' "$($HAIL "127.0.0.1:$(port run)" say)" said
is 'a command that leaves a process' "$($HAIL "127.0.0.1:$(port run)" leave)" left
ok 'the process is ended' wait_until '! pgrep -f "^sleep 61" >/dev/null'
is 'a program behind a proxy' "$(printf 'PROXY TCP4 192.0.2.7 198.51.100.1 1 2\r\n' |
    $HAIL "127.0.0.1:$(port behind)")" 192.0.2.7
is 'a builtin' "$(echo hello | $HAIL "127.0.0.1:$(port echo)")" hello
ok 'all sessions have ended' wait_until no_children
stop_haild
is 'haild exits with 0' "$haild_status" 0
ok 'and logged no invalid message' sh -c "! grep -qE 'invalid message' '$log'"
done_testing
