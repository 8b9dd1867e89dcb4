# sysv.sh -- the actions of the init script and their exit statuses.
# init: sysv
. "${srcdir:-.}/tests/system/lib.sh"
session=

# does ACTION STATUS WHEN: run the script; its output is in $out.
does()
{
	out=$(/etc/init.d/haild "$1" 2>&1 </dev/null)
	is "$1: $3" $? "$2"
}

install_packages haild
does status 0 'it runs'
like 'and it says so' "$out" running
is 'another user learns it, too' "$(setpriv --reuid=nobody --clear-groups \
    /etc/init.d/haild status >/dev/null 2>&1; echo $?)" 0
pid=$(main_pid)
does start 0 'it runs already'
is 'the same process' "$(main_pid)" "$pid"

service_conf more <<EOF
more: { listen = ["127.0.0.1:7881"] message = "more\n" }
EOF
does reload 0 'a good configuration'
is 'it is in force' "$(nc -d 127.0.0.1 7881)" more
like 'and the script says what changed' "$out" 'reloaded: added more'
rm /etc/haild/conf.d/more.conf
does force-reload 0 'a good configuration'
ok 'it is in force' wait_until '! nc -z 127.0.0.1 7881'
is 'the same process' "$(main_pid)" "$pid"

service_conf more <<EOF
more: { listen = ["127.0.0.1:7881"] mesage = "more\n" }
EOF
for action in reload force-reload restart try-restart; do
	does $action 6 'a broken configuration'
	like 'it says where' "$out" \
	    '/etc/haild/conf.d/more.conf:1: unknown setting "mesage"'
	is 'what ran goes on' "$(main_pid)" "$pid"
	ok 'and serves' serves
done
like 'reload, with the result of haildctl' "$(/etc/init.d/haild reload 2>&1)" \
    'reload failed: errors in the configuration; keeping the old configuration'
rm /etc/haild/conf.d/more.conf
is '/run/haild is for sockets' "$(stat -c '%U %a' /run/haild)" 'root 755'
is 'haildctl can ask haild' "$(haildctl health)" ready

for action in restart try-restart; do
	pid=$(main_pid)
	does $action 0 'it runs'
	ok 'as another process' [ "$(main_pid)" != "$pid" ]
	ok 'which serves' serves
done

# --- without a control socket, and with sessions ---

service_conf more <<EOF
control = "none"
more: { listen = ["127.0.0.1:7881"] message = "more\n" }
EOF
does reload 0 'it had a control socket until now'
is 'it is in force' "$(nc -d 127.0.0.1 7881)" more
sed -i 's/more.n/less\\n/' /etc/haild/conf.d/more.conf
does reload 0 'without a control socket'
ok 'it is in force' wait_until '[ "$(nc -d 127.0.0.1 7881)" = less ]'
sed -i 's/message/mesage/' /etc/haild/conf.d/more.conf
does reload 6 'a broken configuration, without a control socket'
like 'it says where' "$out" '/etc/haild/conf.d/more.conf:2: unknown setting "mesage"'
rm /etc/haild/conf.d/more.conf
pid=$(main_pid)
does restart 0 'without a control socket'
ok 'as another process' [ "$(main_pid)" != "$pid" ]
is 'haildctl can ask it again' "$(haildctl health)" ready
service_conf more <<EOF
stop-timeout = "1s"
cat: { listen = ["127.0.0.1:7881"] exec = ["/bin/cat"] user = "nobody" }
EOF
does reload 0 'a service'
hold_open 7881
ok 'with a session' wait_until 'session=$(pgrep -u nobody -x cat)'
pid=$(main_pid)
does restart 0 'with a session'
ok 'which has ended' ends "$session"
ok 'as another process' [ "$(main_pid)" != "$pid" ]
ok 'which serves' serves
release_all
rm /etc/haild/conf.d/more.conf
does restart 0 'it runs'

# --- a haild that the script did not start ---

cat >"$tmp/mine.conf" <<EOF
mine: { listen = ["127.0.0.1:7892"] message = "mine\n" }
held: { listen = ["127.0.0.1:7893"] exec = ["/bin/cat"] user = "nobody" }
EOF
in_background haild -f -c "$tmp/mine.conf" 2>"$tmp/mine.log"
mine=$last
ok 'somebody has a haild of his own' \
    wait_until '[ "$(nc -d 127.0.0.1 7892)" = mine ]'
hold_open 7893
ok 'with a session' wait_until 'session=$(pgrep -u nobody -x cat)'
pid=$(main_pid)
does stop 0 'it runs'
ok 'it has ended' ends "$pid"
ok 'the file with its process ID is gone' [ ! -e /run/haild.pid ]
ok 'the other one goes on' kill -0 "$mine"
is 'and serves' "$(nc -d 127.0.0.1 7892)" mine
ok 'so does its session' kill -0 "$session"
does stop 0 'it does not run'
does status 3 'it does not run'
does reload 7 'it does not run'
does try-restart 0 'it does not run'
does status 3 'nor after that'

# As if haild had been killed and another haild got its pid.
echo "$mine" >/run/haild.pid
does status 1 'it is dead, but the file with the process ID is there'
does stop 0 'it is dead, but the file with the process ID is there'
ok 'the other one goes on' kill -0 "$mine"
does force-reload 0 'it does not run'
ok 'it serves' serves
is 'as the file says' "$(ps -o args= -p "$(main_pid)" | cut -c -15)" \
    /usr/sbin/haild
does stop 0 'it runs'
ok 'the other one goes on' kill -0 "$mine"
release_all

# --- a start that fails ---

service_conf more <<EOF
more: { listen = ["127.0.0.1:7881"] mesage = "more\n" }
EOF
does start 1 'a broken configuration'
like 'it says where' "$out" \
    '/etc/haild/conf.d/more.conf:1: unknown setting "mesage"'
does status 3 'it does not run'
does nonsense 3 'no such action'
rm /etc/haild/conf.d/more.conf
echo 'HAILD_OPTS="--nonsense"' >/etc/default/haild
does start 1 'wrong options'
done_testing
