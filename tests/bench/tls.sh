#!/bin/sh
# tls.sh -- compare TLS in haild with similar programs and with bare servers.
#
#	sh tests/bench/tls.sh [ROUNDS]
#
# As root, from the build tree, in namespaces of its own.  turns.pl measures, and
# describes how.  handshake.c has the clients and the bare servers:
#
#	bare		a process for each client that does everything, with the
#			same library
#	bare-separated	a signer, a relay and a session's process, as in haild,
#			and nothing else
#
# All servers have the same key, and all clients the same cipher and group.  No
# session is resumed, but socat and ncat send tickets, because they have no option
# against it.  In the rows of rates clients and server share the processors; the rows
# of CPU time are about the server alone.  haild's time and memory
# are those of daemon, keeper, signer, relays and sessions.
#
#	BENCH_ROWS	the rows to measure; run.sh lists them
#	BENCH_SHORT	not empty: little of everything, and no result is judged
. "${srcdir:-.}/tests/e2e/lib.sh"
. "$srcdir/tests/bench/rows.sh"
[ "$(id -u)" = 0 ] || { echo 'tls.sh: needs root' >&2; exit 2; }
rounds=${1:-10}
wants tls tls-memory tls-bulk || exit 0
own_world "$rounds"
need_all openssl stunnel4 socat ncat setpriv
. "$srcdir/tests/e2e/pki.sh"
. "$srcdir/tests/e2e/tls.sh"
. "$srcdir/tests/bench/tls_peers.sh"

HANDSHAKE=$builddir/tests/bench/handshake
missed=0
# Each number of CPU time that the kernel reports is rounded to 10 ms.
few=500 some=500 idle=100 bulk=1000000000
[ -z "${BENCH_SHORT:-}" ] || few=10 some=40 idle=10 bulk=20000000

cp "$builddir/tests/bench/tiny" "$tmp/tiny"
pki_self ecdsa server DNS:localhost
pki_self rsa server rsa DNS:localhost
start_haild <<END
user = "nobody"
tls = true
$(services ecdsa 7000)
$(services rsa 7010)
END

# handshakes KEY N WORK: the rows of a key; haild's ports begin at 70N0.
handshakes()
{
	start_stunnel "$1" "71${2}0"
	stunnel=$last
	start_bare "$1" "72${2}1" serve
	bare=$last
	start_bare "$1" "72${2}2" separated
	separated=$last
	start_socat "$1" "72${2}3"
	start_ncat "$1" "72${2}4"

	rate="$HANDSHAKE rate" cpu="$HANDSHAKE cpu"
	contender "$1" haild - "$rate 70${2}0 8 $some"
	contender "$1" bare 0.87 "$rate 72${2}1 8 $some"
	contender "$1" bare-separated 0 "$rate 72${2}2 8 $some"
	turns "TLS handshakes, $3, a message, 8 at a time" conn/s "$1"

	tickets='env HANDSHAKE_TICKETS=yes'
	contender "$1-exec" haild - "$rate 70${2}1 8 $some"
	contender "$1-exec" stunnel 1.1 "$rate 71${2}1 8 $some"
	contender "$1-exec" socat 2 "$tickets $rate 72${2}3 8 $some"
	contender "$1-exec" ncat 0 "$tickets $rate 72${2}4 8 $some"
	turns "TLS handshakes, $3, an exec, 8 at a time" conn/s "$1-exec"

	contender "$1-cpu" haild - "$cpu $haild_pid 70${2}0 $few"
	contender "$1-cpu" bare '<1.15' "$cpu $bare 72${2}1 $few"
	contender "$1-cpu" bare-separated '<0' "$cpu $separated 72${2}2 $few"
	turns "TLS handshakes, $3, CPU time of a message" us "$1-cpu"

	contender "$1-cpu-exec" haild - "$cpu $haild_pid 70${2}1 $few"
	contender "$1-cpu-exec" stunnel '<0.9' "$cpu $stunnel 71${2}1 $few"
	turns "TLS handshakes, $3, CPU time of an exec" us "$1-cpu-exec"
}

if wants tls; then
	handshakes ecdsa 0 'ECDSA P-256'
	handshakes rsa 1 'RSA 2048'
fi

if wants tls-memory; then
	start_bare ecdsa 7301 serve-echo
	bare=$last
	start_bare ecdsa 7302 separated-echo
	separated=$last
	start_stunnel ecdsa 7310
	stunnel=$last
	for kind in unique PSS; do
		memory="$HANDSHAKE memory"
		contender $kind haild - "$memory $haild_pid 7002 $idle $kind"
		contender $kind bare '<1.3' "$memory $bare 7301 $idle $kind"
		contender $kind bare-separated '<0' \
		    "$memory $separated 7302 $idle $kind"
		turns "TLS, an idle session of a builtin, $kind memory" \
		    kB $kind
		contender exec-$kind haild - \
		    "$memory $haild_pid 7003 $idle $kind"
		contender exec-$kind stunnel '<0' \
		    "$memory $stunnel 7313 $idle $kind"
		turns "TLS, an idle session of an exec, $kind memory" \
		    kB exec-$kind
	done

	hold_tls 7002 "$idle"
	has_relays "$idle" || exit 2
	private=$(for pid in $(relays); do
		cat "/proc/$pid/smaps_rollup"
	done | awk -v n="$idle" '/^Private_/ { kb += $2 } END { printf "%d", kb / n }')
	row 'TLS, private memory of an idle relay' haild "$private kB" - \
	    '≤ 600 kB' "$((private > 600))" "$((private > 630))"
	hold_end
fi

# bulk_rows receive|send HAILD-PORT STUNNEL-PORT WORK
bulk_rows()
{
	contender "$1" haild - "$HANDSHAKE bulk $1 $2 $bulk"
	contender "$1" stunnel 0.9 "$HANDSHAKE bulk $1 $3 $bulk"
	turns "TLS, bulk $4" MB/s "$1"
	cpu="$HANDSHAKE bulk-cpu"
	contender "$1-cpu" haild - "$cpu $haild_pid $1 $2 $bulk"
	contender "$1-cpu" stunnel '<0' "$cpu $stunnel $1 $3 $bulk"
	turns "TLS, bulk $4, CPU time" us/MB "$1-cpu"
}

if wants tls-bulk; then
	start_stunnel ecdsa 7320
	stunnel=$last
	bulk_rows receive 7004 7324 'from a program'
	bulk_rows send 7005 7325 'to a program'
fi

stop_haild
exit $missed
