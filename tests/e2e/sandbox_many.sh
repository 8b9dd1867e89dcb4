# sandbox_many.sh -- thousands of strict sessions leave no mount, namespace, cgroup
# or process behind.  That is fault 90.
#
#	SANDBOX_SESSIONS	how many (1000)
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command lsns perl unshare
own_world "$@"
. "$srcdir/tests/e2e/left.sh"

sessions=${SANDBOX_SESSIONS:-1000}
# A tenth of the sessions leave everything behind that they can.
few=$((sessions / 10))

# strict hides /tmp, so what programs need is in a /opt of this mount namespace.
cover /opt
cat >/opt/untidy.sh <<'END'
mkdir /tmp/directory /var/tmp/another
echo x | tee /tmp/directory/file >/dev/shm/memory
exec 3<>/tmp/directory/file
setsid sleep 1000 >/dev/null 2>&1 &
(setsid sh -c 'trap "" TERM HUP INT; sleep 1000; sleep 1000' &) >/dev/null 2>&1
# Sessions share abstract names where they share a network namespace.
perl -MSocket -e '
	socket(S, AF_UNIX, SOCK_STREAM, 0);
	bind(S, pack_sockaddr_un("\0left" . rand)) or die;
	defined(msgget(1, 0600 | 01000)) && defined(shmget(1, 4096,
	    0600 | 01000)) or die;
	open(F, ">", "/proc/self/comm"); fork; sleep 1000' 2>&1 &
until ipcs -m | grep -q 4096; do kill -0 $! || exit 1; done
echo untidy
END
cat >"$conf.one" <<'END'
kill-grace = "1s"
user = "pool:300000-300255"
sandbox = "strict"
max-sessions = 256
max-per-source = "none"
tidy: { listen = ["127.0.0.1:7001"] exec = ["/bin/echo", "-n", "tidy"] }
untidy: { listen = ["127.0.0.1:7002"] exec = ["/bin/sh", "/opt/untidy.sh"] }
endless: {
	listen = ["127.0.0.1:7003"]
	exec = ["/bin/sleep", "1000"]
	session-timeout = "1s"
}
commands: {
	listen = ["127.0.0.1:7004"]
	commands: { say: { exec = ["/bin/echo", "-n", "said"] } }
}
END
start_haild <"$conf.one"
find_leaves

# kernel NAME: how many objects of a kind the kernel has, about, on this host.
kernel()
{
	awk -v name="$1" '$1 == name { print $2 }' /proc/slabinfo
}

# all AT-ONCE PORT N TEXT [COMMAND]: N sessions.
all()
{
	"$PEER" crowd "127.0.0.1:$2" "$1" $((($3 + $1 - 1) / $1)) "$4" \
	    ${5:+"$5"} >"$tmp/crowd" 2>&1
}

# at_rest: no session, and nothing of one.
at_rest()
{
	no_children && [ "$(populated)" = 0 ]
}

# After a few of each kind, everything that stays has been made.
warm()
{
	all 8 7001 32 tidy && all 4 7002 8 'untidy
' && all 4 7003 4 '' && all 4 7004 16 X0 say
}
ok 'a few sessions' warm
sed 's/^/# /' "$tmp/crowd"
reload
wait_until at_rest 30
namespaces >"$tmp/namespaces.before"
mounts >"$tmp/mounts.before"
processes >"$tmp/processes.before"
lsns -n -o TYPE,COMMAND | sort >"$tmp/lsns.before"
descriptors >"$tmp/descriptors.before"
ok "mounts were counted" [ -s "$tmp/mounts.before" ]
leaves_before=$(leaves | wc -l)
for kind in mnt_cache pid_namespace net_namespace uts_namespace; do
	kernel $kind >"$tmp/kernel.$kind"
done

ok "$sessions sessions" all 8 7001 $((sessions - 2 * few)) tidy
sed 's/^/# /' "$tmp/crowd"
reload
ok "$few that leave processes, files and sockets" all 4 7002 "$few" 'untidy
'
sed 's/^/# /' "$tmp/crowd"
upgrade
like 'an upgrade in between' "$(last_upgrade)" '^upgrade complete'
ok "commands" all 4 7004 $((few / 2)) X0 say
ok 'those that a timeout ends' all 32 7003 $((few / 2)) ''
reload

ok 'no session is left' wait_until at_rest 60
for what in namespaces mounts processes; do
	$what >"$tmp/$what.after"
	is "the same $what" "$(cat "$tmp/$what.after")" \
	    "$(cat "$tmp/$what.before")"
done
lsns -n -o TYPE,COMMAND | sort >"$tmp/lsns.after"
is 'the same for lsns' "$(cat "$tmp/lsns.after")" "$(cat "$tmp/lsns.before")"
is 'the same number of descriptors' "$(descriptors)" \
    "$(cat "$tmp/descriptors.before")"
# The daemon keeps leaves for sessions to come, but no more than before.
ok "no more leaves than $leaves_before and a few" \
    [ "$(leaves | wc -l)" -le $((leaves_before + 64)) ]
# Other work on this host makes some, too, and the kernel counts what it has kept
# to use again.  A leak would show for each session.
for kind in mnt_cache pid_namespace net_namespace uts_namespace; do
	most=$(($(cat "$tmp/kernel.$kind") + 256 + sessions / 4))
	[ -n "$(kernel $kind)" ] || continue
	ok "the kernel has freed its objects: $kind" \
	    wait_until "[ \$(kernel $kind) -le $most ]" 60
done
is 'no file' "$(find /tmp /var/tmp /dev/shm -uid +299999 2>/dev/null)" ''
is 'no memory or queue of System V' \
    "$(awk 'NR > 1 && $0 ~ / 300[0-2][0-9][0-9] /' /proc/sysvipc/*)" ''

stop_haild
is 'it stops' "$haild_status" 0
[ -z "$cgroup_tree" ] || [ "${own_cgroup##*/}" != daemon ] ||
    ok 'and leaves no cgroup' [ ! -e "$cgroup_base/sessions" ]
is 'no process of a pool' "$(ps -e -o uid= | awk '$1 >= 300000' | wc -l)" 0
done_testing
