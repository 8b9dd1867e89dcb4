# explain.sh -- haildctl explain, of a running haild and of a file.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command unshare
own_world
HAILDCTL=${HAILDCTL:-$builddir/haildctl}
chmod 755 "$tmp"

cat >"$tmp/text" <<END
control = "$tmp/ctl.sock"
deny = ["127.9.0.0/16"]
max-per-source = 2
user = "nobody"
web: {
	listen = ["127.0.0.1:7001", "$tmp/web.sock"]
	exec = ["/bin/cat"]
	allow = ["127.0.0.0/8"]
	deny = ["127.0.0.2", "127.8.0.0/16"]
	allow-user = ["daemon"]
	allow-group = ["games"]
	socket-mode = "0666"
	environment = ["TOKEN=very-secret", "PATH=/opt/bin"]
	limit-nofile = "100:200"
	sandbox = "basic"
	private-devices = false
}
few: {
	listen = ["127.0.0.1:7002"]
	exec = ["/bin/cat"]
	max-sessions = 1
}
far: {
	listen = ["127.0.0.1:7003"]
	exec = ["/bin/cat"]
	proxy-from = ["127.0.0.0/8"]
	allow = ["10.0.0.0/8"]
}
run: {
	listen = ["127.0.0.1:7004"]
	allow = ["127.0.0.0/8"]
	commands = {
		disk = {
			exec = ["/bin/echo", "%1"]
			args = "1-2"
			arg-match = ["[a-z]+"]
		}
		root = { exec = ["/bin/echo"] allow = ["127.0.0.9"] }
		tool = { exec = ["$tmp/none"] }
	}
}
pool: {
	listen = ["127.0.0.1:7006"]
	exec = ["/bin/cat"]
	user = "pool:210000-210099"
	max-sessions = 90
	deny = [
		"127.0.0.2",
		"127.0.0.3"
	]
}
off: { listen = ["127.0.0.1:7005"] message = "" disable = true }
END

# explain ARGUMENT...: standard output and errors; the status is in $status.
explain()
{
	# shellcheck disable=SC2086 # a list
	"$HAILDCTL" $how explain $file "$@" >"$tmp/out" 2>"$tmp/err"
	status=$?
}

# says DESCRIPTION FIRST-LINE STATUS ARGUMENT...
says()
{
	what=$1 wanted=$2 wanted_status=$3
	shift 3
	explain "$@"
	is "$what" "$status $(head -n 1 "$tmp/out")" "$wanted_status $wanted"
}

# shows SECTION NAME: the line of that fact.
shows()
{
	sed -n "/^$1:/,/^\$/s/^  $2  *//p" "$tmp/out"
}

# What a daemon without sessions and a file have in common.
each_way()
{
	says "$1: an allowed address" "served (allow 127.0.0.0/8, $conf:8)" 0 \
	    web 127.0.0.3:4000
	is "$1: its user" "$(shows user uid)" 65534
	is "$1: its limits, with their line" "$(shows limits limit-nofile)" \
	    "\"100:200\"  # $conf:14"
	is "$1: what a preset sets" "$(shows containment protect-system)" \
	    '"full"  # sandbox = "basic"'
	is "$1: what overrides it" "$(shows containment private-devices)" \
	    "false  # $conf:16"
	is "$1: a default" "$(shows timeouts kill-grace)" '"5s"  # default'
	is "$1: a setting that is off by default is not shown" \
	    "$(shows containment private-network)" ''
	is "$1: of the top level" "$(shows user user)" "\"nobody\"  # $conf:4"
	is "$1: a variable" "$(shows environment REMOTE_PORT)" '4000  # haild'
	is "$1: a variable of the configuration has no value" \
	    "$(shows environment TOKEN)" "-  # $conf:13"
	is "$1: nor one that haild would set" "$(shows environment PATH)" \
	    "-  # $conf:13"
	ok "$1: no secret is shown" sh -c "! grep -q -e secret -e /opt '$tmp/out'"
	explain web 127.0.0.3
	is "$1: the port is not known" "$(shows environment REMOTE_PORT)" \
	    '-  # from the client'

	says "$1: a denied address" "refused: access (deny 127.0.0.2, $conf:9)" 9 \
	    web 127.0.0.2
	says "$1: a denied network" \
	    "refused: access (deny 127.8.0.0/16, $conf:9)" 9 web 127.8.1.1
	says "$1: denied at the top" \
	    "refused: access (deny 127.9.0.0/16, $conf:2)" 9 web 127.9.0.1
	says "$1: an address in no list" \
	    "refused: access (allow has no entry for the client, $conf:8)" 9 \
	    web 10.0.0.1
	says "$1: an address of a family without a socket" \
	    "refused: does not listen for such addresses (listen [\"127.0.0.1:7001\", \"$tmp/web.sock\"], $conf:6)" \
	    9 web ::1
	says "$1: an allowed user" "served (allow-user daemon, $conf:10)" 0 \
	    web unix --uid daemon
	is "$1: its variables" "$(shows environment IPCREMOTEEUID)" '1  # haild'
	says "$1: another user" \
	    "refused: access (allow-user has no entry for the client, $conf:10)" \
	    9 web unix --uid 2
	says "$1: a member of an allowed group" \
	    "served (allow-group games, $conf:11)" 0 web unix --uid games
	says "$1: behind a proxy" "served; proxy: as announced by a proxy of \"proxy-from\"; other peers are refused (allow 10.0.0.0/8, $conf:27)" \
	    0 far 10.1.2.3
	says "$1: a command" "served (allow 127.0.0.0/8, $conf:31)" 0 \
	    run 127.0.0.1 disk ab
	is "$1: its program" "$(shows service exec)" \
	    "[\"/bin/echo\", \"%1\"]  # $conf:34"
	says "$1: a wrong argument" \
	    "refused: argument 1 (arg-match [a-z]+, $conf:36)" 9 \
	    run 127.0.0.1 disk 1
	says "$1: an argument like an option" \
	    "refused: argument 1 (arg-dash false, default)" 9 \
	    run 127.0.0.1 disk -c
	says "$1: too few arguments" \
	    "refused: number of arguments 0 (args \"1-2\", $conf:35)" 9 \
	    run 127.0.0.1 disk
	says "$1: a command for others" \
	    "refused: access (allow has no entry for the client, $conf:38)" 9 \
	    run 127.0.0.1 root
	says "$1: an unknown command" 'refused: unknown command' 9 \
	    run 127.0.0.1 none
	says "$1: a program that is missing" \
	    "refused: out of service (missing \"exec\": $tmp/none: No such file or directory, $conf:39)" \
	    9 run 127.0.0.1 tool
	says "$1: a pool of users" \
	    'served (access no list excludes the client)' 0 pool 127.0.0.1
	is "$1: its user IDs" "$(shows user uid)" 'one of 210000 to 210099'
	says "$1: the line of an entry" \
	    "refused: access (deny 127.0.0.3, $conf:49)" 9 pool 127.0.0.3
	says "$1: a disabled service" \
	    "refused: disabled (disable true, $conf:52)" 9 off 127.0.0.1

	says "$1: an unknown service" '' 3 none 127.0.0.1
	like "$1: is named" "$(cat "$tmp/err")" 'service "none" does not exist'
	says "$1: a name is no address" '' 2 web localhost
	says "$1: a Unix client needs a user" '' 2 web unix
	says "$1: a TCP client has none" '' 2 web 127.0.0.1 --uid 1
	says "$1: nor an identity without TLS" '' 2 \
	    web 127.0.0.1 --identity web1.example.org
	says "$1: nor a command" '' 2 web 127.0.0.1 run
}

start_haild <"$tmp/text"
ok 'status, with a pool of users' \
    sh -c "'$HAILDCTL' -s '$tmp/ctl.sock' status >/dev/null"
how="-s $tmp/ctl.sock" file=
each_way daemon
says 'a service below its limit' \
    'served (access no list excludes the client)' 0 few 127.0.0.1
hold_from 127.0.0.4 127.0.0.1:7002 1
has_sessions 1
says 'a service at its limit' "waits: service limit 1 (max-sessions 1, $conf:21)" \
    9 few 127.0.0.1
is 'its sessions are counted' "$(shows limits 'sessions of the service')" '1 of 1'
hold_from 127.0.0.4 127.0.0.1:7001 1
has_sessions 2
says 'a source at its limit of all services' \
    "refused: source limit 2 (max-per-source 2, $conf:3)" 9 web 127.0.0.4
explain web 127.0.0.3
is 'an explanation takes no place' "$(shows limits 'all sessions')" '2 of 1024'
release_all
like 'JSON' "$("$HAILDCTL" -j -s "$tmp/ctl.sock" explain web 127.0.0.2)" \
    '"section": ?"verdict", ?"name": ?"refused", ?"value": ?"access"'

like 'which has also what is off' \
    "$("$HAILDCTL" -j -s "$tmp/ctl.sock" explain web 127.0.0.2)" \
    '"name": ?"private-network", ?"value": ?"false"'
explain web 127.0.0.3
is 'the text fits on two screens' "$([ "$(wc -l <"$tmp/out")" -le 80 ] && echo yes)" yes
drain()
{
	"$HAILDCTL" -s "$tmp/ctl.sock" "$@" >/dev/null
}
drain drain few
says 'a drained service' 'refused: drained (haildctl drain)' 9 few 127.0.0.1
drain resume few

stop_haild
says 'no daemon' '' 5 web 127.0.0.1
like 'how to do without' "$(cat "$tmp/err")" 'use -c to explain'
how='' file="-c $conf"
each_way file
echo 'x' >"$tmp/bad.conf"
file="-c $tmp/bad.conf"
says 'a file with an error' '' 1 web 127.0.0.1
like 'is told where' "$(cat "$tmp/err")" 'bad.conf:1'
like 'what is no request' "$($HAILD -E x -c "$conf" 2>&1)" '-E: invalid request'
done_testing
