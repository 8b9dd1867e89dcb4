# forward.sh -- "forward" in front of servers of other projects, with their usual
# clients: nginx, also with TLS, PostgreSQL, sshd and dnsmasq.  On a booted system,
# sessions continue during a reload and an upgrade of the package.
#
# With builddir it runs the haild that was built there, on any host that has the
# programs: builddir=build/plain sh tests/system/forward.sh
if [ -n "${builddir:-}" ]; then
	. "${srcdir:-.}/tests/e2e/lib.sh"
	need_root
	PATH=$PATH:/usr/sbin
	need_command curl dig dnsmasq nginx psql runuser sshd unshare
	own_world
	make_key=$builddir/haild-tls
else
	. "${srcdir:-.}/tests/system/lib.sh"
	install_packages haild hail || exit 1
	make_key=/usr/libexec/haild/haild-tls
fi

# --- the servers, with files in $tmp ---

mkdir "$tmp/www"
echo '<p>It serves.</p>' >"$tmp/www/index.html"
seq 300000 >"$tmp/www/numbers"
cat >"$tmp/nginx.conf" <<END
user root;
pid $tmp/nginx.pid;
error_log $tmp/nginx.errors;
events { }
http {
	access_log off;
	client_body_temp_path $tmp/nginx.body;
	server { listen 127.0.0.1:8080; root $tmp/www; }
}
END
in_background nginx -c "$tmp/nginx.conf" -g 'daemon off;'

# PostgreSQL has its socket where Debian's package has it.
mkdir -p /run/postgresql
mount -t tmpfs postgresql /run/postgresql
chown postgres /run/postgresql
mkdir "$tmp/pg"
chown postgres "$tmp/pg"
echo secret >"$tmp/pg/password"
chmod 644 "$tmp/pg/password"
pg_bin=$(echo /usr/lib/postgresql/*/bin)
(
	cd "$tmp/pg" &&
	    runuser -u postgres -- "$pg_bin/initdb" -D "$tmp/pg/data" -A scram-sha-256 \
		--pwfile="$tmp/pg/password" --locale=C.UTF-8 --no-sync
) >"$tmp/initdb" 2>&1 || sed 's/^/# initdb: /' "$tmp/initdb"
in_background runuser -u postgres -- "$pg_bin/postgres" -D "$tmp/pg/data" \
    -c listen_addresses=127.0.0.1 -c fsync=off \
    -c unix_socket_directories=/run/postgresql >"$tmp/postgres.log" 2>&1

ssh-keygen -q -t ed25519 -N '' -f "$tmp/hostkey"
ssh-keygen -q -t ed25519 -N '' -f "$tmp/key"
mkdir -p /run/sshd
cat >"$tmp/sshd_config" <<END
ListenAddress 127.0.0.1:2222
HostKey $tmp/hostkey
AuthorizedKeysFile $tmp/key.pub
StrictModes no
PermitRootLogin prohibit-password
UsePAM no
PidFile none
Subsystem sftp internal-sftp
END
in_background /usr/sbin/sshd -D -e -f "$tmp/sshd_config" 2>"$tmp/sshd.log"

# An answer of 600 bytes is too long for DNS over UDP.
long=$(printf '%0200d' 0)
in_background dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv \
    --no-hosts --user=root --pid-file= --listen-address=127.0.0.1 --bind-interfaces \
    --port=5353 --host-record=www.example.test,192.0.2.7 \
    --txt-record="long.example.test,$long,$long,$long" 2>"$tmp/dnsmasq.log"

for port in 8080 5432 2222 5353; do
	wait_until "ss -Hltn 'sport = :$port' | grep -q ." 60 ||
	    tail -n 20 "$tmp"/*.log | sed 's/^/# /'
done

# --- haild ---

mkdir "$tmp/keys"
"$make_key" --make-key "$tmp/keys/key.pem" "$tmp/keys/cert.pem"
start_haild <<END
tls-certificate = "$tmp/keys/cert.pem"
tls-key = "$tmp/keys/key.pem"
web: { listen = ["127.0.0.1:0"] forward = ["127.0.0.1:8080"] }
fallback: { listen = ["127.0.0.1:0"] forward = ["127.0.0.1:1", "127.0.0.1:8080"] }
web-tls: { listen = ["127.0.0.1:0"] tls = true forward = ["127.0.0.1:8080"] }
postgresql: { listen = ["127.0.0.1:0"] forward = ["127.0.0.1:5432"] }
postgresql-unix: {
	listen = ["127.0.0.1:0"]
	forward = ["/run/postgresql/.s.PGSQL.5432"]
}
postgresql-tls: {
	listen = ["$tmp/postgresql-tls"]
	tls = true
	forward = ["/run/postgresql/.s.PGSQL.5432"]
}
# psql itself cannot begin with TLS.
psql: {
	listen = ["127.0.0.1:0"]
	exec = ["$(realpath "$HAIL")", "--tls", "--ca", "$tmp/keys/cert.pem",
	    "--server-name", "localhost", "$tmp/postgresql-tls"]
	user = "root"
}
ssh: { listen = ["127.0.0.1:0"] forward = ["127.0.0.1:2222"] }
ssh-tls: { listen = ["127.0.0.1:0"] tls = true forward = ["127.0.0.1:2222"] }
dns: { listen = ["127.0.0.1:0"] forward = ["127.0.0.1:5353"] }
dns-tls: { listen = ["127.0.0.1:0"] tls = true forward = ["127.0.0.1:5353"] }
END

# --- the clients ---

# get URL [OPTION...]
get()
{
	curl -s -S -m 30 --noproxy '*' --cacert "$tmp/keys/cert.pem" "$@" 2>&1
}
is 'nginx sends a page' "$(get "http://127.0.0.1:$(port web)/")" '<p>It serves.</p>'
get -o "$tmp/numbers" "http://127.0.0.1:$(port web)/numbers"
ok 'and two megabytes' cmp "$tmp/www/numbers" "$tmp/numbers"
is 'two requests over one connection' "$(get "http://127.0.0.1:$(port web)/" \
    "http://127.0.0.1:$(port web)/" -w '%{num_connects}\n')" \
    "$(printf '<p>It serves.</p>\n1\n<p>It serves.</p>\n0')"
is 'the second target, if the first refuses' \
    "$(get "http://127.0.0.1:$(port fallback)/")" '<p>It serves.</p>'
is 'haild speaks TLS for nginx' "$(get "https://localhost:$(port web-tls)/")" \
    '<p>It serves.</p>'
get -o "$tmp/secret" "https://localhost:$(port web-tls)/numbers"
ok 'two megabytes over TLS' cmp "$tmp/www/numbers" "$tmp/secret"

# sql SERVICE ARGUMENT...
sql()
{
	tap_port=$(port "$1")
	shift
	PGPASSWORD=secret PGCONNECT_TIMEOUT=20 psql -X -q -A -t -h 127.0.0.1 \
	    -p "$tap_port" -U postgres "$@" 2>&1
}
is 'psql gets an answer' "$(sql postgresql -c 'select 6 * 7')" 42
sql postgresql -c 'create table numbers (n int)'
is 'psql sends two megabytes' \
    "$(sql postgresql -c '\copy numbers from stdin' <"$tmp/www/numbers")" ''
sql postgresql-unix -c 'select n from numbers order by n' >"$tmp/selected"
ok 'over TCP to a Unix socket it gets them back' \
    cmp "$tmp/www/numbers" "$tmp/selected"
is 'PostgreSQL sees a Unix socket' \
    "$(sql postgresql-unix -c 'select inet_client_addr() is null')" t
sql psql -c 'select n from numbers order by n' >"$tmp/secret"
ok 'and over TLS' cmp "$tmp/www/numbers" "$tmp/secret"
is 'PostgreSQL sees TCP' \
    "$(sql postgresql -c 'select inet_client_addr() is null')" f

printf '[localhost]:%s %s\n' "$(port ssh)" "$(cat "$tmp/hostkey.pub")" \
    >"$tmp/known_hosts"
cat >"$tmp/ssh_config" <<END
IdentityFile $tmp/key
UserKnownHostsFile $tmp/known_hosts
StrictHostKeyChecking yes
BatchMode yes
ConnectTimeout 20
END
is 'ssh runs a command' "$(ssh -F "$tmp/ssh_config" -p "$(port ssh)" \
    root@localhost 'tr a-z A-Z' <<-END
	some words
	END
)" 'SOME WORDS'
ok 'scp sends a file' scp -q -F "$tmp/ssh_config" -P "$(port ssh)" \
    "$tmp/www/numbers" "root@localhost:$tmp/sent"
ok 'scp gets a file' scp -q -F "$tmp/ssh_config" -P "$(port ssh)" \
    "root@localhost:$tmp/sent" "$tmp/got"
is 'with the same checksum' "$(sha256sum <"$tmp/got")" \
    "$(sha256sum <"$tmp/www/numbers")"
rm "$tmp/got"
ok 'over TLS, too' scp -q -F "$tmp/ssh_config" -o HostKeyAlias="[localhost]:$(port ssh)" \
    -o ProxyCommand="$HAIL --tls --ca $tmp/keys/cert.pem localhost:$(port ssh-tls)" \
    "root@localhost:$tmp/sent" "$tmp/got"
ok 'it is the same' cmp "$tmp/www/numbers" "$tmp/got"

# ask SERVICE OPTION NAME TYPE
ask()
{
	dig "$2" +short +time=20 +tries=1 -p "$(port "$1")" @127.0.0.1 "$3" "$4"
}
is 'dig gets an address' "$(ask dns +tcp www.example.test A)" 192.0.2.7
is 'and a long answer' "$(ask dns +tcp long.example.test TXT | tr -d '" ')" \
    "$long$long$long"
is 'over TLS, too' "$(ask dns-tls +tls www.example.test A)" 192.0.2.7

# --- how the sessions ended ---

for service in web:8080 fallback:8080 web-tls:8080 postgresql:5432 ssh:2222 \
    ssh-tls:2222 dns:5353 dns-tls:5353; do
	ok "$service: the line of the log has the target" logged \
	    "${service%:*}: 127\.0\.0\.1:[0-9]+ pid [0-9]+ exit 0 .* to 127\.0\.0\.1:${service#*:}\$"
done
ok 'and the Unix socket' logged \
    'postgresql-unix: 127\.0\.0\.1:[0-9]+ .* exit 0 .* to /run/postgresql/\.s\.PGSQL\.5432$'
stop_haild TERM
is 'haild stops' "$haild_status" 0
[ "${init:-}" = systemd ] || done_testing

# --- the haild of the package: a reload and an upgrade, with clients ---

seq 1000000 >"$tmp/long"
service_conf forward <"$conf"
ok 'a reload adds the services' systemctl reload haild
# Where the function port finds them.
journalctl --sync
journalctl -u haild >"$log"

# The answers of psql.
mkfifo "$tmp/queries"
converse()
{
	sql postgresql <"$tmp/queries" >"$tmp/answers"
}
in_background converse
exec 8<>"$tmp/queries"
# answers WORD: psql gets an answer to another query.
answers()
{
	echo "select '$1';" >&8
	wait_until "grep -qx '$1' '$tmp/answers'"
}

# scp sends a file into a pipe, and waits until it is read.
mkfifo "$tmp/pipe"
printf '[localhost]:%s %s\n' "$(port ssh)" "$(cat "$tmp/hostkey.pub")" \
    >"$tmp/known_hosts"
in_background scp -O -q -F "$tmp/ssh_config" -P "$(port ssh)" "$tmp/long" \
    "root@localhost:$tmp/pipe" 8>&-
scp=$last
exec 9<>"$tmp/pipe"
# receives BYTES: as many arrive.
: >"$tmp/got"
receives()
{
	timeout 60 head -c "$1" <&9 >>"$tmp/got"
}

# served WHAT: the session of psql and that of scp go on.
served()
{
	ok "$1: psql" answers "$1"
	ok "$1: scp" receives 100000
}
served before
sed -i 's/127.0.0.1:5432/127.0.0.1:1/' /etc/haild/conf.d/forward.conf
ok 'a reload, with another target' systemctl reload haild
served reloaded
like 'new clients get the new target' "$(sql postgresql -c 'select 1')" 'closed'
pid=$(main_pid)
repack 1.1
ok 'an upgrade' apt_get install "$tmp/haild-1.1.deb"
is 'by the same process' "$(main_pid) $(readlink "/proc/$pid/exe")" \
    "$pid /usr/sbin/haild"
served upgraded
receives $(($(wc -c <"$tmp/long") - 300000))
wait "$scp"
is 'scp ends' $? 0
ok 'the file is complete' cmp "$tmp/long" "$tmp/got"
exec 9<&-
echo '\q' >&8
exec 8<&-
ok 'the journal has the session of psql' wait_until "journalctl -u haild -o cat |
    grep -Eq 'postgresql: .* exit 0 .* in [0-9]+ out [0-9]+ to 127.0.0.1:5432\$'"
ok 'and that of scp, with its bytes' wait_until "journalctl -u haild -o cat |
    grep -Eq 'ssh: .* exit 0 .* in [67][0-9]{6} out [0-9]+ to 127.0.0.1:2222\$'"
done_testing
