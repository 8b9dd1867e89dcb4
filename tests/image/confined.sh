# confined.sh -- the image as a user without privileges: the root directory is
# read-only, there are no capabilities, no_new_privs is set, cgroups cannot be changed,
# and a filter refuses system calls.
. "${srcdir:-.}/tests/image/lib.sh"
make_tools

# --- as it comes ---

# shellcheck disable=SC2086 # a list
run_container $restricted
ok 'it serves' serves
is 'a greeting' "$(nc -d 127.0.0.1 7890)" 'Smile from the server'
like 'health' "$(nc -d 127.0.0.1 7900)" '^ready [0-9]+%$'
init=$(cat "$tmp/$container/pid")
is 'it is process 1' "$(awk '/^NSpid:/ { print $NF }' "/proc/$init/status")" 1
is 'without privileges' "$(awk '/^(Uid|CapEff|CapBnd|NoNewPrivs|Seccomp):/ { print $2 }' \
    "/proc/$init/status" | tr '\n' ' ')" \
    '65532 0000000000000000 0000000000000000 1 2 '
is 'its processes' "$(processes)" '/usr/sbin/haild -f'
stop_container
is 'it stops' $status 0
ok 'every line is JSON' all_json
is 'what it cannot do' "$(grep -E '"level":"(warning|error)"|control:' "$log" |
    sed 's/.*"message":"\(.*\)"}/\1/')" \
'containment: no cgroups: cannot create /sys/fs/cgroup/haild.1: Read-only file system; mount the cgroup file system writable
control: cannot listen on /run/haild/control.sock: /run/haild: Read-only file system; haildctl cannot reach this haild'

# --- every kind of service ---

mkdir "$tmp/tls"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 200 \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout "$tmp/tls/key.pem" -out "$tmp/tls/cert.pem" 2>"$tmp/openssl"
# As a Secret with defaultMode 0440 and fsGroup.
chgrp 65532 "$tmp/tls/key.pem"
chmod 440 "$tmp/tls/key.pem"
# shellcheck disable=SC2086 # a list
start_container $restricted "$tools" "mount=$tmp/tls:/tls" <<'END'
log-format = "json"
greeting: { listen = ["*:7890"] message = "hello\n" }
cat: { listen = ["*:7891"] exec = ["/tools/cat"] }
commands: {
	listen = ["127.0.0.1:7892"]
	commands: { cat: { exec = ["/tools/cat"] stdin = true } }
}
tls: {
	listen = ["*:7893"]
	exec = ["/tools/cat"]
	tls = true
	tls-certificate = "/tls/cert.pem"
	tls-key = "/tls/key.pem"
}
forward: { listen = ["*:7894"] forward = ["127.0.0.1:7891"] }
echo: { listen = ["*:7895"] builtin = "echo" }
wait: { listen = ["udp:*:7896"] builtin = "echo" wait = true }
sandbox: { listen = ["*:7897"] exec = ["/tools/cat"] sandbox = "strict" }
memory: { listen = ["*:7898"] exec = ["/tools/cat"] memory-max = "10M" }
low: { listen = ["*:79"] exec = ["/tools/cat"] }
END
is 'message' "$(nc -d 127.0.0.1 7890)" hello
is 'exec' "$(echo x | nc -N 127.0.0.1 7891)" x
is 'commands' "$(echo x | "$HAIL" 127.0.0.1:7892 cat)" x
is 'TLS' "$(echo x | inside /usr/bin/hail --ca /tls/cert.pem \
    --server-name localhost 127.0.0.1:7893)" x
is 'forward' "$(echo x | nc -N 127.0.0.1 7894)" x
is 'builtin' "$(echo x | nc -N 127.0.0.1 7895)" x
is 'wait' "$(echo x | nc -u -W 1 127.0.0.1 7896)" x
stop_container
is 'it stops' $status 0
ok 'every line is JSON' all_json
# lacks SERVICE REGEX: why it is out of service.
lacks()
{
	like "$1" "$(grep '"event":"out-of-service"' "$log")" \
	    "\"message\":\"$1: out of service\""
	like "$1: the reason" "$(cat "$log")" "$2"
}
lacks sandbox 'haild\.conf:[0-9]+: ..sandbox..: ..strict.. needs root;'
lacks memory 'haild\.conf:[0-9]+: ..memory-max.. needs the memory controller'
lacks low 'low: cannot listen on 0\.0\.0\.0:79: Permission denied'
done_testing
