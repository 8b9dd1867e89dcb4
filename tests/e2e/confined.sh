# confined.sh -- what processes that read clients' bytes have: no configuration,
# whose "environment" values are secrets, no files, no other descriptors.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root

# It never accepts, and its queue is full.
in_background "$PEER" listen >"$tmp/hanging"
wait_until "[ -s '$tmp/hanging' ]"
hanging=127.0.0.1:$(cat "$tmp/hanging")
hold_open "$hanging" 2
held=

start_haild <<EOF
other: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/true"]
	user = "nobody"
	environment = ["SECRET=hidden-from-others"]
}
echo: {
	listen = ["127.0.0.1:0", "$sock"]
	socket-mode = "0666"
	builtin = "echo"
	start-timeout = "none"
	user = "nobody"
}
behind: {
	listen = ["127.0.0.1:0"]
	proxy-from = ["127.0.0.1"]
	exec = ["/bin/sh", "-c", "echo \$OWN \$TCPREMOTEIP \$0 \$1", "zero", "one"]
	argv0 = "named"
	user = "nobody"
	environment = ["OWN=its own"]
}
message: {
	listen = ["127.0.0.1:0"]
	proxy-from = ["127.0.0.1"]
	message = "hello\n"
}
plain: {
	listen = ["127.0.0.1:0"]
	message = "hello\n"
}
forward: {
	listen = ["127.0.0.1:0"]
	forward = ["$sock"]
	user = "nobody"
}
announced: {
	listen = ["127.0.0.1:0"]
	proxy-from = ["127.0.0.1"]
	forward = ["$sock", "127.0.0.1:9"]
	user = "nobody"
}
waiting: {
	listen = ["127.0.0.1:0"]
	forward = ["$hanging", "$sock"]
	connect-timeout = "1h"
	user = "nobody"
}
commands: {
	listen = ["127.0.0.1:0"]
	user = "nobody"
	start-timeout = "none"
	commands: { cat: { exec = ["/bin/cat"] stdin = true } }
}
EOF
echo=$(port echo)
behind=$(port behind)
message=$(port message)
commands=$(port commands)
plain=$(port plain)

# has_none PROCESS: nothing of the configuration is mapped or open.
has_none()
{
	! grep -q 'haild configuration' "/proc/$1/maps" &&
	    [ -z "$(find "/proc/$1/fd" -lname '*haild configuration*')" ] &&
	    kill -0 "$1" # it still runs
}
# secret PROCESS: "yes" if another service's is in its memory, "no", or "gone" if
# it has no memory.  The search can take longer than a client has to start, so the
# process, its parent and the daemon are stopped meanwhile.
secret()
{
	parent=$haild_pid
	[ "$1" = "$haild_pid" ] || parent=$(ps -o ppid= -p "$1" | tr -d ' ')
	kill -STOP "$haild_pid" "$parent" "$1"
	find_secret "$1"
	kill -CONT "$1" "$parent" "$haild_pid"
}
find_secret()
{
	awk '$2 ~ /^r/ && $6 != "[vvar]" && $6 != "[vsyscall]" { print $1 }' \
	    "/proc/$1/maps" | perl -e 'open(M, "<", "/proc/$ARGV[0]/mem") or die;
	while (<STDIN>) {
		/^(\w+)-(\w+)/ or next;
		my ($at, $end) = (hex($1), hex($2));
		next if $end - $at > 1 << 28; # the shadow of a sanitizer
		sysseek(M, $at, 0); sysread(M, my $b, $end - $at) or next;
		$read++;
		print("yes"), exit if index($b, "hidden-from" . "-others") >= 0;
	}
	print $read ? "no" : "gone"' "$1"
}
# The daemon has it: this is how it would be seen.
is 'the secret would be found' "$(secret "$haild_pid")" yes

hold_open "127.0.0.1:$echo"
pid=$(session)
ok 'a built-in service runs' wait_until \
    "tr '\\0' ' ' <'/proc/$pid/cmdline' | grep -q 'haild: echo 127'"
ok 'without the configuration' has_none "$pid"
is 'without a secret' "$(secret "$pid")" no
is 'with nothing in its root directory' "$(ls -A "/proc/$pid/root/.")" ''
like 'which is nowhere' "$(readlink "/proc/$pid/root")" '\(deleted\)$'
like 'with a filter' "$(cat "/proc/$pid/status")" '^Seccomp:.2$'
is 'with its own descriptors alone' "$(find "/proc/$pid/fd" -mindepth 1 -printf '%f ' |
    tr ' ' '\n' | sort -n | tr -d '\n')" 012
release_all
wait_until no_children

hold_open "127.0.0.1:$behind"
pid=$(session)
ok 'the reader of a header has become its user' wait_until \
    "grep -q '^Uid:.$(id -u nobody)' '/proc/$pid/status'"
ok 'and has no configuration' wait_until "has_none $pid"
is 'without the secret of another service' "$(secret "$pid")" no
release_all
wait_until no_children
is 'its program has all that it is to have' \
    "$(printf 'PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\n' | nc -N 127.0.0.1 "$behind")" \
    'its own 192.0.2.7 zero one'

hold_open "127.0.0.1:$message"
pid=$(session)
ok 'a message behind a proxy has no configuration' wait_until "has_none $pid"
ok 'and a filter' wait_until "grep -q '^Seccomp:.2' '/proc/$pid/status'"
release_all
is 'and is sent' "$(printf 'PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\n' |
    nc -N 127.0.0.1 "$message")" hello
wait_until no_children

# A message reads nothing until it has to; then it has a filter.
hold_open "127.0.0.1:$plain"
pid=$(session)
ok 'a message has a filter when its client does not close' wait_until \
    "grep -q '^Seccomp:.2' '/proc/$pid/status'"
release_all
wait_until no_children
is 'and loses nothing that a client has sent' \
    "$(yes | head -c 100000 | nc -N 127.0.0.1 "$plain")" hello
wait_until no_children

# forwards SERVICE: the pid of its only session.
forwards()
{
	wait_until "pgrep -P '$haild_pid' -f 'haild[^ ]*: $1 127' >/dev/null" >&2
	pgrep -P "$haild_pid" -f "haild[^ ]*: $1 127"
}
# open_in PROCESS: its descriptors, in order.
open_in()
{
	find "/proc/$1/fd" -mindepth 1 -printf '%f\n' | sort -n | tr '\n' ' '
}
# confined NAME PROCESS: what holds for all sessions that forward.
confined()
{
	ok "$1: without the configuration" has_none "$2"
	is "$1: without a secret" "$(secret "$2")" no
	is "$1: with nothing in its root directory" "$(ls -A "/proc/$2/root/.")" ''
	like "$1: which is nowhere" "$(readlink "/proc/$2/root")" '\(deleted\)$'
	is "$1: as its user" "$(awk '/^[UG]id:/ { print $2, $3, $4, $5 }' \
	    "/proc/$2/status" | sort -u | tr '\n' ' ')" \
	    "$(printf '%s\n' "$(id -u nobody) $(id -u nobody) $(id -u nobody) $(id -u nobody)" \
		"$(id -g nobody) $(id -g nobody) $(id -g nobody) $(id -g nobody)" |
		sort -u | tr '\n' ' ')"
	is "$1: without capabilities" "$(awk '/^Cap(Inh|Prm|Eff|Amb):/ { print $2 }' \
	    "/proc/$2/status" | sort -u)" 0000000000000000
	is "$1: undumpable" "$(stat -c %U "/proc/$2/fd")" root
}

hold_open "127.0.0.1:$(port forward)"
pid=$(forwards forward)
ok 'a session that forwards gets its filter' wait_until \
    "grep -q '^Seccomp:.2$' '/proc/$pid/status'"
confined 'forwarding' "$pid"
is 'forwarding: with client, channel and target alone' "$(open_in "$pid" |
    cut -d ' ' -f 1-5)" '0 1 2 3 4'
is 'forwarding: none is a directory' \
    "$(find "/proc/$pid/fd" -mindepth 1 -lname '/*' ! -lname /dev/null)" ''
is 'forwarding: its directory is the empty one' \
    "$(readlink "/proc/$pid/cwd")" "$(readlink "/proc/$pid/root")"
release_all
wait_until no_children

hold_open "127.0.0.1:$(port announced)"
pid=$(forwards announced)
ok 'before a header: it has a filter' wait_until \
    "grep -q '^Seccomp:.2$' '/proc/$pid/status'"
confined 'before a header' "$pid"
like 'before a header: with one descriptor more' "$(open_in "$pid")" \
    '^0 1 2 3 [0-9]+ $'
is 'before a header: the directory of the target' \
    "$(readlink "/proc/$pid/fd/$(open_in "$pid" | cut -d ' ' -f 5)")" "$tmp"
release_all
wait_until no_children
is 'a header and a request' "$(printf 'PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\nhello' |
    nc -N 127.0.0.1 "$(port announced)")" hello
wait_until no_children

hold_open "127.0.0.1:$(port waiting)"
pid=$(forwards waiting)
ok 'while it connects' wait_until \
    "open_in $pid | grep -Eq '^0 1 2 3 4 [0-9]+ $'"
confined 'connecting' "$pid"
kill "$pid"
release_all
wait_until no_children
is 'no session was killed by its filter' "$(grep -c 'signal 31' "$log")" 0

hold_open "127.0.0.1:$commands"
monitor=$(session)
# Not asked for twice: its title may be changing.
speaker=
wait_until 'speaker=$(pgrep -P "$monitor" -f "commands speaker")'
ok 'a speaker has its filter' wait_until \
    "grep -q '^Seccomp:.2' '/proc/$speaker/status'"
ok 'and no configuration' has_none "$speaker"
is 'and no secret' "$(secret "$speaker")" no
ok 'nor an address of the monitor' eval \
    "[ \"\$(grep -m 1 haild-commands '/proc/$speaker/maps' | cut -d- -f 1)\" != \
    \"\$(grep -m 1 haild-commands '/proc/$monitor/maps' | cut -d- -f 1)\" ]"
release_all
wait_until no_children
done_testing
