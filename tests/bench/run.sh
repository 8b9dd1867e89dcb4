#!/bin/sh
# run.sh -- run the benchmarks and keep their results.
#
#	PEERS=DIR [PARENT=DIR] sh tests/bench/run.sh [short] [ROUNDS] [ROW...]
#	sh tests/bench/run.sh show
#
# As root, from the build tree.  ROUNDS is 10 if not given.  The file "rows" lists
# the rows; "core" stands for exec, message, memory and command.  Without a ROW all
# are measured.
#
# When a row is measured, its lines in tests/bench/results.tsv are replaced, with
# date, commit and load, and RESULTS.md and the plots are made again.  So rows can
# be measured one by one, at different times.  A row that fails keeps its older
# results, and the next one is measured.
#
# With show nothing is measured: this makes RESULTS.md and the plots again from
# results.tsv.
#
# With short there is little work in each row and no result is judged: this only
# shows that each row works.  Its results are not kept, but are in bench/ of the
# build tree.  So are those with PARENT, a directory with another haild and hail,
# such as the parent tree's build/plain, which then take turns with those of this
# tree.
#
# Returns 1 if a target was missed by more than the tolerance, 2 if something
# failed.
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
builddir=${builddir:-$(pwd)}
bench=$srcdir/tests/bench
all_rows=$(sed '/^#/d; s/\t.*//' "$bench/rows" | xargs)
BENCH_SHORT='' rows='' rounds=10 show=''
for argument; do
	case " $all_rows " in
	*" $argument "*) rows="$rows $argument"; continue ;;
	esac
	case $argument in
	short) BENCH_SHORT=yes rounds=1 ;;
	show) show=yes ;;
	core) rows="$rows exec message memory command" ;;
	'' | 0* | *[!0-9]*)
		echo "run.sh: unknown row \"$argument\"; rows: $all_rows" >&2
		exit 2
		;;
	*) rounds=$argument ;;
	esac
done
results=$bench
if [ -n "${PARENT:-}" ]; then
	for program in haild hail; do
		[ -x "$PARENT/$program" ] && continue
		echo "run.sh: PARENT: no program $PARENT/$program" >&2
		exit 2
	done
	PARENT=$(cd "$PARENT" && pwd)
fi
if [ -n "$BENCH_SHORT${PARENT:-}" ]; then
	results=$builddir/bench
	rm -rf "$results"
	mkdir -p "$results" || exit 2
	chown --reference="$builddir" "$results"
fi
BENCH_DATA=$(mktemp) || exit 2
trap 'rm -f "$BENCH_DATA" "$BENCH_DATA.all"' EXIT
trap 'exit 2' HUP INT TERM
export BENCH_SHORT BENCH_DATA PARENT srcdir builddir

# versions PACKAGE...: name and version of each, even if it is not installed.
versions()
{
	LC_ALL=C apt-cache policy "$@" | awk '
	/^[^ ]/ { sub(/:$/, ""); name = $0 }
	$1 == "Installed:" { version = $2 }
	$1 == "Candidate:" {
		printf "%s%s %s", comma, name,
		    version == "(none)" ? $2 : version
		comma = ", "
	}'
}

# commit: of the tree; "changed" if a program differs from it.
commit()
{
	set -- git -c safe.directory="$srcdir" -C "$srcdir"
	"$@" describe --always 2>/dev/null || { echo 'no commit'; return; }
	"$@" diff --quiet HEAD -- src tests/bench/*.c configure.ac Makefile.am ||
	    echo ' and changes'
}

load=$(cut -d ' ' -f -3 /proc/loadavg)
commit=$(commit | tr -d '\n')
machine="$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $(nproc) processors, Linux $(uname -r | sed "s|-.*||")"
with=$(versions ucspi-tcp xinetd openbsd-inetd socat ncat netcat-openbsd \
    nailgun nagios-nrpe-server openssh-server stunnel4 bubblewrap util-linux \
    systemd rinetd libc6 libbsd-dev libconfig-dev libgnutls28-dev gcc)

heading()
{
	cat <<'END'
# The results of ./dev bench, which writes this file and makes RESULTS.md and the
# plots from it.  The columns are separated by tabs.  For each row of ./dev bench:
# row, "run", date, commit, rounds, load before, machine, versions
# row, "value", work, label, program, unit, median, low, high, number of rounds,
#	ratio, its low, its high, text in place of a ratio, target, tolerance, result
# Low and high are quartiles; with up to eight rounds the smallest and the largest.
END
}

# lines ROW: of BENCH_DATA for a row that was measured, of the results otherwise.
lines()
{
	case $1 in
	"$row") cat "$BENCH_DATA" ;;
	*)
		[ ! -e "$results/results.tsv" ] || awk -F '\t' -v row="$1" \
		    '$1 == row' "$results/results.tsv"
		;;
	esac
}

# keep: put the new lines of $row into the results, and show them.
keep()
{
	{
		heading
		for each in $all_rows; do
			lines "$each"
		done
	} >"$BENCH_DATA.all" &&
	cat "$BENCH_DATA.all" >"$results/results.tsv" &&
	show
}

# show: make RESULTS.md and the plots.
show()
{
	perl "$bench/report.pl" "$results/results.tsv" >"$BENCH_DATA.all" &&
	cat "$BENCH_DATA.all" >"$results/RESULTS.md" &&
	perl "$bench/plot.pl" "$results/results.tsv" "$results"
}

if [ -n "$show" ]; then
	show
	exit
fi
status=0 n=0 failed=
# shellcheck disable=SC2086 # a list
set -- ${rows:-$all_rows}
for row; do
	n=$((n + 1))
	echo "== $row ($n of $#), $(date +%H:%M:%S)"
	date=$(date -u +%Y-%m-%d)
	printf '%s\trun\t%s\t%s\t%s\t%s\t%s\t%s\n' "$row" "$date" "$commit" \
	    "$rounds" "$load" "$machine" "$with" >"$BENCH_DATA"
	script=$(awk -F '\t' -v row="$row" '$1 == row { print $2 }' "$bench/rows")
	# Nor does a row that hangs stop the others.
	BENCH_ROWS=$row timeout --foreground -k 60 2h \
	    sh "$bench/$script.sh" "$rounds"
	row_status=$?
	if [ $row_status -gt 1 ] ||
	    [ "$(wc -l <"$BENCH_DATA")" -lt 2 ] || ! keep; then
		failed="$failed $row"
		row_status=2
	fi
	[ $row_status -le $status ] || status=$row_status
done
[ $status != 1 ] || echo 'run.sh: targets are missed' >&2
[ -z "$failed" ] || echo "run.sh: these rows failed:$failed" >&2
[ $status = 2 ] || echo "The results are in $results"
exit $status
