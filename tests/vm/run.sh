#!/bin/sh
#
# run.sh -- run tests in a virtual machine: one boot for all with the same root.
#
#	run.sh KERNEL disk|tree ROOT [TEST...]
#
# It writes a line for each case, "PASS VERSION: TEST: CASE" or FAIL or SKIP, and the
# output of each test that fails.  Without TEST it runs the tests whose first comment
# has a line "root: disk" or "root: tree".  KERNEL is a directory (kernel.sh); the
# results have its version.

set -u
here=$(cd "${0%/*}" && pwd)
top=$(cd "$here/../.." && pwd)
kernel=$1 kind=$2 root=$3
shift 3
. "$top/tests/system/report.sh"

# Such as 6.1, of 6.1.0-57-cloud-amd64.
version=$(cd "$kernel/lib/modules" && echo * | sed 's/^\([0-9]*\.[0-9]*\).*/\1/') ||
    exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
# shellcheck disable=SC2046 # names of our tests
[ $# != 0 ] || set -- $(cd "$here" && grep -l "^# root: .*$kind" ./*.sh)

# What the guest gets.
mkdir -p "$work/files/src/tests/vm"
cp "$here/main.sh" "$work/files/main"
for test; do
	echo "${test##*/}"
done >"$work/files/list"
cp -a "$top/tests/e2e" "$top/tests/system" "$here" "$work/files/src/tests/"

"$here/boot.sh" "$kernel" "$root" "$work/files" "$work/output" 1800 ||
    echo "FAIL $version: the virtual machine did not end in order"

status=0
while read -r name; do
	# Its output, and its status if it ended.
	awk -v name="$name" '
	$1 == "==" { on = ($2 == name && NF == 2) ; next } on' \
	    "$work/output" >"$work/said"
	ended=$(awk -v name="$name" '$1 == "==" && $2 == name && NF == 3 {
		print $3 }' "$work/output")
	report "$version: $name" "${ended:-1}" <"$work/said" >"$work/lines"
	cat "$work/lines"
	! grep -q '^FAIL' "$work/lines" || {
		status=1
		sed "s|^|  $name: |" "$work/said"
	}
done <"$work/files/list"
exit $status
