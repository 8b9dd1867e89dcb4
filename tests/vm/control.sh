# control.sh -- haildctl with sessions that have cgroups, JSON lines with what a
# session used, and the verdict of a command over TLS.
# root: disk
. "${srcdir:-.}/tests/vm/lib.sh"

fresh <<EOF
log-format = "json"
user = "nobody"
stay: {
	listen = ["127.0.0.1:7881"]
	exec = ["/bin/sh", "-c", "setsid sleep 4242 & echo \$\$; exec cat"]
}
hog: {
	listen = ["127.0.0.1:7882"]
	exec = ["/usr/bin/tail", "/dev/zero"]
	memory-max = "32M"
}
admin: {
	listen = ["127.0.0.1:7883"]
	tls = true
	tls-certificate = "/etc/haild/tls/cert.pem"
	tls-key = "/etc/haild/tls/key.pem"
	tls-client = "none"
	commands: {
		ends: { exec = ["/bin/sh", "-c", "exit 3"] }
		greedy: { exec = ["/usr/bin/tail", "/dev/zero"] memory-max = "32M" }
		forks: {
			exec = ["/bin/sh", "-c", "echo a | cat; echo b"]
			tasks-max = 1
		}
	}
}
EOF

# --- sessions and kill ---

opens one 7 7881
opens two 8 7881
pid=$(cat "$tmp/one")
sessions=$(haildctl sessions stay)
is 'sessions' "$(printf '%s\n' "$sessions" | grep -c ' stay ')" 2
like 'with the pid' "$sessions" " $pid "
like 'and the user' "$(printf '%s\n' "$sessions" | grep " $pid ")" ' nobody '
id=$(printf '%s\n' "$sessions" | awk -v pid="$pid" '
    { for (i = 1; i <= NF; i++) if ($i == pid) print $1 }')
leaf=$(leaf "$pid")
is 'kill' "$(haildctl kill "$id")" 'ending 1 session'
ok 'the session ends' ends "$pid" 60
ok 'and its helper, which has left it' wait_until '[ "$(pgrep -xc sleep)" = 1 ]'
ok 'its cgroup is empty' wait_until \
    "[ -z \"\$(cat '$leaf/cgroup.procs' 2>/dev/null)\" ]"
ok 'the other session lives' kill -0 "$(cat "$tmp/two")"
is 'kill: all of a service' "$(haildctl kill --service stay)" 'ending 1 session'
ok 'the other ends' ends "$(cat "$tmp/two")" 60
ok 'and its helper' wait_until '! pgrep -x sleep >/dev/null'
exec 7>&- 8>&-
nc -d 127.0.0.1 7882 >"$tmp/hog"

# --- the log ---

ok 'the log says who ended it, with processor time and memory' says \
    '"event":"session-end","service":"stay",.*"outcome":"killed-by-admin",.*"cpu":[0-9.]+,"memory_peak":[0-9]+'
ok 'and that a session used too much memory' says \
    '"event":"session-end","service":"hog",.*"outcome":"limit-memory",.*"cpu":[0-9.]+,"memory_peak":[0-9]+'
journal | python3 -c '
import json, sys
for line in sys.stdin:
    if line.startswith("{"):
        e = json.loads(line)
        if e.get("event") == "session-end":
            print(e["service"], e["message"])
' >"$tmp/messages"
like '"message" is the line of the text format' "$(cat "$tmp/messages")" \
    'hog hog: .* limit memory [0-9.]+s cpu [0-9.]+s mem (3[0-9](\.[0-9])?|2[0-9.]+)M'

# --- the verdict ---

# verdict WORDS STATUS COMMAND
verdict()
{
	timeout 60 "$HAIL" --tls --insecure -v 127.0.0.1:7883 "$3" \
	    >"$tmp/out" 2>"$tmp/err" </dev/null
	is "verdict: $1" "$? $(sed -n 's/^hail: verdict: //p' "$tmp/err")" "$2 $1"
}
verdict 'exit 3' 3 ends
verdict 'limit memory' 137 greedy
verdict 'limit tasks' 125 forks
is 'metrics have them' "$(haildctl metrics |
    sed -n 's/^haild_sessions_total{service="admin",outcome="\(limit.*\)"} 1$/\1/p' |
    sort | tr '\n' ' ')" 'limit-memory limit-tasks '
is 'haild has not started again' "$(systemctl show -P NRestarts haild)" 0
done_testing
