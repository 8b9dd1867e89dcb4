# soak_books.sh -- the end of soak.sh: the answers that clients got, haild's
# counters and the log must agree, and haild and its surroundings must be as before.
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

# The name of a client with a certificate comes after its address.
grep -a "haild\[$haild_pid\]: " "$log" | sed 's/^[^]]*\]: //
	s/^\([a-z]*: [0-9.:]*\) [a-z.]* pid /\1 pid /' >"$tmp/lines"
session='^[a-z]+: [0-9.]+:[0-9]+ pid [0-9]+'
starts=$(grep -Ec "$session start\$" "$tmp/lines")
words='exit|signal|limit|timeout|disconnect|invalid message|stop|refused:|failed:'
words="$words|protocol error|monitor (exit|signal)|unreapable|no target|target reset"
words="$words|truncated"
ends=$(grep -Ec "$session ($words)" "$tmp/lines")
refusals=$(grep -Ec '^[a-z]+: [0-9.]+:[0-9]+ refused: ' "$tmp/lines")
left_out=$(awk '/^[0-9]+ more refusals not logged: / { n += $1 } END { print n + 0 }' \
    "$tmp/lines")
dropped=$(awk '/^[0-9]+ messages? lost, not accepted by syslog/ { n += $1 }
    END { print n + 0 }' "$tmp/lines")

# A session whose handshake haild ended has no line of its start.
awk '$2 !~ /^[0-9.]+:[0-9]+$/ || $3 != "pid" { next }
    $5 == "start" { begun[$4]; next }
    { if (!($4 in begun) && /^(secure|identified): /) print; delete begun[$4] }' \
    "$tmp/lines" | grep -Ev ' (exit|protocol error) ' >"$tmp/unbegun"
unbegun=$(wc -l <"$tmp/unbegun")

# On a slow machine haild can replace the linger process while /dev/log is not read.
# Each time it logs two lines, which can be lost, too.
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
	what = $5 " " $6
	if ($3 == "refused:") {
		what = "refused"
		if ($4 == "tls:") {
			what = $0
			sub(/^.* refused: tls: /, "tls: ", what)
		}
	} else if ($0 ~ / truncated( to |$)/)
		what = what " truncated"
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
	n[$1 " " $2 " " $3 " " (what ~ /^disc/ ? "disconnect" : what)]++
	if ($3 == "wrong" || $3 == "late" ||
	    ($3 == "short" && what == "exit 0"))
		print $0, what > out
}
END {
	for (k in ends)
		print "unclaimed", k, ends[k] > out
	for (k in n)
		print n[k], k
}' "$tmp/lines" "$tmp/clients" | sort -k2,4 -k1nr >"$tmp/ends"
touch "$tmp/odd"

# counted REGEX: the number of clients whose kind, result and log line match.
counted()
{
	awk -v r="$1" '{ n = $1; sub(/^[0-9]+ /, "") } $0 ~ r { sum += n }
	    END { print sum + 0 }' "$tmp/ends"
}
# metric NAME: the sum of its samples.
metric()
{
	awk -v name="haild_$1" '{ split($1, part, "{") }
	    part[1] == name { n += $2 } END { print n + 0 }' "$tmp/metrics"
}
connected=$(grep -Evc ' unconnected ' "$tmp/clients")

echo '# clients, what they got, and what the log says of them:'
sed 's/^/#   /' "$tmp/ends"
echo '# control requests:'
sort "$tmp/requests" | uniq -c | sed 's/^/# /'
sed 's/^/#   summary: /' "$tmp/summary"
cat <<END
# $reloads reloads, $reloads_refused of them with a broken file or bad certificates;
#	$rotations new pairs, $rotations_bad of them bad; $upgrades upgrades;
#	$drains drains; $stops children stopped, $kills killed
# accepted $accepted, refused $refused ($twice of them when accepted), failed $failed
# metrics: accepted $(metric accepted_total), refused $(metric refused_total), \
failed $(metric failed_total), ended $(metric sessions_total)
# lines: $starts starts, $ends ends, $refusals refusals; $left_out left out, $dropped dropped,
#	$lost_others of them not of a session
# processor time in 3 idle seconds: $used ticks
END

is 'every reload, upgrade and drain ended as expected' "$disturbed" 0
is 'there were as many as wanted' \
    "$((reloads >= reload_share)) $((upgrades >= total * 20 / 300)) $((drains >= drain_share))" '1 1 1'
is 'no client got wrong bytes, waited in vain, or went short after "exit 0"' \
    "$(cat "$tmp/odd")" ''
is 'clients = accepted + refused + failed' "$connected" \
    $((accepted + refused + failed - twice))
# Lines that are not a session's can be among those that were dropped.
surplus=$((starts + ends + refusals + unbegun + left_out + dropped - \
    (2 * accepted + refused + failed - twice)))
echo "# lines that are not a session's among the dropped ones: $surplus"
ok 'lines = accepted twice (start, end) + refused + failed - left out - dropped' \
    [ "$surplus" -ge 0 -a "$surplus" -le "$lost_others" ]
is 'metrics: accepted, refused, failed' \
    "$(metric accepted_total) $(metric refused_total) $(metric failed_total)" \
    "$accepted $refused $failed"
is 'accepted = ended + refused when accepted' \
    "$(metric accepted_total)" $(($(metric sessions_total) + twice))

# Each outcome: its sessions by the metrics, and its lines.  Only lines that were
# dropped may be missing.
awk '
FNR == NR {
	if (split($1, part, "\"") > 3 && $1 ~ /^haild_sessions_total/)
		n[part[4]] += $2
	next
}
$2 ~ /^[0-9.]+:[0-9]+$/ && $3 == "pid" && $5 != "start" {
	words = $0
	sub(/^[^ ]* [^ ]* pid [0-9]+ /, "", words)
	gsub(/: | /, "-", words)
	best = ""
	for (o in n)
		if (index(words, o) == 1 && length(o) > length(best))
			best = o
	lines[best]++
}
END {
	for (o in n)
		print o, n[o], lines[o] + 0
	if ("" in lines)
		print "unknown", 0, lines[""]
}' "$tmp/metrics" "$tmp/lines" | sort >"$tmp/outcomes"
is 'no outcome has more lines than sessions' \
    "$(awk '$3 > $2' "$tmp/outcomes")" ''
missing=$(awk '{ n += $2 - $3 } END { print n }' "$tmp/outcomes")
ok 'no more lines are missing than were dropped' [ "$missing" -le "$dropped" ]

ok 'something was dropped' [ "$dropped" -gt 0 ]
ok 'something was left out' [ "$left_out" -gt 0 ]

# --- TLS ---

is 'a client with a bad certificate, or none, was never served' \
    "$(counted '^tls-(unknown-ca|expired|no-cert) .*(exit|start|full)')" 0
for why in 'unknown-ca.*tls: unknown CA' 'expired.*tls: expired' \
    'no-cert.*tls: no client certificate' 'stalled.*tls: handshake timeout' \
    'plain.*tls: not TLS' 'truncated odd full exit 0 truncated'; do
	ok "the log has: $why" [ "$(counted "^tls-$why\$")" -gt 0 ]
done
# The line of a session waits for a second for its relay, which may be stopped.
ok 'truncated is what clients truncated, but for stopped relays' \
    [ "$(counted '^tls-truncated odd full exit 0$')" -le "$stops" ]
is 'and nothing else' "$(counted '^tls-(echo|cat) normal full .* truncated$')" 0
cut -d ' ' -f 1,5 "$tmp/clients" | sed -n 's/^tls-[a-z-]* web/web/p' | sort |
    uniq -c >"$tmp/pairs"
sed 's/^/# certificates seen: /' "$tmp/pairs"
is 'the last clients got the last certificate' \
    "$(sed -n 's/^tls-.* //p' "$tmp/settling-last.tls" | sort -u)" "web$pair"
ok 'other clients got other certificates' [ "$(wc -l <"$tmp/pairs")" -gt 1 ]
is 'and no other' \
    "$(awk '$1 ~ /^tls-/ && $5 !~ /^(-|web[0-9])$/' "$tmp/clients")" ''

# --- bombs, targets, control clients ---

for kind in fork memory disk; do
	ok "a bomb was bounded: $kind" [ "$(counted "^bomb-$kind odd full")" -gt 0 ]
done
ok 'a busy loop ended' \
    [ "$(counted '^bomb-loop odd over (signal|timeout)')" -gt 0 ]
is 'no bomb got more than its limit' \
    "$(counted '^bomb-.*exit (0|4)$')" 0
while read -r port taken; do
	logged=$(grep -Ec "$session .* to 127.0.0.1:$port\$" "$tmp/lines")
	echo "# target $port: $taken clients, $logged lines"
	ok "target $port: as many clients as lines, except for killed sessions" \
	    [ "$taken" -gt 0 -a "$logged" -le "$taken" -a \
	    $((taken - logged)) -le $((kills + stops + dropped)) ]
done <"$tmp/targets"
is 'a target that refuses has no session' \
    "$(grep -c ' to 127.0.0.1:7104$' "$tmp/lines")" 0
is 'no answer to a control client was wrong or lost' \
    "$(grep -Ev ' (right|busy|failed) ' "$tmp/requests")" ''
ok 'a request failed only if haild could not start a process for it' \
    [ "$(grep -c ' failed ' "$tmp/requests")" -le \
    "$(grep -c '^control: cannot start a process' "$tmp/lines")" ]
for kind in status counts junk looker looker-acts stranger; do
	ok "control clients were answered: $kind" grep -q "^$kind right " "$tmp/requests"
done

# --- nothing is left ---

like 'no session is left' "$(head -n 1 "$tmp/summary")" ', 0 sessions, '
ok 'no source is counted' grep -q '^0 sources in the table$' "$tmp/summary"
is 'no service has one' "$(grep -c ': 0 live, ' "$tmp/summary")" 14
ok 'no child is left but those that stay' no_sessions
is 'no zombie' "$(ps -eo stat= | grep -c '^Z')" 0
is 'no process but ours' "$(ps -eo comm= |
    grep -Evc '^(sh|haild|haild-tls|haild: keeper|haild: signer|soak|soak_peer|ps|grep)$')" 0
is 'no process in a cgroup of a session' "$(populated)" 0
# haild keeps at most so many for the next sessions of each service.
is 'no service has more than 64 cgroups' \
    "$(awk '$1 > 64' "$tmp/stock.after/leaves")" ''
for what in namespaces mounts names run files; do
	is "the same $what" "$(cat "$tmp/stock.after/$what")" \
	    "$(cat "$tmp/stock.before/$what")"
done
is 'no files of sessions' "$(cat "$tmp/stock.after/files")" ''
: >"$tmp/memory"
for title in daemon linger logger keeper signer; do
	is "the same descriptors are open: $title" \
	    "$(cat "$tmp/stock.after/$title.descriptors")" \
	    "$(cat "$tmp/stock.before/$title.descriptors")"
	# A reload starts new ones; between these two stocks there is no reload.
	case $title in
	keeper | signer | logger) from=middle to=later ;;
	*) from=before to=after ;;
	esac
	same=$(comm -12 "$tmp/stock.$from/processes" "$tmp/stock.$to/processes" |
	    grep -c "^$title ")
	echo "$title $(memory_of $from $title) $(memory_of $to $title) $same" \
	    >>"$tmp/memory"
done
while read -r title was now same; do
	echo "# anonymous memory of $title: $was kB, $now kB at the end"
	# haild replaces a linger process that does not answer for a second, as on
	# a busy machine.
	if [ "$title $same" = 'linger 0' ]; then
		skip "memory of $title" 'haild has replaced the process'
		continue
	fi
	is "it is the same process: $title" "$same" 1
	# Sanitizers keep freed memory for a while.
	# This is less than a byte for each client of a soak of 60 seconds.
	is_sanitized || ok "memory of $title has grown by 16 kB at most" \
	    [ $((now - was)) -le 16 ]
done <"$tmp/memory"
# anonymous NAME: the memory of all processes of haild that are the same as before, or
# that a reload has started in place of those.  Not their PSS: how much a process shares
# with the daemon depends on what the daemon has written since the fork.
anonymous()
{
	awk -v no="$(sed -n 's/^\(linger\) .* 0$/\1/p' "$tmp/memory")" \
	    '$1 != no { n += $2 } END { print n }' "$tmp/stock.$1/memory"
}
all_before=$(anonymous before)
all_after=$(anonymous after)
echo "# anonymous memory of all: $all_before kB, $all_after kB at the end"
is_sanitized || ok 'the memory of all has grown by 1 % at most' \
    [ $((all_after * 100)) -le $((all_before * 101)) ]
is 'one configuration is mapped' \
    "$(grep -c 'memfd:haild conf' "$tmp/stock.after/daemon.smaps")" 1
ok 'idle, it uses no processor' [ "$used" -le 1 ]

# --- the end ---

kill "$haild_pid"
ok 'it stops' ends "$haild_pid"
haild_pid=
case $own_cgroup in
*/daemon) ok 'it leaves no cgroup' [ ! -e "$cgroup_base/sessions" ] ;;
esac
is 'it leaves no file in its directory' "$(ls -A "$tmp/run")" ''
is 'no process of a session' "$(ps -eo uid= | awk '$1 >= 300000' | wc -l)" 0
