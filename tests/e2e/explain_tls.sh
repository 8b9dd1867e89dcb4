# explain_tls.sh -- what "haildctl explain --identity" says is what haild does, for
# random configurations and certificates: the verdict, the identity, and by the log
# the reason of a refusal.
#
# HAILD_EXPLAIN_ROUNDS is the number of configurations (6); HAILD_EXPLAIN_SEED
# repeats a run.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command openssl perl unshare
own_world
. "$srcdir/tests/e2e/pki.sh"
HAILDCTL=${HAILDCTL:-$builddir/haildctl}
rounds=${HAILD_EXPLAIN_ROUNDS:-6}
seed=${HAILD_EXPLAIN_SEED:-$(date +%s)}
names='web1.example.org web2.example.org a.b.example.org db.example.net'

pki_ca root
pki_cert www root server DNS:www.example.org
for name in $names; do
	pki_cert "$name" root client "DNS:$name"
done

# configuration ROUND: one that depends on the seed and the round alone.
configuration()
{
	perl -e '
	my ($control, $pki, $seed) = @ARGV;
	srand $seed;
	sub one_of { return $_[int rand @_] }
	my @patterns = ("web1.example.org", "*.example.org", "*.example.net",
	    "*", "*.b.example.org", "uri:spiffe://a/*");
	print "control = \"$control\"\nuser = \"nobody\"\n",
	    "tls-certificate = \"$pki/www.pem\"\ntls-key = \"$pki/www.key\"\n";
	for (0 .. 2) {
		my $client = one_of("required", "optional", "optional");
		print "t$_: {\nlisten = [\"127.0.0.1:710$_\"]\ntls = true\n",
		    "tls-client = \"$client\"\ntls-client-ca = \"$pki/root.pem\"\n",
		    "exec = [\"/bin/sh\", \"-c\", ",
		    "\"echo as \${REMOTE_USER-nobody}; read -r l\"]\n";
		my @allowed = grep { rand() < 0.3 } @patterns;
		print "allow-identity = [", join(", ", map { "\"$_\"" } @allowed),
		    "]\n" if @allowed;
		print "max-per-identity = ", one_of(1, 2), "\n" if rand() < 0.6;
		print "deny = [\"127.0.0.2\"]\n" if rand() < 0.4;
		print "}\n";
	}' "$tmp/ctl.sock" "$pki" "$((seed + $1))"
}

# client NAME SERVICE FROM:PORT: openssl, with the certificate of NAME; "-": none.
client()
{
	set -- "$1" "710${2#t}" "$3" -CAfile "$pki/root.pem" -quiet -verify_quiet
	[ "$1" = - ] || set -- "$@" -cert "$pki/$1.pem" -key "$pki/$1.key"
	name=$1 where=$2 from=$3
	shift 3
	exec timeout 60 openssl s_client "$@" -bind "$from" \
	    -connect "127.0.0.1:$where" 2>/dev/null
}

# explain NAME SERVICE FROM:PORT: the first line is in $verdict.
explain()
{
	identity=
	[ "$1" = - ] || identity="--identity $1"
	has_sessions "$nheld"
	# shellcheck disable=SC2086 # a list
	explained=$("$HAILDCTL" -s "$tmp/ctl.sock" explain "$2" "$3" $identity)
	verdict=$(printf '%s\n' "$explained" | head -n 1)
}

# hold NAME SERVICE: if it is served, keep a session open.
hold()
{
	explain "$1" "$2" 127.0.0.3
	case $verdict in
	served*) ;;
	*) return ;;
	esac
	nheld=$((nheld + 1))
	in_background hold_client "$1" "$2" 127.0.0.3:0 >/dev/null
	held="$held $last"
	has_sessions "$nheld"
}

hold_client()
{
	client "$@" <&9
}

# pair NAME SERVICE FROM: explain it, then let it happen, and compare.
pair()
{
	pairs=$((pairs + 1))
	set -- "$1" "$2" "$3:$((20000 + pairs))"
	explain "$@"
	as=$(printf '%s\n' "$explained" |
	    sed -n 's/^  REMOTE_USER  *\(.*\)  # haild/\1/p')
	case $verdict in
	served*) wanted="as ${as:-nobody}" ;;
	*)
		wanted=
		reason=${verdict#refused: }
		echo "$2: $3 ${reason%% (*}" >>"$tmp/predicted"
		;;
	esac
	got=$(echo | client "$@")
	[ -z "$got" ] || served=$((served + 1))
	[ "$got" = "$wanted" ] || {
		wrong=$((wrong + 1))
		echo "# round $round: $*: got \"$got\", but explained: $verdict"
	}
}

# logged_reasons: "SERVICE: ADDRESS REASON" for each refusal in the log.
logged_reasons()
{
	sed -En 's/.*\]: (t[0-9]: [0-9.:]+) (\[.*\] )?(pid [0-9]+ )?refused: (.*)/\1 \4/p' \
	    "$log" | sed -E 's/ [0-9]+\.[0-9]+s( .*)?$//
		s/ (identity|identity limit [0-9]+): .*/ \1/'
}

echo "# seed $seed"
configuration 0 >"$tmp/first"
start_haild <"$tmp/first"
mkfifo "$tmp/stdin"
exec 9<>"$tmp/stdin" # nothing is written to it
: >"$tmp/predicted"
round=0 pairs=0 served=0 wrong=0
while [ $round -lt "$rounds" ]; do
	[ $round = 0 ] || {
		configuration $round >"$conf"
		reload
	}
	nheld=0
	for service in t0 t1 t2; do
		hold web1.example.org $service
		for name in $names -; do
			for from in 127.0.0.1 127.0.0.2; do
				pair "$name" $service $from
			done
		done
	done
	release_all
	has_sessions 0
	round=$((round + 1))
done
like 'some are served' "$served" '[1-9]'
is "$pairs clients with certificates: as explained" "$wrong" 0
logged_reasons | LC_ALL=C sort >"$tmp/logged"
LC_ALL=C sort -o "$tmp/predicted" "$tmp/predicted"
is 'refusals in the log have the reasons that were explained' \
    "$(LC_ALL=C comm -23 "$tmp/logged" "$tmp/predicted")" ''
cut -d ' ' -f 3- "$tmp/logged" | sort | uniq -c | sed 's/^/# /'
done_testing
