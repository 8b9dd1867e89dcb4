# inherited.sh -- what a program inherits when haild was started with odd values.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command setpriv

# show: what it was started with, as a shell script.
cat >"$tmp/show" <<'EOT'
echo "oom_score_adj $(cat /proc/self/oom_score_adj)"
echo "umask $(umask)"
echo "directory $(pwd)"
echo "nice $(nice)"
echo "descriptors" $(cd /proc/$$/fd; ls | grep -E '^[012]$')
grep -E '^(CapInh|CapPrm|CapEff|CapAmb|SigBlk|NoNewPrivs|Groups|TracerPid):' /proc/self/status | tr -s '\t ' ' '
env | sed 's/=.*//' | grep -Ev '^(PWD|SHLVL|_|OLDPWD)$' | sort | tr '\n' ' '
echo
EOT
chmod 644 "$tmp/show"
# odd: start haild with values that no program should have.
cat >"$tmp/odd" <<EOT
umask 077
cd "$tmp"
echo \${ADJUST:--500} >/proc/self/oom_score_adj || exit 1
SECRET=1 LD_LIBRARY_PATH=/nowhere IFS=x ENV=/nowhere \\
exec setpriv --inh-caps +net_raw --ambient-caps +net_raw \\
    $HAILD "\$@"
EOT
HAILD="sh $tmp/odd"
id nobody >/dev/null || skip_all 'needs a user with a name'

config()
{
	cat <<-EOT
	show: { listen = ["127.0.0.1:0"] exec = ["/bin/sh", "$tmp/show"] user = "nobody" groups = [] }
	run: {
		listen = ["127.0.0.1:0"]
		user = "nobody"
		groups = []
		commands: { show: { exec = ["/bin/sh", "$tmp/show"] } }
	}
	EOT
}

# wanted OOM_SCORE_ADJ
wanted()
{
	cat <<-EOT
	oom_score_adj $1
	umask 0022
	directory /
	nice $(nice)
	descriptors 0 1 2
	TracerPid: 0
	Groups:
	SigBlk: 0000000000000000
	CapInh: 0000000000000000
	CapPrm: 0000000000000000
	CapEff: 0000000000000000
	CapAmb: 0000000000000000
	NoNewPrivs: 1
	EOT
}

for adjust in -500 300; do
	ADJUST=$adjust
	export ADJUST
	# Without CAP_SYS_RESOURCE it cannot be below 0.
	if ! sh -c "echo $adjust >/proc/self/oom_score_adj" 2>/dev/null; then
		skip "oom_score_adj $adjust" 'cannot lower oom_score_adj'
		adjust=0
		ADJUST=0
	fi
	config >"$tmp/config"
	start_haild <"$tmp/config"
	expected=0
	[ $adjust -lt 0 ] || expected=$adjust
	nc -d 127.0.0.1 "$(port show)" >"$tmp/exec"
	is "a program, of a daemon with oom_score_adj $adjust" \
	    "$(sed -n '1,/^NoNewPrivs/s/ *$//p' "$tmp/exec")" "$(wanted $expected)"
	is 'and its variables' "$(tail -n 1 "$tmp/exec" | sed 's/ *$//')" \
	    'HOME LOGNAME PATH PROTO REMOTE_ADDR REMOTE_PORT SHELL TCPLOCALIP TCPLOCALPORT TCPREMOTEIP TCPREMOTEPORT USER'
	# The daemon's own value is as it was.
	is 'the daemon' "$(cat "/proc/$haild_pid/oom_score_adj")" $adjust
	"$HAIL" "127.0.0.1:$(port run)" show </dev/null >"$tmp/command"
	is 'a command' "$(sed -n '1,/^NoNewPrivs/s/ *$//p' "$tmp/command")" \
	    "$(wanted $expected)"
	like 'and its variables' "$(tail -n 1 "$tmp/command")" \
	    '^HOME LOGNAME .*PATH .*USER $'
	stop_haild TERM
done
done_testing
