# sockets_named.sh -- sockets with names: "@NAME" in the abstract namespace, and
# "fd:NAME", which a supervisor passes.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command perl setpriv ss unshare
own_world

ctl=$tmp/ctl.sock
haild=$HAILD
cp -p "$haild" "$tmp/haild"	# its helpers have the same owner
HAILD=$tmp/haild

# control ARGUMENT...: what haildctl prints is in $output, its status in $status.
control()
{
	output=$(timeout 30 "$HAILDCTL" -s "$ctl" "$@" 2>&1)
	status=$?
}

# ask WHERE: what a service sends to a client that sends nothing.
ask()
{
	"$HAIL" -m 10 "$1" </dev/null
}

# refused @NAME: whether a client is refused at once.
refused()
{
	ask "$1" 2>&1 | grep -q 'cannot connect: Connection refused'
}

# inode @NAME: which socket listens there; "none" if there is none.
inode()
{
	awk -v name="$1" '$4 == "00010000" && substr($0, index($0, "@")) == name {
		print $7; found = 1
	} END { if (!found) print "none" }' /proc/net/unix
}

# fails_to_start <CONFIGURATION: haild does not serve; see $haild_status.
fails_to_start()
{
	cat >"$conf"
	run_haild -f -c "$conf"
	wait_haild
	[ "$haild_status" != 0 ]
}

# start_storm @NAME: clients connect one after the other.  Each that is not
# refused has to be served; the numbers of those that were served, refused and
# neither are in $tmp/storm.
start_storm()
{
	in_background perl -MSocket -e '
		my ($name, $to) = @ARGV;
		my ($stop, $served, $refused, $lost) = (0, 0, 0, 0);
		$SIG{TERM} = sub { $stop = 1 };
		until ($stop) {
			my $text = "";
			socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die;
			$! = 0;
			if (!connect($s, pack_sockaddr_un("\0$name"))) {
				$!{ECONNREFUSED} ? $refused++ : $lost++;
			} elsif (sysread($s, $text, 10) && $text eq "open\n") {
				$served++;
			} elsif (!$!{EINTR}) { # by SIGTERM
				$lost++;
			}
			open(my $out, ">", "$to.new") or die;
			print $out "$served $refused $lost\n";
			close($out);
			rename("$to.new", $to);
		}' "${1#@}" "$tmp/storm"
	storm=$last
	wait_until "[ -s '$tmp/storm' ]"
}

# counted COLUMN: a number of $tmp/storm.
counted()
{
	awk -v n="$1" '{ print $n }' "$tmp/storm"
}

# storm_goes_on COLUMN: wait until it has counted another client there.
storm_goes_on()
{
	counted=$(counted "$1")
	wait_until "[ \"\$(counted $1)\" -gt $counted ]"
}

# --- the abstract namespace ---

long=@$(printf '%0107d' 0)
cat >"$tmp/config" <<EOF
control = "$ctl"
open: { listen = ["@open"] message = "open\n" }
long: { listen = ["$long", "$sock"] message = "long\n" }
odd: { listen = ["@a\\\\001 b/c:80"] message = "odd\n" }
env: { listen = ["@env"] exec = ["/usr/bin/env"] user = "$me" }
games: { listen = ["@games"] message = "games\n" allow-user = ["games"] }
EOF
start_haild <"$tmp/config"
is 'an abstract name' "$(ask @open)" open
is 'of 107 bytes' "$(ask "$long")" long
is 'with a path beside it' "$(ask "$sock")" long
is 'with odd bytes' "$(ask '@a\001\040b/c:80')" odd
ok 'which the log shows escaped' grep -qF \
    ': odd: listening on @a\\001\\040b/c:80' "$log"
like 'the program gets the name' "$(ask @env)" '^IPCLOCALPATH=@env$'
is 'a user that is not allowed is refused' "$(ask @games)" ''
ok 'by what the kernel says' logged ': games: uid:0 refused: access$'
is 'the user that is allowed' "$(setpriv --reuid games --clear-groups \
    perl -MSocket -e 'socket(my $s, PF_UNIX, SOCK_STREAM, 0);
	connect($s, pack_sockaddr_un("\0games")) or die "$!\n";
	print <$s>')" games
control status
like 'haildctl status' "$output" '@open'
control explain open unix --uid=0
is 'haildctl explain' "$status" 0

keep=$haild_pid
log=$tmp/second.log
ok 'a name in use stops the start' fails_to_start <<EOF
open: { listen = ["@open"] message = "" }
EOF
ok 'the error names the socket' grep -q \
    'open: cannot listen on @open: Address already in use$' "$log"
haild_pid=$keep
log=$tmp/haild.log
is 'the first one still has it' "$(ask @open)" open

# A reload.
before=$(inode @open)
sed 's/^open:/other:/; s/"open\\n"/"other\\n"/' "$tmp/config" >"$conf"
reload
is 'the name moves to another service' "$(ask @open)" other
is 'without closing the socket' "$(inode @open)" "$before"
sed '/^open:/d' "$tmp/config" >"$conf"
reload
ok 'a removed one is closed' refused @open
is 'and its name is free' "$(inode @open)" none
cp "$tmp/config" "$conf"
reload
is 'it comes back' "$(ask @open)" open

# An upgrade.
before="$(inode @open) $(inode "$long")"
upgrade
like 'an upgrade' "$(last_upgrade)" '^upgrade complete'
is 'all names are there' "$(ask @open) $(ask "$long") $(ask '@a\001\040b/c:80')" \
    'open long odd'
is 'as the same sockets' "$(inode @open) $(inode "$long")" "$before"
reload
is 'a reload of the new image' "$(last_reload)" 'reloaded: nothing'

# Drain and resume.
control drain open
is 'drain' "$status" 0
ok 'clients are refused' refused @open
is 'the name is free' "$(inode @open)" none
in_background perl -MSocket -e 'socket(my $s, PF_UNIX, SOCK_STREAM, 0);
	bind($s, pack_sockaddr_un("\0open")) && listen($s, 1) or die; sleep'
other=$last
wait_until '[ "$(inode @open)" != none ]'
control resume open
is 'a resume fails while another program has the name' "$status" 1
like 'haildctl prints why the resume failed' "$output" \
    'open: cannot listen on @open: Address already in use$'
kill "$other"
wait_until '[ "$(inode @open)" = none ]'
control resume open
is 'then it succeeds' "$(ask @open)" open

# No client is lost, however often that happens.
start_storm @open
i=0
while [ $i -lt 15 ]; do
	storm_goes_on 1
	control drain open
	storm_goes_on 2
	control resume open
	i=$((i + 1))
done
ok 'clients are served after 15 changes' storm_goes_on 1
kill "$storm"
wait "$storm"
is 'and each was served or refused' "$(counted 3)" 0
stop_haild

# Clients that wait in the queue when a drain begins.  haild accepts them first,
# but not all of them before the drain.
start_haild <<EOF
control = "$ctl"
max-sessions = 2000
max-per-source = "none"
open: {
	listen = ["@open"]
	message = "open\n"
	max-sessions = 1000
	max-per-source = "none"
}
EOF
kill -STOP "$haild_pid"
in_background perl -MSocket -e '
	my ($n, $to, @clients) = @ARGV;
	for (1 .. $n) {
		socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die;
		connect($s, pack_sockaddr_un("\0open")) or die "$!\n";
		push(@clients, $s);
	}
	syswrite(STDOUT, "connected\n");
	for my $s (@clients) {
		$n-- if (readline($s) // "") eq "open\n";
	}
	print "$n lost\n";' 600 >"$tmp/queued"
queue=$last
ok 'clients in the queue' wait_until "grep -q connected '$tmp/queued'"
in_background "$HAILDCTL" -s "$ctl" drain open >"$tmp/drained" 2>&1
drain=$last
wait_until "[ \"\$(ss -Hxln src '$ctl' | awk '{ print \$3 }')\" = 1 ]"
kill -CONT "$haild_pid"
wait "$drain"
wait "$queue"
is 'are served before the socket is closed' \
    "$(sed -n 's/ lost//p' "$tmp/queued")" 0
stop_haild
reloads=0

# A service with wait.
cat >"$tmp/waits" <<'END'
use Socket;
open(my $l, "+<&=", 0) or die;
accept(my $c, $l) or die;
syswrite($c, "waits\n");
END
start_haild <<EOF
control = "$ctl"
waits: { listen = ["@waits"] exec = ["/usr/bin/perl", "$tmp/waits"] user = "$me" wait = true }
EOF
is 'with wait' "$(ask @waits) $(ask @waits)" 'waits waits'
ok 'its program has ended' has_sessions 0
control drain waits
ok 'drained' refused @waits
ok 'no program was started for that' no_children
control resume waits
is 'resumed' "$(ask @waits)" waits
stop_haild

# --- passed sockets ---

# start_passed NAMES WHAT... <CONFIGURATION: start haild with these sockets.
start_passed()
{
	LISTEN_FDNAMES=$1
	export LISTEN_FDNAMES
	shift
	HAILD="$PEER pass $* -- $tmp/haild"
	start_haild
	HAILD=$tmp/haild
	unset LISTEN_FDNAMES
	reloads=0
	upgrades=0
}

# passed: which sockets haild has as descriptors 3 to 7.
passed()
{
	for tap_fd in 3 4 5 6 7; do
		readlink "/proc/$haild_pid/fd/$tap_fd"
	done
}

served()
{
	like "$1: TCP" "$(ask 127.0.0.1:7001)" '^TCPLOCALPORT=7001$'
	like "$1: an abstract name" "$(ask @web)" '^IPCLOCALPATH=@web$'
	like "$1: a path" "$(ask "$tmp/unix")" "^IPCLOCALPATH=$tmp/unix\$"
	is "$1: UDP" "$("$PEER" datagram 127.0.0.1:7002 hello)" hello
}

cat >"$tmp/config" <<EOF
control = "$ctl"
web: { listen = ["fd:web"] exec = ["/usr/bin/env"] user = "$me" }
dns: { listen = ["fd:dns-udp"] builtin = "echo" wait = true }
off: { listen = ["fd:later"] message = "later\n" disable = true }
EOF
start_passed web:dns-udp:web:web:later 127.0.0.1:7001 udp:127.0.0.1:7002 \
    @web "$tmp/unix" 127.0.0.1:7004 <"$tmp/config"
before=$(passed)
served 'all sockets of a name'
ok 'no program has the variables' \
    sh -c "! '$HAIL' 127.0.0.1:7001 </dev/null | grep LISTEN_"
ok 'one that no service uses is named' logged \
    'no service uses the inherited socket 127\.0\.0\.1:7004 \(fd:later\)$'
is 'no other' "$(grep -c 'no service uses' "$log")" 1
control status
like 'haildctl status shows the addresses' "$output" '127\.0\.0\.1:7001'
control explain web 127.0.0.1
is 'haildctl explain' "$status" 0
control explain web unix --uid=0
is 'also for a Unix socket' "$status" 0

control drain web
is 'drain' "$status" 0
is 'clients are refused' "$(ask 127.0.0.1:7001; ask @web)" ''
ok 'for that reason' logged ': web: uid:0 refused: drained$'
control resume web
served 'resumed'

upgrade
like 'an upgrade' "$(last_upgrade)" '^upgrade complete'
served 'upgraded'
sed 's/disable = true//' "$tmp/config" >"$conf"
reload
is 'a reload after it can use another name' "$(ask 127.0.0.1:7004)" later
served 'reloaded'

# A service that goes leaves its sockets to the next one.
sed -i '/^web:/d' "$conf"
reload
ok 'a socket that a service has left is named' logged \
    'no service uses the inherited socket @web \(fd:web\) any more$'
in_background sh -c "'$HAIL' -m 30 127.0.0.1:7001 </dev/null >'$tmp/waited'"
waiting=$last
queued 7001 1
cat >>"$conf" <<'EOF'
again: { listen = ["fd:web"] message = "again\n" }
EOF
reload
wait "$waiting"
is 'its clients wait for another service' "$(cat "$tmp/waited")" again
is 'on all of them' "$(ask @web) $(ask "$tmp/unix")" 'again again'
is 'all the time the same sockets' "$(passed)" "$before"

# By name and by address.
cat >>"$conf" <<EOF
address: { listen = ["127.0.0.1:7001"] message = "address\n" }
EOF
reload
ok 'a socket that another service has by its name' logged \
    'address: cannot listen on 127\.0\.0\.1:7001: another service uses the inherited socket$'
grep '^again:' "$conf" >"$tmp/again"
sed -i '/^again:/d' "$conf"
cat "$tmp/again" >>"$conf"
reload
ok 'or by its address' logged \
    'again: cannot listen on fd:web: 127\.0\.0\.1:7001: another service uses the inherited socket$'
is 'the first one has it' "$(ask 127.0.0.1:7001)" address
stop_haild
is 'it stops' "$haild_status" 0
ok 'the file stays' [ -S "$tmp/unix" ]

# What cannot be served.
start_passed tcp:udp::tcp 127.0.0.1:7001 udp:127.0.0.1:7002 @nameless \
    127.0.0.1:7004 <<EOF
good: { listen = ["127.0.0.1:7003", "@nameless"] message = "good\n" }
missing: { listen = ["fd:web"] message = "" }
needs-wait: { listen = ["fd:udp"] message = "" }
needs-udp: { listen = ["fd:tcp"] builtin = "echo" wait = true }
EOF
is 'the others are served' "$(ask 127.0.0.1:7003) $(ask @nameless)" 'good good'
ok 'no such name' logged \
    'missing: cannot listen on fd:web: no inherited socket has this name; the names are "tcp", "udp"$'
ok 'UDP without wait' logged \
    'needs-wait: cannot listen on fd:udp: udp:127\.0\.0\.1:7002: UDP needs "wait = true"$'
ok 'a stream for a built-in service with wait' logged \
    'needs-udp: cannot listen on fd:tcp: 127\.0\.0\.1:7001: "wait" with "builtin" needs UDP$'
stop_haild

start_passed one:two 127.0.0.1:7001 <<EOF
good: { listen = ["127.0.0.1:7001"] message = "good\n" }
one: { listen = ["fd:one"] message = "" }
EOF
is 'not as many names: by address it is served' "$(ask 127.0.0.1:7001)" good
ok 'there is a warning' grep -q \
    'LISTEN_FDNAMES: 2 names for 1 socket: ignored$' "$log"
ok 'by name it is not' logged \
    'one: cannot listen on fd:one: no inherited socket has a name$'
stop_haild

# A program that has an inherited socket leaves it to the next service.
cat >"$tmp/holds" <<'END'
use Socket;
open(my $l, "+<&=", 0) or die;
accept(my $c, $l) or die;
syswrite($c, "holds\n");
sleep;
END
start_passed waits @waits <<EOF
waits: { listen = ["fd:waits"] exec = ["/usr/bin/perl", "$tmp/holds"] user = "$me" wait = true }
EOF
hold_open @waits
holder=$(session)
cat >"$conf" <<EOF
other: { listen = ["127.0.0.1:7001"] message = "" }
EOF
reload
kill "$holder"
ok 'the end of a program whose service has gone' logged \
    'no service uses the inherited socket @waits \(fd:waits\) any more$'
cat >>"$conf" <<'EOF'
next: { listen = ["@waits"] message = "next\n" }
EOF
reload
is 'the next service has the socket' "$(ask @waits)" next
stop_haild

# --- without a supervisor ---

cat >"$tmp/config" <<'EOF'
web: { listen = ["fd:web", "@x\\y"] message = "web\n" }
EOF
"$HAILD" -t -c "$tmp/config" >"$tmp/checked" 2>&1
is 'haild -t accepts it' $? 0
ok 'and warns of a name that all users can connect to' grep -qF \
    'config:1: listen "@x\\134y": every user of this host can connect: set "allow-user" or "allow-group"' \
    "$tmp/checked"
"$HAILD" -T -c "$tmp/config" >"$tmp/first" 2>/dev/null
"$HAILD" -T -c "$tmp/first" >"$tmp/second" 2>/dev/null
ok 'haild -T prints it' grep -qF 'listen = ["fd:web", "@x\\134y"]' "$tmp/first"
ok 'as a configuration' cmp "$tmp/first" "$tmp/second"
ok 'it does not start' fails_to_start <"$tmp/config"
ok 'and says why' grep -q \
    'web: cannot listen on fd:web: no inherited socket has a name$' \
    "$log"
done_testing
