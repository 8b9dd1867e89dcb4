# logging.sh -- messages reach the journal and /var/log/syslog.
# init: systemd sysv
. "${srcdir:-.}/tests/system/lib.sh"

install_packages haild
cp /bin/true "$tmp/program"
service_conf log <<EOF
loud: {
	listen = ["127.0.0.1:7881"]
	exec = ["/bin/sh", "-c", "echo something is wrong >&2"]
	user = "nobody"
}
full: {
	listen = ["127.0.0.1:7892"]
	exec = ["/bin/cat"]
	user = "nobody"
	max-sessions = 1
	at-limit = "refuse"
}
gone: { listen = ["127.0.0.1:7893"] exec = ["$tmp/program"] user = "nobody" }
EOF
service haild reload >/dev/null
wait_until 'nc -z 127.0.0.1 7893'
rm "$tmp/program"
pid=$(main_pid)
serves 127.0.0.1
nc -d 127.0.0.1 7881
nc -d 127.0.0.1 7893
hold_open 7892
nc -d 127.0.0.1 7892

# in_syslog REGEX [PID]: wait for a line of haild, from the daemon or from PID.
in_syslog()
{
	wait_until "grep -Eq ' haild\[${2:-$pid}\]: $1\$' /var/log/syslog" &&
	    return
	grep haild /var/log/syslog | tail -n 20 | sed 's/^/# /'
	return 1
}

ok 'syslog: the end of a session' \
    in_syslog 'greeting: 127\.0\.0\.1:[0-9]+ pid [0-9]+ exit 0 [0-9.]+s cpu [0-9.]+s( mem [0-9.]+[KMG])?'
ok 'syslog: a client that is refused' \
    in_syslog 'full: 127\.0\.0\.1:[0-9]+ refused: service limit 1'
ok 'syslog: what a program wrote' \
    in_syslog 'loud: stderr: something is wrong' '[0-9]+'
ok 'syslog: a failure, by the process that failed' \
    in_syslog '.*/program: No such file or directory' '[0-9]+'

if [ "$init" = sysv ]; then
	fail2ban-regex /var/log/syslog /etc/fail2ban/filter.d/haild.conf \
	    >"$tmp/fail2ban" 2>&1
	like 'fail2ban finds the refused in syslog' "$(cat "$tmp/fail2ban")" \
	    '^Lines: .* 1 matched'
	done_testing
fi

# entry REGEX: priority, identifier and process ID of the first entry that matches.
entry()
{
	journalctl -u haild -o json --no-pager | python3 -c '
import json, re, sys
for line in sys.stdin:
    e = json.loads(line)
    if re.search(sys.argv[1], e["MESSAGE"]):
        print(e["PRIORITY"], e["SYSLOG_IDENTIFIER"], e["_PID"])
        break' "$1"
}

is 'journal: the end of a session' "$(entry 'greeting: .* exit 0')" \
    "6 haild $pid"
is 'journal: a client that is refused' "$(entry 'full: .* refused:')" \
    "6 haild $pid"
like 'journal: a failure, by the process that failed' \
    "$(entry 'program: No such file' | grep -v " $pid\$")" \
    '^[34] haild [0-9]+$'
fail2ban-regex systemd-journal /etc/fail2ban/filter.d/haild.conf \
    >"$tmp/fail2ban" 2>&1
like 'fail2ban finds the refused in the journal' "$(cat "$tmp/fail2ban")" \
    '^Lines: .* 1 matched'
done_testing
