# confined.sh -- what processes that read clients' bytes have: no configuration,
# whose "environment" values are secrets, no files, no other descriptors.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root

start_haild <<EOF
other: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/true"]
	user = "nobody"
	environment = ["SECRET=hidden-from-others"]
}
echo: {
	listen = ["127.0.0.1:0"]
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
