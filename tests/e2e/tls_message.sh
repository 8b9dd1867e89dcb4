# tls_message.sh -- a message over TLS is sent by the relay, which is the session's
# process; a long one by a process of its own.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command openssl perl pgrep
. "$srcdir/tests/e2e/pki.sh"
. "$srcdir/tests/e2e/tls.sh"

pki_self web server DNS:localhost
long=$(perl -e 'print "x" x 16385')
start_haild <<END
control = "$tmp/ctl.sock"
tls = true
tls-certificate = ["$pki/web.pem"]
tls-key = ["$pki/web.key"]
user = "nobody"
max-sessions = 100
max-per-source = 100
text:  { listen = ["127.0.0.1:0"] message = "hello\n" }
empty: { listen = ["127.0.0.1:0"] message = "" }
full:  { listen = ["127.0.0.1:0"] message = "${long#x}" }
long:  { listen = ["127.0.0.1:0"] message = "$long" }
brief: { listen = ["127.0.0.1:0"] message = "hello\n" session-timeout = "1s" }
END
used='[0-9.]+s( cpu [0-9.]+s)?( mem [0-9.]+.)?'
call()
{
	# shellcheck disable=SC2086 # HAIL may be a command with arguments
	timeout 60 $HAIL --tls --insecure "127.0.0.1:$(port "$1")" </dev/null
}
# hold SERVICE: a client that does not close, until hold_end.
hold()
{
	hold_tls "$(port "$1")" && has_relays 1
}

is 'a message' "$(call text)" hello
ok 'and its line' logged "text: 127[^ ]* pid [0-9]+ exit 0 $used in 0 out 6\$"
is 'an empty message' "$(call empty)" ''
ok 'and its line' logged "empty: 127[^ ]* pid [0-9]+ exit 0 $used in 0 out 0\$"
is 'the longest message that a relay sends' "$(call full)" "${long#x}"
is 'a longer one' "$(call long)" "$long"
ok 'and its line' \
    logged "long: 127[^ ]* pid [0-9]+ exit 0 $used in 0 out 16385\$"
ok 'no relay is left' has_relays 0

ok 'a client that does not close' hold text
relay=$(relays)
ok 'its session is the relay, which ends after its grace' \
    logged "text: 127[^ ]* pid $relay exit 0 $used in 0 out 6\$" 30
hold_end

ok 'a client that stays for too long' hold brief
relay=$(relays)
ok 'is ended' \
    logged "brief: 127[^ ]* pid $relay timeout session $used in 0 out 6\$" 30
hold_end

ok 'a client during an upgrade' hold text
relay=$(relays)
upgrade
like 'the upgrade' "$(last_upgrade)" '^upgrade complete'
ok 'the session ends as before' \
    logged "text: 127[^ ]* pid $relay exit 0 $used in 0 out 6\$" 30
hold_end

# shellcheck disable=SC2034 # for wait_until
before=$(keeper)
ok 'a relay that crashes' hold text
relay=$(relays)
kill -ABRT "$relay"
ok 'is logged' logged "text: relay pid $relay .*signal 6"
ok 'and so is its session' logged "text: 127[^ ]* pid $relay signal 6 $used in 0 out 6\$"
# shellcheck disable=SC2016 # the variables of wait_until
ok 'and makes haild start a new keeper' \
    wait_until '[ -n "$(keeper)" ] && [ "$(keeper)" != "$before" ]' 30
hold_end
is 'which serves' "$(call text)" hello

ok 'a client at the end' hold text
stop_haild
hold_end
like 'the last line' "$(tail -n 1 "$log")" ': stopped$'
is 'every session has a line' \
    "$(grep -Ec 'text: 127.* (exit 0|signal 6|stop) ' "$log")" 6
done_testing
