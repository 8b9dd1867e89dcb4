# soak_result.sh -- the result of soak.sh as tables in Markdown, and
# the files that tell more of a failure.
#
# shellcheck shell=sh disable=SC2154 # variables of soak.sh

# kinds: a row for each kind of client: how many came, were answered in full,
# refused, and ended in another way.
kinds()
{
	awk '{ n[$2] += $1; if ($4 == "full") full[$2] += $1 }
	$4 == "refused" || $5 ~ /^(refused|tls:)/ { refused[$2] += $1 }
	$4 == "unconnected" { drained[$2] += $1 }
	END {
		for (k in n)
			printf "| %s | %d | %d | %d | %d | %d |\n", k, n[k],
			    full[k], refused[k], drained[k],
			    n[k] - full[k] - refused[k] - drained[k]
	}' "$tmp/ends" | sort
}

{
	cat <<END
\`./dev soak $total\` with the seed $seed: $(wc -l <"$tmp/clients") clients and \
$(wc -l <"$tmp/requests") control requests in $((($(ms) - began) / 1000)) s.

| what | number |
|---|---|
| clients that connected | $connected |
| accepted, refused, failed | $accepted, $refused ($twice after they were accepted), $failed |
| sessions that ended, by the metrics | $(metric sessions_total) |
| log lines of starts, ends and refusals | $starts, $ends, $refusals |
| refusals that one line counts | $left_out |
| lines lost while /dev/log was not read, which one line counts | $dropped |
| reloads, of these refused for an error | $reloads, $reloads_refused |
| new pairs of certificates, of these bad | $rotations, $rotations_bad |
| upgrades in place | $upgrades |
| services drained and resumed | $drains |
| children stopped, killed | $stops, $kills |
| checks that failed | $tap_failed |

| kind of client | came | answered in full | refused | service drained | other ends |
|---|---|---|---|---|---|
$(kinds)

| process | anonymous memory before | at the end |
|---|---|---|
$(awk '{ printf "| %s | %d kB | %d kB |\n", $1, $2, $3 }' "$tmp/memory")
| all | $all_before kB | $all_after kB |
END
} >"$tmp/result.md"
sed 's/^/# /' "$tmp/result.md"
[ "$tap_failed" = 0 ] || echo "# failed; repeat with SOAK_SEED=$seed"

if [ -n "${SOAK_KEEP:-}" ]; then
	rm -rf "$SOAK_KEEP"/stock.*
	mkdir -p "$SOAK_KEEP"
	cp -r "$tmp/syslog" "$tmp/clients" "$tmp/requests" "$tmp/odd" "$tmp/ends" \
	    "$tmp/outcomes" "$tmp/summary" "$tmp/metrics" "$tmp/result.md" \
	    "$tmp"/stock.* "$SOAK_KEEP"
fi
