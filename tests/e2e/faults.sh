# faults.sh -- tests/faults is complete, and true.
. "${srcdir:-.}/tests/e2e/lib.sh"

table=$srcdir/tests/faults
sed '/^#/d; /^$/d; s/ *| */|/g' "$table" >"$tmp/table"

is 'the faults are in order' "$(cut -d '|' -f 1 "$tmp/table")" \
    "$(seq 97)"
is 'those that no test provokes' \
    "$(awk -F '|' '$3 ~ /^none: ./ { print $1 }' "$tmp/table")" ''

# names NUMBER FILE: the file has "fault NUMBER", or it in a list: "faults 8, 9
# and 56".
names()
{
	grep -Eiq "\\bfaults? ([0-9]+(, and |,? and |, ))*$1\\b" "$srcdir/$2"
}

while IFS='|' read -r number what where; do
	case $where in
	none:*) ;;
	*)
		ok "fault $number is in $where: $what" names "$number" "$where"
		ok "which is run" grep -Eq "(^|[[:space:]])${where%.c}([[:space:]]|\$)" \
		    "$srcdir/Makefile.am"
		;;
	esac
done <"$tmp/table"

done_testing
