#!/bin/sh
#
# run.sh -- run one test of the container image.
#
#	run.sh TEST
#
# It writes a line for each case, "PASS image: TEST: CASE" or FAIL or SKIP, and the
# output of the test if it fails.

set -u
here=$(cd "${0%/*}" && pwd)
top=$(cd "$here/../.." && pwd)
. "$top/tests/system/report.sh"
name=${1##*/}
said=$(mktemp) || exit 1
trap 'rm -f "$said" "$said.lines"' EXIT
trap 'exit 1' HUP INT TERM
srcdir=$top timeout -k 10 120 sh "$here/$name" >"$said" 2>&1
status=$?
report "image: $name" $status <"$said" >"$said.lines"
! grep -q '^FAIL' "$said.lines" || sed "s|^|  $name: |" "$said" >>"$said.lines"
flock "$here" cat "$said.lines"
