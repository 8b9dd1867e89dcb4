# traced.sh -- fault 86: processes that trace each other, in sessions of their own, are
# gone within half a second of the end of the session.
# root: disk
. "${srcdir:-.}/tests/vm/lib.sh"

cp "$srcdir/tests/e2e/trace_tree.pl" /usr/local/bin/
chmod 755 /usr/local/bin/trace_tree.pl
fresh <<EOF
traced: {
	listen = ["127.0.0.1:7881"]
	exec = ["/usr/local/bin/trace_tree.pl"]
	user = "nobody"
}
EOF
# A busy host may delay one of them.
best=9999
for round in 1 2 3; do
	# shellcheck disable=SC2046 # two words
	set -- $(perl "$srcdir/tests/e2e/trace_client.pl" 7881 \
	    "$(cgroup)/sessions/traced")
	echo "# round $round: gone after ${2:-?} ms"
	is 'all processes are in the leaf' "${1:-}" 13
	[ "$best" -le "${2:-9999}" ] || best=$2
done
ok 'they are gone within 500 ms' [ "$best" -le 500 ]
ok 'no process is left' wait_until '! pgrep -u nobody >/dev/null'
done_testing
