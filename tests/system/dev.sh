# dev.sh -- the commands deb and system of ./dev, which sources this file: build
# packages, install and test them.
#
# shellcheck shell=sh disable=SC2154 # what ./dev sets

# --- packages ----------------------------------------------------------------

# export_source DIR: copy the files that git knows.
export_source()
{
	mkdir -p "$1"
	git ls-files -z | xargs -0 cp -P --parents -t "$1"
}

# The source package has an upstream and a Debian part, as in the archive.
build_packages()
{
	# shellcheck disable=SC2086 # a list
	need $test_packages X-Deb-Depends
	say 'build the packages'
	version=$(dpkg-parsechangelog -S Version)
	rm -rf build/deb
	export_source "build/deb/haild-${version%-*}"
	(
		cd build/deb
		tar -c --exclude=debian "haild-${version%-*}" |
		    xz -0 >"haild_${version%-*}.orig.tar.xz"
		cd "haild-${version%-*}"
		# ./dev check runs the tests.
		DEB_BUILD_OPTIONS="nocheck parallel=$jobs" \
		    dpkg-buildpackage -us -uc -Pnocheck >../build.log 2>&1
	) || { tail -n 50 build/deb/build.log; exit 1; }
	touch build/deb/built
	ls build/deb/*.deb
}

deb()
{
	build_packages
	say 'lintian'
	failed=0
	lintian --allow-root -I --pedantic -E \
	    --fail-on error,warning,info,pedantic build/deb/*.changes ||
	    failed=1
	printf '%s passed, %s failed, 0 skipped\n' $((1 - failed)) $failed
	[ $failed = 0 ]
}

# is_packaged: whether the packages were built from the present tree.
is_packaged()
{
	[ -e build/deb/built ] && [ -z "$(git ls-files -z |
	    xargs -0 sh -c 'find "$@" -newer build/deb/built' sh)" ]
}

# system_suite INIT: run the tests on a system booted with INIT.
system_suite()
{
	say "suite $1"
	as_root tests/system/container.sh make "build/system/$1" "$1" || {
		echo "FAIL $1: no root" | tee "$results/$1.txt"
		return
	}
	{ as_root tests/system/run.sh "$1" "build/system/$1" || true; } |
	    tee "$results/$1.out"
	grep -E '^(PASS|FAIL|SKIP) ' "$results/$1.out" >"$results/$1.txt" ||
	    echo "FAIL $1: no test ran" | tee "$results/$1.txt"
}

# outcome NAME COMMAND...: run it; print its output if it fails.
outcome()
{
	what=$1
	shift
	say "$what"
	if "$@" >"$results/$what.out" 2>&1; then echo "PASS $what"; else
		tail -n 50 "$results/$what.out" >&2
		echo "FAIL $what"
	fi | tee "$results/$what.txt"
}

# Run debian/tests for all packages.
run_autopkgtest()
{
	as_root autopkgtest -B build/deb/*.deb "build/deb/haild-$1/" -- \
	    tests/system/autopkgtest-virt-container build/system/systemd
}

# Install, purge, and check that no file remains.  systemd is part of the base, as
# installing it would leave files of its own.
run_piuparts()
{
	suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	base=build/system/piuparts.tar.gz
	[ -e "$base" ] || as_root mmdebstrap --quiet --variant=minbase \
	    --include=systemd "$suite" "$base" || return 1
	mirror=$(apt-get indextargets --format '$(REPO_URI)' \
	    'Created-By: Packages' "Codename: $suite" 'Origin: Debian' |
	    head -n 1)
	as_root piuparts --basetgz="$base" -d "$suite" --mirror="$mirror" \
	    build/deb/haild_*.deb build/deb/hail_*.deb \
	    build/deb/haild-inetd_*.deb
}

# system [--all]
system()
{
	# shellcheck disable=SC2086 # a list
	need $test_packages X-Deb-Depends X-System-Depends
	[ "${1:-}" != --all ] || need X-System-All-Depends
	is_packaged || build_packages
	results=build/system/results
	rm -rf "$results"
	mkdir -p "$results"
	system_suite systemd
	case "${1:-}" in
	--all)
		system_suite sysv
		version=$(dpkg-parsechangelog -S Version)
		outcome autopkgtest run_autopkgtest "${version%-*}"
		outcome piuparts run_piuparts
		;;
	esac
	report
}
