# own_stderr.sh -- what a program does with its standard error concerns no other
# session (fault 79), and nobody who holds it keeps the logger.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_command perl

# What fcntl(2) can set is named by numbers: perl(1) does not know them all.
cat >"$tmp/set" <<'EOT'
open(my $fd, ">&=", 2);
foreach my $flag (02000, 04000, 040000, 020000) { # APPEND to ASYNC
	fcntl($fd, 4, fcntl($fd, 3, 0) | $flag); # F_SETFL; not each suits
}
fcntl($fd, 8, $$); # F_SETOWN
fcntl($fd, 1031, 4096); # F_SETPIPE_SZ
$| = 1;
print "set\n";
<STDIN>;
EOT
cat >"$tmp/get" <<'EOT'
open(my $fd, ">&=", 2);
printf "flags %o owner %d\n", fcntl($fd, 3, 0) & 066000, fcntl($fd, 9, 0);
EOT
chmod 644 "$tmp/set" "$tmp/get"

mkdir -m 1777 "$tmp/pids"

both()
{
	cat <<-EOT
	$1: {
		listen = ["127.0.0.1:0"]
		exec = ["/bin/sh", "-c", "read what; exec perl $tmp/\$what"]
		user = "$me"
		stderr = "$1"
	}
	EOT
}
{
	both log
	both discard
	cat <<-EOT
	run: {
		listen = ["127.0.0.1:0"]
		user = "$me"
		commands: {
			set: { exec = ["/usr/bin/perl", "-e",
			    "fcntl(STDIN, 4, 04000); \$| = 1; print 'set'; sleep 1000"] }
			get: { exec = ["/usr/bin/perl", "-e",
			    "print fcntl(STDIN, 3, 0) & 04000"] }
		}
	}
	say: {
		listen = ["127.0.0.1:0"]
		exec = ["/bin/sh", "-c", "while read x; do echo \$x >&2; echo \$x; done"]
		user = "$me"
	}
	escape: {
		listen = ["127.0.0.1:0"]
		exec = ["/bin/sh", "-c",
		    "setsid sh -c 'echo \$\$ >$tmp/pids/escaped; exec sleep 1000' &
			until [ -s $tmp/pids/escaped ]; do sleep 0.02; done"]
		user = "$me"
		leftovers = "keep"
	}
	EOT
} >"$tmp/config"
start_haild <"$tmp/config"

for service in log discard; do
	mkfifo "$tmp/$service.fifo"
	nc -N 127.0.0.1 "$(port $service)" <"$tmp/$service.fifo" \
	    >"$tmp/$service.found" &
	background="$background $!"
	exec 8>"$tmp/$service.fifo"
	echo set >&8
	ok "stderr = \"$service\": one session sets what it can" wait_until \
	    "grep -q set '$tmp/$service.found'"
	is "stderr = \"$service\": another one has none of it" \
	    "$(echo get | nc -N 127.0.0.1 "$(port $service)")" \
	    'flags 0 owner 0'
	exec 8>&-
done

: >"$tmp/stay"
$HAIL "127.0.0.1:$(port run)" set </dev/null >"$tmp/stay" 2>&1 &
stay=$!
background="$background $stay"
wait_until "grep -q set '$tmp/stay'"
is 'nor a command of the standard input of another' \
    "$($HAIL "127.0.0.1:$(port run)" get)" 0
kill $stay

# --- the logger, when the daemon is gone ---

# escape: start a process that leaves its session and keeps the pipe for standard
# error; its pid is then in $escaped.
escape()
{
	rm -f "$tmp/pids/escaped"
	nc -d 127.0.0.1 "$(port escape)" &
	background="$background $!"
	logged ' escape: 127.* exit 0 '
	escaped=$(cat "$tmp/pids/escaped")
	background="$background $escaped"
	logger=$(pgrep -P "$haild_pid" -f 'haild: logger')
}
escape
ok 'a program has escaped, with its standard error' kill -0 "$escaped"
stop_haild TERM
ok 'a stop ends the logger, whoever holds its pipes' ends "$logger"
ok 'it goes on' kill -0 "$escaped"
kill "$escaped"

start_haild <"$tmp/config"
escape
mkfifo "$tmp/in"
nc -N 127.0.0.1 "$(port say)" <"$tmp/in" >"$tmp/said" &
background="$background $!"
exec 8>"$tmp/in"
echo first >&8
ok 'a program writes' logged ' say: stderr: first$'
# The daemon would continue the logger.
kill -STOP "$haild_pid" "$logger"
wait_until "grep -q '^State:.T' /proc/$logger/status && grep -q '^State:.T' /proc/$haild_pid/status"
echo last >&8
wait_until "grep -q last '$tmp/said'"
kill -KILL "$haild_pid"
wait "$haild_pid" 2>/dev/null
haild_pid=
kill -CONT "$logger"
ok 'of a killed daemon, it logs what was written' logged ' say: stderr: last$'
ok 'and ends' ends "$logger"
exec 8>&-
kill "$escaped"
done_testing
