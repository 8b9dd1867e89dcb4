#!/bin/sh
# run.sh -- run the benchmarks and write the table of results.
#
#	PEERS=DIR [PARENT=DIR] sh tests/bench/run.sh [short] [ROUNDS] [ROW...]
#
# As root, from the build tree.  ROUNDS is 10 if not given.  The rows are
#
#	exec message lone linger memory held sources fair bulk client (peers.sh)
#	command ssh crowd output				(commands.sh)
#	tls							(tls.sh)
#	contain							(contain.sh)
#	scale							(scale.sh)
#	control							(control.sh)
#	forward							(forward.sh)
#
# and "core" stands for exec, message, memory and command.  Without a ROW all
# are measured and tests/bench/RESULTS.md is written; with one, the table goes to
# standard output alone.  With short there is little work in each row, no result
# is judged and nothing is written: this only shows that each row works.
#
# PARENT is a directory with another haild and hail, such as the parent tree's
# build/plain, which then take turns with those of this tree.
#
# Returns 1 if a target was missed by more than the tolerance, 2 if something
# failed.
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
bench=$srcdir/tests/bench
results=$bench/RESULTS.md
all_rows='exec message lone linger memory held sources fair bulk client'
all_rows="$all_rows command ssh crowd output tls contain scale control forward"
BENCH_SHORT='' BENCH_ROWS=''
rounds=
for argument; do
	case " $all_rows " in
	*" $argument "*) BENCH_ROWS="$BENCH_ROWS $argument"; continue ;;
	esac
	case $argument in
	short) BENCH_SHORT=yes ;;
	core) BENCH_ROWS="$BENCH_ROWS exec message memory command" ;;
	'' | 0* | *[!0-9]*)
		echo "run.sh: unknown row \"$argument\"; rows: $all_rows" >&2
		exit 2
		;;
	*) rounds=$argument ;;
	esac
done
BENCH_TABLE=
if [ -z "$BENCH_SHORT$BENCH_ROWS" ]; then
	BENCH_TABLE=$(mktemp) || exit 2
fi
if [ -n "${PARENT:-}" ]; then
	for program in haild hail; do
		[ -x "$PARENT/$program" ] && continue
		echo "run.sh: PARENT: no program $PARENT/$program" >&2
		exit 2
	done
	PARENT=$(cd "$PARENT" && pwd)
fi
export BENCH_SHORT BENCH_ROWS BENCH_TABLE PARENT srcdir
load=$(cut -d ' ' -f -3 /proc/loadavg)
heading='| work | program | median | ratio (spread) | target | tolerance | result |
|---|---|---|---|---|---|---|'
[ -n "$BENCH_TABLE" ] || printf '%s\n' "$heading"
status=0
for part in peers commands tls contain scale control forward; do
	# shellcheck disable=SC2086 # a number, or nothing
	sh "$bench/$part.sh" $rounds
	part_status=$?
	[ $part_status -le $status ] || status=$part_status
done
[ -n "$BENCH_TABLE" ] || exit $status

# version PACKAGE...: name and version of each, even if it is not installed.
version()
{
	for package; do
		version=$(dpkg-query -W -f '${Version}' "$package" 2>/dev/null)
		[ -n "$version" ] || version=$(apt-cache policy "$package" |
		    sed -n 's/^  Candidate: //p')
		printf '%s %s\n' "$package" "$version"
	done | sed '$!s/$/,/' | fmt -w 76 | sed '2,$s/^/  /'
}

[ $status -le 1 ] || exit $status
{
	cat <<END
# Results of the benchmarks

Measured by \`./dev bench\` on $(date -u +%Y-%m-%d), haild at commit
$(git -C "$srcdir" describe --always 2>/dev/null || echo 'no commit').

- Machine: $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1),
  $(nproc) processors, Linux $(uname -r); load before: $load.
- Against: $(version ucspi-tcp xinetd openbsd-inetd socat ncat \
    netcat-openbsd nailgun nagios-nrpe-server openssh-server stunnel4 \
    bubblewrap util-linux systemd rinetd).
- With: $(version libc6 libbsd-dev libconfig-dev libgnutls28-dev gcc).

Each row compares the first program of its group, ours, with another. All of a
group took turns in each round. A ratio is the median of the rounds' ratios, with
the range from the smallest to the largest (more than eight rounds: quartiles).
\`bare\` is the smallest possible server, tests/bench/bare.c.
$([ -z "${PARENT:-}" ] || echo '\`parent\` is an older build of haild and hail.')

A result is "met" or "missed"; a target that is missed by no more than the
tolerance is still missed, but does not fail \`./dev bench\`.

$heading
END
	cat "$BENCH_TABLE"
} >"$results"
rm -f "$BENCH_TABLE"
exit $status
