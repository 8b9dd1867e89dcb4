# rows.sh -- the functions that peers.sh and commands.sh share.  To be sourced,
# after lib.sh.
#
# shellcheck shell=sh disable=SC2154,SC2034 # variables of the script

# wants ROW...: one of these is to be measured; all are if BENCH_ROWS is empty.
wants()
{
	[ -n "${BENCH_ROWS:-}" ] || return 0
	for row_wanted in $BENCH_ROWS; do
		for row_name; do
			[ "$row_wanted" != "$row_name" ] || return 0
		done
	done
	return 1
}

# need_all COMMAND...: these must be installed.
need_all()
{
	for tool; do
		command -v "$tool" >/dev/null && continue
		echo "${0##*/}: $tool is not installed; run ./dev bench" >&2
		exit 2
	done
}

# contender FILE NAME TARGET COMMAND: add a line for turns.pl to FILE.
contender()
{
	echo "$2 $3 $4" >>"$tmp/$1"
}

# turns WORK UNIT FILE: let the contenders of FILE take turns; judge.
turns()
{
	perl "$srcdir/tests/bench/turns.pl" "$rounds" "$1" "$2" "$tmp/$3" ||
	    case $? in
	    1) missed=1 ;;
	    *) exit 2 ;;
	    esac
}

# row WORK NAME NUMBER COMPARISON TARGET MISSED BEYOND: a row of the table.
# MISSED is 1 if the target was missed, BEYOND if by more than the tolerance.  A row
# without a target is only a report.
row()
{
	row_result=met
	[ "$6" = 0 ] || row_result='missed, within tolerance'
	[ "$7" = 0 ] || row_result='**missed**'
	[ -z "${BENCH_SHORT:-}" ] || row_result='not judged'
	[ "$row_result" != '**missed**' ] || missed=1
	row_judged=" $5 | 5 % | $row_result |"
	[ -n "$5" ] || row_judged='  |  |  |'
	echo "| $1 | $2 | $3 | $4 |$row_judged" |
	    tee -a "${BENCH_TABLE:-/dev/null}"
}
