#!/bin/sh
# run.sh -- every benchmark, and the table of what they found.
#
#	PEERS=DIR sh tests/bench/run.sh [short]
#
# As root, from the build tree.  Writes tests/bench/RESULTS.md and returns 1 if a
# target was missed by more than 5 %, 2 if something did not work.  With short
# there is little of everything, nothing is judged, and nothing is written:
# that only shows that all of it works.
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
bench=$srcdir/tests/bench
results=$bench/RESULTS.md
case ${1:-} in
short) BENCH_SHORT=yes BENCH_TABLE= ;;
'') BENCH_SHORT='' BENCH_TABLE=$(mktemp) ;;
*) echo 'usage: run.sh [short]' >&2; exit 2 ;;
esac
export BENCH_SHORT BENCH_TABLE srcdir
load=$(cut -d ' ' -f -3 /proc/loadavg)
status=0
for part in peers commands; do
	sh "$bench/$part.sh"
	part_status=$?
	[ $part_status -le $status ] || status=$part_status
done
[ -z "$BENCH_SHORT" ] || exit $status

# version PACKAGE...: name and version of each, installed or not.
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
# What was measured

By \`./dev bench\` on $(date -u +%Y-%m-%d), of haild as it was at
$(git -C "$srcdir" describe --always 2>/dev/null || echo 'no commit').

- Machine: $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1),
  $(nproc) processors, Linux $(uname -r); load before: $load.
- Against: $(version ucspi-tcp xinetd openbsd-inetd socat ncat \
    netcat-openbsd nailgun nagios-nrpe-server openssh-server).
- With: $(version libc6 libbsd-dev libconfig-dev gcc).

Ratios are of the two numbers of one round, in which all took turns: the median
of the rounds, and from the least to the most (beyond eight rounds: quartiles).
\`bare\` is the least server there can be, tests/bench/bare.c.

| work | who | median | ratio (spread) | target | met |
|---|---|---|---|---|---|
END
	cat "$BENCH_TABLE"
} >"$results"
rm -f "$BENCH_TABLE"
exit $status
