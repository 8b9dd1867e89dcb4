# bench.sh -- the results of benchmarks are called what they are: a row below its
# target is "missed".
. "${srcdir:-.}/tests/e2e/lib.sh"
need_command perl

# result OURS TARGET OTHER UNIT: the last column, and the exit status.
result()
{
	printf 'ours - echo %s\nother %s echo %s\n' "$1" "$2" "$3" \
	    >"$tmp/contenders"
	BENCH_SHORT='' BENCH_DATA='' perl "$srcdir/tests/bench/turns.pl" 2 \
	    work "$4" "$tmp/contenders" >"$tmp/rows"
	status=$?
	sed -n '$s/.*| \(.*\) |$/\1/p' "$tmp/rows" | sed "s/\$/ $status/"
}

is 'a rate at its target' "$(result 100 1 100 conn/s)" 'met 0'
is 'a rate above it' "$(result 150 1.2 100 conn/s)" 'met 0'
is 'a rate below it' "$(result 99 1 100 conn/s)" 'missed, within tolerance 0'
is 'by 6 %' "$(result 94 1 100 conn/s)" '**missed** 1'
is 'a time at its target' "$(result 150 '<1.5' 100 us)" 'met 0'
is 'a time above it' "$(result 151 '<1.5' 100 us)" 'missed, within tolerance 0'
is 'by 6 %' "$(result 159 '<1.5' 100 us)" '**missed** 1'
is 'another time that is to be longer' "$(result 100 1.5 150 us)" 'met 0'
is 'and is not' "$(result 100 1.5 149 us)" 'missed, within tolerance 0'
is 'without a target' "$(result 1 0 100 conn/s)" ' 0'
result 99 1 100 conn/s >"$tmp/last"
like 'the tolerance has a column' "$(tail -n 1 "$tmp/rows")" \
    '^\| work \| other \| 100 conn/s \| 0\.99 \(0\.99 to 0\.99\) \| ≥ 1 \| 5 % \| missed'
is 'a program that fails' "$(result '1; false' 1 1 conn/s 2>/dev/null)" ''

# run.sh ARGUMENT...
run()
{
	PEERS=/nonexistent sh "$srcdir/tests/bench/run.sh" "$@" 2>&1
	echo "status $?"
}
like 'a row that does not exist' "$(run 10 bulks)" \
    '^run.sh: unknown row "bulks"; rows: exec message lone '
is 'fails' "$(run 10 bulks | tail -n 1)" 'status 2'
is 'every row that ./dev names' "$(sed -n '/^usage()/,/^EOF/p' "$srcdir/dev" |
	sed -n '/With ROWs/,/"core"/p' | tr -d ';"' | tr -s ' \t\n' '\n' |
	sed '1,/replaced:/d; /^core$/,$d' | grep . | xargs)" \
    "$(run bulks | sed -n 's/.*; rows: //p')"
is 'a parent without programs' "$(PARENT=/nonexistent run exec)" \
    'run.sh: PARENT: no program /nonexistent/haild
status 2'
done_testing
