# tls_life.sh -- what happens to a TLS client between its acceptance and the end of its
# session: its service goes, haild stops, its relay is killed or cannot be reaped.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command openssl unshare nc
own_world
. "$srcdir/tests/e2e/pki.sh"
. "$srcdir/tests/e2e/tls.sh"

pki_ca root
pki_cert www root server DNS:www.example.org

# A path that is not UTF-8.
socket=$(printf '%s/caf\351' "$tmp")

# config USER
config()
{
	cat <<-END
	tls-certificate = "$pki/www.pem"
	tls-key = "$pki/www.key"
	stop-timeout = "0s"
	gone: {
		listen = ["127.0.0.1:7001"]
		tls = true
		user = "$1"
		exec = ["/bin/sh", "-c", "id -u >>$tmp/ran"]
	}
	echo: {
		listen = ["127.0.0.1:7002"]
		tls = true
		builtin = "echo"
	}
	strict: {
		listen = ["127.0.0.1:7003"]
		tls = true
		user = "$me"
		exec = ["/bin/sh", "-c", "cat >/dev/null; echo whole >>$tmp/whole"]
		on-disconnect = "continue"
		on-truncation = "kill"
	}
	lax: {
		listen = ["127.0.0.1:7004"]
		tls = true
		user = "$me"
		exec = ["/bin/sh", "-c", "cat; until [ -e $tmp/go ]; do sleep 0.1; done"]
		on-disconnect = "continue"
	}
	slow: {
		listen = ["127.0.0.1:7006"]
		tls = true
		user = "$me"
		exec = ["/bin/sh", "-c", "cat; exec sleep 300"]
		on-disconnect = "continue"
		on-truncation = "kill"
	}
	path: {
		listen = ["$socket"]
		tls = true
		user = "$me"
		exec = ["/bin/sh", "-c", "echo \$IPCLOCALPATH"]
	}
	kept: {
		listen = ["127.0.0.1:7005"]
		tls = true
		user = "$me"
		exec = ["/bin/sh", "-c", "setsid sleep 300 & echo \$\$; read x"]
		leftovers = "keep"
		session-timeout = "1s"
		kill-grace = "0s"
	}
	END
}
touch "$tmp/ran" "$tmp/whole"
chmod 666 "$tmp/ran" "$tmp/whole"
chmod 711 "$tmp"

# The library would write what it does to standard output or error, and the
# secrets of each session to a file; and it has priorities of its own.
cat >"$tmp/priorities" <<'END'
[overrides]
disabled-version = TLS1.3
END
GNUTLS_DEBUG_LEVEL=9 GNUTLS_SYSTEM_PRIORITY_FILE=$tmp/priorities \
    SSLKEYLOGFILE=$tmp/keys
export GNUTLS_DEBUG_LEVEL GNUTLS_SYSTEM_PRIORITY_FILE SSLKEYLOGFILE
config "$me" >"$tmp/config"
start_haild <"$tmp/config"
unset GNUTLS_DEBUG_LEVEL GNUTLS_SYSTEM_PRIORITY_FILE SSLKEYLOGFILE
ok "variables of the library change nothing" served 7002
ok 'no secrets are written' [ ! -e "$tmp/keys" ]

like 'a socket whose path is not UTF-8' "$(timeout 30 openssl s_client -quiet \
    -unix "$socket" </dev/null 2>/dev/null)" '/caf\?$'

# late_client PORT: in the midst of its handshake, until a line in $tmp/late.
late_client()
{
	rm -f "$tmp/late"
	: >"$tmp/late.err"
	mkfifo "$tmp/late"
	exec 7<>"$tmp/late"
	timeout 60 "$TLSPEER" late "$1" <"$tmp/late" >"$tmp/late.out" \
	    2>"$tmp/late.err" 7>&- &
	last=$!
	background="$background $last"
	wait_until "grep -q half '$tmp/late.err'"
}

late_client 7001
has_relays 1
config no-such-user >"$conf"
reload
like 'a reload puts a service out of service' "$(last_reload)" \
    'out of service: gone$'
echo >&7
ok 'its client in the handshake is refused' logged \
    'gone: 127.* refused: service changed$'
is 'and nothing is run' "$(cat "$tmp/ran")" ''
exec 7>&-
config "$me" >"$conf"
reload

# A relay that is killed cannot say that the data is not whole.
hold_tls 7004
kill -KILL "$(relays)"
logged 'lax: relay pid [0-9]+ was killed'
touch "$tmp/go"
ok 'a killed relay: the log says that the data was truncated' logged \
    'lax: .*truncated'
hold_end
hold_tls 7006
kill -KILL "$(relays)"
ok 'and on-truncation ends the session' logged 'slow: .* truncated '
hold_end

# The program never sees an end of what the client sent.
for how in truncate reset; do
	for _ in 1 2 3 4 5; do
		echo x | timeout 60 "$TLSPEER" $how 7003 >/dev/null 2>&1
	done
	ok "$how: on-truncation ends the session" has_sessions 0
	ok 'and its relay' has_relays 0
done
is 'as it says each time' "$(grep -c 'strict: .* truncated ' "$log")" 10
is 'none of these programs goes on' "$(cat "$tmp/whole")" ''
echo x | timeout 60 "$TLSPEER" talk 7003 >/dev/null
ok 'a client that ends as it should' wait_until "grep -q whole '$tmp/whole'"

# A session that cannot be reaped, whose relay goes on.
mkfifo "$tmp/in"
exec 7<>"$tmp/in"
timeout 60 "$TLSPEER" talk 7005 <"$tmp/in" >"$tmp/out" 2>&1 7>&- &
background="$background $!"
wait_until "[ -s '$tmp/out' ]"
program=$(head -n 1 "$tmp/out")
in_background "$PEER" seize "$program" 7>&-
tracer=$last
ok 'a session that cannot be reaped' logged "pid $program cannot be reaped" 20
is 'its relay is there' "$(relays | wc -l)" 1
upgrade
like 'an upgrade takes over both' "$(last_upgrade)" 'upgrade complete'
is 'the relay still is there' "$(relays | wc -l)" 1
end_child "$tracer"
exec 7>&-
ok 'clients are served' served 7002

# One whose keeper answers when haild has ended all sessions already.
keeper=$(keeper)
kill -STOP "$keeper"
rm -f "$tmp/hold.in"
mkfifo "$tmp/hold.in"
exec 8<>"$tmp/hold.in"
timeout 60 "$TLSPEER" hold 7002 <"$tmp/hold.in" >/dev/null 2>&1 8>&- &
background="$background $!"
ok 'a client that is accepted' wait_until \
    "[ \"\$(ss -Htn state established 'sport = :7002' | wc -l)\" = 1 ]"
kill -TERM "$haild_pid"
logged 'stopping: 1 session'
kill -CONT "$keeper"
ok 'haild stops without waiting for its end' logged ': stopped' 20
wait_haild
exec 8>&-

# A relay that lies and cannot be reaped.
mkdir "$tmp/bin"
for program in haild haild-load haild-commands; do
	cp "$builddir/$program" "$tmp/bin"
done
cp "$builddir/tests/e2e/haild-tls-liar" "$tmp/bin/haild-tls"
HAILD=$tmp/bin/haild
start_haild <"$tmp/config"
exec 7<>"$tmp/in"
nc -N 127.0.0.1 7002 <"$tmp/in" >/dev/null 7>&- &
background="$background $!"
has_relays 1
in_background "$PEER" seize "$(relays)" 7>&-
tracer=$last
wait_until "grep -q 'TracerPid:.$tracer\$' '/proc/$(relays)/status'"
printf n >&7
ok 'a relay that lies and cannot be reaped' logged \
    'relay pid [0-9]+ cannot be reaped' 20
end_child "$tracer"
ok 'its session ends' logged 'echo: .* invalid message ' 20
stop_haild
is 'haild goes on' "$haild_status" 0
# --- a start in the background ---

[ -z "$haild_pid" ] || stop_haild
config "$me" >"$tmp/background.conf"
ok 'no process keeps the standard error of whoever starts haild' timeout 20 \
    sh -c "said=\$($HAILD -c '$tmp/background.conf' -p '$tmp/pid' 2>&1)"
is 'its TLS processes run' "$(pgrep -P "$(cat "$tmp/pid")" \
    -f 'haild[^ ]*: (keeper|signer)' | wc -l)" 2
daemon=$(cat "$tmp/pid")
kill "$daemon"
ok 'it ends' ends "$daemon"
done_testing
