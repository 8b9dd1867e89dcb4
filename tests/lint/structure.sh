#!/bin/sh
# structure.sh -- check how the sources below a directory are arranged.
#
#	sh tests/lint/structure.sh DIR
#
# Three rules; a file, a folder or a circle that breaks one is named on standard
# output, and the exit status is then 1:
#
#	no circle of includes among modules, nor among folders
#	no file of more than 400 lines
#	no folder with more than 20 sources (.c)
#
# A module is x.c together with x.h.  Which headers a file includes, directly or
# through other headers, is the compiler's answer (-MM).  The order of the rooms
# below counts as an arrow from each to the next, so that an include against the
# order closes a circle.
#
#	CC		the compiler; gcc if not set
#	CPPFLAGS	options for it, besides -I DIR

set -u
max_lines=400
max_sources=20
rooms='haild haild/takeover
haild/takeover haild/control
haild/control haild/listen
haild/listen haild/relays
haild/relays haild/containment
haild/containment haild/children
haild/children haild/admission
haild/admission session
commands session
tls/client tls
tls/client hail
tls session
load session
enrol contain
session contain
contain config
control lib
haild/control control
ctl control
load control
config lib
hail lib'

dir=${1:?usage: structure.sh DIR}
cd "$dir" || exit 2
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
broken=0

complain()
{
	printf '%s\n' "$*"
	broken=1
}

find . -name '*.[ch]' | sed 's|^\./||' | sort >"$tmp/files"

# --- sizes ---

while read -r file; do
	lines=$(wc -l <"$file")
	[ "$lines" -le $max_lines ] ||
	    complain "$file: $lines lines; at most $max_lines are allowed"
done <"$tmp/files"

sed -n 's|/*[^/]*\.c$||p' "$tmp/files" | sort | uniq -c >"$tmp/folders"
while read -r count folder; do
	[ "$count" -le $max_sources ] ||
	    complain "${folder:-.}: $count sources; at most $max_sources are allowed in a folder"
done <"$tmp/folders"

# --- circles ---

# "FILE HEADER" for each header that FILE includes.
# shellcheck disable=SC2046,SC2086 # lists
${CC:-gcc} -MM -I. ${CPPFLAGS:-} $(cat "$tmp/files") >"$tmp/rules" || exit 2
awk '
	{ more = sub(/\\$/, ""); rule = rule $0 }
	!more {
		n = split(rule, word, " ")
		for (i = 3; i <= n; i++)
			print word[2], word[i]
		rule = ""
	}' "$tmp/rules" | sed 's|\./||g' >"$tmp/includes"

# arrows WHAT: "FROM TO FILE HEADER" for each include between two modules, or
# two folders.
arrows()
{
	awk -v what="$1" '
	function node(file) {
		if (what == "modules")
			sub(/\.[ch]$/, "", file)
		else
			sub(/\/?[^\/]*$/, "", file)
		return file == "" ? "." : file
	}
	{ from = node($1); to = node($2) }
	from != to && !seen[from, to]++ { print from, to, $1, $2 }
	' "$tmp/includes"
}

# The order of the rooms that exist, in the same form.
order()
{
	printf '%s\n' "$rooms" | while read -r upper lower; do
		[ ! -d "$upper" ] || [ ! -d "$lower" ] ||
		    echo "$upper $lower - -"
	done
}

# circles WHAT: read arrows, and complain about each circle that tsort(1) finds.
circles()
{
	cat >"$tmp/$1"
	cut -d ' ' -f 1,2 "$tmp/$1" | tsort 2>&1 >/dev/null |
	    sed -n 's/^tsort: //p' | awk -v what="$1" -v arrows="$tmp/$1" '
	function finish(i, from, to) {
		if (n == 0)
			return
		printf "circle of %s:", what
		for (i = 1; i <= n; i++)
			printf " %s ->", circle[i]
		print " " circle[1]
		for (i = 1; i <= n; i++) {
			from = circle[i]
			to = circle[i % n + 1]
			print "\t" why[from, to]
		}
		n = 0
	}
	BEGIN {
		while ((getline line <arrows) > 0) {
			split(line, f, " ")
			if (f[3] != "-")
				why[f[1], f[2]] = f[3] " includes " f[4]
			else if (!((f[1], f[2]) in why))
				why[f[1], f[2]] = f[1] " is above " f[2] \
				    " in the order of the rooms"
		}
	}
	/input contains a loop:$/ { finish(); next }
	{ circle[++n] = $0 }
	END { finish() }' >"$tmp/circles"
	[ -s "$tmp/circles" ] || return 0
	cat "$tmp/circles"
	broken=1
}

arrows modules >"$tmp/arrows"
circles modules <"$tmp/arrows"
{ arrows folders; order; } >"$tmp/arrows"
circles folders <"$tmp/arrows"
exit $broken
