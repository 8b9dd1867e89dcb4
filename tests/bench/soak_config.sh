# soak_config.sh -- the services of soak.sh, and certificates that take turns.
#
# There are services of each handler, with and without containment, a PROXY header,
# TLS and certificates of clients; two forward to targets that fail, and four have
# programs that take all that they can get.  The limits of those are
#
#	forkbomb	limit-nproc, of a user ID of its own
#	hog		limit-as
#	loop		limit-cpu
#	filler		the size of its private /tmp
#
# and session-timeout.  Their processes end with their PID namespace, and with their cgroup
# where cgroup v2 is writable.  Its controllers are not used: ./dev vm tests them.
#
# shellcheck shell=sh disable=SC2154,SC2034 # variables of soak.sh

control=$tmp/run/control.sock
pairs=6
looker_gid=60 # games, of Debian's base-passwd

# write_configuration FILE MAX-SESSIONS [MORE]
write_configuration()
{
	cat >"$1" <<END
control = "$control"
control-group = "games"
max-sessions = 2000
kill-grace = "1s"
deny = ["127.128.0.0/10"]
tls-certificate = "$tmp/web.pem"
tls-key = "$tmp/web.key"
message: {
	listen = ["127.0.0.1:7001"]
	message = "Smile from the server\n"
	max-sessions = $2
	rate-per-source = "2/s:4"
	session-timeout = "6s"
}
echo: {
	listen = ["127.0.0.1:7002"]
	builtin = "echo"
	idle-timeout = "2s"
	session-timeout = "5s"
}
cat: {
	listen = ["127.0.0.1:7003"]
	exec = ["/bin/cat"]
	user = "pool:300000-300255"
	sandbox = "strict"
	session-timeout = "4s"
}
proxied: {
	listen = ["127.0.0.1:7004"]
	exec = ["/bin/cat"]
	user = "nobody"
	proxy-from = ["127.0.0.0/8"]
	allow = ["127.0.0.0/8", "10.0.0.0/8"]
	start-timeout = "2s"
	session-timeout = "4s"
}
commands: {
	listen = ["127.0.0.1:7005"]
	start-timeout = "2s"
	session-timeout = "5s"
	user = "nobody"
	commands: { say: { exec = ["/bin/echo"] args = "1" } }
}
chargen: {
	listen = ["127.0.0.1:7006"]
	builtin = "chargen"
	session-timeout = "3s"
}
secure: {
	listen = ["127.0.0.1:7008"]
	tls = true
	builtin = "echo"
	start-timeout = "2s"
	session-timeout = "5s"
}
identified: {
	listen = ["127.0.0.1:7009"]
	tls = true
	tls-client = "required"
	tls-client-ca = "$pki/root.pem"
	exec = ["/bin/cat"]
	user = "pool:304000-304511"
	sandbox = "basic"
	max-sessions = 512
	max-per-identity = "none"
	start-timeout = "2s"
	session-timeout = "5s"
}
first: {
	listen = ["127.0.0.1:7010"]
	forward = ["127.0.0.1:7104", "127.0.0.1:7101"]
	session-timeout = "4s"
}
turns: {
	listen = ["127.0.0.1:7011"]
	forward = ["127.0.0.1:7101", "127.0.0.1:7102", "127.0.0.1:7103", "127.0.0.1:7104"]
	forward-policy = "round-robin"
	session-timeout = "2s"
}
$(bomb forkbomb fork 7012 'limit-nproc = 16 session-timeout = "1s"' 310000)
$(bomb hog memory 7013 'limit-as = "64M" session-timeout = "4s"' 311000)
$(bomb loop loop 7014 'limit-cpu = 1 session-timeout = "4s"' 312000)
$(bomb filler disk 7015 'session-timeout = "4s"' 313000)
${3:-}
END
}

# bomb NAME KIND PORT SETTINGS UID
bomb()
{
	cat <<END
$1: {
	listen = ["127.0.0.1:$3"]
	exec = ["/opt/soak_peer", "bomb", "$2"]
	user = "pool:$5-$(($5 + 15))"
	sandbox = "strict"
	nice = 19
	max-sessions = 3
	at-limit = "refuse"
	$4
}
END
}

make_certificates()
{
	pki_ca root
	pki_ca other
	make_n=0
	while [ $make_n -lt $pairs ]; do
		pki_cert web$make_n root server DNS:www.example.org
		make_n=$((make_n + 1))
	done
	pki_cert mismatched root server DNS:www.example.org
	pki_cert alice root client DNS:alice.example.org
	pki_cert expired root client expired DNS:alice.example.org
	pki_cert stranger other client DNS:alice.example.org
}

# install_pair CERTIFICATE KEY: each file replaced by rename(2).
install_pair()
{
	cp -p "$1" "$tmp/new.pem" && cp -p "$2" "$tmp/new.key" &&
	    mv "$tmp/new.pem" "$tmp/web.pem" && mv "$tmp/new.key" "$tmp/web.key"
}

rotations=0 rotations_bad=0 pair=0
# rotate: install the next pair; every third time a bad one, which haild must
# refuse ($rotated is "bad" then).
rotate()
{
	rotations=$((rotations + 1))
	rotated=good
	case $((rotations % 6)) in
	2) install_pair "$pki/mismatched.pem" "$pki/web$pair.key" ;;
	5)
		head -c 120 "$pki/web$pair.key" >"$tmp/half.key"
		chmod 600 "$tmp/half.key"
		install_pair "$pki/web$pair.pem" "$tmp/half.key"
		;;
	*)
		pair=$(((pair + 1) % pairs))
		install_pair "$pki/web$pair.pem" "$pki/web$pair.key"
		return
		;;
	esac
	rotated=bad
	rotations_bad=$((rotations_bad + 1))
}

# restore_pair: undo a bad rotation.
restore_pair()
{
	install_pair "$pki/web$pair.pem" "$pki/web$pair.key"
}
