# top.sh -- a terminal for "haildctl top".  To be sourced after lib.sh.
#
# shellcheck shell=sh disable=SC2154 # variables of lib.sh

# pane ARGUMENT...: tmux(1) with a server of the test's own.
pane()
{
	tmux -S "$tmp/tmux" -f /dev/null "$@"
}

# shown: what the terminal shows, without blanks at the ends of lines.
shown()
{
	pane capture-pane -p -t top
}

# sees REGEX: wait until the terminal shows it.
sees()
{
	wait_until "shown | grep -Eq -- '$1'" && return
	shown | sed 's/^/# shown: /'
	return 1
}
