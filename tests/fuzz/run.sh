#!/bin/sh
# run.sh SECONDS NAME -- compile the target NAME, with the libraries of
# build/fuzz, and have libFuzzer run it.  Writes one line: what was done, and the
# path of the input that broke the target, if there is one.
#
# Inputs that reach code which no other reaches are added to the corpus, unless CI
# is true.
set -eu
seconds=$1 name=$2
corpus=tests/fuzz/corpus/$name
out=build/fuzz/$name
new=$out/new
log=$out/log
rm -rf "$out"
mkdir -p "$new"

# say RESULT: the line, from the status lines and statistics of libFuzzer.
say()
{
	awk -v name="$name" -v result="$1" -v new="$(find "$new" -type f | wc -l)" '
	/^stat::number_of_executed_units:/ { runs = $2 }
	/^Done [0-9]+ runs in [0-9]+ second/ { runs = $2; took = $5 }
	$1 ~ /^#[0-9]+$/ { if (runs == "") last = substr($1, 2) }
	END {
		printf "%-16s %9d executions, %4d s, %4d new inputs: %s\n",
		    name, runs == "" ? last : runs, took, new, result
	}' "$log"
}

fail()
{
	say "$1"
	tail -n 60 "$log"
	exit 1
}

# Without replay.c: libFuzzer has a main() of its own.
# shellcheck disable=SC2046 # lists
clang -O1 -g -fsanitize=fuzzer,address,undefined \
    -fno-sanitize-recover=all -D_GNU_SOURCE -DLIBBSD_OPENBSD_VIS -Isrc -I. \
    $(pkg-config --cflags libbsd-overlay gnutls) "tests/fuzz/fuzz_$name.c" \
    -o "$out/fuzz_$name" -Wl,--start-group build/fuzz/lib*.a -Wl,--end-group \
    $(pkg-config --libs libbsd-overlay libconfig libseccomp gnutls libmd) \
    >"$log" 2>&1 || fail 'does not compile'

# libFuzzer cuts inputs, and those of the corpus, to this length.
longest=$(find "$corpus" -type f -printf '%s\n' | sort -n | tail -n 1)
[ "${longest:-0}" -ge 600 ] || longest=600
"$out/fuzz_$name" -max_total_time="$seconds" -max_len="$longest" -timeout=10 \
    -print_final_stats=1 -artifact_prefix="$out/found-" "$new" "$corpus" \
    >"$log" 2>&1 || fail "FOUND $(find "$out" -name 'found-*')"
say ok
[ "${CI:-false}" = false ] || exit 0
"$out/fuzz_$name" -merge=1 -max_len="$longest" "$corpus" "$new" >>"$log" 2>&1 ||
    fail 'cannot merge the new inputs'
