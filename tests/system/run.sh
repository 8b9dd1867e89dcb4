#!/bin/sh
#
# run.sh -- run tests on a booted system, each in a container of its own.
#
#	run.sh systemd|sysv ROOT [TEST...]
#
# It writes a line for each case, "PASS INIT: TEST: CASE" or FAIL or SKIP, and the
# output of each test that fails.  Without TEST it runs the tests of this
# directory that support this init, first those with a line "# slow".

set -u
here=$(cd "${0%/*}" && pwd)
top=$(cd "$here/../.." && pwd)
init=$1 root=$2
shift 2
. "$top/tests/system/report.sh"

# meant: the tests that support this init, slow ones first: the last one to start
# should not run alone for long.
meant()
{
	for t in "$here"/*.sh; do
		case $t in
		*/lib.sh | */run.sh | */report.sh | */container.sh | */dev.sh | */sources.sh)
			continue ;;
		esac
		on=$(sed -n 's/^# init: //p' "$t")
		case " ${on:-systemd} " in
		*" $init "*) ;;
		*) continue ;;
		esac
		if grep -q '^# slow$' "$t"; then echo "1 $t"; else echo "2 $t"; fi
	done | sort | cut -d ' ' -f 2-
}

# run TEST: run it in a container of its own; write all of its lines at once.
run()
{
	t=$here/${1##*/}
	name=haild-$init-$$
	said=$(mktemp) || exit 1
	trap 'rm -f "$said" "$said.lines"' EXIT
	trap '"$here/container.sh" stop "$name"; exit 1' HUP INT TERM
	status=125
	if "$here/container.sh" start "$name" "$root" --bind-ro="$top:/src" \
	    >"$said" 2>&1; then
		timeout -k 10 300 "$here/container.sh" exec "$name" \
		    env srcdir=/src sh "/src/tests/system/${t##*/}" \
		    >"$said" 2>&1
		status=$?
		"$here/container.sh" stop "$name"
	fi
	report "$init: ${t##*/}" "$status" <"$said" >"$said.lines"
	! grep -q '^FAIL' "$said.lines" || {
		status=1
		sed "s|^|  ${t##*/}: |" "$said" >>"$said.lines"
	}
	flock "$here" cat "$said.lines"
	return $status
}

# With one test: started below, by xargs.
if [ $# = 1 ]; then
	run "$1"
	exit
fi
[ $# -gt 0 ] || eval "set -- $(meant | sed "s/.*/'&'/" | tr '\n' ' ')"
printf '%s\0' "$@" | xargs -0 -n 1 -P "$(nproc)" "$0" "$init" "$root"
