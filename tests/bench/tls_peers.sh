# tls_peers.sh -- start the servers of tls.sh.  To be sourced, after pki.sh.
#
# Each function takes the name of a key in $pki and the first port.
#
# shellcheck shell=sh disable=SC2154 # variables of the script

# server NAME PORT COMMAND...: run it until the end and wait until it listens.
server()
{
	server_name=$1 server_port=$2
	shift 2
	in_background "$@" </dev/null >"$tmp/$server_name.out" 2>&1
	wait_until "ss -Hltn 'sport = :$server_port' | grep -q ." && return
	echo "tls.sh: $server_name does not serve" >&2
	cat "$tmp/$server_name.out" >&2
	exit 2
}

# as_nobody NAME PORT COMMAND...: the same, as the user nobody.
as_nobody()
{
	nobody_name=$1 nobody_port=$2
	shift 2
	server "$nobody_name" "$nobody_port" setpriv --reuid nobody \
	    --regid nogroup --clear-groups "$@"
}

# services KEY PORT: print the services of haild with this key.
services()
{
	services_tls="tls-certificate = \"$pki/$1.pem\"
	tls-key = \"$pki/$1.key\"
	max-sessions = 1000
	max-per-source = 1000"
	cat <<END
message-$1: {
	listen = ["127.0.0.1:$2"]
	message = "Smile from the server\n"
	$services_tls
}
exec-$1: {
	listen = ["127.0.0.1:$(($2 + 1))"]
	exec = ["$tmp/tiny"]
	$services_tls
}
echo-$1: {
	listen = ["127.0.0.1:$(($2 + 2))"]
	builtin = "echo"
	start-timeout = "none"
	$services_tls
}
copy-$1: {
	listen = ["127.0.0.1:$(($2 + 3))"]
	exec = ["$tmp/tiny", "copy"]
	$services_tls
}
output-$1: {
	listen = ["127.0.0.1:$(($2 + 4))"]
	exec = ["/usr/bin/head", "-c", "$bulk", "/dev/zero"]
	$services_tls
}
input-$1: {
	listen = ["127.0.0.1:$(($2 + 5))"]
	exec = ["/usr/bin/wc", "-c"]
	$services_tls
}
END
}

# start_stunnel KEY PORT: the services of haild with "exec", in the same order of
# ports; the pid is in $last.  sessionResume turns tickets off, too.
start_stunnel()
{
	cat >"$tmp/stunnel-$1.conf" <<END
foreground = yes
pid =
debug = 4
setuid = nobody
cert = $pki/$1.pem
key = $pki/$1.key
sessionResume = no
[exec]
accept = 127.0.0.1:$(($2 + 1))
exec = $tmp/tiny
[copy]
accept = 127.0.0.1:$(($2 + 3))
exec = $tmp/tiny
execArgs = tiny copy
[output]
accept = 127.0.0.1:$(($2 + 4))
exec = /usr/bin/head
execArgs = head -c $bulk /dev/zero
[input]
accept = 127.0.0.1:$(($2 + 5))
exec = /usr/bin/wc
execArgs = wc -c
END
	server "stunnel-$1" $(($2 + 5)) stunnel4 "$tmp/stunnel-$1.conf"
}

# start_bare KEY PORT ROLE: a server of handshake.c.
start_bare()
{
	server "$3-$1" "$2" "$HANDSHAKE" "$3" "$2" "$pki/$1.pem" "$pki/$1.key"
}

# readable_key KEY: a copy for a server that is not root.
readable_key()
{
	[ -e "$tmp/$1.key" ] || install -m 644 "$pki/$1.key" "$tmp/$1.key"
}

start_socat()
{
	readable_key "$1"
	as_nobody "socat-$1" "$2" socat "OPENSSL-LISTEN:$2,bind=127.0.0.1,\
reuseaddr,fork,backlog=1024,verify=0,cert=$pki/$1.pem,key=$tmp/$1.key" \
	    "EXEC:$tmp/tiny"
}

start_ncat()
{
	readable_key "$1"
	as_nobody "ncat-$1" "$2" ncat -l -k -m 1000 --ssl \
	    --ssl-cert "$pki/$1.pem" --ssl-key "$tmp/$1.key" -e "$tmp/tiny" \
	    127.0.0.1 "$2"
}
