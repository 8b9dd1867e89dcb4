#!/bin/sh
# hail_run.sh -- hail HOST COMMAND: the frames, the bytes, every way to end.

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$srcdir/tests/e2e/lib.sh"
. "$srcdir/tests/e2e/fake.sh"

BIG=100000000
head -c $BIG /dev/urandom >"$tmp/big"
head -c 10000000 "$tmp/big" >"$tmp/less"
mkfifo "$tmp/silent" "$tmp/pipe"
exec 9<>"$tmp/silent" # a standard input that stays open and silent
here=127.0.0.1

# run [OPTION...] -- [COMMAND...]: hail the last fakeserver's port with a
# command, "date" if none is given.
run()
{
	run_options=
	while [ "$1" != -- ]; do
		run_options="$run_options $1"
		shift
	done
	shift
	[ $# != 0 ] || set -- date
	# shellcheck disable=SC2086 # a list
	hail $run_options "$here:$fake_port" "$@"
}

# bytes NAME FORMAT: a file that printf(1) makes, for "file".
bytes()
{
	# shellcheck disable=SC2059 # that is the purpose
	printf "$2" >"$tmp/$1"
}

# failed DESCRIPTION MESSAGE: hail exited with 255 and that message.
failed()
{
	is "$1: status" "$hail_status" 255
	is "$1: message" "$(err)" \
	    "hail: $here:$fake_port: $here:$fake_port: $2"
}

# --- the request -----------------------------------------------------------------

fake $here request "$tmp/got" exit 0
(cd / && GREETING=hello && export GREETING && unset NOBODY &&
	run -e A=1 -e GREETING -e NOBODY -e B= -- greet -v '' 'two words' '$(x);' \
	    --fail-status=9 >/dev/null 2>&1; echo $? >"$tmp/status")
is 'a request: status' "$(cat "$tmp/status")" 0
fake_done
is 'a request: arguments, variables, directory, command' "$(cat "$tmp/got")" \
"A -v
A 
A two words
A \$(x);
A --fail-status=9
E A=1
E GREETING=hello
E B=
D /
C greet"

fake "$sock" request "$tmp/got" exit 3
hail "$sock" -- status
is 'a Unix socket, and a command after --: status' "$hail_status" 3
is 'it has no arguments' "$(sed '/^D/d' "$tmp/got")" 'C status'

mkdir "$tmp/gone"
fake $here request "$tmp/got" exit 0
(cd "$tmp/gone" && rmdir "$tmp/gone" && run --)
is 'a directory that is gone is the root directory' \
    "$(sed -n /^D/p "$tmp/got")" 'D /'

# --- both outputs, and the status ------------------------------------------------

fake $here request "$tmp/got" frame 1 'one ' frame 2 'two ' frame 1 three \
    frame 2 four exit 7
run --
is 'status' "$hail_status" 7
is 'standard output' "$(out)" 'one three'
is 'standard error' "$(err)" 'two four'

# The status sent, and the status of hail: numbers first, then other text.
for pair in 0:0 255:255 256:255 512:255 -1:255 4294967296:255; do
	fake $here request "$tmp/got" exit "${pair%:*}"
	run --
	is "exit status \"${pair%:*}\"" "$hail_status" "${pair##*:}"
done
is 'a number above 255 causes no message' "$(err)" ''

fake $here request "$tmp/got" exit '1
'
run --
is 'exit status with the end of a line' "$hail_status" 1

fake $here request "$tmp/got" exit ''
run --
failed 'an empty status' 'the server sent an invalid exit status: ""'
fake $here request "$tmp/got" frame 1 out exit 0k
run --
failed 'a status that is no number' \
    'the server sent an invalid exit status: "0k"'
is 'what came before it' "$(out)" out
bytes x '\0\0\0\007X\033[2J\r\n\0'
fake $here request "$tmp/got" file "$tmp/x"
run --
failed 'a status with control characters' \
    'the server sent an invalid exit status: "\033[2J\r\n\0"'

fake $here request "$tmp/got" frame X 5 frame X 0 frame 1 more
run --
is 'the first status counts' "$hail_status" 5
is 'what comes after it does not' "$(out)" ''

# The output of the command is not escaped: it may be any bytes.
bytes x '\0\0\0\0061\0\033\377\r\n\0\0\0\0\0012\201\0\0\0\001X0'
fake $here request "$tmp/got" file "$tmp/x"
run --
is 'binary output' "$(od -An -c "$tmp/out" | tr -s ' ')" ' \0 033 377 \r \n \0'
is 'binary errors' "$(od -An -c "$tmp/err.log" | tr -s ' ')" ' 201'

# --- standard input --------------------------------------------------------------

# Without a request for input, only heartbeats are sent.
fake $here request "$tmp/got" beats 2 exit 0
run -- <"$tmp/big"
fake_done
is 'only heartbeats are sent without a request' $? 0

fake $here request "$tmp/got" ask 1 expect 0 hello ask 1 expect . '' exit 0
run -- <<END
hello
END
# (the input ends with a newline)
ok 'the fakeserver reports an unexpected frame' \
    test "$(cat "$tmp/fake$fake_n.log")" != ''
printf hello >"$tmp/hello"
fake $here request "$tmp/got" ask 1 expect 0 hello beats 1 ask 1 expect . '' \
    beats 1 exit 0
run -- <"$tmp/hello"
ok 'one frame of standard input for each request' fake_done

fake $here request "$tmp/got" ask 3 expect 0 hello expect . '' ask 2 exit 0
run -- <"$tmp/hello"
ok 'requests may come in advance, and after the end' fake_done
is 'requests after the end: status' "$hail_status" 0

fake $here request "$tmp/got" ask 1 expect . '' exit 0
run -n -- <"$tmp/hello"
ok '-n: the end at the first request' fake_done
fake $here request "$tmp/got" ask 1 expect . '' exit 0
run -- <&-
ok 'a closed standard input: the end at the first request' fake_done

# hail does not wait for a terminal when the command has ended.
fake $here request "$tmp/got" ask 1 frame 1 bye exit 0
run -- <&9
is 'standard input is open at the end: status' "$hail_status" 0
is 'standard input is open at the end: output' "$(out)" bye

fake $here request "$tmp/got" ask 1 hold
run -- <"$tmp"
failed 'standard input is a directory' \
    'cannot read standard input: Is a directory'

# --- all bytes -------------------------------------------------------------------

fake $here request "$tmp/got" echo exit 0
run -- <"$tmp/big"
is '100 MB there and back: status' "$hail_status" 0
ok '100 MB there and back: the server reports no error' fake_done
ok '100 MB there and back: the bytes' cmp "$tmp/big" "$tmp/out"

fake "$sock.2" request "$tmp/got" input "$tmp/got.in" frames 1 "$tmp/less" \
    exit 0
# shellcheck disable=SC2002 # pipes are what is tested
cat "$tmp/less" | $HAIL "$sock.2" date 2>"$tmp/err.log" | cat >"$tmp/out"
ok 'through pipes and a Unix socket: the server reports no error' fake_done
ok 'through pipes and a Unix socket: there' cmp "$tmp/less" "$tmp/got.in"
ok 'through pipes and a Unix socket: back' cmp "$tmp/less" "$tmp/out"

fake $here request "$tmp/got" frames 2 "$tmp/less" exit 4
run --
is '10 MB of errors: status' "$hail_status" 4
ok '10 MB of errors: the bytes' cmp "$tmp/less" "$tmp/err.log"
rm "$tmp/out" "$tmp/err.log" "$tmp/got.in"

# Without a reader of the output, the server has to wait: hail buffers little.
exec 8<>"$tmp/pipe"
fake $here request "$tmp/got" frames 1 "$tmp/big" exit 0
$HAIL "$here:$fake_port" date >"$tmp/pipe" 2>"$tmp/err.log" 8<&- 9<&- &
hail_pid=$!
background="$background $hail_pid"
timeout 60 head -c $((BIG / 2)) <&8 >"$tmp/out"
ok 'a slow reader: hail grows by less than what is missing' [ "$(
	awk '/^VmHWM/ { print $2 }' "/proc/$hail_pid/status")" -lt 45000 ]
timeout 60 head -c $((BIG / 2)) <&8 >>"$tmp/out"
end_hail
is 'a slow reader: status' "$hail_status" 0
ok 'a slow reader: the bytes' cmp "$tmp/big" "$tmp/out"

head -c 200000 "$tmp/big" >"$tmp/part"
fake $here request "$tmp/got" frames 1 "$tmp/part" beats 2 \
    touch "$tmp/beaten" exit 0
$HAIL "$here:$fake_port" date >"$tmp/pipe" 2>"$tmp/err.log" 8<&- 9<&- &
hail_pid=$!
background="$background $hail_pid"
ok 'without a reader: heartbeats are sent' wait_until "[ -e '$tmp/beaten' ]"
timeout 60 head -c 200000 <&8 >"$tmp/out"
end_hail
is 'without a reader: status' "$hail_status" 0
ok 'without a reader: the bytes' cmp "$tmp/part" "$tmp/out"
exec 8<&-
rm "$tmp/out"

# The status arrives while the server does not read the input.
fake $here request "$tmp/got" ask 9 take 100 frame 1 answer exit 6
run -- <"$tmp/big"
is 'a server that stops reading: status' "$hail_status" 6
is 'a server that stops reading: output' "$(out)" answer

# --- the server ends badly (fault 66) -------------------------------------------------------

fake $here request "$tmp/got" frame 1 part
run --
failed 'no status' 'the server closed the connection without an exit status'
is 'no status: what came' "$(out)" part

fake $here request "$tmp/got" frame 1 part reset
run --
failed 'a reset' 'connection lost: Connection reset by peer'
is 'a reset: what came' "$(out)" part

fake $here request "$tmp/got" frame 1 part hold
start_hail "$here:$fake_port" date
wait_until "[ -s '$tmp/out' ]"
kill -9 "$fake_pid"
end_hail
failed 'a killed server' 'the server closed the connection without an exit status'

fake $here request "$tmp/got"
run --
failed 'nothing came at all' 'closed by the server without sending anything'
is 'nothing came at all: no output' "$(out)" ''
fake $here half-close
run --fail-status 3 --
is 'nothing came at all, --fail-status: status' "$hail_status" 3
is 'nothing came at all, --fail-status: text' "$(out)" \
"hail: $here:$fake_port: $here:$fake_port: closed by the server without\
 sending anything"

# A busy server answers at once, reads nothing and closes.
fake $here frame 2 'busy
' frame X 75
run -- <"$tmp/big"
is 'a busy server: status' "$hail_status" 75
is 'a busy server: text' "$(err)" busy
fake $here frame 2 'busy
' frame X 75
run --fail-status 3 --
is 'a busy server, --fail-status: status' "$hail_status" 3
is 'a busy server, --fail-status: text' "$(out)" \
    "hail: $here:$fake_port: $here:$fake_port: date: exit status 75: busy"

bytes x '\0\0\0\0041all.\0\0\0\0641half'
fake $here request "$tmp/got" file "$tmp/x"
run --
failed 'an end within a frame' \
    'the server closed the connection in the middle of a frame'
is 'an end within a frame: what came' "$(out)" all.half

# --- a hostile server (fault 68) ------------------------------------------------------------

# hostile DESCRIPTION BYTES MESSAGE: BYTES follow a valid frame.
hostile()
{
	bytes x "\\0\\0\\0\\0021ok$2"
	fake $here request "$tmp/got" file "$tmp/x" hold
	run --
	failed "$1" "protocol error by the server: $3"
}

hostile 'a length of 2^32-1' '\377\377\377\3771' \
"frame of type '1' with 4294967295 bytes, at most 131072 are allowed"
hostile 'a length of 2^31' '\200\0\0\0002' \
"frame of type '2' with 2147483648 bytes, at most 131072 are allowed"
hostile 'a length above the limit' '\0\002\0\0011' \
"frame of type '1' with 131073 bytes, at most 131072 are allowed"
hostile 'a long status' '\0\0\0\021X' \
"frame of type 'X' with 17 bytes, at most 16 are allowed"
hostile 'an unknown type' '\0\0\0\0\033' 'frame of unknown type 0x1b'
hostile "a client's type" '\0\0\0\0C' \
"frame of type 'C', which only a client may send"

# Frames without end and without a status: only a time limit ends the session.
i=0
while [ $i -lt 12 ]; do
	bytes x '\0\0\0\0S\0\0\0\0001\0\0\0\0002'
	cat "$tmp/x" "$tmp/x" >>"$tmp/many"
	cp "$tmp/many" "$tmp/x2" && cat "$tmp/x2" >>"$tmp/many"
	i=$((i + 1))
done
fake $here request "$tmp/got" file "$tmp/many" hold
run -m 3 -- <&9
failed 'empty frames without end' 'timed out: the session took too long (-m)'

# --- services without commands ----------------------------------------------------

fake $here send 'Smile from the server
and more of it than a message should hold'
run --
failed 'a greeting' "not a command service: it sent \"Smile from the\
 server\\nand more o\" (frame of type 'e' with 1399679340 bytes, at most 131072\
 are allowed); to see its output, run hail without a command"
bytes x '\033]0;\a'
fake $here file "$tmp/x"
run --
failed 'a greeting with control characters' "not a command service: it\
 sent \"\\033]0;\\a\" (frame of type 0x07 with 459092027 bytes, at most 131072\
 are allowed); to see its output, run hail without a command"
fake $here send hi
run --
failed 'a short greeting' "not a command service: it sent \"hi\" (no\
 frame); to see its output, run hail without a command"

fake $here frame 2 'no command was named' exit 125
hail -n "$here:$fake_port"
is 'without a command, a command service: status' "$hail_status" 0
is 'without a command, a command service: message' "$(err)" \
    "hail: $here:$fake_port: $here:$fake_port:\
 this looks like a command service; try \"hail $here:$fake_port help\""
fake $here send 'Smile from the server'
hail -n "$here:$fake_port"
is 'no hint after a greeting' "$(err)" ''

# No reply from the port of commands, which is free in a new network namespace.
if unshare -rn true 2>/dev/null; then
	# command_port ACTION... <INPUT: hail without a command, its message
	# and its status, when a fakeserver on that port does ACTION.
	# shellcheck disable=SC2016 # for the inner shell
	command_port()
	{
		rm -f "$tmp/port"
		FAKE=$FAKE HAIL=$HAIL tmp=$tmp unshare -rn sh -c '
			ip link set lo up
			"$FAKE" 127.0.0.1:7891 "$@" >"$tmp/port" 3<&- &
			until [ -s "$tmp/port" ]; do sleep 0.02; done
			$HAIL 127.0.0.1:7891 <&3 2>&1
			echo $?' sh "$@" 3<&0
	}
	is 'without a command, nothing from the port of commands' \
	    "$(command_port half-close </dev/null)" \
	    "hail: 127.0.0.1:7891: 127.0.0.1:7891: closed by the server without\
 sending anything; for a command service, try \"hail 127.0.0.1 help\"
7"
	is 'without a command, no reply from the port of commands' \
	    "$(echo x | command_port save "$tmp/got")" \
	    "hail: 127.0.0.1:7891: 127.0.0.1:7891: no reply; for a command\
 service, try \"hail 127.0.0.1 help\"
0"
else
	skip 'no reply from the port of commands' 'needs namespaces'
fi
fake $here save "$tmp/got"
echo x | $HAIL "$here:$fake_port" 2>"$tmp/err.log"
is 'no hint after no reply from another port' "$(err)" ''

# --- limits of time ----------------------------------------------------------------

fake $here request "$tmp/got" frame 1 part hold
run -m 3 --
failed '-m' 'timed out: the session took too long (-m)'
is '-m: what came' "$(out)" part
# Heartbeats do not count.
fake $here request "$tmp/got" hold
run --idle-timeout 2.5 --
failed '--idle-timeout' 'timed out: no byte in either direction for 2.5 seconds'
fake $here request "$tmp/got" input "$tmp/got.in" hold
run -n -q 1.5 --
failed '-q' \
    'timed out: no exit status 1.5 seconds after the end of standard input'
fake $here full
run -w 2 --
is '-w: status' "$hail_status" 255
like '-w: message' "$(err)" "^hail: $here:$fake_port: timed out: "

# --- our own output (fault 67) ------------------------------------------------------------------

# With the default SIGPIPE; the shell reports a death by it as 141.
fake $here request "$tmp/got" frames 1 "$tmp/big" hold
{
	$HAIL "$here:$fake_port" date 2>"$tmp/err.log"
	echo $? >"$tmp/status"
} | head -c 5 >"$tmp/out"
is 'the reader goes away: status' "$(cat "$tmp/status")" 141
is 'the reader goes away: no message' "$(err)" ''
ok 'and the server sees the end' wait_until "! kill -0 $fake_pid 2>/dev/null"

fake $here request "$tmp/got" frames 1 "$tmp/big" hold
{
	(trap '' PIPE; exec $HAIL "$here:$fake_port" date 2>"$tmp/err.log")
	echo $? >"$tmp/status"
} | head -c 5 >"$tmp/out"
is 'the reader goes away, SIGPIPE ignored: status' "$(cat "$tmp/status")" 255
like 'the reader goes away, SIGPIPE ignored: message' "$(err)" \
    ': cannot write standard output: Broken pipe$'

fake $here request "$tmp/got" frame 1 lost exit 0
$HAIL "$here:$fake_port" date >/dev/full 2>"$tmp/err.log"
is 'a full disk: status' $? 255
like 'a full disk: message' "$(err)" \
    ': cannot write standard output: No space left on device$'

# --- --fail-status ---------------------------------------------------------------------

# A monitoring system sees standard output and the status.
for status in 0 1 2 3; do
	fake $here request "$tmp/got" frame 1 text frame 2 noise exit $status
	run --fail-status 3 --
	is "--fail-status leaves $status" "$hail_status" $status
	is "--fail-status leaves $status: output" "$(out)" text
done
bytes x '\0\0\0\0152/bin/\033x: gone\0\0\0\0072\nmore\n\n\0\0\0\003X127'
fake $here request "$tmp/got" file "$tmp/x"
run --fail-status 3 --
is '--fail-status for 127: status' "$hail_status" 3
is '--fail-status for 127: text' "$(out)" "hail: $here:$fake_port:\
 $here:$fake_port: date: exit status 127: /bin/\\033x: gone"
fake $here request "$tmp/got" frame 1 part
run --fail-status 2 --
is '--fail-status without a status: status' "$hail_status" 2
is '--fail-status without a status: text' "$(out)" \
"parthail: $here:$fake_port: $here:$fake_port: the server closed the connection\
 without an exit status"
is '--fail-status without a status: no message' "$(err)" ''
hail --fail-status 3 "$tmp/nothing" date
is '--fail-status for a failed connection: status' "$hail_status" 3
is '--fail-status for a failed connection: text' "$(out)" \
    "hail: $tmp/nothing: cannot connect: No such file or directory"

hail "$tmp/nothing" date
is 'a failed connection: status' "$hail_status" 255
hail -n nosuchhost.invalid date
is 'an unknown name: status' "$hail_status" 255

# --- Ctrl-C (fault 67) -------------------------------------------------------------------------------

# script(1) makes a terminal; the shell in it records its settings before and
# after, and the status of hail.
fake $here request "$tmp/got" ask 1 frame 1 started hold
cat >"$tmp/session" <<END
stty -a >'$tmp/stty1'
trap : INT
$HAIL $here:$fake_port date >'$tmp/out' 2>'$tmp/err.log'
echo \$? >'$tmp/status'
stty -a >'$tmp/stty2'
END
mkfifo "$tmp/keys"
# The shell makes background processes ignore SIGINT.
env --default-signal=INT,QUIT script -qec "sh '$tmp/session'" /dev/null <"$tmp/keys" >/dev/null 2>&1 &
last=$!
background="$background $last"
exec 7>"$tmp/keys"
wait_until "[ -s '$tmp/out' ]"
printf '\003' >&7
wait_until "[ -s '$tmp/stty2' ]" || kill "$last"
exec 7>&-
wait "$last"
is 'Ctrl-C: hail dies of SIGINT' "$(cat "$tmp/status")" 130
ok 'Ctrl-C: the terminal is as it was' cmp "$tmp/stty1" "$tmp/stty2"
is 'Ctrl-C: no message' "$(err)" ''

done_testing
