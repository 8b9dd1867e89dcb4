# sandbox_reload.sh -- what a hostile session can do to a reload: nothing.
#
# It kills or stops each process of its user that it finds, so also the trial
# in which haild-load finds out whether the next sessions can start.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command perl
own_world

UID1=274000

# config ADDED: "killer" has one user ID, so the trial has that of its session.
config()
{
	cat <<-EOF
	killer: {
		listen = ["127.0.0.1:${killer:-0}"]
		exec = ["/usr/bin/perl", "-e", "$1"]
		user = "pool:$UID1-$UID1"
		max-sessions = 1
		max-per-source = "none"
		environment = ["ADDED=$2"]
	}
	EOF
}
# It begins when it has said so, and ends with its client.
attack()
{
	# shellcheck disable=SC2016 # perl's
	printf '%s' '$| = 1; print qq(begun\\n); fcntl(STDIN, 4, 2048);' \
	    'for (;;) { kill(' "$1" ', -1); $n = sysread(STDIN, $b, 9);' \
	    'exit if defined($n) && $n == 0; }'
}

told='was killed, stopped or limited by another process; continuing'

# under_attack SIGNAL REGEX: reload during it, at least five times, and until the
# log has that.
under_attack()
{
	config "$(attack "$1")" 0 >"$tmp/config"
	start_haild <"$tmp/config"
	reloads=0
	killer=$(port killer)
	mkfifo "$tmp/in.$1"
	nc -N 127.0.0.1 "$killer" <"$tmp/in.$1" >"$tmp/out" &
	client=$!
	exec 5>"$tmp/in.$1"
	wait_until "grep -q begun '$tmp/out'"
	i=0
	while [ $i -lt 5 ] || { [ $i -lt 100 ] && ! grep -q "$2" "$log"; }; do
		i=$((i + 1))
		config "$(attack "$1")" "$i" >"$conf"
		reload
	done
	is "signal $1: each reload succeeds" "$(grep -c ': reloaded: ' "$log")" $i
	is "signal $1: the service is never out of service" \
	    "$(grep -c 'out of service' "$log")" 0
	exec 5>&-
	wait "$client"
	wait_until no_children
	# The user ID is checked before it is given out again.
	wait_until '[ "$(nc -N 127.0.0.1 "$killer" </dev/null)" = begun ]'
	ok "signal $1: the service goes on" [ $? -eq 0 ]
	cp "$log" "$tmp/log.$1"
	stop_haild
	killer=
}

under_attack 9 "$told"
ok 'signal 9: a trial that was killed is told in the log' \
    grep -q "$told" "$tmp/log.9"
under_attack 15 .

done_testing
