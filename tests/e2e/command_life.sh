# command_life.sh -- commands while haild changes: a reload, an upgrade, its end;
# commands that cannot be run; and haild without root.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command perl

run=$tmp/run
mkdir -m 777 "$run"
for fifo in 1 2; do mkfifo -m 666 "$run/fifo$fifo"; done
cp /bin/true "$run/vanishes"
nail=$srcdir/tests/e2e/nailgun.pl
nail() { perl "$nail" "$@"; }

# config MAX-SESSIONS PORT
config()
{
	cat <<-END
	admin: {
		listen = ["127.0.0.1:$2", "$sock"]
		user = "nobody"
		kill-grace = "1s"
		commands: {
			few: {
				exec = ["/bin/sh", "-c", "echo ready; read x <$run/fifo\$1; echo said; exit 7", "sh"]
				args = "1"
				max-sessions = $1
			}
			fine:     { exec = ["/bin/echo", "fine"] }
			gone:     { exec = ["$run/gone"] }
			nowhere:  { exec = ["/bin/true"] directory = "$run/nowhere" }
			vanishes: { exec = ["$run/vanishes"] }
			wide:     { exec = ["/usr/bin/env"]
			            accept-env = ["L*", "B*", "P*", "U*", "I*"] }
		}
	}
	impatient: {
		listen = ["127.0.0.1:0"]
		user = "nobody"
		start-timeout = "1s"
		commands: { fine: { exec = ["/bin/echo", "fine"] } }
	}
	END
}
config 1 0 >"$tmp/config"
start_haild <"$tmp/config"
port=$(port admin)
few1=
one='1 ready\n
1 said\n
X 7
closed'

# few N: run it until something is written to its FIFO; the answer is in
# $run/answerN.
few()
{
	: >"$run/answer$1"
	in_background sh -c "exec perl '$nail' $port A:$1 C:few show:ready >'$run/answer$1'"
	eval "few$1=\$last"
	wait_until "grep -q ready '$run/answer$1'"
}

# --- what cannot be run ---

is 'the program is missing' "$(nail "$port" C:gone)" '2 haild: gone: out of service\n
X 126
closed'
is 'so is the directory' "$(nail "$port" C:nowhere)" '2 haild: nowhere: out of service\n
X 126
closed'
for name in gone nowhere; do
	ok 'the log said it at the start' logged "; \"$name\" is out of service\$"
done
is 'one that is there runs' "$(nail "$port" C:vanishes)" 'X 0
closed'
rm "$run/vanishes"
is 'and when it is there no more' "$(nail "$port" C:vanishes)" \
    '2 haild: vanishes: cannot execute: No such file or directory\n
X 126
closed'
is 'the others are served' "$(nail "$port" C:fine)" '1 fine\n
X 0
closed'
ok 'the line of such a session' logged \
    ' refused: out of service [0-9.]+s( cpu [0-9.]+s( mem [0-9.]+.)?)? user nobody in 0 out 0 command gone$'

# --- the environment, however wide accept-env is ---

env=$(nail "$port" E:LANG=C E:LD_PRELOAD=/x E:LD_LIBRARY_PATH=/x E:BASH_ENV=/x \
    'E:BASH_FUNC_x%%=() { :; }' 'E:BAR=() { :; }' E:BAZ=taken E:PATH=/x E:PERL5LIB=/x \
    E:PYTHONPATH=/x E:PS4=x E:USER=root E:IFS=x E:UMASK=taken E:L E:=x 'E:L X=x' \
    E:U%=x C:wide | tr '\134' '\n' | sed 's/^n//; s/^1 //')
is 'what gets through' "$(echo "$env" | grep -E '^[LBPUI]' | sort | tr '\n' ' ')" \
    "BAZ=taken LANG=C LOGNAME=nobody $(echo "$env" | grep ^PATH=) PROTO=TCP UMASK=taken USER=nobody "
like 'the PATH is of haild' "$env" '^PATH=/usr/local/sbin:'

# --- time to name a command is absolute ---

# drip: heartbeats and arguments, one after the other, but no command.
drip()
{
	perl -MSocket -MTime::HiRes=time,sleep -e '
		$SIG{PIPE} = "IGNORE";
		socket(S, PF_INET, SOCK_STREAM, 0);
		connect(S, pack_sockaddr_in($ARGV[0], INADDR_LOOPBACK)) or die;
		my $start = time;
		my ($in, $got) = ("", "");
		vec($in, fileno(S), 1) = 1;
		while (time - $start < 30) {
			syswrite S, $_ for pack("N", 0) . "H",
			    $got eq "" ? pack("N", 1) . "Ax" : "";
			next unless select(my $r = $in, undef, undef, 0.1);
			last unless sysread S, $got, 4096, length $got;
		}
		$got =~ s/[^ -~]//g;
		print $got, time - $start < 20 ? "" : " late";' "$1"
}
like 'a byte now and then does not prolong it' "$(drip "$(port impatient)")" \
    '^.?2haild: no command received in time.?X125$'
ok 'the log says so' logged \
    'impatient: .* pid [0-9]+ timeout start [1-9][0-9]?\.[0-9]+s( cpu [0-9.]+s( mem [0-9.]+.)?)? no command: no command received in time$'

# --- a reload ---

few 1
refused='2 haild: few: limit of %s sessions reached\\n
X 75
closed'
# shellcheck disable=SC2059 # a format
at_limit() { printf "$refused" "$1"; }
is 'one at its limit' "$(nail "$port" A:2 C:few)" "$(at_limit 1)"
config 1 "$port" >"$conf.new" && mv "$conf.new" "$conf"
mkdir "$run/nowhere"
cp /bin/true "$run/gone"
cp /bin/true "$run/vanishes"
reload
like 'a reload' "$(last_reload)" '^reloaded: '
is 'counts sessions that run the command' "$(nail "$port" A:2 C:few)" "$(at_limit 1)"
is 'and has what was missing' "$(nail "$port" C:gone; nail "$port" C:nowhere)" 'X 0
closed
X 0
closed'
config 2 "$port" >"$conf"
reload
few 2
is 'a higher limit is one from then on, and no more' \
    "$(nail "$port" A:1 C:few)" "$(at_limit 2)"

# --- an upgrade ---

has_sessions 2
pid=$(sessions | head -n 1)
upgrade
like 'an upgrade' "$(last_upgrade)" '^upgrade complete: '
is 'counts sessions that run the command' "$(nail "$port" A:1 C:few)" "$(at_limit 2)"
ok 'with the same processes' kill -0 "$pid"
echo >"$run/fifo1"
wait "$few1"
is 'what ran before both ends with output and status' "$(cat "$run/answer1")" "$one"
ok 'and a line in the log' logged \
    'admin: 127\.0\.0\.1:[0-9]+ pid [0-9]+ exit 7 [0-9.]+s( cpu [0-9.]+s( mem [0-9.]+.)?)? user nobody in 0 out 11 command few 1$'
has_sessions 1
few 1
is 'its place is free, once' "$(nail "$port" A:1 C:few)" "$(at_limit 2)"
for n in 1 2; do
	echo >"$run/fifo$n"
	eval "wait \$few$n"
	is 'these end, too' "$(cat "$run/answer$n")" "$one"
done
ok 'nobody is left' wait_until no_children

# A client that is killed after an upgrade, and a time that is over then.
few 1
upgrade
pid=$(session)
kill "$few1"
ok 'after an upgrade a client is killed: the session ends' ends "$pid"
ok 'and is logged' logged ' disconnect .* command few 1$'

# --- the daemon is killed ---

few 1
pid=$(session)
stop_haild KILL
echo >"$run/fifo1"
wait "$few1"
is 'haild is killed: what ran ends as it would' "$(cat "$run/answer1")" "$one"
ok 'and leaves no monitor' ends "$pid"

# --- without root ---

HAILD="setpriv --reuid=$(id -u nobody) --regid=$(id -g nobody) --clear-groups $HAILD"
start_haild <<END
admin: {
	listen = ["127.0.0.1:0"]
	kill-grace = "1s"
	commands: {
		few:  { exec = ["/bin/sh", "-c", "echo ready; read x <$run/fifo\$1; echo said; exit 7", "sh"]
			args = "1" max-sessions = 1 }
		cat:  { exec = ["/bin/cat"] stdin = true }
		id:   { exec = ["/usr/bin/id", "-u"] }
		mine: { exec = ["/bin/true"] allow = ["127.0.0.2"] }
	}
}
END
port=$(port admin)
ok 'without root the log says what is lost' logged \
    'haild does not run as root, so the process that reads from clients has no user'
is 'a command runs' "$(nail "$port" C:id)" "1 $(id -u nobody)\\n
X 0
closed"
# shellcheck disable=SC2086 # HAIL may be a command with arguments
is 'hail, with input' "$(echo hello | $HAIL "127.0.0.1:$port" cat)" hello
like 'what is refused is refused' "$(nail "$port" C:mine)" 'no command "mine"'
few 1
is 'it is counted' "$(nail "$port" A:1 C:few)" "$(at_limit 1)"
speaker=$(pgrep -P "$(session)" -f 'admin speaker')
status=$(cat "/proc/$speaker/status")
like 'the speaker has its filter' "$status" '^Seccomp:	2$'
like 'and no new privileges' "$status" '^NoNewPrivs:	1$'
is 'and only its own descriptors' "$(find "/proc/$speaker/fd" -mindepth 1 \
    -printf '%f\n' | sort -n | tr '\n' ' ')" '0 1 2 3 4 6 7 '
ok 'and cannot be looked into by its own user' sh -c \
    "! setpriv --reuid=$(id -u nobody) --clear-groups cat /proc/$speaker/maps >/dev/null 2>&1"
pid=$(pgrep -f "read x <$run/fifo" | head -n 1)
kill "$few1"
ok 'a client is killed: its command ends' ends "$pid"
ok 'and the session' wait_until no_children
done_testing
