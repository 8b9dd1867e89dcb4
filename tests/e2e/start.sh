# start.sh -- what is missing at the start puts one service out, not all.
. "${srcdir:-.}/tests/e2e/lib.sh"

in_background "$PEER" listen >"$tmp/taken"
listener=$last
wait_until "[ -s '$tmp/taken' ]"
taken=$(cat "$tmp/taken")
cat >"$tmp/config" <<EOF
greeting: { listen = ["127.0.0.1:0"] message = "hello\n" }
busy: { listen = ["127.0.0.2:0", "127.0.0.1:$taken"] message = "busy\n" }
late: { listen = ["127.0.0.1:0"] exec = ["$tmp/late"] user = "$me" }
lost: {
	listen = ["127.0.0.1:0"]
	exec = ["/bin/cat"]
	user = "$me"
	directory = "$tmp/lost"
}
foreign: { listen = ["192.0.2.1:0"] message = "" }
nowhere: { listen = ["nowhere.invalid:0"] message = "" }
control = "$tmp/ctl.sock"
EOF

# strict-start: any of it stops the start.
(echo 'strict-start = true'; cat "$tmp/config") >"$conf"
run_haild -f -c "$conf"
wait "$haild_pid"
is 'strict-start: what the configuration names is missing' $? 1
haild_pid=
(echo 'strict-start = true'; grep -E 'greeting|busy' "$tmp/config") >"$conf"
run_haild -f -c "$conf"
wait "$haild_pid"
is 'strict-start: a port is taken' $? 1
haild_pid=
run_haild -t -c "$tmp/config"
wait "$haild_pid"
is 'haild -t passes, as a start would' $? 0
is 'and tells what is missing' "$(grep -c 'is out of service$' "$log")" 3
haild_pid=

start_haild <"$tmp/config"
ok 'one of six services is served' logged ' serving 1 service on 1 listener$'
is 'it is' "$(nc -d 127.0.0.1 "$(port greeting)")" hello
ok 'a port that is taken' grep -Eq \
    "busy: cannot listen on 127.0.0.1:$taken: Address already in use$" "$log"
ok 'puts the whole service out' sh -c "! grep 'busy: listening' '$log'"
ok 'an address of nobody' grep -q 'foreign: cannot listen on 192.0.2.1:0: ' "$log"
for error in "late:$conf:3: \"exec\": $tmp/late: No such file or directory" \
    "lost:$conf:8: \"directory\": $tmp/lost: No such file or directory" \
    "nowhere:$conf:11: listen \"nowhere.invalid:0\": "; do
	ok "${error%%:*} is out, with the place and the reason" \
	    grep -qF "${error#*:}" "$log"
	ok 'and says so' grep -q "; \"${error%%:*}\" is out of service\$" "$log"
done
kill -USR1 "$haild_pid"
ok 'the summary knows' logged 'summary: late: .* out of service$'

# A reload tolerates what a start does.
kill -HUP "$haild_pid"
ok 'a reload with the same is done' logged \
    'reloaded: nothing; out of service: .*late'

# Every 30 s it is tried again.
kill "$listener"
ln -s /bin/cat "$tmp/late"
mkdir "$tmp/lost"
# A retry does not read the file again.
configured()
{
	"$HAILDCTL" -s "$tmp/ctl.sock" --json status | grep -o '"configured":[0-9]*'
}
before=$(configured)
echo '}' >>"$conf"
ok 'what is there later is served' logged '3 services back in service' 60
is 'which is the same configuration' "$(configured)" "$before"
is 'the program' "$(echo late | nc -N 127.0.0.1 "$(port late)")" late
is 'the directory' "$(echo lost | nc -N 127.0.0.1 "$(port lost)")" lost
is 'the port' "$(nc -d 127.0.0.1 "$taken")" busy
ok 'the rest is tried in silence' \
    [ "$(grep -c 'foreign: cannot listen' "$log")" -le 2 ]
stop_haild TERM
is 'it ends well' "$haild_status" 0
done_testing
