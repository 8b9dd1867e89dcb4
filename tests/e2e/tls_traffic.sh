# tls_traffic.sh -- services over TLS work as without: half-close, large transfers,
# PROXY headers, Unix sockets, handlers, limits.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command openssl perl unshare
own_world
. "$srcdir/tests/e2e/pki.sh"
. "$srcdir/tests/e2e/tls.sh"

pki_ca root
pki_cert web root server DNS:localhost
# Ends its output, and then reads on.
cat >"$tmp/half.pl" <<'END'
syswrite(STDOUT, "answer\n");
shutdown(STDOUT, 1);
my @lines = <STDIN>;
open(my $f, '>', $ARGV[0]);
print $f scalar(@lines), "\n";
END
mkdir -m 1777 "$tmp/out"
head -c 20000000 /dev/urandom >"$tmp/large"

start_haild <<END
tls-certificate = "$pki/web.pem"
tls-key = "$pki/web.key"
user = "$me"
tls = true
cat: {
	listen = ["127.0.0.1:7001", "$sock"]
	socket-mode = "0666"
	exec = ["/bin/cat"]
}
sum: {
	listen = ["127.0.0.1:7002"]
	exec = ["/usr/bin/sha256sum"]
}
give: {
	listen = ["127.0.0.1:7003"]
	exec = ["/bin/cat", "$tmp/large"]
}
echo: {
	listen = ["127.0.0.1:7004"]
	builtin = "echo"
	idle-timeout = "2s"
}
message: {
	listen = ["127.0.0.1:7005"]
	message = "hello\n"
}
half: {
	listen = ["127.0.0.1:7006"]
	exec = ["/usr/bin/perl", "$tmp/half.pl", "$tmp/out/half"]
	on-disconnect = "continue"
}
deaf: {
	listen = ["127.0.0.1:7007"]
	exec = ["/bin/echo", "answer"]
}
proxied: {
	listen = ["127.0.0.1:7008"]
	proxy-from = ["127.0.0.0/8"]
	exec = ["/bin/sh", "-c", "echo \$TCPREMOTEIP \$TCPREMOTEPORT \$TCPLOCALIP; cat"]
	deny = ["192.0.2.66"]
	start-timeout = "3s"
}
commands: {
	listen = ["127.0.0.1:7009"]
	allow = ["127.0.0.0/8"]
	commands: {
		say: { exec = ["/bin/echo"] args = "2" }
		upper: { exec = ["/usr/bin/tr", "a-z", "A-Z"] stdin = true }
		fail: { exec = ["/bin/sh", "-c", "echo bad >&2; exit 7"] }
	}
}
few: {
	listen = ["127.0.0.1:7010"]
	exec = ["/bin/cat"]
	max-sessions = 2
	max-per-source = 3
}
busy: {
	listen = ["127.0.0.1:7011"]
	exec = ["/bin/cat"]
	max-sessions = 1
	at-limit = "refuse"
	busy-message = "busy\n"
}
one: {
	listen = ["127.0.0.1:7012"]
	exec = ["/bin/cat"]
	max-per-source = 1
}
short: {
	listen = ["127.0.0.1:7013"]
	exec = ["/bin/cat"]
	session-timeout = "1s"
}
END
ok 'a client' served 7001
has_relays 0
fds=$(descriptors)

# talk WHERE [RATE]: send standard input and print the answer.
talk()
{
	timeout 120 "$TLSPEER" talk "$@"
}
sum() { sha256sum | cut -d ' ' -f 1; }

large=$(sum <"$tmp/large")
is 'up and down at once' "$(talk 7001 <"$tmp/large" | sum)" "$large"
is 'to the program, which sees the end and answers' \
    "$(talk 7002 <"$tmp/large" | cut -d ' ' -f 1)" "$large"
is 'from the program' "$(talk 7003 </dev/null | sum)" "$large"
is 'from the program to a client that reads slowly' \
    "$(head -c 300000 "$tmp/large" | talk 7001 150000 | sum)" \
    "$(head -c 300000 "$tmp/large" | sum)"
is 'a Unix socket' "$(echo hello | talk "$sock")" hello
is 'two at once' "$( { talk 7001 <"$tmp/large" & talk 7001 <"$tmp/large"; wait; } |
    wc -c)" 40000000

# The ends.
seq 1000 | talk 7006 >"$tmp/half"
is 'the program ends its output' "$(cat "$tmp/half")" answer
ok 'the client goes on reading' wait_until '[ -s "$tmp/out/half" ]'
head -c 2000000 "$tmp/large" | talk 7007 >"$tmp/deaf" 2>"$tmp/deaf.err"
is 'a program that does not read: the whole answer' "$(cat "$tmp/deaf")" answer
is 'the client gets a clean end' "$(cat "$tmp/deaf.err")" ''
echo hello | timeout 60 "$TLSPEER" reset 7001
ok 'a client that resets: no relay is left' has_relays 0
hold_tls 7004
ok 'an echo' hold_echo
ok 'idle-timeout' logged 'echo: .*pid .*idle' 20
hold_end

# A client that neither reads nor closes.
hold_tls 7013
ok 'when its session is over' logged 'short: .*pid .*(timeout|time)'
ok 'the relay ends within 5 seconds' has_relays 0 15
hold_end

# Handlers.
is 'message' "$(talk 7005 </dev/null)" hello
is 'builtin' "$(echo hello | talk 7004)" hello
tls_hail()
{
	timeout 60 "$HAIL" --tls --ca "$pki/root.pem" "$@"
}
is 'commands' "$(tls_hail localhost:7009 say a b)" 'a b'
is 'a command with standard input' "$(echo hello | tls_hail localhost:7009 upper)" HELLO
tls_hail localhost:7009 fail >"$tmp/out1" 2>"$tmp/err1"
is 'the exit status of a command' $? 7
is 'the standard error of a command' "$(cat "$tmp/err1")" bad

# PROXY headers.
v1='PROXY TCP4 192.0.2.7 198.51.100.1 4711 443
'
is 'a PROXY header, version 1' \
    "$(echo hello | TLS_FIRST=$(printf '%s\r' "${v1%?}")'
' talk 7008 | one_line)" '192.0.2.7 4711 198.51.100.1 hello '
ok 'the log has the client' logged 'proxied: 192\.0\.2\.7:4711 pid '
echo hello | TLS_FIRST=$(printf 'PROXY TCP4 192.0.2.66 198.51.100.1 4711 443\r')'
' talk 7008 >"$tmp/out1" 2>&1
is 'a client that is denied gets nothing' "$(grep -c 192 "$tmp/out1")" 0
ok 'the client without access is logged' logged 'proxied: 192\.0\.2\.66:4711 refused: access$'
echo hello | talk 7008 >"$tmp/out1" 2>&1
ok 'no header: refused' logged 'proxied: 127\.0\.0\.1:[0-9]+ refused: proxy'
in_background "$PEER" hold 7008 1 >/dev/null
ok 'a header that does not come' logged 'proxied: .* refused: .*time' 20

# Limits.
hold_tls 7010 2
# This client must not inherit the input of the held clients, or they would not end.
{
	exec 8>&-
	echo third | talk 7010
} >"$tmp/third" &
third=$!
ok 'a client waits at the limit' queued 7010 1
ok 'those before it are served' hold_echo
is 'the third client is not served' "$(cat "$tmp/third")" ''
hold_end
wait $third
is 'the third client is served when another has left' "$(cat "$tmp/third")" third
hold_tls 7011
echo second | talk 7011 >"$tmp/second" 2>&1
ok 'refused at the limit' logged 'busy: .* refused: service limit 1$'
is 'the second client is not served' "$(grep -c second "$tmp/second")" 0
hold_end
hold_tls 7012
echo second | talk 7012 >"$tmp/second" 2>&1
ok 'a limit for each source' logged 'one: .* refused: source limit 1$'
is 'another source is served' \
    "$(echo second | PEER_FROM=127.0.0.2 talk 7012)" second
hold_end

ok 'no relay is left' has_relays 0
ok 'no session' has_sessions 0
is 'no descriptor is left' "$(descriptors)" "$fds"
done_testing
