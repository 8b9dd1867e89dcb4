#!/bin/sh
#
# run.sh -- run tests on a booted system, each in a container of its own.
#
#	run.sh systemd|sysv ROOT [TEST...]
#
# It writes a line for each case, "PASS INIT: TEST: CASE" or FAIL or SKIP, and the
# output of each test that fails.  Without TEST it runs the tests of this
# directory that support this init.

set -u
here=$(cd "${0%/*}" && pwd)
top=$(cd "$here/../.." && pwd)
init=$1 root=$2
shift 2

# meant: the tests that support this init.
meant()
{
	for t in "$here"/*.sh; do
		case $t in
		*/lib.sh | */run.sh | */container.sh | */dev.sh) continue ;;
		esac
		on=$(sed -n 's/^# init: //p' "$t")
		case " ${on:-systemd} " in
		*" $init "*) echo "$t" ;;
		esac
	done
}

# report TEST STATUS: turn TAP on standard input into those lines.
report()
{
	awk -v what="$init: ${1##*/}:" -v status="$2" '
	function line(result, text) { print result, what, text }
	/^ok .*# SKIP / { sub(/^ok [0-9]+ - /, ""); line("SKIP", $0); n++; next }
	/^1\.\.0 # SKIP / { sub(/^1\.\.0 # SKIP /, ""); line("SKIP", "all - " $0)
		plan = "0"; next }
	/^ok / { sub(/^ok [0-9]+ - /, ""); line("PASS", $0); n++; next }
	/^not ok / { sub(/^not ok [0-9]+ - /, ""); line("FAIL", $0); n++; bad++
		next }
	/^1\.\.[0-9]+$/ { plan = substr($0, 4) }
	END {
		if (plan == "" || plan != n + 0)
			line("FAIL", "planned " plan + 0 ", ran " n + 0)
		else if (status != 0 && !bad)
			line("FAIL", "ended with status " status)
	}'
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
	report "$t" "$status" <"$said" >"$said.lines"
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
