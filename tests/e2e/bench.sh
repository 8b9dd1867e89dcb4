# bench.sh -- the results of benchmarks are computed correctly, a row below its target is
# "missed", and RESULTS.md and the plots are made from results.tsv.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_command perl python3

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

# --- medians and spreads ---

# numbers NAME NUMBER...: a command that prints the next one at each call.
numbers()
{
	printf '%s\n' "$@" | sed 1d >"$tmp/numbers.$1"
	echo "head -n 1 $tmp/numbers.$1; sed -i 1d $tmp/numbers.$1"
}

# measured ROUNDS UNIT TARGET: "ours" and "other" take turns; prints the columns from
# the median to the end of the ratio's spread, and the result, for each.
measured()
{
	printf 'ours - %s\nother %s %s\n' "$ours" "$3" "$other" >"$tmp/contenders"
	: >"$tmp/data"
	BENCH_SHORT='' BENCH_ROWS=' row' BENCH_DATA=$tmp/data \
	    perl "$srcdir/tests/bench/turns.pl" "$1" work "$2" \
	    "$tmp/contenders" >"$tmp/rows"
	cut -f 5,7-13,17 "$tmp/data" | tr '\t' ' '
}

# The first number of each is the warm-up's and does not count.
ours=$(numbers ours 9 100 300 200) other=$(numbers other 9 100 100 400)
is 'up to eight rounds: the smallest and the largest' \
    "$(measured 3 conn/s 1)" 'ours 200 100 300 3    
other 100 100 400 3 1.0000 0.5000 3.0000 met'
is 'a line has 17 columns' "$(awk -F '\t' '{ print NF }' "$tmp/data" | xargs)" \
    '17 17'
is 'of the row' "$(cut -f 1-6 "$tmp/data" | tr '\t' '|' | head -n 1)" \
    'row|value|work||ours|conn/s'
ours=$(numbers ours 9 190 110 120 130 140 150 160 170 180 100)
other=$(numbers other 9 100 100 100 100 100 100 100 100 100 100)
is 'more rounds: quartiles' "$(measured 10 conn/s 1.5)" \
    'ours 145 122.5 167.5 10    
other 100 100 100 10 1.4500 1.2250 1.6750 missed, within tolerance'
ours=$(numbers ours 9 10 20 40) other=$(numbers other 9 20 20 20)
is 'less is better: how many times as good ours is' "$(measured 3 us 1.1)" \
    'ours 20 10 40 3    
other 20 20 20 3 1.0000 0.5000 2.0000 missed'
ours=$(numbers ours 9 10 20 40) other=$(numbers other 9 20 20 20)
is 'or how large' "$(measured 3 us '<1.1')" \
    'ours 20 10 40 3    
other 20 20 20 3 1.0000 0.5000 2.0000 met'
ours='printf "rate 20 conn/s\ncpu 6 us\n"' other='printf "rate 10 conn/s\ncpu 3 us\n"'
measured 1 - 0 >"$tmp/last"
is 'a command that prints several numbers' \
    "$(cut -f 4-7,11 "$tmp/data" | tr '\t' ' ')" 'rate ours conn/s 20 
rate other conn/s 10 2.0000
cpu ours us 6 
cpu other us 3 0.5000'
is 'one of them is 0' "$(result '1; echo cpu 0 us' 1 1 conn/s 2>/dev/null)" ''

# judged MISSED BEYOND: the result of a row by rows.sh, in both forms.
judged()
{
	: >"$tmp/data"
	BENCH_DATA=$tmp/data BENCH_ROWS=row srcdir=$srcdir sh -c '
		missed=0
		. "$srcdir/tests/bench/rows.sh"
		row memory haild "44 kB" "4 kB more" "≤ 3 kB more" "$1" "$2"
		echo "missed=$missed"' sh "$1" "$2" |
	    sed 's/.*| \(.*\) |$/\1/' | xargs
	cut -f 16-17 "$tmp/data"
	awk -F '\t' '{ print NF, $6, $7, $14 }' "$tmp/data"
}
is 'a figure within its limit' "$(judged 0 0 | tr '\t\n' '||')" \
    'met missed=0|5 %|met|17 kB 44 4 kB more|'
is 'a figure above it' "$(judged 1 0 | tr '\t\n' '||')" \
    'missed, within tolerance missed=0|5 %|missed, within tolerance|17 kB 44 4 kB more|'
is 'far above it' "$(judged 1 1 | tr '\t\n' '||')" \
    '**missed** missed=1|5 %|missed|17 kB 44 4 kB more|'

# --- the rows that are kept ---

# A tree with rows of its own: "good" prints a number of $tmp/number, "bad" fails
# after its first result if $tmp/fail exists.
fake=$tmp/fake
mkdir -p "$fake/tests/bench"
for file in run.sh rows.sh turns.pl report.pl plot.pl results.pm; do
	cp "$srcdir/tests/bench/$file" "$fake/tests/bench"
done
printf '%s\t%s\tMany\n' good fake bad fake >"$fake/tests/bench/rows"
cat >"$fake/tests/bench/fake.sh" <<END
tmp=$tmp rounds=\$1 missed=0
. "\$srcdir/tests/bench/rows.sh"
contender list ours - "cat $tmp/number"
contender list other 1 'echo 100'
turns "\$BENCH_ROWS work" conn/s list
rm $tmp/list
! wants bad || [ ! -e $tmp/fail ] || exit 2
exit \$missed
END
# bench ARGUMENT...: run.sh in that tree; its status.
bench()
{
	PARENT='' PEERS=/nonexistent srcdir=$fake builddir=$tmp \
	    sh "$fake/tests/bench/run.sh" "$@" >"$tmp/bench.out" 2>&1
	echo $?
}
# kept: row, number of rounds and median of each first value.
kept()
{
	awk -F '\t' '$2 == "run" { rounds = $5 }
	    $5 == "ours" { print $1, rounds, $7 }' \
	    "$fake/tests/bench/results.tsv" | xargs
}
echo 100 >"$tmp/number"
is 'all rows' "$(bench 2)" 0
is 'are kept' "$(kept)" 'good 2 100 bad 2 100'
echo 200 >"$tmp/number"
is 'one row' "$(bench 3 bad)" 0
is 'is replaced, the other is not' "$(kept)" 'good 2 100 bad 3 200'
touch "$tmp/fail"
echo 94 >"$tmp/number"
is 'a row that fails' "$(bench 4 bad good)" 2
like 'is named' "$(tail -n 1 "$tmp/bench.out")" '^run.sh: these rows failed: bad$'
is 'and keeps its results; the next row is measured' "$(kept)" 'good 4 94 bad 3 200'
rm "$tmp/fail"
like 'the overview counts' "$(cat "$fake/tests/bench/RESULTS.md")" \
    '^2 targets: 1 met, 1 missed, 0 missed within the tolerance\.$'
is 'a target that is missed' "$(bench 1 good)" 1
cp "$fake/tests/bench/results.tsv" "$tmp/before"
is 'short' "$(bench short)" 0
ok 'keeps nothing' cmp "$fake/tests/bench/results.tsv" "$tmp/before"
like 'and judges nothing' "$(cat "$tmp/bench/RESULTS.md")" \
    '^2 targets: 0 met, 0 missed, .* 2 not judged\.$'

# --- the results in the tree ---

data=$srcdir/tests/bench/results.tsv
perl "$srcdir/tests/bench/report.pl" "$data" >"$tmp/RESULTS.md"
is 'RESULTS.md is made from results.tsv' \
    "$(diff "$tmp/RESULTS.md" "$srcdir/tests/bench/RESULTS.md")" ''
is 'so are the plots' \
    "$(perl "$srcdir/tests/bench/plot.pl" "$data" "$srcdir/tests/bench" check)" ''
is 'no result is one of "short"' "$(grep -c 'not judged' "$data")" 0
is 'all plots are there and have at most 40 kB' "$(for plot in rate latency cost tls contain; do
	find "$srcdir/tests/bench/plot-$plot.svg" -size -41k
done | wc -l)" 5
for plot in "$srcdir/tests/bench"/plot-*.svg; do
	ok "${plot##*/} is XML" python3 -c \
	    'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' \
	    "$plot"
done
sed 's/4/5/' "$srcdir/tests/bench/plot-rate.svg" >"$tmp/plot-rate.svg"
like 'a plot that was changed is found' \
    "$(perl "$srcdir/tests/bench/plot.pl" "$data" "$tmp" check)" \
    'plot-rate.svg is not made from these results'

# --- the command ---

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
