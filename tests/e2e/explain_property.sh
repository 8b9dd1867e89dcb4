# explain_property.sh -- what "haildctl explain" says of a client is what haild
# does then, for random configurations and clients.
#
# HAILD_EXPLAIN_ROUNDS is the number of configurations (25; 8 if haild has sanitizers),
# with 80 clients each; HAILD_EXPLAIN_SEED repeats a run.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command perl unshare
own_world

seed=${HAILD_EXPLAIN_SEED:-$(date +%s)}
chmod 755 "$tmp"
renice -n 0 -p $$ >/dev/null	# programs inherit it, and "nice" adds to it
start_haild <<EOF
control = "$tmp/ctl.sock"
s0: { listen = ["127.0.0.1:7001"] message = "" }
EOF
rounds=25
! is_sanitized || rounds=8
rounds=${HAILD_EXPLAIN_ROUNDS:-$rounds}
echo "# seed $seed"
perl "$srcdir/tests/e2e/explain_property.pl" "$tmp" "$haild_pid" "$seed" \
    "$rounds" 80 >"$tmp/out" 2>&1
sed 's/^[^#]/# &/' "$tmp/out"
result=$(tail -n 1 "$tmp/out")
like 'explanations and sessions are the same' "$result" \
    "^pairs $((rounds * 80)) .* wrong 0\$"
done_testing
