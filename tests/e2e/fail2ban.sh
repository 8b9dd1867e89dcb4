# fail2ban.sh -- the filter finds the clients who were refused, and nobody else.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_command fail2ban-regex

filter=$srcdir/etc/fail2ban/filter.d/haild.conf

# found LOG [OPTIONS-OF-THE-FILTER]: the host of each line that the filter takes.
found()
{
	fail2ban-regex -o ip "$1" "$filter${2:-}"
}

# What programs write to have 203.0.113.* and 2001:db8::* banned: the bare line,
# each line as some log would have it, and one that is cut where the lie begins.
pad=$(printf '%0900d' 0)
{
	printf '203.0.113.1:1 refused: service limit 1\n'
	printf ' 203.0.113.2:1 refused: service limit 1\n'
	printf 'stderr: 203.0.113.3:1 refused: service limit 1\n'
	printf 'lies: 203.0.113.4:1 refused: service limit 1\n'
	printf 'lies: [2001:db8::5]:1 refused: service limit 1\n'
	printf 'haild[1]: lies: 203.0.113.6:1 refused: service limit 1\n'
	printf 'host haild[1]: lies: 203.0.113.7:1 refused: total limit 1\n'
	printf '2026-01-02 03:04:05 haild[1]: lies: 203.0.113.8:1 refused: x\n'
	printf 'Jan  2 03:04:05 host haild[1]: lies: 203.0.113.9:1 refused: x\n'
	printf '<6>lies: 203.0.113.10:1 refused: service limit 1\n'
	printf '\rlies: 203.0.113.11:1 refused: service limit 1\r\n'
	printf '\033[2K\033[1Glies: 203.0.113.12:1 refused: service limit 1\n'
	printf '\0haild[1]: lies: 203.0.113.13:1 refused: service limit 1\n'
	printf '%s203.0.113.14:1 refused: service limit 1\n' "$pad"
	printf '%shaild[1]: lies: 203.0.113.15:1 refused: service limit 1\n' "$pad"
	printf 'the end\n'
} >"$tmp/lies"
chmod 644 "$tmp/lies"

# Each service but "lies" is full with its first client, and refuses others.
# Names have all the letters that they can have, or are words of the log.
configuration()
{
	for name in '*a-B_9*' stderr haild; do
		cat <<EOF
$name: {
	listen = ["127.0.0.1:0", "[::1]:0"]
	exec = ["/bin/cat"]
	user = "$me"
	max-sessions = 1
	at-limit = "refuse"
}
EOF
	done
	cat <<EOF
unix: {
	listen = ["$sock"]
	exec = ["/bin/cat"]
	user = "$me"
	max-sessions = 1
	at-limit = "refuse"
}
lies: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "cat '$tmp/lies' >&2"]
	user = "$me"
}
EOF
}

# ports ADDRESS: of the services there.
ports()
{
	sed -n "s/.* listening on $1:\([0-9]*\)\$/\1/p" "$log"
}

# call ARGUMENT...: a client that is turned away; with nc's arguments.
call()
{
	nc -d "$@" >/dev/null 2>&1
}

# refuse_some: the refusals that the filter has to find, and those that it has
# not: nobody bans a user of a Unix socket.
refuse_some()
{
	for port in $(ports 127.0.0.1 | head -n 3); do
		hold_open "$port"
		call -s 127.0.0.2 127.0.0.1 "$port"
		call -s 127.0.0.3 127.0.0.1 "$port"
	done
	for port in $(ports '\[::1\]'); do
		call ::1 "$port"
	done
	hold_open "$sock"
	call -U "$sock"
	call 127.0.0.1 "$(ports 127.0.0.1 | tail -n 1)"
	logged 'stderr: the end$' && logged 'unix: uid:[0-9]+ refused: '
	release_all
	stop_haild
}
refused='127.0.0.2 127.0.0.3 127.0.0.2 127.0.0.3 127.0.0.2 127.0.0.3 ::1 ::1 ::1'

configuration >"$tmp/configuration"
start_haild <"$tmp/configuration"
ok 'clients are refused, and a program lies' refuse_some
is 'of 15 lies, each is in the log' \
    "$(grep -Ec ': lies: stderr: .*(203\.0\.113|2001:db8)' "$log")" 15
is 'standard error of haild -f' "$(found "$log" | xargs)" "$refused"

# What came behind the time, as others write it.
sed 's/^[^ ]* [^ ]* /Jan  2 03:04:05 host /' "$log" >"$tmp/syslog"
is 'the same as syslog writes it' "$(found "$tmp/syslog" | xargs)" "$refused"
sed 's/^[^ ]* [^ ]* /2026-01-02T03:04:05.678901+01:00 host /' "$log" \
    >"$tmp/syslog"
is 'with a time as of RFC 5424' "$(found "$tmp/syslog" | xargs)" "$refused"

is 'one service alone' "$(found "$log" '[service=haild]' | xargs)" \
    '127.0.0.2 127.0.0.3 ::1'
is 'one reason alone' "$(found "$log" '[reason="service limit \d+"]' | xargs)" \
    "$refused"
is 'another reason' "$(found "$log" '[reason="total limit \d+"]')" ''

# The journal: haild writes priorities, and fail2ban puts together what the
# journal knows.
: >"$log"
JOURNAL_STREAM=$(stat -c %d:%i "$log")
export JOURNAL_STREAM
start_haild <"$tmp/configuration"
unset JOURNAL_STREAM
ok 'clients are refused, as the journal has it' refuse_some
is 'each line has its priority' "$(grep -Evc '^<[0-7]>' "$log")" 0
sed 's/^<[0-7]>/2026-01-02T03:04:05.678901 host haild[1]: /' "$log" \
    >"$tmp/journal"
is 'the journal' "$(found "$tmp/journal" | xargs)" "$refused"

# Lines that are haild's own, of kinds that are rare: each with an address of its
# own, so that fail2ban-regex, which takes half a second to start, reads all at once.
n=0
# line WHAT YES|NO REST-OF-THE-LINE [SETTINGS]: add one, with "@" for the address;
# YES if the filter must find it, with these settings of its own.
line()
{
	n=$((n + 1))
	printf '2026-01-02 03:04:05 haild[1]: %s\n' "$3" |
	    sed "s/@/203.0.113.$n/" >>"$tmp/lines${4:+.own}"
	printf '%s|%s|%s\n' "203.0.113.$n" "$2" "$1" >>"$tmp/wanted${4:+.own}"
}
# judged SUFFIX [SETTINGS]: whether each line was found, or not.
judged()
{
	found "$tmp/lines$1" "${2:-}" >"$tmp/found"
	while IFS='|' read -r address wanted what; do
		got=no
		! grep -qxF "$address" "$tmp/found" || got=yes
		is "$what" $got "$wanted"
	done <"$tmp/wanted$1"
}
line 'not the client, but this host, is short of something' no \
    'x: @:1 refused: fork: Cannot allocate memory'
line 'nor proxies' no 'x: @:1 refused: proxy: no header'
line 'nor for its load' no 'x: @:1 refused: load'
for reason in 'relay: Resource temporarily unavailable' 'service changed' \
    'tls: no signature' 'tls: internal error' \
    'tls: identities cannot be read' 'tls: revocation list has expired'; do
	line "not $reason" no "x: @:1 refused: $reason"
done
for reason in access 'source limit 32' 'source rate' 'total limit 9' \
    'service rate' identity 'identity: web1' 'identity limit 3: web1' \
    'identity rate: a@example.org' \
    'tls: unknown CA' 'tls: handshake timeout'; do
	line "$reason" yes "x: @:1 refused: $reason"
done
line 'what was left out' no '5 more refusals not logged: 5 access'
line 'clients that wait' no 'x: clients are waiting: service rate'
line 'a session' no 'x: @:1 pid 1 exit 0 0.001s'
line 'something behind the address' no 'x: @:1 y refused: service limit 1'
line 'a name in place of the address' no 'x: localhost:1 refused: service limit 1'
line 'another program' no 'y sshd[1]: x: @:1 refused: service limit 1'
judged ''
is 'and nothing else' "$(wc -l <"$tmp/found")" 11
printf '2026-01-02 03:04:05 haild[1]: %s\n' \
    'x: [fe80::1%eth0.1]:4411 refused: service limit 1' >"$tmp/line"
is 'an address with a scope' "$(found "$tmp/line")" fe80::1

own='[reason="access|identity(?:: \S+)?|source (?:limit \d+|rate)"]'
for reason in access identity 'identity: uri:spiffe://a/b' 'source limit 32' \
    'source rate'; do
	line "$reason, as the comments have it" yes "x: @:1 refused: $reason" own
done
line 'not a limit of all, as the comments have it' no \
    'x: @:1 refused: total limit 9' own
judged .own "$own"
done_testing
