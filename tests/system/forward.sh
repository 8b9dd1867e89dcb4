# forward.sh -- "forward" in front of servers of other projects, with their usual
# clients: nginx, also with TLS, PostgreSQL, sshd and dnsmasq.
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
	install_packages haild || exit 1
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
web: { listen = ["127.0.0.1:0"] forward = ["127.0.0.1:8080"] }
fallback: { listen = ["127.0.0.1:0"] forward = ["127.0.0.1:1", "127.0.0.1:8080"] }
web-tls: {
	listen = ["127.0.0.1:0"]
	tls = true
	tls-certificate = "$tmp/keys/cert.pem"
	tls-key = "$tmp/keys/key.pem"
	forward = ["127.0.0.1:8080"]
}
postgresql: { listen = ["127.0.0.1:0"] forward = ["127.0.0.1:5432"] }
postgresql-unix: {
	listen = ["127.0.0.1:0"]
	forward = ["/run/postgresql/.s.PGSQL.5432"]
}
ssh: { listen = ["127.0.0.1:0"] forward = ["127.0.0.1:2222"] }
dns: { listen = ["127.0.0.1:0"] forward = ["127.0.0.1:5353"] }
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
is 'and elsewhere TCP' \
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

# ask NAME TYPE
ask()
{
	dig +tcp +short +time=20 +tries=1 -p "$(port dns)" @127.0.0.1 "$1" "$2"
}
is 'dig gets an address' "$(ask www.example.test A)" 192.0.2.7
is 'and a long answer' "$(ask long.example.test TXT | tr -d '" ')" \
    "$long$long$long"

# --- how the sessions ended ---

for service in web:8080 fallback:8080 web-tls:8080 postgresql:5432 ssh:2222 \
    dns:5353; do
	ok "$service: the line of the log has the target" logged \
	    "${service%:*}: 127\.0\.0\.1:[0-9]+ pid [0-9]+ exit 0 .* to 127\.0\.0\.1:${service#*:}\$"
done
ok 'and the Unix socket' logged \
    'postgresql-unix: 127\.0\.0\.1:[0-9]+ .* exit 0 .* to /run/postgresql/\.s\.PGSQL\.5432$'
stop_haild TERM
is 'haild stops' "$haild_status" 0
done_testing
