# left.sh -- what sessions could leave behind: namespaces, mounts, cgroups and
# processes.  To be sourced after lib.sh and own_world.
#
# shellcheck shell=sh disable=SC2154,SC2034 # variables of lib.sh

# namespaces: how many of each type a process has or a descriptor keeps open.
namespaces()
{
	{
		find /proc/[0-9]*/ns /proc/[0-9]*/task/*/ns -type l \
		    ! -name '*_for_children' -printf '%l\n'
		find /proc/[0-9]*/fd -type l -printf '%l\n' |
		    grep -E '^[a-z]+:\[' | grep -Ev '^(socket|pipe)'
	} 2>/dev/null | sort -u | sed 's/:.*//' | sort | uniq -c
}

# mounts: the number of mounts in the daemon's mount namespace and in each that one of
# its descriptors keeps.
mounts()
{
	for mounts_of in "/proc/$haild_pid/ns/mnt" \
	    $(find "/proc/$haild_pid/fd" -lname 'mnt:*' 2>/dev/null); do
		# It has no /proc, but its processes can be seen from here.
		nsenter --mount="$mounts_of" sleep 60 &
		last=$!
		wait_until "grep -q sleep /proc/$last/comm"
		wc -l <"/proc/$last/mountinfo"
		kill "$last"
		wait "$last"
	done 2>/dev/null | sort -n | uniq -c
}

# find_leaves: find the daemon's cgroups.  Then leaves prints those of sessions, and
# populated the number of those that have processes.
find_leaves()
{
	cgroup_tree=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
	own_cgroup=$(sed -n 's/^0:://p' "/proc/$haild_pid/cgroup")
	cgroup_base=$cgroup_tree${own_cgroup%/*}
}
leaves()
{
	case $own_cgroup in */daemon) ;; *) return ;; esac
	find "$cgroup_base/sessions" -mindepth 2 -type d
}
populated()
{
	leaves | while read -r leaf; do
		grep -l 'populated 1' "$leaf/cgroup.events" 2>/dev/null
	done | wc -l
}

# processes: the names of all processes, with their numbers.
processes()
{
	ps -e -o comm= | awk '!/^(ps|awk|sort|uniq|sh)$/ { n[$1]++ }
	END { for (name in n) print n[name], name }' | sort
}
