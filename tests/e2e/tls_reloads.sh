# tls_reloads.sh -- 400 reloads, each with a new certificate: descriptors, processes
# and memory stay as they are.
#
#	RELOADS		how many (400; 60 if haild has sanitizers)
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command openssl unshare
own_world
. "$srcdir/tests/e2e/pki.sh"
. "$srcdir/tests/e2e/tls.sh"
# Fewer with sanitizers, whose own memory hides leaks of haild.  In kilobytes: the growth
# that is allowed.
total=${RELOADS:-400} growth=200

pki_ca root
n=0
while [ $n -lt 10 ]; do
	pki_cert web$n root server DNS:www.example.org
	n=$((n + 1))
done
# rotate N: replace the pair as certbot does.
rotate()
{
	for suffix in key pem; do
		cp -p "$pki/web$(($1 % 10)).$suffix" "$tmp/new.$suffix"
		mv "$tmp/new.$suffix" "$tmp/web.$suffix"
	done
}
rotate 0
start_haild <<END
tls-certificate = "$tmp/web.pem"
tls-key = "$tmp/web.key"
echo: {
	listen = ["127.0.0.1:7001"]
	tls = true
	builtin = "echo"
}
END
! is_sanitized || total=${RELOADS:-60} growth=512
hold_tls 7001 2
ok 'sessions' hold_echo

# memory: the memory of the daemon in kilobytes.
memory()
{
	awk '/^Rss:/ { print $2 }' "/proc/$haild_pid/smaps_rollup"
}

# rotate_to N: reload until there were N reloads.
n=0
rotate_to()
{
	while [ $n -lt "$1" ]; do
		n=$((n + 1))
		rotate $n
		reload || return 1
	done
}
rotate_to $((total / 10))
settled() { wait_until '[ "$(keeper | wc -l) $(signer | wc -l)" = "1 1" ]' 30; }
settled
fds=$(descriptors)
before=$(memory)
ok "$total reloads" rotate_to "$total"
is 'all succeeded' "$(grep -c 'reload failed' "$log")" 0
ok 'one keeper and one signer are left' settled
is 'the descriptors are the same' "$(descriptors)" "$fds"
is 'the processes too' "$(relays | wc -l)" 2
after=$(memory)
echo "# memory: $before kB, then $after kB"
ok 'the memory has not grown' [ $((after - before)) -le $growth ]
is 'the last certificate is used' \
    "$(openssl s_client -connect 127.0.0.1:7001 </dev/null 2>/dev/null |
	sed -n 's/^subject=CN *= *//p')" "web$((total % 10))"
ok 'the first sessions go on' hold_echo
hold_end
ok 'the old sessions end' has_relays 0
done_testing
