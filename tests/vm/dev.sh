# dev.sh -- the command vm of ./dev, which sources this file: tests in a virtual
# machine, with a kernel of Debian.
#
# shellcheck shell=sh disable=SC2154,SC3013 # what ./dev sets; -nt, as there

# The kernel of this Debian for virtual machines; and, with --all, a later one that
# Debian 12 offers, too.
kernels='linux-image-cloud-amd64 linux-image-6.12-cloud-amd64'

# vm_roots: make the disk and the tree anew for new packages.
vm_roots()
{
	as_root tests/system/container.sh make build/system/systemd systemd ||
	    return 1
	set -- build/deb/haild_*.deb build/deb/hail_*.deb
	[ build/vm/tree/made -nt build/deb/built ] &&
	    [ build/vm/tree/made -nt build/system/systemd/etc/haild-packages ] &&
	    return
	say 'make the roots of the virtual machine'
	rm -f build/vm/tree/made
	if as_root tests/vm/roots.sh disk build/vm/disk build/system/systemd \
	    "$@" >build/vm/roots.log 2>&1 &&
	    as_root tests/vm/roots.sh tree "build/vm/${kernels%% *}/busybox" \
		build/vm/tree "$@" >>build/vm/roots.log 2>&1; then
		as_root touch build/vm/tree/made
		return
	fi
	tail -n 30 build/vm/roots.log >&2
	return 1
}

# vm_suite KERNEL ROOT [TEST...]
vm_suite()
{
	{ as_root tests/vm/run.sh "build/vm/$1" "$2" "build/vm/$2" || true; } |
	    tee "$results/$1-$2.out"
	grep -E '^(PASS|FAIL|SKIP) ' "$results/$1-$2.out" \
	    >"$results/$1-$2.txt" ||
	    echo "FAIL $1: no test ran" | tee "$results/$1-$2.txt"
}

# vm [--all]
vm()
{
	# shellcheck disable=SC2086 # a list
	need $test_packages X-Deb-Depends X-System-Depends X-Vm-Depends
	is_packaged || build_packages
	results=build/vm/results
	rm -rf "$results"
	mkdir -p "$results"
	[ "${1:-}" = --all ] || kernels=${kernels%% *}
	for kernel in $kernels; do
		say "$kernel"
		if tests/vm/kernel.sh "build/vm/$kernel" "$kernel" && vm_roots
		then
			vm_suite "$kernel" disk
			vm_suite "$kernel" tree
		else
			echo "FAIL $kernel: nothing to boot" |
			    tee "$results/$kernel.txt"
		fi
	done
	report
}
