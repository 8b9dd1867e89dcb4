# sandbox_settings.sh -- containment in haild -t and -T, and what a start does
# with parts that it cannot have.
. "${srcdir:-.}/tests/e2e/lib.sh"

# check FILE: status and messages of haild -t.
check()
{
	$HAILD -t -c "$1" >"$tmp/said" 2>&1
	echo "$?" >>"$tmp/said"
	grep -v 'does not exist; using "nobody"$' "$tmp/said"
}

# --- haild -T ---

# Only root can set it in haild-load, which is undumpable.
oom=
[ "$(id -u)" != 0 ] || oom='oom-score-adjust = 100'

cat >"$conf" <<EOF
private-tmp = false
plain: { listen = ["127.0.0.1:0"] exec = ["/bin/cat"] user = "$me" }
part: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/cat"]
	user = "$me"
	restrict-namespaces = true
	system-call-filter = ["~@mount"]
	$oom
}
EOF
$HAILD -T -c "$conf" >"$tmp/first" 2>"$tmp/errors"
is 'haild -T' $? 0
ok 'each part has a value' \
    grep -q '^	private-network = false # default$' "$tmp/first"
ok 'what is written has no comment' \
    grep -q '^	restrict-namespaces = true$' "$tmp/first"
ok 'neither has a default that is written' \
    grep -q '^	private-tmp = false$' "$tmp/first"
$HAILD -T -c "$tmp/first" >"$tmp/second" 2>"$tmp/errors"
is 'its output is a configuration' $? 0
sed -i 's/ # .*//' "$tmp/first" "$tmp/second"
ok 'the same one' cmp "$tmp/first" "$tmp/second"

# --- haild -t ---

is 'it has nothing to say about clients on this host' "$(check "$conf")" 0
cat >"$conf" <<EOF
open: { listen = ["*:0"] exec = ["/bin/cat"] user = "$me" }
meant: { listen = ["*:0"] exec = ["/bin/cat"] user = "$me" sandbox = "none" }
EOF
is 'it recommends a sandbox, once' "$(check "$conf")" \
    "haild: $conf:1: service \"open\" runs programs without a sandbox: set \"sandbox\" to \"basic\" or \"strict\", or to \"none\" if this is intended
0"
cat >"$conf" <<EOF
x: { listen = ["127.0.0.1:0"] exec = ["/bin/cat"] user = "$me"
sandbox = "most" private-tpm = true memory-max = "1K" }
EOF
like 'a preset that does not exist' "$(check "$conf")" \
    "^haild: $conf:2: \"sandbox\" must be \"none\", \"basic\" or \"strict\"\$"
like 'a part that does not exist' "$(check "$conf")" \
    "$conf:2: unknown setting \"private-tpm\"; did you mean \"private-tmp\"\?\$"
like 'a limit that is too small' "$(check "$conf")" \
    "$conf:2: \"memory-max\" must be a size of at least 64K"

# --- controllers of cgroups ---

cat >"$tmp/limited" <<EOF
greeting: { listen = ["127.0.0.1:0"] message = "hello\n" }
limited: { listen = ["127.0.0.1:0"] exec = ["/bin/cat"] user = "$me"
memory-max = "64M" }
EOF
if cat /sys/fs/cgroup/cgroup.controllers \
    /sys/fs/cgroup/unified/cgroup.controllers 2>/dev/null | grep -qw memory
then
	skip 'haild -t warns of a missing controller' 'has the memory controller'
else
	like 'haild -t warns of a missing controller' "$(check "$tmp/limited")" \
	    "^haild: $tmp/limited:3: \"memory-max\" needs the memory controller, which this host's cgroup v2 lacks\$"
	is 'and passes' "$(check "$tmp/limited" | tail -n 1)" 0
	start_haild <"$tmp/limited"
	ok 'a start puts the service out' logged \
	    "haild\\[[0-9]+\\]: .*:3: \"memory-max\" needs the memory controller, which haild.s cgroup lacks: .*; \"limited\" is out of service\$"
	is 'and serves the others' "$($HAIL -n "127.0.0.1:$(port greeting)")" \
	    hello
	stop_haild
fi

# --- with root ---

[ "$(id -u)" = 0 ] || {
	skip 'pools of users' 'needs root'
	done_testing
}
cat >"$conf" <<'EOF'
x: { listen = ["127.0.0.1:0"] exec = ["/bin/cat"] user = "nobody"
sandbox = "strict" max-sessions = 20 }
EOF
said=$(check "$conf")
pool=$(printf '%s\n' "$said" | sed -n 's/.*"\(pool:[0-9]*-[0-9]*\)" is free$/\1/p')
like 'strict needs a pool, and one is proposed' "$said" \
    "^haild: $conf:1: \"sandbox\": \"strict\" needs a user for each session of \"x\": write user = \"pool:FIRST-LAST\"; \"pool:[0-9]+-[0-9]+\" is free\$"
is 'which is an error' "$(printf '%s\n' "$said" | tail -n 1)" 78
sed -i "s/\"nobody\"/\"$pool\"/" "$conf"
$HAILD -T -c "$conf" >"$tmp/first" 2>"$tmp/errors"
is 'the proposal is right' $? 0
ok 'the preset is told' \
    grep -q '^	private-pids = true # sandbox = "strict"$' "$tmp/first"
sed 's/20 }/21 }/' "$conf" >"$tmp/small"
like 'a pool has enough for max-sessions' "$(check "$tmp/small")" \
    "has 20 user IDs, fewer than \"max-sessions\" of \"x\", which is 21\$"

# A user namespace with one user, as of a container.
if unshare -Ur true 2>/dev/null; then
	said=$(unshare -Ur "$HAILD" -t -c "$conf" 2>&1)
	like 'a pool that is not mapped' "$said" \
	    "\"user\": \"$pool\" contains [0-9]+, which is not mapped in haild's user namespace"
else
	skip 'a pool that is not mapped' 'needs namespaces'
fi

# Without root.
cat >"$tmp/user.conf" <<'EOF'
x: { listen = ["127.0.0.1:0"] exec = ["/bin/cat"] sandbox = "basic" }
y: { listen = ["127.0.0.1:0"] exec = ["/bin/cat"] private-network = true }
z: { listen = ["127.0.0.1:0"] exec = ["/bin/cat"] restrict-namespaces = true }
EOF
chmod 755 "$tmp"
chmod 644 "$tmp/user.conf"
said=$(setpriv --reuid=65534 --regid=65534 --clear-groups \
    "$HAILD" -t -c "$tmp/user.conf" 2>&1)
like 'a preset needs root' "$said" \
    "user.conf:1: \"sandbox\": \"basic\" needs root; \"x\" is out of service\$"
like 'so does a namespace' "$said" \
    "user.conf:2: \"private-network\": needs root; \"y\" is out of service\$"
ok 'but not a filter' [ "$(printf '%s\n' "$said" | grep -c '"z"')" = 0 ]
done_testing
