#!/bin/sh
#
# roots.sh -- make what boot.sh boots.
#
#	roots.sh disk IMAGE ROOT DEB...	an image of ROOT (tests/system/container.sh),
#					with packages installed
#	roots.sh tree BUSYBOX DIR DEB...  a directory with the programs of packages,
#					busybox, and no init system
#
# ROOT does not change.  It needs root.

set -eu

# install ROOT DEB...: as dpkg does on a host that is not running.
install()
{
	root=$1
	shift
	mkdir "$root/debs"
	cp "$@" "$root/debs/"
	mount -t proc proc "$root/proc"
	mount --bind /dev "$root/dev"
	chroot "$root" sh -c 'DEBIAN_FRONTEND=noninteractive dpkg -i /debs/*' >&2
	umount "$root/proc" "$root/dev"
	rm -r "$root/debs"
}

disk()
{
	image=$1 lower=$2
	shift 2
	# Mounts below are in a namespace of their own; see the end.
	work=$(mktemp -d)
	trap 'umount "$work"; rmdir "$work"' EXIT
	mount -t tmpfs -o mode=755 haild-upper "$work"
	mkdir "$work/upper" "$work/work" "$work/root"
	mount -t overlay haild-root -o \
	    "lowerdir=$lower,upperdir=$work/upper,workdir=$work/work" "$work/root"
	install "$work/root" "$@"
	# The guest changes the image only in memory: no journal.
	mib=$(du -sm --apparent-size "$work/root" | cut -f 1)
	rm -f "$image"
	mke2fs -q -t ext4 -O ^has_journal -E nodiscard -m 0 -d "$work/root" \
	    "$image.new" $((mib * 3 / 2 + 64))M
	umount "$work/root"
	mv "$image.new" "$image"
}

tree()
{
	dir=$1
	shift
	rm -rf "$dir"
	mkdir -p "$dir/bin" "$dir/lib" "$dir/root"
	for deb; do
		dpkg -x "$deb" "$dir"
	done
	# Not the one in /run, which the sandbox hides.
	cp "$busybox" "$dir/bin/busybox"
	for applet in $("$busybox" --list); do
		[ "$applet" = busybox ] || ln -s busybox "$dir/bin/$applet"
	done
	# What the functions for tests use and busybox lacks.
	for program in dash rm ps pgrep nc; do
		rm -f "$dir/bin/$program"
		cp -L "$(command -v "$program")" "$dir/bin/$program"
	done
	ln -sf dash "$dir/bin/sh"
	# The packages were built on this machine, with its libraries.
	ldd "$dir"/bin/* "$dir"/usr/sbin/* "$dir"/usr/bin/* \
	    "$dir"/usr/libexec/haild/* 2>/dev/null |
	    awk '$2 == "=>" { print $3 } $1 ~ /^\// && /\(/ { print $1 }' | sort -u |
	    xargs cp -L --parents -t "$dir"
	cat >"$dir/etc/passwd" <<-END
	root:x:0:0::/root:/bin/sh
	haild:x:101:101::/:/bin/false
	haild-linger:x:102:102::/:/bin/false
	haild-tls:x:103:103::/:/bin/false
	nobody:x:65534:65534::/:/bin/false
	END
	sed 's/:x:\([0-9]*\):.*/:x:\1:/' "$dir/etc/passwd" >"$dir/etc/group"
}

# Everything that is mounted goes with this process.
[ -n "${HAILD_VM_INSIDE:-}" ] || HAILD_VM_INSIDE=yes exec unshare --mount \
    --propagation private env HAILD_VM_INSIDE=yes "$0" "$@"
command=$1
shift
case $command in
disk) disk "$@" ;;
tree)
	busybox=$1
	shift
	tree "$@"
	;;
esac
