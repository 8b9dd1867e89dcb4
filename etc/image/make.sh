#!/bin/sh
#
# make.sh -- make a container image of haild and hail, without a registry.
#
#	make.sh OUT PACKAGE...
#
# OUT becomes a directory with
#
#	layout		an OCI image layout; the image has the tag "latest"
#	haild.tar	the same as an archive, for podman load, skopeo and ctr
#
# The image has the files of these packages of ours and of the libraries that they
# need, but no shell and no package manager.  mmdebstrap only extracts packages; no
# maintainer script runs.  With the same packages and the same SOURCE_DATE_EPOCH, the
# image is the same, byte for byte.  It needs root, for owners of files.

set -eu
umask 022
top=$(cd "${0%/*}/../.." && pwd)
. "$top/tests/system/sources.sh"
: "${SOURCE_DATE_EPOCH:?}"
export SOURCE_DATE_EPOCH LC_ALL=C
created=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)

# The owner of the daemon.  A number, so that a runtime can see that it is not root.
user=65532

# --- the root directory ------------------------------------------------------

# libraries PACKAGE...: what these need.  Dependencies with alternatives are those of
# maintainer scripts.
libraries()
{
	for deb; do
		dpkg-deb -f "$deb" Depends | tr ',' '\n'
	done | awk '!/[|]/ { print $1 }' | sort -u | paste -sd, -
}

# extract ROOT PACKAGE...: files of Debian's packages, then of ours.  netbase has the
# names of ports and protocols.
extract()
{
	root=$1
	shift
	suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
	sources=$(debian_sources "$suite")
	mmdebstrap --quiet --variant=extract --skip=cleanup/apt/cache \
	    --include="$(libraries "$@"),netbase" \
	    "$suite" "$root" ${sources:+"$sources"}
	for deb; do
		dpkg-deb --fsys-tarfile "$deb" |
		    tar -x -C "$root" --keep-directory-symlink
	done
	# Scanners for vulnerabilities read these.
	mkdir "$root/var/lib/dpkg/status.d"
	for deb in "$@" "$root"/var/cache/apt/archives/*.deb; do
		dpkg-deb -f "$deb" \
		    >"$root/var/lib/dpkg/status.d/$(dpkg-deb -f "$deb" Package)"
	done
}

# prune ROOT: remove what no process in a container reads.  Licences stay.  iconv(3),
# which needs gconv for most character sets, is used by none of our programs.
prune()
{
	(
		cd "$1"
		find usr/share/doc -mindepth 2 ! -type d ! -name copyright -delete
		find usr/share/doc -mindepth 1 -type d -empty -delete
		mkdir -p proc sys
		rm -rf boot media mnt home srv opt etc/apt etc/default etc/dpkg \
		    etc/fail2ban etc/fstab etc/hostname etc/init.d \
		    etc/resolv.conf lib/systemd usr/games usr/include \
		    usr/lib/*/gconv \
		    usr/lib/sysusers.d usr/local usr/share/bash-completion \
		    usr/share/lintian usr/share/locale usr/share/man usr/src \
		    var/cache var/backups var/lib/apt var/local var/log/apt \
		    var/mail var/opt var/spool var/lib/dpkg/[!s]* \
		    var/lib/dpkg/status
	)
}

# users ROOT: root, nobody, and haild's users, with fixed numbers.
users()
{
	awk -v first=$((user - 10)) -v own=$user -v etc="$1/etc/" '
	function add(name, id, home, gecos) {
		print name ":x:" id ":" id ":" gecos ":" home \
		    ":/usr/sbin/nologin" >(etc "passwd")
		print name ":x:" id ":" >(etc "group")
	}
	BEGIN {
		add("root", 0, "/root", "root")
		add("haild", own, "/", "haild")
	}
	$2 == "haild" { next }
	$1 == "u" { add($2, first++, "/", "") }
	$1 == "g" { print $2 ":x:" first++ ":" >(etc "group") }
	END {
		print "nobody:x:65534:65534:nobody:/:/usr/sbin/nologin" \
		    >(etc "passwd")
		print "nogroup:x:65534:" >(etc "group")
	}' "$1/usr/lib/sysusers.d/haild.conf"
	printf 'passwd: files\ngroup: files\nhosts: files dns\n' \
	    >"$1/etc/nsswitch.conf"
	# haild creates the directory of its control socket, whoever it runs as.
	mkdir -m 1777 "$1/run"
}

make_root()
{
	extract "$@"
	users "$1"
	prune "$1"
	ldconfig -r "$1"
	rm -rf "$1/var/cache/ldconfig"
	install -m 644 "$top/etc/image/haild.conf" "$1/etc/haild/haild.conf"
}

# --- the image ---------------------------------------------------------------

# set_config NAME=VALUE...: set these members of the image's configuration.
set_config()
{
	for member; do
		set -- "$@" "--${member%%=*}" "${member#*=}"
		shift
	done
	umoci config --image "$out/layout:latest" --created "$created" \
	    --no-history "$@"
}

# make_image PACKAGE: the layer with the configuration; PACKAGE describes haild.
make_image()
{
	tar -c -C "$out/root" --sort=name --numeric-owner --format=posix \
	    --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime \
	    --mtime="@$SOURCE_DATE_EPOCH" --clamp-mtime . >"$out/root.tar"
	umoci init --layout "$out/layout"
	umoci new --image "$out/layout:latest"
	umoci raw add-layer --image "$out/layout:latest" \
	    --history.created "$created" --history.created_by mmdebstrap \
	    "$out/root.tar"
	set_config config.user=$user:$user config.entrypoint=/usr/sbin/haild \
	    config.entrypoint=-f config.stopsignal=SIGTERM config.workingdir=/ \
	    config.exposedports=7890/tcp config.exposedports=7900/tcp \
	    config.env=PATH=/usr/sbin:/usr/bin:/sbin:/bin os=linux \
	    architecture="$(dpkg-deb -f "$1" Architecture)" \
	    config.label=org.opencontainers.image.title=haild \
	    config.label=org.opencontainers.image.description="$(dpkg-deb -f "$1" \
		Description | head -n 1)" \
	    config.label=org.opencontainers.image.version="$(dpkg-deb -f "$1" \
		Version)" \
	    config.label=org.opencontainers.image.url="$(dpkg-deb -f "$1" \
		Homepage)" \
	    config.label=org.opencontainers.image.licenses=ISC \
	    config.label=org.opencontainers.image.created="$created"
	umoci gc --layout "$out/layout"
	chmod -R u=rwX,go=rX "$out/layout"
	find "$out/layout" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
	tar -c -C "$out/layout" --sort=name --owner=0 --group=0 --numeric-owner \
	    --mtime="@$SOURCE_DATE_EPOCH" . >"$out/haild.tar"
}

out=$1
shift
rm -rf --one-file-system "$out"
mkdir -p "$out"
make_root "$out/root" "$@"
make_image "$1"
rm -rf --one-file-system "$out/root" "$out/root.tar"
