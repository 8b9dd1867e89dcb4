# turns.sh -- many who wait at one service do not keep those of another waiting.
. "${srcdir:-.}/tests/e2e/lib.sh"

start_haild <<EOF
many: { listen = ["127.0.0.1:0"] message = "many\n" log-start = true max-per-source = "none" }
few: { listen = ["127.0.0.1:0"] message = "few\n" log-start = true }
EOF

kill -STOP "$haild_pid"
in_background "$PEER" many "$(port many)" 200 'many
' >"$tmp/many"
many=$last
in_background "$PEER" many "$(port few)" 20 'few
' >"$tmp/few"
few=$last
queued "$(port many)" 200
queued "$(port few)" 20
kill -CONT "$haild_pid"
wait "$many" "$few"
is 'all of the many are served' "$(cat "$tmp/many")" 200
is 'all of the few are served' "$(cat "$tmp/few")" 20

# The order of the forks, in which each listener has 64 before the next one's
# turn: none of the few comes behind more than 64 of the many.
is 'each has a start in the log' "$(grep -c ' start$' "$log")" 220
before=$(awk '/ many: .* start$/ { n++ } / few: .* start$/ { before = n + 0 }
    END { print before }' "$log")
ok "the few have their turn between the many (behind $before)" \
    [ "$before" -le 64 ]
done_testing
