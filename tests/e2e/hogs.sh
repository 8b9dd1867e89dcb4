# hogs.sh -- fault 85: a session takes processes, memory, processor or disk
# without end.  That session alone ends, and the log says why.
#
# Here by limits of each process, or user, which need no controllers of cgroups;
# tests/vm/limits.sh does the same with those.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command perl
own_world

# service NAME PROGRAM SETTING...: each session has a uid of its own.
service()
{
	cat <<-EOF
	$1: {
		listen = ["127.0.0.1:0"]
		exec = ["/usr/bin/perl", "-e", "$2"]
		user = "pool:274000-274015"
		max-sessions = 8
		max-per-source = "none"
		private-tmp = true
		$3
	}
	EOF
}

call()
{
	nc -d 127.0.0.1 "$(port "$1")"
}

{
	# Its processes wait; the first one says how many there are.
	service bomb '$n++ while defined($p = fork) and $p; if (!defined $p) { $| = 1; print qq($n\\n); } sleep 60' \
	    'limit-nproc = 20 session-timeout = "2s"'
	service bomb2 '1 while 1 + fork; ' \
	    'limit-nproc = 20 session-timeout = "2s"'
	service memory 'push @x, q(x) x 1048576 while 1' 'limit-as = "256M"'
	service processor '1 while 1' 'limit-cpu = 1'
	service disk 'open F, q(>/tmp/hog) or die; while (syswrite F, q(x) x 1048576) { $n++ } print qq($n $!\\n)' ''
	service neighbour 'print fork ? qq(hello\\n) : q()' 'limit-nproc = 20'
} >"$tmp/config"
start_haild <"$tmp/config"

in_background nc -d 127.0.0.1 "$(port bomb)" >"$tmp/bomb"
in_background nc -d 127.0.0.1 "$(port bomb2)"
wait_until "[ -s '$tmp/bomb' ]"
is 'a fork bomb ends at its limit' "$(cat "$tmp/bomb")" 19
is 'while a neighbour can make processes' "$(call neighbour)" hello
ok 'and it is ended' logged 'bomb: .* timeout '
ok 'as is one whose processes all fork' logged 'bomb2: .* timeout '
ok 'nothing is left of them' wait_until \
    '! ps -eo uid= | grep -q "^ *2740[01][0-9]$"'

call memory >/dev/null
ok 'a program that takes memory ends' logged 'memory: .* exit 1 '
call processor >/dev/null
ok 'one that takes processor time as well' logged 'processor: .* signal (9|24) '
like 'one that fills the disk fills only its own' "$(call disk)" \
    '^[0-9]* No space left on device$'
is 'and the next session finds nothing' "$(call disk | wc -l)" 1
is 'the neighbour is served' "$(call neighbour)" hello
stop_haild

done_testing
