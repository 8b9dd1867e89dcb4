# fault_peers.sh -- clients that do not behave (faults 14, 17, 18, 20, 21).
. "${srcdir:-.}/tests/e2e/lib.sh"

start_haild <<EOF
message: { listen = ["127.0.0.1:0"] message = "hello\n" }
late: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "cat; echo late"]
	user = "$me"
}
talks-on: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "echo out; exec 1>&-; echo err >&2"]
	user = "$me"
	stderr = "client"
}
quiet: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "echo out; echo err >&2"]
	user = "$me"
	stderr = "discard"
}
yes: { listen = ["127.0.0.1:0"] exec = ["/usr/bin/yes"] user = "$me" }
idle: {
	listen = ["127.0.0.1:0", "$sock"]
	exec = ["/bin/sh", "-c", "echo \$\$; sleep 1000; sleep 1000"]
	user = "$me"
}
stubborn: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c",
	    "trap '' HUP TERM; echo \$\$; while :; do sleep 1; done"]
	user = "$me"
	kill-grace = "1s"
}
unmoved: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/sh", "-c", "echo \$\$; sleep 1000"]
	user = "$me"
	on-disconnect = "continue"
	log-start = true
}
EOF

# Fault 14: accept succeeds, getpeername(2) would say ENOTCONN.
kill -STOP "$haild_pid"
"$PEER" reset "$(port message)"
kill -CONT "$haild_pid"
ok 'reset before accept: the address is known all the same' logged \
    'message: 127\.0\.0\.1:[1-9][0-9]* pid [0-9]+ (exit|signal) '
is 'and others are served' "$(nc -d 127.0.0.1 "$(port message)")" hello

# Fault 17.
is 'half-close: the program sees the end, the client all of the answer' \
    "$(echo early | nc -N 127.0.0.1 "$(port late)" | tr '\n' ' ')" 'early late '

# Fault 18.
is 'standard output closed, then standard error to the client' \
    "$(nc -d 127.0.0.1 "$(port talks-on)" | tr '\n' ' ')" 'out err '
is 'standard error discarded' "$(nc -d 127.0.0.1 "$(port quiet)")" out
ok 'quiet indeed' sh -c "! grep -q 'quiet: stderr' '$log'"

# Fault 20: a reset in mid-stream.
"$PEER" reset "$(port yes)" 100000
ok 'reset: one that writes is ended' logged 'yes: .* pid [0-9]+ '
"$PEER" reset "$(port idle)" 1
ok 'reset: one that is idle is ended too' logged 'idle: .* pid [0-9]+ disconnect '
pid=$(sed -n 's/.*idle: .* pid \([0-9]*\) disconnect .*/\1/p' "$log")
ok 'with all of its process group' wait_until "! pgrep -g $pid >/dev/null"
"$PEER" reset "$(port stubborn)" 1
ok 'reset: one that ignores HUP and TERM is killed' logged \
    'stubborn: .* pid [0-9]+ disconnect '

# ... but not where the program is to go on.
"$PEER" reset "$(port unmoved)" 1
logged 'unmoved: .* start$'
pid=$(sed -n 's/.*unmoved: .* pid \([0-9]*\) start$/\1/p' "$log")
# An event after it has been handled, so that one was too:
"$PEER" reset "$(port idle)" 1
wait_until "[ \"\$(grep -c 'idle: .* disconnect' '$log')\" = 2 ]"
kill -9 "$pid"
ok 'on-disconnect = "continue" continues, until it is killed' logged \
    "unmoved: .* pid $pid signal 9 "

# A client that just goes away, without a reset, leaves its program alone.
nc -U -N "$sock" </dev/null >"$tmp/idle" &
client=$!
wait_until "[ -s '$tmp/idle' ]"
pid=$(cat "$tmp/idle")
kill $client
wait $client 2>/dev/null
"$PEER" reset "$(port idle)" 1
wait_until "[ \"\$(grep -c 'idle: .* disconnect' '$log')\" = 3 ]"
kill -9 "$pid"
ok 'an orderly close ends nothing' logged "idle: .* pid $pid signal 9 "
ok 'no child is left' wait_until no_children
done_testing
