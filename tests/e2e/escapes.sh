# escapes.sh -- each attempt of the program escape at each preset, compared with
# the table in SECURITY.md.
#
# "host" in the table: a setting of the kernel decides.  Faults 86 and 87.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
own_world
renice -n 0 -p $$ >/dev/null	# one attempt sets priority 5

attempts='outlive-.*|[a-z]'
[ "$(uname -m)" = x86_64 ] || attempts='outlive-.*|[a-hj-z]' # no int80
# The attempt, and what it does at each preset.
sed -n 's/^| `\([a-z0-9_-]*\)`: [^|]* | \([a-z]*\) | \([a-z]*\) | \([a-z]*\) | .*/\1 \2 \3 \4/p' \
    "$srcdir/SECURITY.md" | grep -E "^($attempts)" >"$tmp/table"

# What sessions can reach, in this test's mounts and network only.
cover /opt
cp "$builddir/tests/e2e/escape" /opt/escape
cp /opt/escape /opt/escape-root
chmod 4755 /opt/escape-root
sysconfdir=$(sed -n 's/^sysconfdir = //p' "$builddir/Makefile" |
    sed "s|\${prefix}|$(sed -n 's/^prefix = //p' "$builddir/Makefile")|")
mkdir -p "$sysconfdir"
mount -t tmpfs -o mode=755 tmpfs "$sysconfdir"
mkdir "$sysconfdir/haild"
echo secret >"$sysconfdir/haild/haild.conf"
cover /home
echo secret >/home/secret
chmod 644 /home/secret "$sysconfdir/haild/haild.conf"
ip address add 10.99.1.1/32 dev lo
cgroups=$(awk '$(NF-2) == "cgroup2" { print $5; exit }' /proc/self/mountinfo)
# Not from $$: in its own PID namespace this script is always process 1.
token=$(shuf -i 100000-999999 -n 1)
mkfifo "$tmp/victim.in"

# A process of the host, of their user.
in_background setpriv --reuid=nobody --regid=nogroup --clear-groups \
    sleep infinity
outsider=$last

# Each preset has a victim and an attacker of the same user, or pool.
POOL=pool:272000-272015
strict='sandbox = "strict"'
# The same without a cgroup, which strict demands.
parts='sandbox = "basic" protect-system = "strict" private-tmp = true
    private-network = true private-ipc = true private-pids = true
    protect-hostname = true landlock-scope = true inaccessible-paths = ["-/run"]'
settings()
{
	case $1 in
	none) echo 'user = "nobody" sandbox = "none"' ;;
	basic) echo 'user = "nobody" sandbox = "basic"' ;;
	strict) echo "user = \"$POOL\" $strict" ;;
	apart) echo 'user = "nobody" landlock-scope = true' ;;
	esac
	echo 'max-sessions = 8 max-per-source = "none"'
}
config()
{
	for preset in none basic strict apart; do
		cat <<-EOF
		victim-$preset: {
			listen = ["127.0.0.1:0"]
			exec = ["/opt/escape", "victim", "$token"]
			environment = ["SECRET=secret"]
			stderr = "client"
			$(settings $preset)
		}
		attack-$preset: {
			listen = ["127.0.0.1:0"]
			exec = ["/opt/escape", "-"]
			stderr = "client"
			$(settings $preset)
		}
		EOF
	done
	echo 'hello: { listen = ["0.0.0.0:0"] message = "hello" }'
}

# attack PRESET WORD...: what the attempt prints.
attack()
{
	attack_preset=$1
	shift
	echo "$*" | timeout -k 1 20 nc -N 127.0.0.1 "$(port "attack-$attack_preset")"
}

# victim PRESET: start one; $victim is its pid, in this PID namespace.
victim()
{
	: >"$tmp/victim.out"
	nc -N 127.0.0.1 "$(port "victim-$1")" <"$tmp/victim.in" \
	    >"$tmp/victim.out" &
	client=$!
	exec 5>"$tmp/victim.in"
	wait_until "grep -q ready '$tmp/victim.out'"
	victim=$(ps -eo pid=,args= |
	    awk -v token="$token" '$2 ~ /escape$/ && $3 == "victim" && $4 == token {
		print $1
		exit
	    }')
}
end_victim()
{
	exec 5>&-
	wait "$client"
}

# words ATTEMPT: what the program is to be told.
words()
{
	case $1 in
	proc-root) echo "read /proc/$outsider/root/home/secret" ;;
	ptrace | process_vm_readv | proc-* | pidfd_getfd | signal | priority | \
	    affinity | prlimit | enter-namespace)
		echo "$1 $victim"
		;;
	abstract-socket | path-socket | temporary-file | posix-memory | \
	    sysv-memory | message-queue | key | netlink-message | \
	    port-in-use | name-in-use | net-sockets)
		echo "$1 $token"
		;;
	set-uid-program) echo "$1 /opt/escape-root" ;;
	outlive-respawn) echo "$1 $1 50000" ;;
	dev-mem) echo 'read /dev/mem' ;;
	write-sys) echo 'write /sys/kernel/uevent_helper' ;;
	write-proc-sys) echo 'write /proc/sys/kernel/core_pattern' ;;
	leave-cgroup | cgroup-limit) echo "$1 ${cgroups:-/nonexistent}" ;;
	connect-loopback) echo "connect 127.0.0.1 $(port hello)" ;;
	connect-outside) echo "connect 10.99.1.1 $(port hello)" ;;
	read-config) echo "read $sysconfdir/haild/haild.conf" ;;
	read-home) echo 'read /home/secret' ;;
	*) echo "$1 $1" ;;
	esac
}

# escapees: the helpers that live, by the attempt's name.
escapees()
{
	ps -eo comm=,args= | awk '$2 == "escapee" { print $4 }
	    $1 == "outlive-respawn" { print $1 }' | sort -u
}

# helpers: the pids of those that do not end by themselves.
helpers()
{
	ps -eo pid=,args= | awk '$2 == "escapee" { print $1 }'
}

# column PRESET: its number in the table.
column()
{
	case $1 in none) echo 2 ;; basic) echo 3 ;; strict) echo 4 ;; esac
}

# wanted PRESET: "ATTEMPT RESULT" lines of the table; without cgroups only a PID
# namespace, and what cannot make one, ends a helper; without Landlock scopes,
# basic does not separate sessions, and those of strict do not share a network.
scoped='signal|proc-(mem|environ|fd|root)|process_vm_readv|abstract-socket'
shared='port-in-use|name-in-use|net-sockets'
wanted()
{
	awk -v column="$(column "$1")" -v cgroups="$has_cgroups" -v preset="$1" \
	    -v scopes="$has_scopes" -v scoped="^($scoped)\$" \
	    -v shared="^($shared)\$" '
	    $1 ~ scoped && !scopes && preset == "basic" { $column = "possible" }
	    $1 ~ shared && !scopes && preset == "strict" { $column = "stopped" }
	    $1 ~ /^outlive-/ && !cgroups && preset != "strict" {
		if ($1 != "outlive-pid-namespace") $column = "possible"
		else if (preset == "none") $column = "host"
	    }
	    { print $1, $column }' "$tmp/table"
}

# try PRESET: "ATTEMPT RESULT" lines, as wanted has them.
try()
{
	wanted "$1" >"$tmp/wanted"
	victim "$1"
	: >"$tmp/got"
	while read -r name _; do
		# shellcheck disable=SC2046 # words
		said=$(attack "$1" $(words "$name"))
		case $said in
		escaped) result=possible ;;
		stopped:*) result=stopped ;;
		*) result="unknown: $said" ;;
		esac
		echo "$1 $name: $said" >>"$tmp/said"
		echo "$name $result" >>"$tmp/got"
	done <"$tmp/wanted"
	end_victim
	# Started is not escaped.  A second is between two searches for leftovers.
	wait_until '[ -z "$(escapees)" ]' 3 >/dev/null
	for _ in 1 2 3; do
		escapees
	done | sort -u >"$tmp/live"
	: >/opt/stop
	for pid in $(helpers); do
		kill -KILL "$pid"
	done
	wait_until '[ -z "$(escapees)" ]'
	rm -f /opt/stop "/tmp/escape-$token" "/tmp/escape-$token.sock"
	awk -v live="$(tr '\n' ' ' <"$tmp/live")" '
	    $1 ~ /^outlive-/ { $2 = index(live, $1 " ") ? "possible" : "stopped" }
	    { print }' "$tmp/got" >"$tmp/result"
	# "host": what it is.
	awk 'NR == FNR { got[$1] = $2; next }
	    $2 == "host" && got[$1] != "" { $2 = got[$1] }
	    { print }' "$tmp/result" "$tmp/wanted" >"$tmp/expected"
}

# compare PRESET WHERE
compare()
{
	try "$1"
	is "$1, $2: the attempts end as SECURITY.md says" \
	    "$(diff "$tmp/expected" "$tmp/result")" ''
	grep "^$1 " "$tmp/said" | sed 's/^/# /'
	: >"$tmp/said"
	cmp -s "$tmp/expected" "$tmp/result" ||
	    grep -v ' exit [01] ' "$log" | tail -n 20 | sed 's/^/# log: /'
}

ok 'SECURITY.md has a table of attempts' [ "$(wc -l <"$tmp/table")" -gt 50 ]
is 'with every attempt of the program' \
    "$(/opt/escape list | grep -vxE 'be-root|true|stay|company|read|write|create|connect|outlive-kill' |
	while read -r name; do
		grep -q "^$name " "$tmp/table" || echo "$name"
	done)" ''

config >"$tmp/config"
start_haild <"$tmp/config"
has_scopes=1
! grep -q 'landlock-scope' "$log" || has_scopes=0
has_cgroups=1
where='with cgroups'
if grep -q 'containment: no cgroups' "$log"; then
	stop_haild
	has_cgroups=0
	where='without cgroups'
	strict=$parts
	config >"$tmp/config"
	start_haild <"$tmp/config"
fi
for preset in none basic strict; do
	compare "$preset" "$where"
done

# Fault 87: two sessions of one user, in which Landlock has scopes.
if [ $has_scopes = 1 ]; then
	victim apart
	for name in signal ptrace abstract-socket proc-mem proc-environ proc-fd \
	    proc-root process_vm_readv pidfd_getfd; do
		# shellcheck disable=SC2046 # words
		like "landlock-scope: no $name to a session of the same user" \
		    "$(attack apart $(words $name))" '^stopped: '
	done
	end_victim
else
	skip 'landlock-scope' 'needs Landlock'
fi
stop_haild

if [ $has_cgroups = 1 ]; then
	umount -R -l /sys/fs/cgroup
	strict=$parts
	config >"$tmp/config"
	start_haild <"$tmp/config"
	has_cgroups=0
	for preset in none basic strict; do
		compare "$preset" 'without cgroups'
	done
	stop_haild
fi

done_testing
