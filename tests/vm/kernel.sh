#!/bin/sh
#
# kernel.sh -- unpack a kernel of Debian, and a static busybox.
#
#	kernel.sh DIR META-PACKAGE
#
# Neither is installed: busybox-static would replace busybox, and a kernel would be
# the one to boot this machine with.  DIR gets lib/modules, vmlinuz and busybox.

set -eu
dir=$1 meta=$2

# The package that the meta-package depends on now.
package=$(apt-cache depends "$meta" |
    sed -n 's/^ *Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n 1)
[ -n "$package" ] || {
	echo "kernel: apt knows no $meta" >&2
	exit 1
}
[ "$(cat "$dir/package" 2>/dev/null)" != "$package" ] || exit 0
rm -rf "$dir"
mkdir -p "$dir/packages"
cd "$dir"
(
	cd packages
	# The lists of packages may be older than the archive.
	apt-get -qq download "$package" busybox-static 2>/dev/null || {
		apt-get -qq update
		apt-get -qq download "$package" busybox-static
	}
)
for deb in packages/*.deb; do
	dpkg -x "$deb" .
done
version=$(ls lib/modules)
depmod -b . "$version"
ln -s "boot/vmlinuz-$version" vmlinuz
ln -s bin/busybox busybox
rm -r packages
echo "$package" >package
