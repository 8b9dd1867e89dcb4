# many_hosts.sh -- hail run for many hosts by clush, pdsh, GNU parallel and ansible.
#
# In a network of its own, where web01 to web40 are 127.0.1.1 to 127.0.1.40, each
# and each has an instance of haild; with sanitizers, web20 is the last.  On five of
# them, "check" fails:
#
#	web07	the command exits with status 3
#	web11	the command is killed by a signal	137
#	web13	has no such command			127
#	web17	the command does not end		255: --max-time
#	web19	no haild				255: refused
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command ansible clush ip parallel pdsh unshare
unshare --mount --propagation private --net true 2>/dev/null ||
    skip_all 'needs namespaces'
own_world

n=40
! grep -q libasan "$builddir/haild" || n=20
hosts=$(seq -f 'web%02g' $n)
: >"$tmp/hosts"
for i in $(seq $n); do
	printf '127.0.1.%d\tweb%02d\n' "$i" "$i" >>"$tmp/hosts"
done
echo "127.0.0.1 localhost $(uname -n)" >>"$tmp/hosts"
mount --bind "$tmp/hosts" /etc/hosts
echo "$hosts" >"$tmp/names"

# check_of N: what "check" executes there.
check_of()
{
	case $1 in
	7) echo 'echo disk full >&2; exit 3' ;;
	11) echo 'kill -KILL $$' ;;
	17) echo 'exec sleep 600' ;;
	*) echo 'exit 0' ;;
	esac
}

# start_on N: start the haild of one host.
start_on()
{
	name=check
	[ "$1" != 13 ] || name=other
	cat >"$tmp/$1.conf" <<EOF
control = "none"
commands: {
	listen = ["127.0.1.$1:7891"]
	user = "$me"
	commands: {
		hostname: { exec = ["/bin/echo", "host $1"] }
		count: { exec = ["/usr/bin/wc", "-c"] stdin = true }
		$name: { exec = ["/bin/sh", "-c", "$(check_of "$1")"] }
	}
}
EOF
	# shellcheck disable=SC2086 # HAILD may be a command with arguments
	in_background $HAILD -f -c "$tmp/$1.conf" </dev/null 2>"$tmp/$1.log"
}

# On two processors, starting 40 programs at once gains nothing.
for i in $(seq $n); do
	[ "$i" != 19 ] || continue
	start_on "$i"
	[ $((i % 8)) != 0 ] || wait_until "grep -q ' serving ' '$tmp/$i.log'" 60
done
ok 'all instances of haild serve' wait_until \
    "[ \$(grep -l ' serving ' '$tmp'/[0-9]*.log | wc -l) = $((n - 1)) ]" 60

# The engines execute "hail" by PATH.
mkdir "$tmp/bin"
cat >"$tmp/bin/hail" <<EOF
#!/bin/sh
exec $HAIL "\$@"
EOF
chmod 755 "$tmp/bin/hail"
PATH=$tmp/bin:$PATH
HOME=$tmp
export PATH HOME

# all_answered WHAT: $tmp/out has one correct line for each host; web19 has no haild.
all_answered()
{
	for i in $(seq $n); do
		[ "$i" = 19 ] || printf 'web%02d: host %d\n' "$i" "$i"
	done >"$tmp/wanted"
	is "$1: the answer of each host" \
	    "$(sort "$tmp/out" | diff - "$tmp/wanted")" ''
}

# one_line WHAT FILE: one line about web19 on standard error, from hail.
one_line()
{
	is "$1: one line for the host that does not answer" \
	    "$(grep -c 'hail: web19:7891: .*Connection refused$' "$2")" 1
}

# --- hail by itself ---

for case in 01:0 07:3 11:137 13:127 19:255; do
	hail -m 20 "web${case%:*}" check </dev/null >"$tmp/out" 2>&1
	is "hail: status of web${case%:*}" $? "${case#*:}"
done
hail -m 1 web17 check </dev/null >"$tmp/out" 2>&1
is 'hail: the status after --max-time' $? 255
is 'hail: one line on standard error' "$(cat "$tmp/out")" \
    'hail: web17:7891: 127.0.1.17:7891: timed out: the session took too long (-m)'

# A command that reads no input leaves that of a loop to the loop.
while read -r host; do
	case $host in
	web0*) hail -m 20 "$host" hostname ;;
	esac
done <"$tmp/names" >"$tmp/out"
is 'hail does not read the input of a loop' "$(wc -l <"$tmp/out")" 9

# --- "check" on all hosts ---

echo "$hosts" >"$tmp/inventory"

# start_check NAME COMMAND...: in the background, since web17 takes the whole
# --max-time.  Its output is in $tmp/NAME.out and .err, then its status in .status.
start_check()
{
	(
		name=$1
		shift
		"$@" </dev/null >"$tmp/$name.out" 2>"$tmp/$name.err"
		echo $? >"$tmp/$name.status"
	) &
	background="$background $!"
}
start_check clush clush -S -R exec -w "web[01-$n]" 'hail -m 10 %h check'
start_check pdsh pdsh -S -R exec -w "web[01-$n]" hail -m 10 %h check
start_check parallel parallel --will-cite -j $n --joblog "$tmp/joblog" \
    hail -m 10 '{}' check :::: "$tmp/names"
# Ansible demands UTF-8.
start_check ansible env LC_ALL=C.UTF-8 ansible all -i "$tmp/inventory" -c local \
    -f 8 -o -m raw -a 'hail -m 10 {{ inventory_hostname }} check' -l 'web0*:web1*'

# status_of NAME: wait for the end of that check, and print its status.
status_of()
{
	wait_until "[ -s '$tmp/$1.status' ]" 60
	cat "$tmp/$1.status"
}
failed='web07 3 web11 137 web13 127 web17 255 web19 255 '

# --- ClusterShell ---

clush -R exec -w "web[01-$n]" 'hail -m 20 %h hostname' \
    </dev/null >"$tmp/out" 2>"$tmp/err"
is 'clush: exits with 0 in spite of a failed host' $? 0
all_answered clush
one_line clush "$tmp/err"
is 'clush: input for a command that reads it' \
    "$(printf 12345 | clush -R exec -w 'web[01-03]' 'hail -m 20 %h count' \
	2>&1 | sort | tr '\n' ' ')" 'web01: 5 web02: 5 web03: 5 '
is 'clush -S: exits with the highest status' "$(status_of clush)" 255
is 'clush: the status of each failed host' \
    "$(sed -n 's/^clush: \(.*\): exited with exit code \(.*\)/\1 \2/p' \
	"$tmp/clush.err" | sort | tr '\n' ' ')" "$failed"
like 'clush: the error output of a command has its host' \
    "$(cat "$tmp/clush.err")" '^web07: disk full$'

# --- pdsh ---

pdsh -R exec -w "web[01-$n]" hail -m 20 %h hostname \
    </dev/null >"$tmp/out" 2>"$tmp/err"
is 'pdsh: exits with 0 in spite of a failed host' $? 0
all_answered pdsh
one_line pdsh "$tmp/err"
is 'pdsh -S: exits with the highest status' "$(status_of pdsh)" 255
is 'pdsh: the status of each failed host' \
    "$(sed -n 's/^pdsh@[^:]*: \(.*\): hail exited with exit code \(.*\)/\1 \2/p' \
	"$tmp/pdsh.err" | sort | tr '\n' ' ')" "$failed"

# --- GNU parallel ---

parallel --will-cite -j $n --tagstring '{}:' hail -m 20 '{}' hostname \
    :::: "$tmp/names" </dev/null >"$tmp/all" 2>"$tmp/err"
is 'parallel: exits with the number of failed hosts' $? 1
tr '\t' ' ' <"$tmp/all" >"$tmp/out"
all_answered parallel
one_line parallel "$tmp/err"
is 'parallel: five have failed' "$(status_of parallel)" 5
is 'parallel: the status of each failed host, in its job log' \
    "$(awk 'NR > 1 && $7 != 0 { print $(NF - 1), $7 }' "$tmp/joblog" |
	sort | tr '\n' ' ')" "$failed"
is 'parallel: retries a host whose hail failed' \
    "$(parallel --will-cite --retries 2 --joblog "$tmp/joblog2" hail -m 4 '{}' \
	hostname ::: web19 web20 </dev/null 2>/dev/null)" 'host 20'

# --- ansible ---

# The module "raw" executes the command directly and needs no Python on the host.
env LC_ALL=C.UTF-8 ansible all -i "$tmp/inventory" -c local -f 8 -o -m raw \
    -a 'hail -m 20 {{ inventory_hostname }} hostname' \
    </dev/null >"$tmp/all" 2>&1
is 'ansible: exits with 2 after a failed host' $? 2
sed -n 's/^\(web..\) | CHANGED | rc=0 | (stdout) \(.*[0-9]\).*/\1: \2/p' \
    "$tmp/all" >"$tmp/out"
all_answered ansible
is 'ansible: one line for the host that does not answer' \
    "$(grep -c '"stderr": "hail: web19:7891: [^"]*Connection refused\\n"' \
	"$tmp/all")" 1
is 'ansible: exits with 2 after failed hosts' "$(status_of ansible)" 2
is 'ansible: the status of each failed host' \
    "$(sed -n 's/^\(web..\) | FAILED! .*"rc": \([0-9]*\),.*/\1 \2/p' \
	"$tmp/ansible.out" | sort | tr '\n' ' ')" "$failed"

done_testing
