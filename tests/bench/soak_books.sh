# soak_books.sh -- the end of soak.sh: the answers that clients got, haild's
# counters and the log must agree, and haild's memory and descriptors must be as
# before.
#
# shellcheck shell=sh disable=SC2154,SC2009 # of soak.sh; states of processes

# sum FIELD: of all services, from the last summary.
sum()
{
	sed -n "s/^[a-z]*: .* \\([0-9]*\\) $1.*/\\1/p" "$tmp/summary" |
	    awk '{ n += $1 } END { print n + 0 }'
}
accepted=$(sum accepted) refused=$(sum refused) failed=$(sum failed)
# A client of a proxy is accepted before it can be refused.
twice=$(sed -n 's/^proxied: .* \([0-9]*\) refused.*/\1/p' "$tmp/summary")

grep -a "haild\[$haild_pid\]: " "$log" | sed 's/^[^]]*\]: //' >"$tmp/lines"
session='^[a-z]+: [0-9.]+:[0-9]+ pid [0-9]+'
starts=$(grep -Ec "$session start\$" "$tmp/lines")
words='exit|signal|limit|timeout|disconnect|invalid message|stop|refused:|failed:'
words="$words|protocol error|monitor (exit|signal)|unreapable"
ends=$(grep -Ec "$session ($words)" "$tmp/lines")
refusals=$(grep -Ec '^[a-z]+: [0-9.]+:[0-9]+ refused: ' "$tmp/lines")
left_out=$(awk '/^[0-9]+ more refusals not logged: / { n += $1 } END { print n + 0 }' \
    "$tmp/lines")
dropped=$(awk '/^[0-9]+ messages? lost, not accepted by syslog/ { n += $1 }
    END { print n + 0 }' "$tmp/lines")

# On a slow machine haild can replace the linger process while /dev/log is not read.
# Each time that takes two lines, which can be lost, too.
lost_others=0
if [ "$(linger)" != "$lingered" ]; then
	tail -c "+$deaf" "$log" >"$tmp/deaf"
	silent=$(grep -ac 'the linger process does not answer' "$tmp/deaf")
	reaped=$(grep -aEc 'reaped pid [0-9]+, a leftover$' "$tmp/deaf")
	times=$((silent > reaped ? silent : reaped))
	lost_others=$((2 * (times > 0 ? times : 1) - silent - reaped))
fi

# The result of each client, by its own report and by the log.  The log line for a
# client of a proxy has the address from the PROXY header, or the proxy's.
awk -v out="$tmp/odd" '
FNR == NR {
	if ($2 !~ /^[0-9.]+:[0-9]+$/ || ($3 != "refused:" && $3 != "pid") ||
	    $5 == "start")
		next
	what = $3 == "refused:" ? "refused" : $5 " " $6
	ends[$2] = ends[$2] what "\n"
	next
}
{
	key = ($4 in ends) ? $4 : $5
	what = "nothing"
	if (key in ends) {
		at = index(ends[key], "\n")
		what = substr(ends[key], 1, at - 1)
		ends[key] = substr(ends[key], at + 1)
		if (ends[key] == "")
			delete ends[key]
	}
	n[$2 " " $3 " " (what ~ /^timeout|^disc/ ? substr(what, 1, 7) : what)]++
	if ($3 == "wrong" || $3 == "late" ||
	    ($3 == "short" && what == "exit 0"))
		print $0, what > out
}
END {
	for (k in ends)
		print "unclaimed", k, ends[k] > out
	for (k in n)
		print n[k], k
}' "$tmp/lines" "$tmp/clients" | sort -k2,3 -k1nr >"$tmp/ends"
touch "$tmp/odd"
# outside_tables FILE: the anonymous memory in kB of an smaps file, without the tables
# of sessions, sources and cgroups.  These are the largest mappings and those that
# children do not have ("dc", proc(5)).
outside_tables()
{
	awk '/^Size:/ { size = $2 }
	    /^Anonymous:/ { anonymous = $2 }
	    /^VmFlags:/ && size < 8192 && !/ dc( |$)/ { n += anonymous }
	    END { print n + 0 }' "$1"
}

# counted REGEX: the number of clients whose kind, result and log line match.
counted()
{
	awk -v r="$1" '{ n = $1; sub(/^[0-9]+ /, "") } $0 ~ r { sum += n }
	    END { print sum + 0 }' "$tmp/ends"
}

echo '# clients, what they got, and what the log says of them:'
sed 's/^/#   /' "$tmp/ends"
sed 's/^/#   summary: /' "$tmp/summary"
cat <<END
# $reloads reloads, $reloads_refused of them with a broken file; $upgrades upgrades;
# $stops children stopped, $kills killed
# accepted $accepted, refused $refused ($twice of them when accepted), failed $failed
# lines: $starts starts, $ends ends, $refusals refusals; $left_out left out, $dropped dropped,
#	$lost_others of them not of a session
# anonymous memory: $memory_before kB after the warm-up, $memory_after kB at the end
# processor time in 3 idle seconds: $used ticks
END

is 'every reload and upgrade ended as it had to' "$disturbed" 0
is 'no client got wrong bytes, waited in vain, or went short after "exit 0"' \
    "$(cat "$tmp/odd")" ''
is 'clients = accepted + refused + failed' "$(wc -l <"$tmp/clients")" \
    $((accepted + refused + failed - twice))
is 'lines = accepted twice (start, end) + refused + failed - left out - dropped' \
    $((starts + ends + refusals)) \
    $((2 * accepted + refused + failed - twice - left_out - dropped + lost_others))
ok 'something was dropped' [ "$dropped" -gt 0 ]
ok 'something was left out' [ "$left_out" -gt 0 ]
like 'no session is left' "$(head -n 1 "$tmp/summary")" ', 0 sessions, '
ok 'no source is counted' grep -q '^0 sources in the table$' "$tmp/summary"
is 'no service has one' "$(grep -c ': 0 live, ' "$tmp/summary")" 6
ok 'no child is left but the logger and linger' no_sessions
is 'no zombie' "$(ps -eo stat= | grep -c '^Z')" 0
is 'no process but ours' "$(ps -eo comm= | grep -Evc '^(sh|haild|soak|ps|grep)$')" 0
is 'the same descriptors are open' "$(cat "$tmp/fds.after")" \
    "$(cat "$tmp/fds.before")"
# Sanitizers keep freed memory for a while.
is_sanitized || ok 'memory outside of the tables has grown by 2 % at most' \
    [ $(($(outside_tables "$tmp/smaps.after") * 100)) -le \
    $(($(outside_tables "$tmp/smaps.before") * 102)) ]
# A page of a table stays once it was used, and the most leaves in use at once can come
# after the burst: that was 8 pages, 2 %.
is_sanitized || ok 'memory has grown by 4 % at most' \
    [ $((memory_after * 100)) -le $((memory_before * 104)) ]
is 'one configuration is mapped' "$(grep -c 'memfd:haild conf' "$tmp/smaps.after")" 1
ok 'idle, it uses no processor' [ "$used" -le 1 ]
