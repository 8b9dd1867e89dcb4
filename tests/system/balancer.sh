# balancer.sh -- nginx in front of three instances of haild, with the files of
# etc/examples.  Clients connect all the time, while each instance is upgraded, and
# drained, stopped and started.  No client is lost.
#
# With builddir, it runs the haild that was built there, on any host that has nginx
# with its module "stream": builddir=build/plain sh tests/system/balancer.sh
if [ -n "${builddir:-}" ]; then
	. "${srcdir:-.}/tests/e2e/lib.sh"
	need_root
	PATH=$PATH:/usr/sbin
	need_command ip nginx perl unshare
	own_world
else
	. "${srcdir:-.}/tests/system/lib.sh"
	install_packages haild || exit 1
fi
. "$srcdir/tests/e2e/fleet.sh"
# nginx avoids a haild that has refused a client for less time, since the test waits.
example=$tmp/nginx-stream.conf
sed 's/fail_timeout=5s/fail_timeout=1s/' "$srcdir/etc/examples/nginx-stream.conf" \
    >"$example"

# start_nginx: on a booted system, as the example says.
start_nginx()
{
	if [ "${init:-}" = systemd ]; then
		# Another package of the container has port 80.
		rm /etc/nginx/sites-enabled/default
		cp "$example" /etc/nginx/modules-enabled/90-haild.conf
		systemctl start nginx
		return
	fi
	cat >"$tmp/nginx.conf" <<-END
	load_module /usr/lib/nginx/modules/ngx_stream_module.so;
	pid $tmp/nginx.pid;
	worker_processes 2;
	events { }
	include $example;
	END
	in_background nginx -c "$tmp/nginx.conf" -e "$tmp/nginx.log" -g 'daemon off;'
}

make_fleet nginx-haild.conf
ok 'nginx starts' start_nginx
ok 'and listens' wait_until "ss -Hltn 'src 192.0.2.10' | grep -q ."

clients_start 6 2000
wait_until '[ $(served_by c whoami) -gt 20 ]'
for name in a b c; do
	ok "$name is upgraded" member_ctl $name upgrade
	ok "$name is drained" member_ctl $name drain --wait=30s
	ok "$name stops" member_ctl $name stop
	member_ends $name
	is "$name has stopped" "$haild_status" 0
	before=$(served_by $name whoami)
	start_member $name
	# nginx tries it again after fail_timeout.
	ok "$name serves again" wait_until \
	    "[ \"\$(served_by $name whoami)\" -gt $before ]" 20
done
clients_stop
is 'no client is lost' "$(lost)" 0
good=$(sed 's/ .*//' "$tmp/clients")
ok '2000 clients at least' [ "$good" -ge 2000 ]
for name in a b c; do
	ok "$name serves a tenth of them at least" \
	    [ $(($(served_by $name whoami) * 10)) -ge "$good" ]
done
done_testing
