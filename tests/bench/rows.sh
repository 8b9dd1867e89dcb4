# rows.sh -- the functions that the scripts of ./dev bench share.  To be sourced,
# after lib.sh.  run.sh calls a script for one row at a time, with its name in
# BENCH_ROWS, so that a row that fails does not stop the others.
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

# prepare: for a script with servers in a world of its own: set BARE, LOAD and TINY, a
# copy of tiny that user nobody can execute; and have the log in $tmp/syslog.
prepare()
{
	BARE=$builddir/tests/bench/bare
	LOAD=$builddir/tests/bench/load
	TINY=$tmp/tiny
	chmod 755 "$tmp"
	cp "$builddir/tests/bench/tiny" "$TINY"
	own_dev
	in_background "$builddir/tests/bench/soak" log "$tmp/syslog" 5
	wait_until '[ -S /dev/log ]' || exit 2
}

# measured PORT: print two services of haild, a message at PORT and an exec at the next.
measured()
{
	cat <<END
message: {
	listen = ["127.0.0.1:$1"]
	message = "Smile from the server\n"
	max-sessions = 1000
	max-per-source = 1000
}
exec: {
	listen = ["127.0.0.1:$(($1 + 1))"]
	exec = ["$TINY"]
	user = "nobody"
	max-sessions = 1000
	max-per-source = 1000
}
END
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

# row WORK NAME NUMBER COMPARISON TARGET MISSED BEYOND: a row of the table.  NUMBER
# is a number and its unit.  MISSED is 1 if the target was missed, BEYOND if by more
# than the tolerance.  A row without a target is only a report.
row()
{
	row_result=met row_tolerance='5 %'
	[ "$6" = 0 ] || row_result='missed, within tolerance'
	[ "$7" = 0 ] || row_result=missed
	[ -z "${BENCH_SHORT:-}" ] || row_result='not judged'
	[ -n "$5" ] || row_result='' row_tolerance=''
	[ "$row_result" != missed ] || missed=1
	# One number: no spread, and a text in place of the ratio.
	[ -z "${BENCH_DATA:-}" ] ||
	    printf '%s\tvalue\t%s\t\t%s\t%s\t%s\t\t\t1\t\t\t\t%s\t%s\t%s\t%s\n' \
		"${BENCH_ROWS# }" "$1" "$2" "${3#* }" "${3%% *}" "$4" "$5" \
		"$row_tolerance" "$row_result" >>"$BENCH_DATA"
	[ "$row_result" != missed ] || row_result='**missed**'
	echo "| $1 | $2 | $3 | $4 | $5 | $row_tolerance | $row_result |"
}
