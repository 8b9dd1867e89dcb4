# verdict.sh -- over TLS with the protocol hail/1, hail is told how a command ended;
# other clients of commands are not.  What the log says agrees, and the counts of
# each service.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command perl openssl
. "$srcdir/tests/e2e/pki.sh"
. "$srcdir/tests/e2e/tls.sh"

HAILDCTL=${HAILDCTL:-$builddir/haildctl}
pki_self web server DNS:localhost
nail=$srcdir/tests/e2e/nailgun.pl
start_haild <<END
stop-timeout = "2s"
control = "$tmp/ctl.sock"
plain: {
	listen = ["127.0.0.1:0"]
	user = "nobody"
	commands: { exits: { exec = ["/bin/sh", "-c", "exit \$1", "sh"] args = "1" } }
}
admin: {
	listen = ["127.0.0.1:0"]
	tls = true
	tls-certificate = ["$pki/web.pem"]
	tls-key = ["$pki/web.key"]
	user = "nobody"
	kill-grace = "1s"
	commands: {
		exits:  { exec = ["/bin/sh", "-c", "exit \$1", "sh"] args = "1" }
		dies:   { exec = ["/bin/sh", "-c", "kill -\$1 \$\$", "sh"] args = "1" }
		slow:   { exec = ["/bin/sleep", "60"] session-timeout = "1s" }
		holds:  { exec = ["/bin/sh", "-c", "echo ready; exec sleep 61"] }
		strict: { exec = ["/bin/echo"] args = "1" arg-match = ["[a-z]+"] }
		gone:   { exec = ["$tmp/gone"] }
		main:   { exec = ["/bin/sh", "-c", "echo ready; exec sleep 62"]
			  max-sessions = 1 }
		greedy: { exec = ["/usr/bin/perl", "-e", "\$x = 'x' x 300e6; sleep 60"]
			  memory-max = "32M" }
		forks:  { exec = ["/bin/sh", "-c", "sleep 1 & sleep 1 & sleep 1 & wait; exit 1"]
			  tasks-max = 2 }
	}
}
hasty: {
	listen = ["127.0.0.1:0"]
	tls = true
	tls-certificate = ["$pki/web.pem"]
	tls-key = ["$pki/web.key"]
	tls-alpn = ["other/1"]
	user = "nobody"
	session-timeout = "2s"
	commands: { holds: { exec = ["/bin/sh", "-c", "echo ready; exec sleep 63"] } }
}
END
admin=127.0.0.1:$(port admin)
hasty=127.0.0.1:$(port hasty)
# call SERVICE COMMAND...: run a command; print the verdict and the status.
call()
{
	call_to=$1
	shift
	$HAIL --tls --insecure -v "$call_to" "$@" </dev/null >"$tmp/out" 2>"$tmp/err"
	call_status=$?
	sed -n 's/^hail: verdict: //p' "$tmp/err"
	echo $call_status
}
# verdict WORDS STATUS COMMAND...
verdict()
{
	verdict_words=$1 verdict_status=$2
	shift 2
	is "verdict: $verdict_words" "$(call "$admin" "$@")" "$verdict_words
$verdict_status"
	ok 'and the log has the same' wait_until \
	    "logged 'admin: 127[^ ]* pid [0-9]+ $verdict_words [0-9]+\.[0-9]{3}s .*command $1'"
}

verdict 'exit 0' 0 exits 0
verdict 'exit 3' 3 exits 3
verdict 'signal 15' 143 dies 15
verdict 'timeout session' 124 slow
verdict 'refused: unknown command' 127 none
verdict 'refused: argument 1' 126 strict 1
verdict 'refused: number of arguments 0' 126 strict
verdict 'refused: out of service' 126 gone
is 'a timeout of the service, with a protocol of its own' \
    "$(call "$hasty" holds)" 'timeout session
124'
is 'without -v there is no verdict' \
    "$($HAIL --tls --insecure "$admin" exits 4 2>&1 </dev/null | grep -c verdict)" 0

# --- limits ---

$HAIL --tls --insecure "$admin" main </dev/null >"$tmp/main" 2>&1 &
main=$!
background="$background $main"
ok 'a command at its limit of sessions runs' wait_until "grep -q ready '$tmp/main'"
verdict 'refused: command limit 1' 75 main
kill $main
if ! grep -q '"memory-max" needs' "$log" && has_cgroups; then
	verdict 'limit memory' 137 greedy
else
	skip 'verdict: limit memory' 'no memory controller'
fi
if ! grep -q '"tasks-max" needs' "$log" && has_cgroups; then
	verdict 'limit tasks' 125 forks
else
	skip 'verdict: limit tasks' 'no pids controller'
fi

# --- other clients ---

# frames ALPN: what an exits command sends, as text.  The input stays open until
# the client has ended: then its pipe has no reader.
frames()
{
	perl -e '$| = 1; print pack("N", 1), "A5", pack("N", 2), "zzz",
	    pack("N", 5), "Cexits", pack("N", 0), "k";
	    vec(my $pipe = "", 1, 1) = 1; select $pipe, undef, undef, 5' |
	    timeout 20 openssl s_client -quiet -connect "$admin" "$@" \
		2>/dev/null | perl -0777 -ne \
	    'while (/\G(....)(.)/gsc) { my $n = unpack("N", $1);
		my ($t, $p) = ($2, substr($_, pos, $n)); pos($_) += $n;
		$p =~ s/\t/\\t/g; print "$t $p\n" if $t ne "S"; }'
}
is 'a client with the protocol gets a frame, and its own are ignored' \
    "$(frames -alpn hail/1)" 'v exit 5\texit 5
X 5'
like 'without the protocol such a frame is an error' "$(frames)" \
    "protocol error: frame of unknown type 'z'"
is 'the same with another protocol, and it is no error to offer one' \
    "$(frames -alpn http/1.1 | grep -c unknown)" 1
is 'a stock client gets none' \
    "$(perl "$nail" "$(port plain)" A:6 C:exits)" 'X 6
closed'
is 'nor hail without TLS' \
    "$($HAIL -v "127.0.0.1:$(port plain)" exits 7 2>&1 </dev/null |
	grep -c verdict)" 0

# --- other servers ---

# serve FRAMES-IN-PERL: a server with the protocol that sends these frames.
serve()
{
	rm -f "$tmp/server"
	perl -e '$| = 1; for (@ARGV) { my ($t, $p) = /(.)(.*)/s; $p =~ s/%/\t/;
	    print pack("N", length $p), $t, $p; } sleep 20' "$@" |
	    timeout 20 openssl s_server -unix "$tmp/server" -quiet -naccept 1 \
		-cert "$pki/web.pem" -key "$pki/web.key" -alpn hail/1 \
		>/dev/null 2>&1 &
	background="$background $!"
	wait_listening "$tmp/server"
}
serve zunknown 1text kx 'vtimeout-session%timeout session' yz X1
is 'hail ignores frames that it does not know' \
    "$(call "$tmp/server" x; cat "$tmp/out")" 'timeout session
124
text'
serve 'vnew-kind%a new kind' X9
is 'a verdict that hail does not know' "$(call "$tmp/server" x)" 'a new kind
9'
serve 'vexit 0%exit 0' X9
is 'a failure does not become a success' "$(call "$tmp/server" x)" 'exit 0
9'
serve 'vnonsense' X0
is 'an invalid verdict' "$(call "$tmp/server" x)" 255
like 'and its message' "$(cat "$tmp/err")" 'the server sent an invalid verdict'
serve Znew X0
like 'an unknown frame in upper case' \
    "$(call "$tmp/server" x; cat "$tmp/err")" "frame of unknown type 'Z'"

# --- the stop ---

$HAIL --tls --insecure -v "$admin" holds </dev/null >"$tmp/held" 2>"$tmp/held.err" &
held=$!
background="$background $held"
ok 'a command runs' wait_until "grep -q ready '$tmp/held'"
stop_haild
wait $held
is 'its status when haild stops' $? 125
is 'its verdict' "$(sed -n 's/^hail: verdict: //p' "$tmp/held.err")" \
    'killed by stop'
ok 'and the log has the same' logged \
    'admin: .* killed by stop [0-9.]+s .*command holds'
done_testing
