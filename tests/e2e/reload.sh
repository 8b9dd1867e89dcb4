# reload.sh -- SIGHUP: all or nothing, and nobody notices (faults 32 to 38).
. "${srcdir:-.}/tests/e2e/lib.sh"
need_command strace

cp "$PEER" "$tmp/peer"
# What a sanitizer keeps of freed memory would look like a leak further down.
ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=0:thread_local_quarantine_size_kb=0
start_haild <<EOF
control = "$tmp/ctl.sock"
greeting: { listen = ["127.0.0.1:0"] message = "hello\n" }
cat: { listen = ["127.0.0.1:0"] exec = ["/bin/cat"] user = "$me" }
EOF
greeting=$(port greeting)
cat=$(port cat)
newline='
'

# good [SERVICE...]: a configuration on the ports that are known now.
good()
{
	cat <<-EOF
	control = "$tmp/ctl.sock" greeting: { listen = ["127.0.0.1:$greeting"] message = "${1:-hello}\\n" }
	cat: { listen = ["127.0.0.1:$cat"] exec = ["/bin/cat"] user = "$me" }
	${2:-}
	EOF
}

good >"$conf"
reload
is 'from port 0 to its number' "$(last_reload)" 'reloaded: changed greeting, cat'
good other "new: { listen = [\"$sock\"] builtin = \"echo\" }" >"$conf"
reload
is 'a diff of services' "$(last_reload)" 'reloaded: added new; changed greeting'
is 'the new message' "$(nc -d 127.0.0.1 "$greeting")" other
is 'the new service' "$(echo x | nc -U -N "$sock")" x
good >"$conf"
reload
is 'a service removed' "$(last_reload)" 'reloaded: changed greeting; removed new'
ok 'with its socket' [ ! -e "$sock" ]
reload
is 'nothing changed' "$(last_reload)" 'reloaded: nothing'

# --- a session goes on ---

mkfifo "$tmp/in"
nc -N 127.0.0.1 "$cat" <"$tmp/in" >"$tmp/out" &
client=$!
exec 8>"$tmp/in"
echo one >&8
wait_until "grep -q one '$tmp/out'"
good hello | grep -v ^cat >"$conf"
reload
is 'the service of a session is removed' "$(last_reload)" 'reloaded: removed cat'
echo two >&8
ok 'the session goes on' wait_until "grep -q two '$tmp/out'"
exec 8>&-
wait $client
ok 'and is accounted under its name' logged 'cat: .* pid [0-9]+ exit 0 '
good >"$conf"
reload

# --- fault 32: what is refused ---

refuse()
{
	reload
	is "$1: refused" "$(last_reload)" \
	    "reload failed: $2; keeping the old configuration"
	is "$1: the old one serves" "$(nc -d 127.0.0.1 "$greeting")" hello
	rm -rf "$conf"
	good >"$conf"
}
head -c 1000 /dev/urandom >"$conf"
refuse garbage 'errors in the configuration'
rm "$conf"
refuse missing 'errors in the configuration'
: >"$conf"
refuse empty 'errors in the configuration'
rm "$conf"
mkfifo "$conf"
refuse 'a FIFO (fault 37)' 'errors in the configuration'
good | sed 's/message/mesage/' >"$conf"
refuse 'an unknown name' 'errors in the configuration'
ok 'the error is in the log' grep -q "$conf:1: unknown setting \"mesage\"" "$log"
if [ "$(id -u)" = 0 ]; then
	chmod 666 "$conf"
	refuse 'writable by everyone (fault 37)' 'errors in the configuration'
	mv "$conf" "$tmp/real"
	ln -s "$tmp/real" "$conf"
	chown -h nobody "$conf"
	refuse 'a symbolic link of a stranger (fault 37)' 'errors in the configuration'
else
	skip 'writable by everyone, and a symbolic link' 'needs root'
fi

# Fault 36: a port that is taken, as at a start.
in_background "$PEER" listen >"$tmp/taken"
wait_until "[ -s '$tmp/taken' ]"
busy="busy: { listen = [\"127.0.0.1:$(cat "$tmp/taken")\"] message = \"\" }"
good other "$busy
strict-start = true" >"$conf"
refuse 'a port that is taken, with strict-start' 'cannot open all listeners'
good hello "$busy" >"$conf"
reload
is 'without it, that service is out' "$(last_reload)" \
    'reloaded: added busy; out of service: busy'
is 'and the others serve' "$(nc -d 127.0.0.1 "$greeting")" hello
good >"$conf"
reload
is 'until it is removed' "$(last_reload)" 'reloaded: removed busy'

# --- fault 33: 20 reloads under load, broken ones in between ---

good "hello" >"$tmp/a"
good "hello" "more: { listen = [\"$sock\"] message = \"more\\n\" }" >"$tmp/b"
"$PEER" flood "$greeting" 4 "hello$newline" >"$tmp/flood" &
flood=$!
i=0
while [ $i -lt 20 ]; do
	i=$((i + 1))
	cat "$tmp/b" >"$conf"
	[ $((i % 2)) = 0 ] || cat "$tmp/a" >"$conf"
	[ $((i % 5)) != 0 ] || echo '}' >>"$conf"
	reload
done
wait $flood
like '20 reloads under load: every client is answered' "$(cat "$tmp/flood")" \
    '^[1-9][0-9]* good, 0 bad$'

# Fault 35: those who wait in the queue of a listener that goes are served.
kill -STOP "$haild_pid"
"$PEER" many "$greeting" 30 "hello$newline" >"$tmp/many" &
many=$!
queued "$greeting" 30
good | sed "s/127.0.0.1:$greeting/127.0.0.2:0/" >"$conf"
kill -HUP "$haild_pid"
kill -CONT "$haild_pid"
wait $many
is 'those in the queue of a removed listener are served' "$(cat "$tmp/many")" 30
reloads=$((reloads + 1))
ok 'and it is gone then' wait_until "! nc -z 127.0.0.1 $greeting"
good >"$conf"
reload

# --- fault 34: many at once ---

# Sockets that were replaced are closed a second later.
wait_until "[ \"\$(ss -Hltnp | grep -c 'pid=$haild_pid,')\" = 2 ]"
# shellcheck disable=SC2034 # it is used, evaluated later
fds=$(descriptors)
rss()
{
	awk '/^RssAnon:/ { print $2 }' "/proc/$haild_pid/status"
}
n=0
while [ $n -lt 1000 ]; do
	kill -HUP "$haild_pid"
	n=$((n + 1))
done
# haildctl reload waits for the reload that it asked for, the last one.  If one of
# the storm were still to come, the first SIGHUP below could be merged with it.
ok 'a storm of 1,000 SIGHUPs ends' sh -c "$HAILDCTL -s '$tmp/ctl.sock' reload >/dev/null"
before=$(grep -c 'reloaded: ' "$log")
ok 'in fewer reloads' [ "$before" -lt 900 ]
ok 'descriptors are as before' wait_until '[ "$(descriptors)" = "$fds" ]'

# And 1,000 one after the other, each to its end: none may leave anything.
memory=$(rss)
perl -e '
	my ($pid, $log) = @ARGV;
	open(my $f, "<", $log) or die;
	1 while <$f>;
	for my $n (1 .. 1000) {
		kill("HUP", $pid);
		for (my $done = 0, my $tries = 0; !$done; ) {
			while (my $line = <$f>) { $done = 1 if $line =~ /reloaded: / }
			last if $done;
			die "reload $n hangs" if ++$tries > 20000;
			select(undef, undef, undef, 0.0005);
			seek($f, 0, 1);
		}
	}' "$haild_pid" "$log"
is '1,000 reloads came to their end' $? 0
ok 'descriptors are as before' wait_until '[ "$(descriptors)" = "$fds" ]'
grown=$(($(rss) - memory))
ok "memory is, too ($grown KiB more)" [ "$grown" -lt 512 ]

# --- fault 38: a resolver that hangs delays nobody ---

# haild-load is held for 3 s, as by a resolver that does not answer, but where it
# opens the file: strace may not end if it delays threads.  For other users than root
# strace cannot read the path in the memory of haild-load, which is undumpable.
if [ "$(id -u)" != 0 ]; then
	skip 'a resolver that hangs' 'needs root'
	done_testing
fi
good hello 'name: { listen = ["localhost:0"] message = "" }' >"$conf"
inject openat:delay_enter=3000000 "$conf"
kill -HUP "$haild_pid"
wait_until '[ -n "$(pgrep -P "$haild_pid" -f "^haild-load")" ]'
is 'while the configuration is read, clients are served' \
    "$(nc -d 127.0.0.1 "$greeting")" hello
ok 'it was still being read' [ -n "$(pgrep -P "$haild_pid" -f ^haild-load)" ]
eject
reload
stop_haild TERM
done_testing
