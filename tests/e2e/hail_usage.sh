#!/bin/sh
# hail_usage.sh -- hail's options: help, version, errors.

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$srcdir/tests/e2e/lib.sh"
. "$srcdir/tests/e2e/fake.sh"

usage='usage: hail [options] host[:port] [[--] command [argument ...]]'

# refused MESSAGE ARGUMENT...
refused()
{
	refused_with 1 "$@"
}

# refused_with STATUS MESSAGE ARGUMENT...
refused_with()
{
	status=$1
	wanted=$2
	shift 2
	hail "$@"
	is "status of: hail $*" "$hail_status" "$status"
	is "message of: hail $*" "$(err)" "hail: $wanted; see \"hail -h\""
	is "no output of: hail $*" "$(out)" ''
}

refused 'no host given'
refused 'unknown option -x' -x localhost
refused 'unknown or ambiguous option --nosuch' --nosuch localhost
refused '-p needs an argument' -p
refused '--max-time needs an argument' --max-time
refused '--no-input takes no argument' --no-input=yes localhost
refused '-w: "soon" is not a number of seconds' -w soon localhost
refused '-4 and -6 are mutually exclusive' -4 -6 localhost
refused 'localhost:80: the port is given twice' -p 80 localhost:80
refused 'localhost:70000: "70000" is not a port' localhost:70000
refused '"[::1" is not a host[:port]' '[::1'
refused '-s: "here" is not an IPv4 or IPv6 address' -s here localhost
refused '/run/x: -4, -6, -p and -s do not apply to Unix sockets' -4 /run/x

refused '-e needs a command' -e A=1 localhost
refused '-e: "=1" has no name' -e =1 localhost

# Options end at the host, since a command may have options, too; and with a
# command every failure of hail is 255.
refused_with 255 "\"-v\" is not a command: names start with a letter,\
 and options precede the host" localhost -v
refused_with 255 '"25" is not a command; for a port write localhost:25' \
    localhost 25
refused_with 255 "\"25\" is not a command: names start with a letter,\
 and options precede the host" localhost -- 25
refused_with 255 'localhost: no command after "--"' localhost --
refused_with 255 'localhost: the command is empty' localhost -- ''
refused_with 255 'localhost: the command is empty' localhost ''
refused_with 255 'unknown option -x' -x localhost date
refused_with 255 '--allow-empty does not apply to a command' \
    --allow-empty localhost date
refused_with 255 '-w: "soon" is not a number of seconds' -w soon localhost date
refused_with 255 '--fail-status: "0" is not a number from 1 to 255' \
    --fail-status 0 localhost date
refused_with 255 '--fail-status: "256" is not a number from 1 to 255' \
    --fail-status=256 localhost date
for arguments in '--fail-status 3 -x localhost date' \
    '-x --fail-status 3 localhost date' '--fail-status 3'; do
	# shellcheck disable=SC2086 # a list
	hail $arguments
	is "status of: hail $arguments" "$hail_status" 3
	like "output of: hail $arguments" "$(out)" '^hail: (unknown option -x|no host given); see "hail -h"$'
	is "no message of: hail $arguments" "$(err)" ''
done

for option in -h --help; do
	hail $option
	is "$option: status" "$hail_status" 0
	is "$option: first line" "$(out | head -n 1)" \
	    "$usage"
	is "$option: nothing on standard error" "$(err)" ''
done

for option in -V --version; do
	hail $option
	is "$option: status" "$hail_status" 0
	like "$option: output" "$(out)" '^hail [0-9]+\.[0-9]+\.[0-9]+$'
done

# Each option that -h lists is in the manual, with both names, and those with an
# argument are in the completion.
hail -h
out >"$tmp/help"
is 'the manual has each option' "$(
	sed -n 's/^ *\(-.,\)* *--\([a-z0-9-]*\).*/\1 \2/p' "$tmp/help" |
	while read -r letter name; do
		if [ -z "$name" ]; then
			item="Fl \\\\-$letter"
		else
			item="Fl ${letter%,} , Fl \\\\-$name"
		fi
		item=$(printf '%s' "$item" | sed 's/Fl -/Fl /')
		grep -q "^\\.It $item" "$srcdir/man/hail.1" || echo "$item"
	done
)" ''
is 'the help lists all options' "$(grep -c -- '^ .*--' "$tmp/help")" 25
# The completion has two lists of these options.
is 'the completion knows each option with an argument' "$(
	awk '/^  / && split(substr($0, 7, 26), word) > 1 { print word[1] }' \
	    "$tmp/help" |
	while read -r name; do
		[ "$(grep -cow -e "$name" "$srcdir/etc/bash-completion/hail")" \
		    = 2 ] || echo "$name"
	done
)" ''

# Descriptor 1 is a file that can't be written.
$HAIL --help >/dev/full 2>"$tmp/err.log"
is '--help on a full disk: status' $? 6
is '--help on a full disk: message' "$(err)" \
    'hail: cannot write standard output: No space left on device'

# Nor is there a reader (fault 67).
mkfifo "$tmp/pipe"
# shellcheck disable=SC2094 # that is the purpose
exec 7<>"$tmp/pipe" 8>"$tmp/pipe" 7<&-
$HAIL --help >&8 2>"$tmp/err.log"
is '--help without a reader: status' $? 141
is '--help without a reader: no message' "$(err)" ''
exec 8>&-

done_testing
