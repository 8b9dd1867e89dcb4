# metrics_http.sh -- "haildctl metrics --http" and "haildctl health --http" answer
# every request, whatever it is, and nothing of haild notices.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command curl nc perl

control=$tmp/control
mkdir "$control"
cp "$builddir/haildctl" "$tmp"
start_haild <<END
control = "$control/ctl.sock"
control-group = "nogroup"
echo: { listen = ["127.0.0.1:0"] builtin = "echo" }
metrics: { listen = ["127.0.0.1:0"] exec = ["$tmp/haildctl", "-s", "$control/ctl.sock", "metrics", "--http"] user = "nobody" group = "nogroup" }
health: { listen = ["127.0.0.1:0"] exec = ["$tmp/haildctl", "-s", "$control/ctl.sock", "health", "--http"] user = "nobody" group = "nogroup" }
absent: { listen = ["127.0.0.1:0"] exec = ["$tmp/haildctl", "-s", "$tmp/none.sock", "metrics", "--http"] user = "nobody" group = "nogroup" }
unwell: { listen = ["127.0.0.1:0"] exec = ["$tmp/haildctl", "-s", "$tmp/none.sock", "health", "--http"] user = "nobody" group = "nogroup" }
END
port=$(port metrics)
url=http://127.0.0.1:$port

# fetch ARGUMENT...: the status, media type and length of a page.
fetch()
{
	curl -s -m 20 -o "$tmp/page" \
	    -w '%{http_code} %{content_type}' "$@"
}
is 'metrics' "$(fetch "$url/metrics")" '200 text/plain; version=0.0.4; charset=utf-8'
is 'metrics in text have no end' "$(grep -c '^# EOF' "$tmp/page")" 0
is 'metrics for OpenMetrics' \
    "$(fetch -H 'Accept: application/openmetrics-text; version=1.0.0' "$url/metrics?x")" \
    '200 application/openmetrics-text; version=1.0.0; charset=utf-8'
is 'which ends' "$(tail -n 1 "$tmp/page")" '# EOF'
is 'the top tells where they are' "$(fetch "$url/") $(cat "$tmp/page")" \
    '200 text/plain; charset=utf-8 The metrics are at /metrics.'
is 'another path' "$(fetch "$url/x" | cut -c 1-3)" 404
is 'another method' "$(fetch -d x "$url/metrics" | cut -c 1-3)" 405
like 'the methods that it has' "$(curl -s -i -m 20 -d x "$url/metrics")" \
    '^Allow: GET, HEAD.$'
curl -s -m 20 -I "$url/metrics" >"$tmp/head"
like 'HEAD has the length' "$(cat "$tmp/head")" '^Content-Length: [1-9][0-9]{2,}.$'
is 'HEAD has no body' "$(tail -n 1 "$tmp/head" | tr -d '\r')" ''
is 'curl that keeps connections gets two pages' \
    "$(curl -s -m 20 "$url/" "$url/" | wc -l)" 2

# --- health ---

health=http://127.0.0.1:$(port health)
is 'health' "$(fetch "$health/any/path") $(cat "$tmp/page")" \
    '200 text/plain; charset=utf-8 ready'
is 'health for HAProxy' "$(fetch -X OPTIONS "$health/" | cut -c 1-3)" 200
is 'health has no other methods' "$(fetch -d x "$health/" | cut -c 1-3)" 405
is 'health of a haild that cannot be asked' \
    "$(fetch "http://127.0.0.1:$(port unwell)/" | cut -c 1-3)" 503
like 'tells why' "$(cat "$tmp/page")" "$tmp/none.sock"
is 'metrics of a haild that cannot be asked' \
    "$(fetch "http://127.0.0.1:$(port absent)/metrics" | cut -c 1-3)" 503
like 'tell why' "$(cat "$tmp/page")" "$tmp/none.sock"
is 'health without HTTP' "$("$HAILDCTL" -s "$control/ctl.sock" health; echo $?)" 'ready
0'
"$HAILDCTL" -s "$tmp/none.sock" health >"$tmp/out" 2>&1
is 'health of an absent haild' "$?" 5

# --- hostile clients ---

# answer TEXT: the status line that these bytes of printf(1) get.
answer()
{
	# shellcheck disable=SC2059 # it is a format
	printf "$1" | timeout 20 nc -N 127.0.0.1 "$port" | head -n 1 | tr -d '\r'
}
is 'no request' "$(answer '')" ''
is 'half a request' "$(answer 'GET /metrics HTTP/1.1')" 'HTTP/1.1 400 Bad Request'
is 'no newline' "$(answer 'GET')" 'HTTP/1.1 400 Bad Request'
is 'HTTP/0.9' "$(answer 'GET /\r\n\r\n')" 'HTTP/1.1 400 Bad Request'
is 'HTTP/2' "$(answer 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')" \
    'HTTP/1.1 505 HTTP Version Not Supported'
is 'TLS' "$(answer '\026\003\001\002\000\001')" 'HTTP/1.1 400 Bad Request'
is 'NUL bytes' "$(answer '\000\000\000\000')" 'HTTP/1.1 400 Bad Request'
is 'pipelined requests get one answer' \
    "$(printf 'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n' |
	timeout 20 nc -N 127.0.0.1 "$port" | grep -c '^HTTP/1.1 200')" 1
is 'a long header' "$(perl -e 'print "GET / HTTP/1.0\r\nA: ", "x" x 9000' |
    timeout 20 nc -N 127.0.0.1 "$port" | head -n 1 | tr -d '\r')" \
    'HTTP/1.1 431 Request Header Fields Too Large'
is 'a megabyte' "$(perl -e 'print "x" x 1048576' |
    timeout 20 nc -N 127.0.0.1 "$port" 2>/dev/null | head -n 1 | tr -d '\r')" \
    'HTTP/1.1 431 Request Header Fields Too Large'

# A byte now and then, and silence, end after 5 s.
cat >"$tmp/slow.pl" <<'END'
use IO::Socket::INET;
my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0]);
my ($begin, $in) = (time, '');
vec($in, fileno($s), 1) = 1;
while (time - $begin < 30) {
	last if select(my $ready = $in, undef, undef, 0.2);
	syswrite($s, $ARGV[1]) if $ARGV[1] ne '';
}
my $line = <$s>;
my $took = time - $begin;
$line =~ s/\r?\n//;
print $line, $took >= 4 && $took <= 8 ? " in time" : " after $took s", "\n";
END
is 'a slow client' "$(perl "$tmp/slow.pl" "$port" G)" \
    'HTTP/1.1 408 Request Timeout in time'
is 'a silent client' "$(perl "$tmp/slow.pl" "$port" '')" \
    'HTTP/1.1 408 Request Timeout in time'
# Clients that close at once, some before the answer.
perl -MIO::Socket::INET -MSocket -e 'for (1 .. 50) {
	my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0]);
	syswrite($s, "GET /metrics HTTP/1.0\r\n\r\n") if $_ % 2;
	setsockopt($s, SOL_SOCKET, SO_LINGER, pack("ii", 1, 0)) if $_ % 3;
	close $s; }' "$port"
ok 'their sessions end' has_sessions 0 20
is 'no session was killed' "$(grep -cE 'metrics: .* (signal|timeout)' "$log")" 0
is 'metrics afterwards' "$(fetch "$url/metrics" | cut -c 1-3)" 200
is 'other services' "$(echo hello | nc -N 127.0.0.1 "$(port echo)")" hello

# What the program has while it reads.
in_background nc 127.0.0.1 "$port" >/dev/null
program=
wait_until 'program=$(pgrep -P "$haild_pid" -x haildctl) &&
    grep -q "^Seccomp:.2" "/proc/$program/status"'
is 'no new privileges' "$(awk '/^NoNewPrivs/ { print $2 }' "/proc/$program/status")" 1
is 'no descriptor but its client and the log' \
    "$(find "/proc/$program/fd" -mindepth 1 | sed 's|.*/||' | sort | tr '\n' ' ')" '0 1 2 '
is 'not dumpable' "$(stat -c %u "/proc/$program/status")" 0
kill "$last"
done_testing
