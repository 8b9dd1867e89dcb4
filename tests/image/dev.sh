# dev.sh -- the command image of ./dev, which sources this file: make the container
# image, and test it with a runtime.
#
# shellcheck shell=sh disable=SC2154 # what ./dev sets

# make_image: unless it was made of the present packages, by the present script.
make_image()
{
	newer=$(find etc/image tests/system/sources.sh build/deb/built \
	    -newer build/image/made 2>&1)
	[ -n "$newer" ] || return 0
	say 'make the image'
	as_root env SOURCE_DATE_EPOCH="$(dpkg-parsechangelog -S Timestamp)" \
	    etc/image/make.sh build/image build/deb/haild_*.deb build/deb/hail_*.deb ||
	    return 1
	as_root umoci unpack --image build/image/layout:latest \
	    build/image/bundle &&
	    as_root touch build/image/made
	ls -l build/image/haild.tar
}

# test_image: run each test, a line for each case as in tests/system/run.sh.
test_image()
{
	say 'suite image'
	for t in tests/image/*.sh; do
		case $t in
		*/dev.sh | */lib.sh | */run.sh) ;;
		*) printf '%s\0' "$t" ;;
		esac
	done | as_root xargs -0 -n 1 -P "$jobs" tests/image/run.sh |
	    tee "$results/image.out" || true
	grep -E '^(PASS|FAIL|SKIP) ' "$results/image.out" >"$results/image.txt" ||
	    echo 'FAIL image: no test ran' | tee "$results/image.txt"
}

# image [build]
image()
{
	# shellcheck disable=SC2086 # a list
	need $test_packages X-Deb-Depends X-Image-Depends
	is_packaged || build_packages
	results=build/image-results
	rm -rf "$results"
	mkdir -p "$results"
	make_image || { echo 'FAIL image: not made' | tee "$results/image.txt"; }
	[ "${1:-}" != build ] || return 0
	[ -s "$results/image.txt" ] || test_image
	report
}
