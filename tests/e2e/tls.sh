# tls.sh -- functions for the tests of TLS.  To be sourced after lib.sh and pki.sh.
#
# shellcheck shell=sh disable=SC2154,SC2034 # variables of lib.sh and the scripts

TLSPEER=$builddir/tests/e2e/tlspeer
KEYSCAN=$builddir/tests/e2e/keyscan

# keeper, signer, relays: the pids of these processes.
keeper()
{
	pgrep -P "$haild_pid" -f '^haild[^ ]*: keeper'
}
signer()
{
	pgrep -P "$haild_pid" -f '^haild[^ ]*: signer'
}
relays()
{
	pgrep -P "$haild_pid" -f '^haild[^ ]*: relay'
}

# has_relays N [SECONDS]: wait until there are N relays.
has_relays()
{
	wait_until "[ \"\$(relays | wc -l)\" = $1 ]" "${2:-20}"
}

# served PORT: whether a client of an echo service gets its line back.
served()
{
	[ "$(echo hello | timeout 60 "$TLSPEER" talk "$1")" = hello ]
}

# hold_tls PORT [N]: start N clients (1) of an echo service; then
#	hold_echo: whether all of them still get an echo
#	hold_end: end them
hold_tls()
{
	[ -e "$tmp/hold.in" ] || mkfifo "$tmp/hold.in"
	exec 8<>"$tmp/hold.in"
	: >"$tmp/hold.out"
	# Not in_background, where its input would be /dev/null.
	timeout 600 "$TLSPEER" hold "$1" "${2:-1}" <"$tmp/hold.in" \
	    >"$tmp/hold.out" 8>&- &
	hold_pid=$!
	background="$background $hold_pid"
	wait_until "grep -q open '$tmp/hold.out' || ! kill -0 $hold_pid" 60
}
hold_echo()
{
	hold_lines=$(wc -l <"$tmp/hold.out")
	echo line >&8
	wait_until "[ \"\$(wc -l <'$tmp/hold.out')\" -gt $hold_lines ] || ! kill -0 $hold_pid" 60
	[ "$(tail -n 1 "$tmp/hold.out")" = 'all echo' ]
}
hold_end()
{
	exec 8>&-
	wait "$hold_pid"
}

# refusals SERVICE REGEX: the number of log lines "refused: tls: REGEX".
refusals()
{
	grep -Ec "$1: .* refused: tls: $2\$" "$log"
}

# all_refusals: the number of clients that were refused for TLS, including those in
# summary lines.
all_refusals()
{
	awk '/ refused: tls: / { n++ }
	/ more refusals not logged: / {
		for (i = 2; i <= NF; i++)
			if ($i ~ /^tls,?$/)
				n += $(i - 1)
	}
	END { print n + 0 }' "$log"
}

# one_line: join the lines of the input.
one_line()
{
	tr '\n' ' '
}
