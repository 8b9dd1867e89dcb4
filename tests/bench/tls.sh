#!/bin/sh
# tls.sh -- compare TLS in haild with a bare loop and with stunnel.
#
#	sh tests/bench/tls.sh [ROUNDS]
#
# As root, from the build tree, in namespaces of its own.  turns.pl measures, and
# describes how; handshake.c does the handshakes and counts the CPU time of a
# server with all its processes.  All have one ECDSA P-256 key and no resumption;
# haild's time is that of daemon, keeper, signer, relays and sessions.
#
#	BENCH_ROWS	the rows to measure; run.sh lists them
#	BENCH_SHORT	not empty: little of everything, and no result is judged
. "${srcdir:-.}/tests/e2e/lib.sh"
. "$srcdir/tests/bench/rows.sh"
[ "$(id -u)" = 0 ] || { echo 'tls.sh: needs root' >&2; exit 2; }
rounds=${1:-10}
wants tls || exit 0
own_world "$rounds"
need_all openssl stunnel4
. "$srcdir/tests/e2e/pki.sh"
. "$srcdir/tests/e2e/tls.sh"

HANDSHAKE=$builddir/tests/bench/handshake
missed=0
# Each number that the kernel reports is rounded to 10 ms.
few=1000 idle=100
[ -z "${BENCH_SHORT:-}" ] || few=20 idle=10

cp "$builddir/tests/bench/tiny" "$tmp/tiny"
pki_self web server DNS:localhost
start_haild <<END
user = "nobody"
tls = true
tls-certificate = "$pki/web.pem"
tls-key = "$pki/web.key"
message: {
	listen = ["127.0.0.1:7001"]
	message = "Smile from the server\n"
}
exec: {
	listen = ["127.0.0.1:7002"]
	exec = ["$tmp/tiny"]
}
echo: {
	listen = ["127.0.0.1:7003"]
	builtin = "echo"
	start-timeout = "none"
	max-sessions = 1000
	max-per-source = 1000
}
END
in_background "$HANDSHAKE" serve 7301 "$pki/web.pem" "$pki/web.key"
bare=$last
cat >"$tmp/stunnel.conf" <<END
foreground = yes
pid =
setuid = nobody
[exec]
accept = 127.0.0.1:7302
exec = $tmp/tiny
cert = $pki/web.pem
key = $pki/web.key
sessionCacheSize = 1
END
in_background stunnel4 "$tmp/stunnel.conf" >"$tmp/stunnel.out" 2>&1
stunnel=$last
for port in 7301 7302; do
	wait_until "ss -Hltn 'sport = :$port' | grep -q ." || {
		cat "$tmp/stunnel.out" >&2
		exit 2
	}
done

contender message haild - "$HANDSHAKE cpu $haild_pid 7001 $few"
contender message bare '<1.15' "$HANDSHAKE cpu $bare 7301 $few"
turns 'TLS, CPU time of a message' us message
contender exec haild - "$HANDSHAKE cpu $haild_pid 7002 $few"
contender exec stunnel '<0.9' "$HANDSHAKE cpu $stunnel 7302 $few"
turns 'TLS, CPU time of an exec' us exec

hold_tls 7003 "$idle"
has_relays "$idle" || exit 2
private=$(for pid in $(relays); do
	cat "/proc/$pid/smaps_rollup"
done | awk -v n="$idle" '/^Private_/ { kb += $2 } END { printf "%d", kb / n }')
row 'TLS, private memory of an idle relay' haild "$private kB" - '≤ 600 kB' \
    "$((private > 600))" "$((private > 630))"
hold_end
stop_haild
exit $missed
