# filters.sh -- what programs under a filter of system calls can do.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_command perl

cat >"$tmp/try" <<'EOF'
use strict;
use Errno;
use Socket;
# A call that fails prints its error's name.
my %names = (&Errno::EPERM => 'EPERM', &Errno::EAFNOSUPPORT => 'EAFNOSUPPORT');
sub told { $_[0] ? 'ok' : $names{$! + 0} // "$!" }
open(my $status, '<', '/proc/self/status');
my ($mode) = grep /^Seccomp:/, <$status>;
$mode =~ tr/0-9//cd;
print "seccomp $mode, ",
    'mkdir ', told(mkdir("$ARGV[0]/new")), ', ',
    'unix ', told(socket(my $u, AF_UNIX, SOCK_STREAM, 0)), ', ',
    'inet ', told(socket(my $i, AF_INET, SOCK_STREAM, 0)), ', ',
    'child ', (system('true') == 0 ? 'ok' : 'no'), "\n";
EOF
perl=$(command -v perl)
mkdir -m 777 "$tmp/open"

start_haild <<EOF
none: {
	listen = ["127.0.0.1:0"]
	exec = ["$perl", "$tmp/try", "$tmp/open"]
	user = "$me"
}
denies: {
	listen = ["127.0.0.1:0"]
	exec = ["$perl", "$tmp/try", "$tmp/open"]
	user = "$me"
	system-call-filter = ["~mkdir", "~mkdirat"]
	restrict-address-families = ["AF_UNIX"]
	restrict-namespaces = true
}
allows: {
	listen = ["127.0.0.1:0"]
	exec = ["$perl", "$tmp/try", "$tmp/open"]
	user = "$me"
	system-call-filter = ["@system-service", "~mkdir", "~mkdirat"]
	restrict-address-families = ["none"]
}
behind: {
	listen = ["127.0.0.1:0"]
	proxy-from = ["127.0.0.1"]
	exec = ["$perl", "$tmp/try", "$tmp/open"]
	user = "$me"
	system-call-filter = ["@system-service", "~mkdir", "~mkdirat", "~@network-io"]
}
commands: {
	listen = ["127.0.0.1:0"]
	user = "$me"
	system-call-filter = ["~mkdir", "~mkdirat"]
	commands: {
		try: { exec = ["$perl", "$tmp/try", "$tmp/open"] }
		free: {
			exec = ["$perl", "$tmp/try", "$tmp/open"]
			system-call-filter = []
		}
	}
}
EOF

# ask SERVICE
ask()
{
	nc -d 127.0.0.1 "$(port "$1")"
}

is 'without a filter a program can do all that' "$(ask none)" \
    'seccomp 0, mkdir ok, unix ok, inet ok, child ok'
rmdir "$tmp/open/new"
is 'a list that denies' "$(ask denies)" \
    'seccomp 2, mkdir EPERM, unix ok, inet EAFNOSUPPORT, child ok'
is 'a list that allows' "$(ask allows)" \
    'seccomp 2, mkdir EPERM, unix EAFNOSUPPORT, inet EAFNOSUPPORT, child ok'
is 'behind a proxy haild itself needs no call that is denied' \
    "$(printf 'PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\n' |
	nc -N 127.0.0.1 "$(port behind)")" \
    'seccomp 2, mkdir EPERM, unix EPERM, inet EPERM, child ok'
is 'a command' "$("$HAIL" "127.0.0.1:$(port commands)" try)" \
    'seccomp 2, mkdir EPERM, unix ok, inet ok, child ok'
is 'a command that has none' "$("$HAIL" "127.0.0.1:$(port commands)" free)" \
    'seccomp 0, mkdir ok, unix ok, inet ok, child ok'
rmdir "$tmp/open/new"

# refused TEXT: what haild -t says of a service with TEXT.
refused()
{
	echo "x: { listen = [\"/x\"] exec = [\"/bin/true\"] user = \"$me\" $1 }" \
	    >"$tmp/wrong.conf"
	"$HAILD" -t -c "$tmp/wrong.conf" 2>&1 | sed -n 's/.*wrong.conf:/:/p'
}
like 'an unknown group' "$(refused 'system-call-filter = ["~@moount"]')" \
    '^:1: "system-call-filter": unknown group "@moount"; did you mean "@mount"\?$'
like 'no execve' "$(refused 'system-call-filter = ["~execve"]')" \
    '^:1: "system-call-filter" must allow execve, which starts the program of "x"$'
done_testing
