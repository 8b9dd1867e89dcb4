#!/bin/sh
# hail_relay.sh -- the bytes: all of them, both ways, however either side ends.

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$srcdir/tests/e2e/lib.sh"
. "$srcdir/tests/e2e/fake.sh"

BIG=100000000
head -c $BIG /dev/urandom >"$tmp/big1"
head -c $BIG /dev/urandom >"$tmp/big2"
mkfifo "$tmp/silent" "$tmp/pipe" "$tmp/pipe2"
exec 9<>"$tmp/silent" # a standard input that stays open and silent

# --- all bytes -----------------------------------------------------------------

fake 127.0.0.1 both "$tmp/big1" "$tmp/got"
hail "127.0.0.1:$fake_port" <"$tmp/big2"
is '100 MB each way at once: status' "$hail_status" 0
ok '100 MB each way at once: the server has its bytes' fake_done
ok 'and they are right' cmp "$tmp/big2" "$tmp/got"
ok '100 MB each way at once: we have ours' cmp "$tmp/big1" "$tmp/out"

fake "$sock" both "$tmp/big1" "$tmp/got"
# shellcheck disable=SC2002 # pipes are what is tested
cat "$tmp/big2" | $HAIL "$sock" 2>"$tmp/err.log" | cat >"$tmp/out"
fake_done
ok 'through pipes and a Unix socket: the server has its bytes' \
    cmp "$tmp/big2" "$tmp/got"
ok 'through pipes and a Unix socket: we have ours' cmp "$tmp/big1" "$tmp/out"
rm "$tmp/big2"

# --- half-close ------------------------------------------------------------------

fake 127.0.0.1 save "$tmp/got" wait "$tmp/go" send late
start_hail "127.0.0.1:$fake_port" <<END
question
END
wait_until "[ -s '$tmp/got' ]"
ok 'hail waits for the answer' kill -0 "$hail_pid"
: >"$tmp/go"
end_hail
is 'a late answer: status' "$hail_status" 0
is 'a late answer: output' "$(out)" late
is 'the server saw the end of the question' "$(cat "$tmp/got")" question

fake 127.0.0.1 save "$tmp/got" send bye
echo x | $HAIL -N "127.0.0.1:$fake_port" >"$tmp/out" 2>"$tmp/err.log"
is '-N changes nothing' "$(out)" bye

fake 127.0.0.1 save "$tmp/got" send bye
echo x | $HAIL -n "127.0.0.1:$fake_port" >"$tmp/out" 2>"$tmp/err.log"
is '-n: output' "$(out)" bye
fake_done
is '-n sends nothing' "$(cat "$tmp/got")" ''

# A proxy may take the end of the question for the end of the session.
fake 127.0.0.1 take 9 touch "$tmp/taken" wait "$tmp/go3" open send late
start_hail --no-shutdown "127.0.0.1:$fake_port" <<END
question
END
# hail sleeps only when it has seen the end of the question.
wait_until "[ -e '$tmp/taken' ] && grep -q '^State:.S' /proc/$hail_pid/status"
: >"$tmp/go3"
end_hail
is '--no-shutdown: status' "$hail_status" 0
is '--no-shutdown: output' "$(out)" late
ok '--no-shutdown: no half-close' fake_done
fake 127.0.0.1 take 9 hold
echo question | $HAIL --no-shutdown -q 0.1 "127.0.0.1:$fake_port"
is '--no-shutdown: -q counts from the end of standard input' $? 0
fake 127.0.0.1 take 9 hold
echo question | $HAIL --no-shutdown --idle-timeout 0.1 \
    "127.0.0.1:$fake_port" 2>"$tmp/err.log"
is '--no-shutdown: --idle-timeout' $? 4

# --- the server ends first -------------------------------------------------------

fake 127.0.0.1 send bye
hail "127.0.0.1:$fake_port" <&9
is 'standard input is open at the end: status' "$hail_status" 0
is 'standard input is open at the end: output' "$(out)" bye

# The server half-closes but still reads: all available input is sent.
fake 127.0.0.1 send bye half-close save "$tmp/got"
hail "127.0.0.1:$fake_port" <"$tmp/big1"
is 'the server half-closes: status' "$hail_status" 0
fake_done
ok 'the server half-closes: it has all bytes' cmp "$tmp/big1" "$tmp/got"

# The server half-closes, then resets while input is still sent.
fake 127.0.0.1 send bye half-close take 1000000
hail "127.0.0.1:$fake_port" <"$tmp/big1"
is 'the server ends while we send: status' "$hail_status" 0
is 'the server ends while we send: output' "$(out)" bye
is 'the server ends while we send: message' "$(err)" \
"hail: 127.0.0.1:$fake_port: 127.0.0.1:$fake_port: the server closed the\
 connection before it had read all input"

# --- nothing comes ----------------------------------------------------------------

# empty DESCRIPTION: hail exited with 7 and its message.
empty()
{
	is "$1: status" "$hail_status" 7
	is "$1: message" "$(err)" \
"hail: 127.0.0.1:$fake_port: 127.0.0.1:$fake_port: closed by the server\
 without sending anything"
}

fake 127.0.0.1 half-close
hail -n "127.0.0.1:$fake_port"
empty 'nothing either way'
fake 127.0.0.1 half-close
hail "127.0.0.1:$fake_port" <&9
empty 'nothing, and standard input is open'
fake 127.0.0.1 half-close wait "$tmp/go2"
hail "127.0.0.1:$fake_port" <"$tmp"
is 'nothing, and no standard input: the error wins' "$hail_status" 6
: >"$tmp/go2"
# An end in order, while the input does not fit into the buffers.
fake 127.0.0.1 half-close wait "$tmp/got" take 1000000
start_hail "127.0.0.1:$fake_port" <"$tmp/big1"
: >"$tmp/got"
end_hail
empty 'nothing, and only a part of the input is sent'
fake 127.0.0.1 save "$tmp/got"
echo x >"$tmp/x"
hail "127.0.0.1:$fake_port" <"$tmp/x"
is 'nothing, but all input was sent: status' "$hail_status" 0
is 'nothing, but all input was sent: no message' "$(err)" ''
fake 127.0.0.1 half-close
hail --allow-empty -n "127.0.0.1:$fake_port"
is '--allow-empty: status' "$hail_status" 0
is '--allow-empty: no message' "$(err)" ''
fake 127.0.0.1 hold
hail -n -q 0 "127.0.0.1:$fake_port"
is 'nothing until the time of -q: status' "$hail_status" 0
fake 127.0.0.1 reset
hail "127.0.0.1:$fake_port" <&9
is 'nothing before a reset: status' "$hail_status" 5
like 'nothing before a reset: message' "$(err)" ': connection lost: '
fake "$sock.3" half-close
hail -n "$sock.3"
is 'nothing from a Unix socket: status' "$hail_status" 7
is 'nothing from a Unix socket: message' "$(err)" \
    "hail: $sock.3: closed by the server without sending anything"

# A Unix socket with unread input is reset, after all that the server sent.
fake "$sock.4" touch "$tmp/up" wait "$tmp/sent" send bye
start_hail "$sock.4" <"$tmp/x"
wait_until "[ -e '$tmp/up' ] && grep -q '^State:.S' /proc/$hail_pid/status"
: >"$tmp/sent"
end_hail
is 'a Unix socket with unread input: status' "$hail_status" 0
is 'a Unix socket with unread input: output' "$(out)" bye
is 'a Unix socket with unread input: message' "$(err)" "hail: $sock.4: the\
 server closed the connection before it had read all input"
fake "$sock.5" wait "$tmp/sent5"
start_hail "$sock.5" <"$tmp/x"
wait_until "grep -q '^State:.S' /proc/$hail_pid/status"
: >"$tmp/sent5"
end_hail
is 'a Unix socket with unread input, and no answer: status' "$hail_status" 7
like 'a Unix socket with unread input, and no answer: message' "$(err)" \
    ': closed by the server without sending anything$'

# --- the connection breaks (fault 66) -------------------------------------------------------

fake 127.0.0.1 send part reset
hail "127.0.0.1:$fake_port" <&9
is 'a reset: status' "$hail_status" 5
is 'a reset: what came before' "$(out)" part
is 'a reset: message' "$(err)" "hail: 127.0.0.1:$fake_port:\
 127.0.0.1:$fake_port: connection lost: Connection reset by peer"

# The answer is in the kernel when sending meets the reset.
fake 127.0.0.1 file "$tmp/big1" reset
start_hail "127.0.0.1:$fake_port" <"$tmp/big1"
end_hail
is 'a reset while both send: status' "$hail_status" 5
like 'a reset while both send: message' "$(err)" 'connection lost: '
fake 127.0.0.1 take 100 send answer reset
hail "127.0.0.1:$fake_port" <"$tmp/big1"
is 'a reset after the answer: status' "$hail_status" 5
is 'a reset after the answer: output' "$(out)" answer

# --- stalls ----------------------------------------------------------------------

# Standard output is a pipe without a reader; 100 MB fit neither into it nor into
# the buffers on the way.  It already contains some bytes, so that it does not
# become full at the end of a buffer of hail.
exec 8<>"$tmp/pipe"
echo first >&8
fake 127.0.0.1 both "$tmp/big1" "$tmp/got"
$HAIL "127.0.0.1:$fake_port" <"$tmp/big1" >"$tmp/pipe" 2>"$tmp/err.log" 9<&- \
    8<&- &
hail_pid=$!
background="$background $hail_pid"
wait_until "cmp -s '$tmp/big1' '$tmp/got'" 60
ok 'output stalls, input flows' cmp "$tmp/big1" "$tmp/got"
ok 'and hail still has output' kill -0 "$hail_pid"
head -c $((BIG + 6)) "$tmp/pipe" | tail -c $BIG >"$tmp/out"
end_hail
is 'the output goes on: status' "$hail_status" 0
ok 'the output goes on: all bytes' cmp "$tmp/big1" "$tmp/out"
exec 8<&-

# The server does not read the 100 MB, so hail stops reading standard input.
fake 127.0.0.1 file "$tmp/big1" wait "$tmp/read" save "$tmp/got"
rm -f "$tmp/read"
start_hail "127.0.0.1:$fake_port" <"$tmp/big1"
wait_until "cmp -s '$tmp/big1' '$tmp/out'" 60
ok 'sending stalls, output flows' cmp "$tmp/big1" "$tmp/out"
: >"$tmp/read"
end_hail
fake_done
ok 'sending goes on: all bytes' cmp "$tmp/big1" "$tmp/got"

fake 127.0.0.1 file "$tmp/big1"
hail "127.0.0.1:$fake_port" <&9
ok 'standard input is silent, output flows' cmp "$tmp/big1" "$tmp/out"

# --- standard descriptors --------------------------------------------------------

fake 127.0.0.1 send bye hold
$HAIL -n "127.0.0.1:$fake_port" >/dev/full 2>"$tmp/err.log"
is 'the disk is full: status' $? 6
is 'the disk is full: message' "$(err)" \
"hail: 127.0.0.1:$fake_port: 127.0.0.1:$fake_port: cannot write standard\
 output: No space left on device"

if command -v strace >/dev/null; then
	fake 127.0.0.1 send bye
	# shellcheck disable=SC2086,SC2094 # a command; the name of the output
	ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 strace -q -o "$tmp/strace" \
	    -P "$tmp/out" -e inject=close:error=EIO \
	    $HAIL -n "127.0.0.1:$fake_port" >"$tmp/out" 2>"$tmp/err.log"
	is 'the output is lost when it is closed: status' $? 6
	like 'the output is lost when it is closed: message' "$(err)" \
	    ': cannot write standard output: Input/output error$'
else
	skip 'the output is lost when it is closed' 'needs strace'
fi

# With the default SIGPIPE; the shell reports a death by it as 141 (fault 67).
fake 127.0.0.1 flood
{
	$HAIL -n "127.0.0.1:$fake_port" 2>"$tmp/err.log"
	echo $? >"$tmp/status"
} | head -c 5 >"$tmp/out"
is 'the reader goes away: status' "$(cat "$tmp/status")" 141
is 'the reader goes away: its output' "$(out)" flood
is 'the reader goes away: no message' "$(err)" ''
ok 'the reader goes away: the server sees the end' fake_done

fake 127.0.0.1 flood
{
	(trap '' PIPE; exec $HAIL -n "127.0.0.1:$fake_port" 2>"$tmp/err.log")
	echo $? >"$tmp/status"
} | head -c 5 >"$tmp/out"
is 'the reader goes away, SIGPIPE ignored: status' "$(cat "$tmp/status")" 6
like 'the reader goes away, SIGPIPE ignored: message' "$(err)" \
    ': cannot write standard output: Broken pipe$'

fake 127.0.0.1 hold
hail "127.0.0.1:$fake_port" <"$tmp"
is 'standard input is a directory: status' "$hail_status" 6
is 'standard input is a directory: message' "$(err)" \
"hail: 127.0.0.1:$fake_port: 127.0.0.1:$fake_port: cannot read standard\
 input: Is a directory"

fake 127.0.0.1 save "$tmp/got" send bye
hail "127.0.0.1:$fake_port" <&-
is 'standard input is closed: status' "$hail_status" 0
is 'standard input is closed: output' "$(out)" bye

# If the socket were descriptor 1 or 2, the server would get its own bytes.
fake 127.0.0.1 send bye save "$tmp/got"
$HAIL "127.0.0.1:$fake_port" <&- >&- 2>&-
is 'all three are closed: status' $? 0
fake_done
is 'all three are closed: the server gets nothing' "$(cat "$tmp/got")" ''
fake 127.0.0.1 save "$tmp/got"
$HAIL -v "127.0.0.1:$fake_port" </dev/null 2>&-
fake_done
is 'messages do not go to the server' "$(cat "$tmp/got")" ''

# Others share the open files behind these descriptors: O_NONBLOCK (04000) set
# here would make a shell or the next program in the pipeline fail.
echo hello >"$tmp/hello"
fake 127.0.0.1 file "$tmp/hello" hold
$HAIL "127.0.0.1:$fake_port" <&9 >"$tmp/pipe2" 2>"$tmp/err.log" &
hail_pid=$!
background="$background $hail_pid"
read -r got <"$tmp/pipe2"
is 'hail is in the middle of its work' "$got" hello
is 'and standard input and output are left blocking' \
    "$(grep -h 'flags:.*[4567]...$' "/proc/$hail_pid/fdinfo/0" \
	"/proc/$hail_pid/fdinfo/1")" ''

done_testing
