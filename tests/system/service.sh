# service.sh -- haild.service: start, stop, reload, and failures of these.
. "${srcdir:-.}/tests/system/lib.sh"
session=

property()
{
	systemctl show -P "$1" haild.service
}

# status_has REGEX: wait until systemctl status has a line that matches; the
# journal may have a process's last messages a little later.
status_has()
{
	wait_until "systemctl status -n ${2:-30} haild 2>&1 | grep -Eq '$1'" &&
	    return
	systemctl status -n 30 haild 2>&1 | sed 's/^/# /'
	return 1
}

journal()
{
	journalctl -u haild -o cat
}

# errors_logged: how often the journal has the error of more.conf.
errors_logged()
{
	journal | grep -c '/more.conf:3: unknown setting .mesage'
}

# fails COMMAND...: it fails; its output is discarded.
fails()
{
	! "$@" 2>/dev/null
}

install_packages haild
is 'it runs' "$(property ActiveState)" active
is 'and will after a boot' "$(systemctl is-enabled haild)" enabled
is 'its status says how it is' "$(property StatusText)" '2 services, 0 sessions'
is 'systemd knows its process' "$(property MainPID)" "$(main_pid)"
is 'no limit of tasks' "$(property TasksMax)" infinity
is 'one session that takes too much memory does not stop it' \
    "$(property OOMPolicy)" continue

# --- reload ---

pid=$(main_pid)
service_conf more <<EOF
more: { listen = ["127.0.0.1:7881"] message = "more\n" }
EOF
ok 'reload' systemctl reload haild
is 'a new service serves when that returns' "$(nc -d 127.0.0.1 7881)" more
is 'the same process' "$(main_pid)" "$pid"
service_conf more <<EOF
more: {
	listen = ["127.0.0.1:7881"]
	mesage = "less\n"
}
EOF
ok 'reload of a broken file fails' fails systemctl reload haild
like 'the status text tells' "$(property StatusText)" \
    '; last reload failed: errors in the configuration$'
ok 'status says what is wrong' \
    status_has '/etc/haild/conf.d/more.conf:3: unknown setting "mesage"'
ok 'so does the journal, from the daemon and from the reload command' \
    wait_until "[ \"\$(errors_logged)\" = 2 ]"
is 'the old configuration serves' "$(nc -d 127.0.0.1 7881)" more
is 'the same process' "$(main_pid)" "$pid"
is 'it is active' "$(property ActiveState)" active

# --- a start that fails ---

ok 'stop' systemctl stop haild
ok 'it has ended' ends "$pid"
is 'its end was in order' "$(property Result)" success
ok 'the file with its process ID is gone' [ ! -e /run/haild.pid ]
ok 'start with a broken file fails' fails systemctl start haild
is 'by its status' "$(property ExecMainStatus)" 78
is 'it is not tried again' "$(property ActiveState) $(property NRestarts)" \
    'failed 0'
ok 'status says what is wrong' \
    status_has '/etc/haild/conf.d/more.conf:3: unknown setting "mesage"' 6
ok 'so does the journal, once more' wait_until "[ \"\$(errors_logged)\" = 3 ]"

# --- a port in use, a user that is missing ---

in_background nc -l -k -d 127.0.0.1 7892
wait_until 'nc -z 127.0.0.1 7892'
service_conf more <<EOF
taken: { listen = ["127.0.0.1:7892"] message = "" }
someone: {
	listen = ["127.0.0.1:7893"]
	exec = ["/bin/cat"]
	user = "no-such-user"
}
EOF
ok 'with a port in use and a user missing it starts' systemctl start haild
ok 'and serves the rest' serves
like 'its status says what is out' "$(property StatusText)" \
    '^2 services, . sessions?; out of service: (someone, taken|taken, someone)$'
ok 'systemctl status has it' status_has 'out of service: .*taken'
ok 'and the reasons: the port' \
    status_has 'taken: cannot listen on 127.0.0.1:7892: Address already in use'
ok 'and the user' status_has 'conf.d/more.conf:5: user "no-such-user" does not exist'

service_conf more <<EOF
strict-start = true
taken: { listen = ["127.0.0.1:7892"] message = "" }
EOF
ok 'reload fails where only the daemon can know' fails systemctl reload haild
ok 'and tells why' status_has 'reload failed: cannot open all listeners'

# --- stop, and ends that systemd answers with a restart ---

rm /etc/haild/conf.d/more.conf
service_conf stay <<EOF
stop-timeout = "1s"
stay: {
	listen = ["127.0.0.1:7881"]
	exec = ["/bin/sh", "-c", "trap '' TERM; while :; do sleep 1; done"]
	user = "nobody"
	kill-grace = "1s"
}
EOF
systemctl restart haild
hold_open 7881
ok 'a session is open' \
    wait_until 'session=$(pgrep -o -u nobody -f "while :")'
ok 'stop, with a session that does not want to' systemctl stop haild
is 'haild itself ended it' "$(property Result)" success
ok 'and it has ended' ends "$session"
ok 'as the journal says' \
    wait_until 'journal | grep -Eq "stay: .* stop [0-9.]+s( cpu [0-9.]+s( mem [0-9.]+.)?)?$"'
release_all

# restarted: it serves, and is another process than before.
restarted()
{
	wait_until '[ "$(main_pid 2>/dev/null)" != "$pid" ] && serves' 20
}

systemctl start haild
pid=$(main_pid)
kill -KILL "$pid"
ok 'killed, it is started again' restarted
mkdir -p /etc/systemd/system/haild.service.d
cat >/etc/systemd/system/haild.service.d/test.conf <<EOF
[Service]
WatchdogSec=1
TimeoutAbortSec=1
EOF
systemctl daemon-reload
systemctl restart haild
pid=$(main_pid)
kill -STOP "$pid"
ok 'when it hangs, too' restarted
done_testing
