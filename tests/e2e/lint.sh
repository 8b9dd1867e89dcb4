# lint.sh -- tests/lint/structure.sh finds what ./dev lint is to find.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_command gcc tsort

tree=$tmp/tree

# new_tree: sources in which nothing is wrong.
new_tree()
{
	rm -rf "$tree"
	mkdir -p "$tree/lib" "$tree/config" "$tree/haild/listen" "$tree/load"
	source_file lib/log lib/log
	source_file lib/io lib/io lib/log
	source_file config/client config/client lib/io
	source_file load/check load/check config/client
	source_file haild/listen/listener haild/listen/listener config/client
	source_file haild/server haild/server haild/listen/listener
}

# source_file MODULE HEADER...: x.c that includes these; x.h if there is none.
source_file()
{
	source=$tree/$1
	shift
	printf '#include "%s.h"\n' "$@" >"$source.c"
	[ -e "$source.h" ] || : >"$source.h"
}

# lines FILE N: make it that long.
lines()
{
	yes '/* a line */' | head -n "$2" >"$tree/$1"
}

# structure: what the check prints, with its exit status at the end.
structure()
{
	CC=gcc sh "$srcdir/tests/lint/structure.sh" "$tree" 2>&1
	echo "status $?"
}

# finds DESCRIPTION LINE...: the check prints these lines and fails.
finds()
{
	what=$1
	shift
	is "$what" "$(structure)" "$(printf '%s\n' "$@" 'status 1')"
}

new_tree
is 'a tree without faults passes' "$(structure)" 'status 0'

source_file lib/log lib/log lib/io
finds 'a circle of two modules' \
    'circle of modules: lib/io -> lib/log -> lib/io' \
    '	lib/io.c includes lib/log.h' \
    '	lib/log.c includes lib/io.h'

new_tree
echo '#include "lib/io.h"' >"$tree/lib/log.h"
finds 'a circle that only headers close' \
    'circle of modules: lib/io -> lib/log -> lib/io' \
    '	lib/io.c includes lib/log.h' \
    '	lib/log.c includes lib/io.h'

new_tree
source_file config/a config/a config/b
source_file config/b config/b config/c
source_file config/c config/c config/a
like 'a circle of three modules' "$(structure)" \
    '^circle of modules: config/[abc] -> config/[abc] -> config/[abc] -> config/[abc]$'

new_tree
source_file load/table load/table lib/log
source_file lib/table lib/table load/check
like 'a circle of two folders' "$(structure)" \
    '^circle of folders: .*lib -> load'
is 'without one of modules' "$(structure | grep -c modules)" 0

new_tree
source_file haild/listen/inherit haild/listen/inherit haild/server
finds 'a room inside of another is a folder of its own' \
    'circle of folders: haild -> haild/listen -> haild' \
    '	haild/server.c includes haild/listen/listener.h' \
    '	haild/listen/inherit.c includes haild/server.h'

new_tree
mkdir "$tree/contain" "$tree/session"
source_file session/spawn session/spawn
source_file contain/confine contain/confine session/spawn
finds 'an include against the order of the rooms' \
    'circle of folders: session -> contain -> session' \
    '	session is above contain in the order of the rooms' \
    '	contain/confine.c includes session/spawn.h'

new_tree
lines lib/log.c 400
is '400 lines pass' "$(structure)" 'status 0'
lines lib/log.c 401
lines lib/io.h 1000
finds 'longer files' \
    'lib/io.h: 1000 lines; at most 400 are allowed' \
    'lib/log.c: 401 lines; at most 400 are allowed'

new_tree
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18; do
	source_file "lib/x$i" "lib/x$i"
done
is '20 sources in a folder pass' "$(structure)" 'status 0'
source_file lib/x19 lib/x19
finds '21 do not' 'lib: 21 sources; at most 20 are allowed in a folder'

new_tree
echo '#include "lib/missing.h"' >"$tree/lib/log.c"
is 'a header that is missing fails the check' "$(structure | tail -n 1)" \
    'status 2'
done_testing
