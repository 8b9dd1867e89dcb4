# live.sh -- sessions with limits during a reload, an upgrade, a daemon-reload of
# systemd, a restart and a crash of haild.
# root: disk
. "${srcdir:-.}/tests/vm/lib.sh"

fresh <<EOF
user = "nobody"
hog: {
	listen = ["127.0.0.1:7881"]
	exec = ["/bin/sh", "-c", "setsid sleep 4242 & echo \$\$; read go && exec tail /dev/zero"]
	memory-max = "32M"
}
EOF
daemon=$(main_pid)
opens first 7 7881
pid=$(cat "$tmp/first") leaf=$(leaf "$(cat "$tmp/first")")

# stays WHEN: the session and its limit are as they were.
stays()
{
	ok "$1: the session lives" kill -0 "$pid"
	is "$1: in its cgroup" "$(leaf "$pid")" "$leaf"
	is "$1: with its limit" "$(cat "$leaf/memory.max")" 33554432
	is "$1: the same daemon" "$(main_pid)" "$daemon"
}

# limited NAME FD: a new session is ended by its limit.
limited()
{
	opens "$1" "$2" 7881
	limited_pid=$(cat "$tmp/$1")
	eval "echo go >&$2"
	ok "$1: a new session is limited" ends "$limited_pid" 60
	eval "exec $2>&-"
}

systemctl daemon-reload
stays daemon-reload
limited daemon-reload 8
sed -i 's/32M/24M/' /etc/haild/conf.d/test.conf
systemctl reload haild
stays reload
opens smaller 8 7881
is 'a new session has the new limit' \
    "$(cat "$(leaf "$(cat "$tmp/smaller")")/memory.max")" 25165824
exec 8>&-
kill -USR2 "$(main_pid)"
ok 'upgrade' says 'upgrade complete'
stays upgrade
limited upgrade 8
systemctl daemon-reload
stays 'daemon-reload after it'
limited again 8
echo go >&7
ok 'the first session is limited, too' ends "$pid" 60
ok 'and the log says so' \
    wait_until '[ "$(journal | grep -c "hog: .* limit memory")" = 4 ]' 1
journal | grep 'hog: .* cpu ' | sed 's/^/# /'
exec 7>&-
ok 'no helper is left' wait_until '! pgrep -x sleep >/dev/null'
ok 'its cgroup is gone' wait_until '[ ! -e "$leaf" ]'

opens restarted 7 7881
ok 'restart' systemctl restart haild
ok 'ends the session' ends "$(cat "$tmp/restarted")"
ok 'and its helper' wait_until '! pgrep -x sleep >/dev/null'
exec 7>&-
limited restart 8

opens crashed 7 7881
daemon=$(main_pid)
kill -KILL "$daemon"
ok 'killed, it is started again' \
    wait_until '[ "$(main_pid 2>/dev/null)" != "$daemon" ] && serves' 60
ok 'the session has ended' ends "$(cat "$tmp/crashed")"
ok 'and its helper' wait_until '! pgrep -x sleep >/dev/null'
exec 7>&-
limited crash 8
done_testing
