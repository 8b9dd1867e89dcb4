# commands.sh -- the server's side of commands: what stock clients get, the order
# of frames, bad input, and how a command ends.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command nc ng-nailgun perl

run=$tmp/run
mkdir -m 777 "$run"
mkfifo -m 666 "$tmp/fifo"
cp "$(command -v setpriv)" "$tmp/setpriv"
chmod 4755 "$tmp/setpriv"
start_haild <<EOF
max-sessions = 512
admin: {
	listen = ["127.0.0.1:0", "$sock"]
	socket-mode = "0666"
	user = "nobody"
	kill-grace = "1s"
	environment = ["SET=configured"]
	max-sessions = 200
	max-per-source = 200
	commands: {
		args:   { exec = ["/usr/bin/printf", "[%s]"] args = "0-" arg-dash = true
			  summary = "show them" help = "Each in brackets.\n" }
		place:  { exec = ["/usr/bin/printf", "[%s]", "%2", "x%1"] args = "2-3" }
		strict: { exec = ["/usr/bin/printf", "[%s]"] args = "1-3" arg-match = ["[0-9]+%", "[a-z]*"] mask-args = [2] }
		both:   { exec = ["/bin/sh", "-c", "echo out; echo err >&2; exit 3"] }
		die:    { exec = ["/bin/sh", "-c", "kill -9 \$\$"] }
		cat:    { exec = ["/bin/cat"] stdin = true }
		count:  { exec = ["/usr/bin/wc", "-c"] stdin = true }
		zeros:  { exec = ["/usr/bin/head", "-c", "100000000", "/dev/zero"] }
		deaf:   { exec = ["/bin/sh", "-c", "exec <&-; echo closed; sleep 0.1; echo done"] stdin = true }
		idle:   { exec = ["/bin/sleep", "64"] stdin = true }
		stdin:  { exec = ["/bin/readlink", "/proc/self/fd/0"] }
		env:    { exec = ["/usr/bin/env"] accept-env = ["LANG", "LC_*", "NAME=[a-z]+", "SET", "TZ=[A-Za-z]+/[A-Za-z]+", "ZONE", "C*=.*", "G*=.*", "P*=.*"] }
		who:    { exec = ["/usr/bin/id"] user = "daemon" }
		noprog: { exec = ["/etc/passwd.sh"] }
		slow:   { exec = ["/bin/sleep", "60"] session-timeout = "1s" }
		long:   { exec = ["/bin/sh", "-c", "echo \$\$ >$run/long; echo ready; exec sleep 62"] }
		lasts:  { exec = ["/bin/sh", "-c", "echo \$\$ >$run/lasts; echo ready; read x <$tmp/fifo; echo said; echo end >$run/end; exit 9"]
			  on-disconnect = "continue" }
		leaves: { exec = ["/bin/sh", "-c", "setsid sleep 63 & sleep 64 & echo left"] }
		few:    { exec = ["/bin/sh", "-c", "echo ready; exec sleep 65"] max-sessions = 1 }
		mine:   { exec = ["/bin/true"] args = "0-1" mask-args = [1] allow-user = ["root"] summary = "for root alone" }
		local:  { exec = ["/bin/true"] allow = ["127.0.0.2"] }
		secret: { exec = ["/bin/true"] args = "2" mask-args = [2] allow-user = ["root"] }
	}
}
plain: {
	listen = ["127.0.0.1:0"]
	user = "nobody"
	commands: {
		same:  { exec = ["/bin/sh", "-c", "echo ready; exec sleep 66"] }
		risen: { exec = ["/bin/sh", "-c", "$tmp/setpriv --reuid=0 --clear-groups sh -c 'echo >$run/up; exec sleep 67' & until [ -e $run/up ]; do sleep 0.05; done; echo left"]
			 no-new-privileges = false }
	}
}
one: {
	listen = ["127.0.0.1:0"]
	user = "nobody"
	deny = ["127.0.0.9"]
	max-sessions = 1
	max-per-source = 1
	at-limit = "refuse"
	commands: { wait: { exec = ["/bin/sleep", "64"] } }
}
behind: {
	listen = ["127.0.0.1:0"]
	proxy-from = ["127.0.0.1"]
	user = "nobody"
	deny = ["203.0.113.66"]
	max-per-source = 1
	busy-message = "busy\n"
	commands: { env: { exec = ["/usr/bin/env"] allow = ["192.0.2.0/24"] } }
}
EOF
port=$(port admin)
one=$(port one)
plain=$(port plain)
behind=$(port behind)
ng() { timeout 600 ng-nailgun --nailgun-server 127.0.0.1 --nailgun-port "$port" "$@"; }
nail=$srcdir/tests/e2e/nailgun.pl
# hold WHERE ACTION...: in the background; its pid is in $last.
hold() { in_background perl "$nail" "$@" >/dev/null; }
nail() { perl "$nail" "$@"; }
# A client that says so much and then keeps its end open till the server closes.
say() { nail "$port" "$@" 2>&1; }

# --- what stock clients get ---

is 'arguments, as they are' "$(ng args 'a b' '' '$(id)' '; ls' '-x' 'é' </dev/null)" \
    '[a b][][$(id)][; ls][-x][é]'
is 'a newline in one' "$(ng args 'a
b' </dev/null)" '[a
b]'
is 'arguments in their places, the rest behind' "$(ng place a b c </dev/null)" '[b][xa][c]'
ng both </dev/null >"$tmp/out" 2>"$tmp/err"
is 'the status' $? 3
is 'standard output' "$(cat "$tmp/out")" out
is 'standard error' "$(cat "$tmp/err")" err
ng die </dev/null 2>"$tmp/err"
is 'a signal' $? 137
is 'and which' "$(cat "$tmp/err")" 'haild: die: ended by signal 9 (Killed)'
is 'standard input from a pipe' "$(echo hello | ng cat)" hello
is 'and from /dev/null' "$(ng cat </dev/null)" ''
is 'a command without any' "$(echo hello | ng stdin)" /dev/null
is 'stdin that nobody reads' "$(head -c 1000000 /dev/zero | ng deaf)" 'closed
done'
is 'runs as its user' "$(ng who </dev/null)" "$(id daemon)"
head -c 100000000 /dev/zero | ng count >"$tmp/out"
is '100 MB to a command' "$(cat "$tmp/out")" 100000000
is '100 MB from a command' "$(ng zeros </dev/null | cksum)" \
    "$(head -c 100000000 /dev/zero | cksum)"
head -c 3000000 /dev/urandom >"$tmp/random"
ok 'bytes there and back' eval 'ng cat <"$tmp/random" | cmp - "$tmp/random"'
ok 'the log has who, what and how much' logged \
    'admin: 127\.0\.0\.1:[0-9]+ pid [0-9]+ exit 0 [0-9.]+s( cpu [0-9.]+s( mem [0-9.]+.)?)? user nobody in 3000000 out 3000000 command cat$'

# --- the order of frames ---

is 'a command without input: none is asked for' \
    "$(say A:x E:A=b D:/ C:args wait:X)" '1 [x]
X 0
closed'
is 'one with: asked before, and behind each' "$(say C:cat wait:S 0:hello wait:1 . | grep -v S)" '1 hello
X 0
closed'
is 'four frames may be sent before the next is requested' \
    "$(say C:cat wait:S wait:S wait:S wait:S . | grep -c S)" 4
is 'all at once, unasked' "$(say raw:'\x00\x00\x00\x03Ccat\x00\x00\x00\x020hi\x00\x00\x00\x000\x00\x00\x00\x00.' | grep -v S)" '1 hi
X 0
closed'
is 'unasked input for a command without' "$(say C:stdin 0:hello . wait:X)" '1 /dev/null\n
X 0
closed'
is 'heartbeats at any time' "$(say H A:x H E:A=b H C:args H H wait:X H)" '1 [x]
X 0
closed'
is 'output is complete although the client still sends' \
    "$(say C:zeros times:2000:H | cut -c -20 | sed 's/\x00//g')" '1 
X 0
closed'

# --- who may run what (fault 29) ---

unknown='2 haild: no command "%s"; "help" lists the commands\\n
X 127
closed'
# shellcheck disable=SC2059 # a format
for name in nothing mine local UPTIME ../cat; do
	is "over TCP there is no $name" "$(say "C:$name")" "$(printf "$unknown" "$name")"
done
is 'on the socket there is for root' "$(nail "$sock" C:mine)" 'X 0
closed'
like 'a user has no such command' "$(setpriv --reuid=65534 --clear-groups \
    perl "$nail" "$sock" C:mine)" 'no command "mine";'
help=$(ng help </dev/null)
like 'help lists what there is' "$help" '^args	show them$'
is 'but not what there is not' "$(echo "$help" | grep -cE '^(mine|local)')" 0
like 'for root there is more' "$(nail "$sock" C:help)" 'mine	for root alone'
is 'help for one' "$(ng help args </dev/null)" 'args	show them
Each in brackets.'
ng help mine </dev/null 2>"$tmp/err"
is 'and none for what there is not' "$?:$(cat "$tmp/err")" \
    '127:haild: no command "mine"; "help" lists the commands'
is 'behind a proxy the client counts' "$(nail "$behind" \
    raw:'PROXY TCP4 192.0.2.7 192.0.2.1 1000 2000\x0d\n' C:env | tr '\134' '\n' |
    grep TCPREMOTEIP)" 'nTCPREMOTEIP=192.0.2.7'
like 'whoever it is' "$(nail "$behind" \
    raw:'PROXY TCP4 198.51.100.7 192.0.2.1 1000 2000\x0d\n' C:env)" 'no command "env"'
# through_proxy BYTES: sent by the proxy, as a format; prints what comes back.
# shellcheck disable=SC2059 # a format
through_proxy() { printf "$1" | timeout 20 nc -N 127.0.0.1 "$behind"; }
is 'no PROXY header: the client gets nothing' \
    "$(through_proxy 'GET / HTTP/1.0\r\n\r\n')" ''
ok 'and the log has the fault' logged \
    'behind: 127\.0\.0\.1:[0-9]+ refused: proxy: no header$'
through_proxy 'PROXY TCP4 192.0.2.7 192' >"$tmp/out"
is 'half a header: the client gets nothing' "$(cat "$tmp/out")" ''
ok 'and the log has that fault' logged \
    'behind: 127\.0\.0\.1:[0-9]+ refused: proxy: header cut short$'
is 'a denied client behind a proxy gets nothing' \
    "$(through_proxy 'PROXY TCP4 203.0.113.66 192.0.2.1 1000 2000\r\n')" ''
ok 'and is logged' logged 'behind: 203\.0\.113\.66:1000 refused: access$'
hold "$behind" raw:'PROXY TCP4 192.0.2.9 192.0.2.1 1000 2000\x0d\n' sleep
wait_until 'pgrep -f "behind 192[.]0[.]2[.]9:1000" >/dev/null'
is 'a second client of one source gets the busy-message, as frames' \
    "$(nail "$behind" raw:'PROXY TCP4 192.0.2.9 192.0.2.1 1001 2000\x0d\n' C:env)" \
    '2 busy\n
X 75
closed'
ok 'and is logged with its limit' logged \
    'behind: 192\.0\.2\.9:1001 refused: source limit 1$'
kill "$last"

hold "$one" C:wait
wait_until 'pgrep -f "haild: one " >/dev/null'
is 'a busy service answers in frames, whatever the client sent' \
    "$(nail "$one" times:2000:E:A=b C:wait)" '2 haild: one is busy; try again later\n
X 75
closed'
kill "$last"
wait_until no_children
hold_open "$one" 1
wait_until '[ -n "$(sessions)" ]'
is 'hail has that status' \
    "$($HAIL "127.0.0.1:$one" wait </dev/null 2>&1; echo $?)" \
    'haild: one is busy; try again later
75'
release_all
wait_until no_children
is 'without access there is no answer' "$(PEER_FROM=127.0.0.9 "$PEER" many "$one" 1 '')" 1

like 'what is masked and not allowed' "$(say A:open A:hidden C:secret)" 'no command "secret"'
ok 'is not in the log either' logged ' refused: access .* command secret open \*\*\*$'

# --- arguments that are refused (fault 27) ---

refused() { # WHAT REASON ACTION...
	what=$1 why=$2
	shift 2
	is "$what" "$(say "$@" C:strict)" "2 haild: strict: $why\\n
X 126
closed"
}
refused 'too few' 'takes 1 to 3 arguments, got 0'
refused 'too many' 'takes 1 to 3 arguments, got 4' A:1% A:a A:b A:c
refused 'the first pattern' 'argument 1 does not match ^([0-9]+%)$' A:1
refused 'the last one, for the rest' 'argument 3 does not match ^([a-z]*)$' A:1% A:a A:B
refused 'a newline does not end it' 'argument 1 does not match ^([0-9]+%)$' 'A:1%\n2%'
refused 'nor does a second line' 'argument 2 does not match ^([a-z]*)$' A:1% 'A:a\n;b'
refused 'a dash' 'argument 2 begins with a dash' A:1% A:-a
ok 'masked arguments are not in the log' logged ' refused: argument 2 .* command strict 1% \*\*\*$'
say A:hunter2 C:mine >/dev/null
ok 'nor if the client may not run it' logged ' refused: access .* command mine \*\*\*$'
is 'a program that cannot be executed' "$(say C:noprog)" '2 haild: noprog: out of service\n
X 126
closed'

# --- the environment (faults 30 and 80) ---

env=$(say E:LANG=C.UTF-8 E:LC_ALL=C E:NAME=v E:SET=client E:OTHER=x E:LD_PRELOAD=/x \
    E:PATH=/tmp E:USER=root 'E:LC_X=() { :; }' 'E:BASH_FUNC_x%%=() { :; }' E:HOME=/ \
    E:IFS=x E:TZ=Europe/Berlin E:ZONE=/etc/passwd E:CLASSPATH=/x E:GIT_SSH_COMMAND=x E:PAGER=x \
    E:NAME=/etc/passwd C:env | tr '\134' '\n' | sed 's/^n//')
for v in LANG=C.UTF-8 LC_ALL=C NAME=v TZ=Europe/Berlin SET=configured USER=nobody PROTO=TCP; do
	like "the program has $v" "$env" "(^|1 )$v\$"
done
for v in OTHER LD_PRELOAD LC_X BASH_FUNC IFS ZONE CLASSPATH GIT_ PAGER NAME=/; do
	is "but not $v" "$(echo "$env" | grep -c "^$v")" 0
done
like 'nor the PATH of the client' "$env" 'PATH=/usr/local/sbin'

# --- bad input (faults 27, 28, 31) ---

wrong() { # WHAT REASON ACTION...
	what=$1 why=$2
	shift 2
	like "$what" "$(say "$@" | tr '\n' ' ')" \
	    "^(S )*(1 .*)?2 haild: protocol error: $why.n X 125 closed"
}
wrong 'a length of 2^31' '.*' header:2147483648:A
wrong 'of 2^32 - 1' '.*' header:4294967295:C
wrong 'of 128 KiB and one' '.*' header:131073:A
wrong 'HTTP' '.*' 'raw:GET / HTTP/1.1\x0d\nHost: x\x0d\n\x0d\n'
wrong 'L' '.*' L:x C:args
wrong 'an unknown type' '.*' Z:x
wrong "a frame of the server's" '.*' 1:x
wrong 'out of order' '.*' E:A=b A:x C:args
wrong 'input before the command' '.*' 0:x C:cat
wrong 'a second command' '.*' C:idle C:idle
wrong 'an argument behind it' '.*' C:idle A:x
wrong 'input behind its end' '.*' C:idle . 0:x
wrong 'NUL' 'a NUL byte' 'A:a\0b' C:args
wrong '4097 arguments' 'more than 4096 arguments or variables' times:4097:A:x C:args
wrong 'a million' 'more than 4096 arguments or variables' times:1000000:A
wrong 'more than 1 MiB' 'a request of more than 1 MiB' bytes:131072:A bytes:131072:A \
    bytes:131072:A bytes:131072:A bytes:131072:A bytes:131072:A bytes:131072:A \
    bytes:131072:A C:args
is 'as many as may be' "$(say times:4096:A:x C:args | tr -cd x | wc -c)" 4096
like 'what is too long for the kernel' "$(say bytes:131072:A C:args)" \
    'haild: args: cannot execute: Argument list too long'
like 'a line in the log' "$(grep -c 'no command: protocol error: a NUL byte$' "$log")" 1
nail "$port" shut >/dev/null
ok 'a client that says nothing' logged \
    'admin: .* disconnect [0-9.]+s( cpu [0-9.]+s( mem [0-9.]+.)?)? no command: the client disconnected$'

# --- ends ---

is 'it took too long' "$(say C:slow)" '2 haild: slow: ended: timeout\n
X 124
closed'
hold "$port" C:long sleep
caller=$last
ok 'a command runs' wait_until '[ -s "$run/long" ]'
long=$(cat "$run/long")
kill -9 "$caller"
ok 'a client is killed: its command ends' ends "$long"
ok 'and the session' logged ' disconnect .* command long$'
: >"$run/long"
nail "$port" C:long show:ready die >/dev/null
ok 'a reset' ends "$(cat "$run/long")"
hold "$port" C:lasts sleep
wait_until '[ -s "$run/lasts" ]'
kill -9 "$last"
ok 'one that is to go on' kill -0 "$(cat "$run/lasts")"
echo go >"$tmp/fifo"
ok 'does' wait_until '[ -s "$run/end" ]'
ok 'to its end' logged ' exit 9 .* command lasts$'
is 'leftover processes do not keep the client' "$(say C:leaves)" '1 left\n
X 0
closed'
ok 'and is ended' wait_until '! pgrep -f "^sleep 6[34]$" >/dev/null'
if [ "$(setpriv --reuid=65534 --clear-groups "$tmp/setpriv" --reuid=0 id -u 2>&1)" = 0 ]; then
	is 'nor does what the monitor may not kill' "$(nail "$plain" C:risen)" '1 left\n
X 0
closed'
	ok 'the daemon does' wait_until '! pgrep -f "^sleep 67$" >/dev/null'
else
	skip 'what the monitor may not kill' 'set-user-ID does nothing here'
fi

: >"$run/long"
hold "$port" C:long sleep
wait_until '[ -s "$run/long" ]'
long=$(cat "$run/long")
kill -9 "$(session)"
ok 'a monitor is killed: its command ends' ends "$long"
wait_until no_children

# --- many ---

hold "$port" C:few show:ready sleep
wait_until "pgrep -f '^sleep 65\$' >/dev/null"
is 'no more than max-sessions of a command: busy, in frames' "$(say C:few)" \
    '2 haild: few: limit of 1 sessions reached\n
X 75
closed'
ok 'which the log tells' logged ' refused: command limit 1 .* command few$'
kill "$last"
wait_until no_children
like 'and then again' "$(say C:few show:ready die)" '1 ready'
callers=
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 \
    26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50; do
	ng args "$i" </dev/null >"$tmp/many.$i" 2>&1 &
	callers="$callers $!"
done
for i in $callers; do wait "$i"; done
is 'fifty at once' "$(cat "$tmp"/many.* | tr -d '[]' | wc -c)" 91
ok 'nobody is left' wait_until no_children

# --- what the speaker is ---

hold "$port" C:few show:ready sleep
wait_until "pgrep -f '^sleep 65\$' >/dev/null"
monitor=$(session)
speaker=$(pgrep -P "$monitor" -f 'admin speaker')
status=$(cat "/proc/$speaker/status")
user=haild-speaker
id "$user" >/dev/null 2>&1 || user=nobody
like 'the speaker has its user' "$status" "^Uid:	$(id -u $user)	$(id -u $user)	"
like 'a filter' "$status" '^Seccomp:	2$'
like 'no new privileges' "$status" '^NoNewPrivs:	1$'
like 'no capabilities' "$status" '^CapPrm:	0+$'
is 'nothing in its root directory' "$(ls -A "/proc/$speaker/root/.")" ''
like 'which is nowhere' "$(readlink "/proc/$speaker/root")" '\(deleted\)$'
is 'only its own descriptors' "$(find "/proc/$speaker/fd" -mindepth 1 -printf '%f\n' |
    sort -n | tr '\n' ' ')" '0 1 2 3 4 6 7 '
is 'of the daemon none' "$(find "/proc/$speaker/fd" -name '[012]' -printf '%l\n' |
    sort -u)" /dev/null
is 'nothing of the configuration' "$(grep -c 'haild configuration' "/proc/$speaker/maps")" 0
is 'which the monitor has mapped' "$(grep -c 'haild configuration' "/proc/$monitor/maps")" 1
is 'and not open' "$(find "/proc/$monitor/fd" -lname '*haild configuration*' | wc -l)" 0
is 'nothing of the environment of haild' "$(tr -d '\0' <"/proc/$speaker/environ" | grep -c PATH)" 0
ok 'and is out of reach' [ "$(stat -c %u "/proc/$speaker/mem")" = 0 ]
like 'the monitor is root, since a command needs it' \
    "$(cat "/proc/$monitor/status")" '^Uid:	0	'
kill "$last"
wait_until no_children
hold "$behind" sleep
monitor=$(session)
# Not asked for twice: its title may be changing.
reader=
wait_until 'reader=$(pgrep -P "$monitor" -f "behind speaker")'
ok 'behind a proxy the speaker reads the header, confined' \
    wait_until "grep -q '^Seccomp:.2' '/proc/$reader/status'"
is 'with its own descriptors alone' "$(find "/proc/$reader/fd" -mindepth 1 -printf '%f\n' |
    sort -n | tr '\n' ' ')" '0 1 2 3 4 5 6 7 '
kill "$last"
wait_until no_children
hold "$plain" C:same show:ready sleep
wait_until "pgrep -f '^sleep 66\$' >/dev/null"
like 'where none does it is not' "$(cat "/proc/$(session)/status")" \
    "^Uid:	$(id -u nobody)	"
kill "$last"
wait_until no_children

# --- the daemon ends ---

: >"$run/long"
nail "$port" C:long >"$tmp/answer" &
caller=$!
wait_until '[ -s "$run/long" ]'
stop_haild TERM &
wait_until "grep -q stopping '$log'"
kill "$haild_pid"
wait $caller
is 'a stop is told to clients' "$(cat "$tmp/answer")" '1 ready\n
2 haild: long: ended: haild is stopping\n
X 125
closed'
wait_haild

rm -f "$run"/*
run_haild -f -c "$conf"
wait_until "[ \"\$(grep -c ' serving ' '$log')\" = 1 ]"
port=$(port admin)
nail "$port" C:lasts >"$tmp/answer" &
caller=$!
wait_until '[ -s "$run/lasts" ]'
kill -9 "$haild_pid"
wait "$haild_pid" 2>/dev/null
haild_pid=
echo go >"$tmp/fifo"
wait $caller
is 'the daemon is killed: a command goes on to its end' "$(cat "$tmp/answer")" '1 ready\nsaid\n
X 9
closed'
done_testing
