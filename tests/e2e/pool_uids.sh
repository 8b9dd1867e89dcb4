# pool_uids.sh -- uids of a pool, without cgroups and without PID namespaces.
#
# Fault 89: a uid is not given to a session while it owns a process of another.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
own_world

# Without cgroups.
umount -R -l /sys/fs/cgroup 2>/dev/null
grep -q ' - cgroup2 ' /proc/self/mountinfo && skip_all 'cannot unmount cgroups'
# Sessions have a directory and programs that they can reach.
cover /opt
cp "$builddir/tests/e2e/escape" /opt/escape
FIRST=271000

# config LAST: the pool's last uid.
config()
{
	cat <<-EOF
	control = "$tmp/ctl.sock"
	max-per-source = "none"
	escape: {
		listen = ["127.0.0.1:${escape:-0}"]
		exec = ["/opt/escape", "-"]
		user = "pool:$FIRST-$1"
		max-sessions = 4
		max-per-source = "none"
		at-limit = "refuse"
	}
	hold: {
		listen = ["127.0.0.1:${hold:-0}"]
		exec = ["/bin/sh", "-c", "id -u; cat"]
		user = "pool:$FIRST-$1"
		max-sessions = 4
		max-per-source = "none"
		at-limit = "refuse"
	}
	kept: {
		listen = ["127.0.0.1:${kept:-0}"]
		exec = ["/opt/escape", "-"]
		user = "pool:$((FIRST + 100))-$((FIRST + 100))"
		max-sessions = 1
		leftovers = "keep"
		at-limit = "refuse"
	}
	patient: {
		listen = ["127.0.0.1:${patient:-0}"]
		exec = ["/opt/escape", "-"]
		user = "pool:$((FIRST + 200))-$((FIRST + 201))"
		max-sessions = 2
		max-per-source = "none"
	}
	EOF
}

# attempt WORD...: in a session of its own; what it prints, or nothing.
attempt()
{
	echo "$*" | nc -N 127.0.0.1 "$escape"
}

# owners: the uids of the pool that own processes.
owners()
{
	ps -eo uid= | awk -v first="$FIRST" '$1 >= first && $1 < first + 1000' |
	    sort -u
}

# begin: open a session that stays, as $last; its uid is in $uid.
begin()
{
	: >"$tmp/uid"
	in_background "$PEER" hold "$hold" >"$tmp/uid"
	held="$held $last"
	wait_until "[ -s '$tmp/uid' ]"
}

config $((FIRST + 3)) >"$tmp/config"
start_haild <"$tmp/config"
escape=$(port escape)
hold=$(port hold)
kept=$(port kept)
patient=$(port patient)

# Fault 89.  Each session looks for processes of its user in others, and leaves
# one that has its own group and session, or that respawns, or that kills.
for _ in 1 2 3 4 5 6 7 8; do
	for how in setsid double-fork vfork respawn; do
		attempt "outlive-$how" x >>"$tmp/started"
		# Two, or each of four uids would always have the same attempt.
		attempt company >>"$tmp/company"
		attempt company >>"$tmp/company"
	done
done
# A client that is refused because all four are being cleaned reads nothing.
is 'helpers were started' "$(sort -u "$tmp/started")" 'escaped'
ok 'in most sessions' [ "$(wc -l <"$tmp/started")" -ge 8 ]
is 'and no session has a uid with a process of another one' \
    "$(sort -u "$tmp/company")" 'stopped: No such process'
ok 'nothing outlives its session' wait_until '[ -z "$(owners)" ]'

# A process that kills what is to kill it is killed by one of many.
# It may kill its session before that can say that it was started.
attempt outlive-kill x >"$tmp/killer"
is 'one that kills all of its user has a uid that is not given to the next' \
    "$(attempt company)" 'stopped: No such process'
ok 'and is killed' wait_until '[ -z "$(owners)" ]' 60

# Nor while many sessions come and go side by side.
clients()
{
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		attempt company
		attempt outlive-double-fork x
		attempt outlive-respawn x
	done
}
pids=
for client in 1 2 3 4; do
	clients >"$tmp/client$client" &
	pids="$pids $!"
done
for pid in $pids; do
	wait "$pid"
done
like 'side by side: sessions are served' "$(cat "$tmp"/client*)" \
    'No such process'
is 'and none has company' \
    "$(cat "$tmp"/client* | sort | uniq -c | grep -vc 'escaped\|No such')" 0
ok 'nothing is left' wait_until '[ -z "$(owners)" ]'

# Clients that wait for a uid: with at-limit = "wait" none is refused.
pids=
for client in $(seq 20); do
	echo outlive-setsid x | nc -N 127.0.0.1 "$patient" >"$tmp/patient$client" &
	pids="$pids $!"
done
for pid in $pids; do
	wait "$pid"
done
is 'clients wait until a uid has been checked' \
    "$(cat "$tmp"/patient* | grep -cx escaped)" 20
is 'and none is refused' "$(grep -c ' patient: .* refused' "$log")" 0
ok 'nothing is left of them' wait_until '[ -z "$(owners)" ]'

# Exhausted.  Until the uid of an ended session has been checked, it is not given.
tries=200
while [ "$(sessions | wc -l)" -lt 4 ] && [ $((tries -= 1)) -gt 0 ]; do
	hold_open "$hold"
done
has_sessions 4
is 'each session has a uid of its own' "$(owners)" \
    "$(seq $FIRST $((FIRST + 3)))"
is 'a fifth is refused' "$(attempt company)" ''
ok 'which is logged' logged ' user pool'

# A control process does not have the tables of pools.
"$HAILDCTL" -s "$tmp/ctl.sock" status >"$tmp/status"
is 'status, with pools' "$? $(grep -c '^[a-z]* *serving ' "$tmp/status")" '0 4'
like 'a client for whom no uid is free' \
    "$("$HAILDCTL" -s "$tmp/ctl.sock" explain escape 127.0.0.1 | head -n 1)" \
    '^refused: user pool '
is 'and one for whom there are some' \
    "$("$HAILDCTL" -s "$tmp/ctl.sock" explain patient 127.0.0.1 | head -n 1)" \
    'served (access no list excludes the client)'

# A reload and an upgrade while sessions have all.
config $((FIRST + 4)) >"$conf"
reload
like 'a reload makes the pool larger' "$(last_reload)" 'reloaded'
hold_open "$escape"
has_sessions 5
is 'a session has the new uid' "$(owners)" "$(seq $FIRST $((FIRST + 4)))"
upgrade
like 'an upgrade' "$(last_upgrade)" 'complete'
is 'after it all uids are in use' "$(attempt company)" ''
release_all
ok 'all end' wait_until '[ -z "$(owners)" ]'
is 'and are given again' "$(attempt company)" 'stopped: No such process'

# Leftovers that are kept.
is 'leftovers = "keep"' "$(echo outlive-setsid x | nc -N 127.0.0.1 "$kept")" \
    'escaped'
is 'its only uid is not given again' \
    "$(echo company | nc -N 127.0.0.1 "$kept")" ''
is 'and its process lives' "$(owners)" $((FIRST + 100))

# A daemon that crashed, and its successor.
kill -KILL "$haild_pid"
wait "$haild_pid" 2>/dev/null
haild_pid=
config $((FIRST + 4)) >"$tmp/config"
start_haild <"$tmp/config"
ok 'a new daemon finds the process of an old one' logged \
    'user pool: 1 user ID in use by other processes'
is 'and does not give its uid' "$(echo company | nc -N 127.0.0.1 "$kept")" ''
is 'nor kill it' "$(owners)" $((FIRST + 100))
for pid in $(ps -eo uid=,pid= | awk -v uid=$((FIRST + 100)) '$1 == uid { print $2 }'); do
	kill -KILL "$pid"
done
ok 'until it has ended' wait_until \
    '[ "$(echo company | nc -N 127.0.0.1 "$kept")" = "stopped: No such process" ]' 30
stop_haild
is 'the daemon stops' "$haild_status" 0
is 'and leaves nothing' "$(owners)" ''

done_testing
