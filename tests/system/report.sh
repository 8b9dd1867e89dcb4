# report.sh -- results of tests on a booted system or in a virtual machine.  To be
# sourced.
#
# shellcheck shell=sh

# report NAME STATUS: turn TAP on standard input into a line for each case, "PASS
# NAME: CASE" or FAIL or SKIP.  STATUS is the exit status of the test.
report()
{
	awk -v what="$1:" -v status="$2" '
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
