# log_json.sh -- log-format = "json": every line is an object, whatever happens.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command openssl python3 unshare nc
unshare --mount true 2>/dev/null || skip_all 'needs namespaces'
own_world
. "$srcdir/tests/e2e/pki.sh"
. "$srcdir/tests/e2e/tls.sh"
own_dev

lines=$srcdir/tests/e2e/json_lines.py

# all_json FILE: check each line of it.
all_json()
{
	is "all of $(wc -l <"$1") lines are objects" \
	    "$(python3 "$lines" check "$srcdir/man/haild.8" "$1")" ''
}

pki_ca root
pki_cert www root server DNS:www.example.org
pki_cert web1 root client DNS:web1.example.org
# Every byte but NUL, digits and letters, in fewer lines than a second may have;
# and one that is longer than a line of the log.
python3 -c 'import sys
for i in range(1, 256):
    if not bytes([i]).isalnum():
        sys.stdout.buffer.write(b"a\"" + bytes([i]) + b"b\n")
sys.stdout.buffer.write(b"\"\\" * 1000 + b"\n")' >"$tmp/bytes"
chmod 644 "$tmp/bytes"
chmod 755 "$tmp"

# config FORMAT [LINE]
config()
{
	cat <<-END
	control = "$tmp/ctl.sock"
	log-format = "$1"
	log-start = true
	stop-timeout = "1s"
	tls-certificate = "$pki/www.pem"
	tls-key = "$pki/www.key"
	${2:-}
	message: { listen = ["127.0.0.1:7001", "$sock"] message = "hello\n" }
	chargen: {
		listen = ["127.0.0.1:7002"]
		builtin = "chargen"
		idle-timeout = "3s"
		max-sessions = 1
		at-limit = "refuse"
	}
	hasty: { listen = ["127.0.0.1:7003"] builtin = "echo" start-timeout = "1s" }
	exec: {
		listen = ["127.0.0.1:7004"]
		user = "$me"
		exec = ["/bin/sh", "-c", "cat $tmp/bytes >&2; exit 3"]
	}
	slow: {
		listen = ["127.0.0.1:7005"]
		user = "$me"
		exec = ["/bin/sleep", "60"]
		session-timeout = "1s"
		on-disconnect = "continue"
	}
	denied: { listen = ["127.0.0.1:7006"] message = "" deny = ["127.0.0.0/8"] }
	dies: {
		listen = ["127.0.0.1:7007"]
		user = "$me"
		exec = ["/bin/sh", "-c", "kill -9 \$\$"]
	}
	commands: {
		listen = ["127.0.0.1:7008"]
		user = "$me"
		commands: {
			say: { exec = ["/bin/echo"] args = "0-" }
			strict: { exec = ["/bin/echo"] args = "1" arg-match = ["[a-z]"] }
		}
	}
	secure: {
		listen = ["127.0.0.1:7009"]
		tls = true
		tls-client = "optional"
		tls-client-ca = "$pki/root.pem"
		builtin = "echo"
	}
	waiting: {
		listen = ["127.0.0.1:7010"]
		user = "$me"
		exec = ["/bin/cat"]
		max-sessions = 1
	}
	END
}

# use_all: sessions of all handlers, ends of all kinds, refusals.
use_all()
{
	timeout 20 nc -d 127.0.0.1 7001 >/dev/null
	timeout 20 nc -d -U "$sock" >/dev/null
	hold_open 7002
	# Quickly: it ends after its idle-timeout.
	wait_until 'grep -q '"'"'"event":"session-start",.*"service":"chargen"'"'"' "$log"'
	timeout 20 nc -d 127.0.0.1 7002 >/dev/null
	hold_open 7003
	timeout 20 nc -d 127.0.0.1 7004 >/dev/null
	timeout 20 nc -d 127.0.0.1 7005 >/dev/null
	timeout 20 nc -d 127.0.0.1 7006 >/dev/null
	timeout 20 nc -d 127.0.0.1 7007 >/dev/null
	# shellcheck disable=SC2086 # HAIL may be a command with arguments
	$HAIL 127.0.0.1:7008 say 'a "b"' "$(printf 'x\n\033\351\134')" >/dev/null
	# shellcheck disable=SC2086
	$HAIL 127.0.0.1:7008 strict '"9' >/dev/null 2>&1
	printf 'GET / HTTP/1.0\r\n\r\n' | timeout 20 nc -N 127.0.0.1 7008 >/dev/null
	served 7009
	PKI_NAME=web1 served 7009
	printf 'GET / HTTP/1.0\r\n\r\n' | timeout 20 nc -N 127.0.0.1 7009 >/dev/null
	hold_open 7010 2
}

start_haild <<EOF
$(config json)
EOF
use_all

ok 'a message' has event=session-end service=message outcome=exit status=0 \
    'duration=[0-9.]+' 'client=127.0.0.1:[0-9]+' 'session_pid=[0-9]+' \
    'message=message: 127.0.0.1:[0-9]+ pid [0-9]+ exit 0 [0-9.]+s.*'
ok 'its start' has event=session-start service=message client=uid:0
ok 'an idle timeout' has event=session-end service=chargen outcome=timeout-idle
ok 'a start timeout' has event=session-end service=hasty outcome=timeout-start
ok 'an exit status' has event=session-end service=exec outcome=exit status=3
ok 'a signal' has event=session-end service=dies outcome=signal signal=9
ok 'a session timeout' has event=session-end service=slow \
    outcome=timeout-session
ok 'a command' has event=session-end service=commands outcome=exit \
    'detail=user .* command say .*'
ok 'a refused command' has event=session-end service=commands \
    outcome=refused-argument argument=1
ok 'a client that speaks another protocol' has event=session-end \
    service=commands outcome=protocol-error
ok 'TLS' has event=session-end service=secure outcome=exit status=0
ok 'another protocol than TLS' has event=refused service=secure reason=tls \
    'detail=not TLS'
ok 'a refusal' has event=refused service=denied reason=access
ok 'at a limit' has event=refused service=chargen reason=service-limit limit=1
ok 'clients that wait' has event=waiting service=waiting reason=service-limit
ok 'standard error of a program' has event=stderr service=exec \
    'message=exec: stderr: a".377b'
release_all
ok 'they wait no longer' has event=waiting-ended service=waiting

kill -USR1 "$haild_pid"
ok 'a summary' has event=summary service=exec 'message=summary: exec: .*'
ok 'the level is a word' has level=info event=serving

# Reloads: the format follows the configuration.
config json 'nonsense = "\"\\"' >"$conf"
reload
ok 'a reload that fails' has event=reload-failed level=error
ok 'and why, from haild-load' has 'level=error' 'message=.*nonsense.*'
all_json "$log"
config text >"$conf"
: >"$log"
reloads=0
reload
ok 'text after a reload' logged '^[0-9-]+ [0-9:]+ haild\[[0-9]+\]: reloaded: '
timeout 20 nc -d 127.0.0.1 7004 >/dev/null
ok 'of sessions, too' logged ' exec: 127.0.0.1:[0-9]+ pid [0-9]+ exit 3 '
ok 'and of the logger' logged '\]: exec: stderr: a'
config json >"$conf"
reload
: >"$log"
timeout 20 nc -d 127.0.0.1 7004 >/dev/null
ok 'and JSON again' has event=session-end service=exec
ok 'from the logger, too' has event=stderr service=exec

# An upgrade.
upgrade
ok 'an upgrade' has event=upgrade
ok 'has taken over' has event=upgraded
timeout 20 nc -d 127.0.0.1 7001 >/dev/null
ok 'sessions after it' has event=session-end service=message
wait_until 'logger=$(pgrep -P "$haild_pid" -f "haild: logger")'
kill -KILL "$logger"
ok 'a process that is killed' has level=warning 'message=the logger .*'
hold_open 7010
ok 'a session at the stop' has event=session-start service=waiting
stop_haild
ok 'a stop' has event=stopping
ok 'its sessions' has event=session-end service=waiting outcome=killed-by-stop
ok 'and the end' has event=stopped
is 'nothing is text after an upgrade' "$(grep -c '^2[0-9-]* ' "$log")" 0
all_json "$log"

# Before the configuration is read, and with -t, there is only text.
config json 'nonsense = 1' >"$conf"
# shellcheck disable=SC2086
$HAILD -t -c "$conf" >"$tmp/out" 2>&1
like 'haild -t prints text' "$(cat "$tmp/out")" '^haild: .*nonsense'

# syslog
in_background python3 "$lines" receive /dev/log "$tmp/syslog"
wait_until '[ -S /dev/log ]'
config json >"$conf"
log=$tmp/syslog
# shellcheck disable=SC2086
$HAILD -c "$conf" -p "$tmp/pid" >"$tmp/out" 2>&1
is 'a daemon starts' $? 0
haild_pid=$(cat "$tmp/pid")
background="$background $haild_pid"
use_all
ok 'syslog: an end' has event=session-end service=exec outcome=exit status=3
ok 'a refusal' has event=refused service=denied reason=access
ok 'the object is the message' logged \
    '<30>[A-Z][a-z]{2} [ 1-3][0-9] [0-9:]{8} haild\[[0-9]+\]: \{"time":'
ok 'a session that timed out' has event=session-end outcome=timeout-session
ok 'standard error' has event=stderr service=exec 'message=exec: stderr: a".377b'
kill "$haild_pid"
ok 'a stop' has event=stopped
haild_pid=
all_json "$tmp/syslog"
done_testing
