# soak_left.sh -- take stock of what haild has and uses, to compare it later.
#
# shellcheck shell=sh disable=SC2154 # variables of soak.sh

# our_processes: print "daemon PID", and NAME and PID of each process that stays.
our_processes()
{
	echo "daemon $haild_pid"
	children
	for child in $children; do
		for title in logger linger keeper signer; do
			! is_a "$child" "$title" || echo "$title $child"
		done
	done | sort
}

# descriptor_set PID: the kind of each open descriptor.  Their numbers change: a
# reload opens the new configuration before it closes the old one.
descriptor_set()
{
	find "/proc/$1/fd" -mindepth 1 -printf '%l\n' |
	    sed 's/:\[[0-9]*\]/:/' | sort
}

# take_stock NAME: a directory of that name has a file for each thing to compare.
# Of memory only that which is anonymous counts: the RSS has pages of libraries, too,
# which the kernel maps up to 64 kB at a time.
take_stock()
{
	stock=$tmp/stock.$1
	mkdir "$stock"
	our_processes >"$stock/processes"
	while read -r title pid; do
		cp "/proc/$pid/smaps" "$stock/$title.smaps"
		awk -v title="$title" '/^Anonymous:/ { n += $2 }
		    END { print title, n }' \
		    "/proc/$pid/smaps_rollup" >>"$stock/memory"
		descriptor_set "$pid" >"$stock/$title.descriptors"
	done <"$stock/processes"
	namespaces >"$stock/namespaces"
	mounts >"$stock/mounts"
	processes >"$stock/names"
	leaves | sed 's|/[^/]*$||' | sort | uniq -c >"$stock/leaves"
	ls -A "$tmp/run" >"$stock/run"
	find /tmp /var/tmp /dev/shm -xdev -uid +299999 >"$stock/files" 2>/dev/null
}

# memory_of NAME PROCESS: its anonymous memory in kB.
memory_of()
{
	awk -v title="$2" '$1 == title { print $2 }' "$tmp/stock.$1/memory"
}
