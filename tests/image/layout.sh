# layout.sh -- the image itself.
. "${srcdir:-.}/tests/e2e/lib.sh"
layout=$srcdir/build/image/layout
bundle=$srcdir/build/image/bundle

# config PYTHON: evaluate it with c, the image's configuration.
config()
{
	python3 - "$layout" "$1" <<'END'
import json, os, sys
layout = sys.argv[1]
def blob(descriptor):
    with open(os.path.join(layout, 'blobs',
                           descriptor['digest'].replace(':', '/'))) as file:
        return json.load(file)
with open(os.path.join(layout, 'index.json')) as file:
    index = json.load(file)
m = blob(index['manifests'][0])
c = blob(m['config'])['config']
print(eval(sys.argv[2]))
END
}
is 'one layer' "$(config 'len(m["layers"])')" 1
is 'the user is a number' "$(config 'c["User"]')" 65532:65532
is 'entrypoint' "$(config '" ".join(c["Entrypoint"])')" '/usr/sbin/haild -f'
is 'ports' "$(config '" ".join(sorted(c["ExposedPorts"]))')" '7890/tcp 7900/tcp'
is 'signal' "$(config 'c["StopSignal"]')" SIGTERM
is 'labels' "$(config '" ".join(sorted(n.split(".")[-1] for n in c["Labels"]))')" \
    'created description licenses title url version'
is 'version' "$(config 'c["Labels"]["org.opencontainers.image.version"]')" \
    "$(dpkg-deb -f "$srcdir"/build/deb/haild_*.deb Version)"
ok 'the archive has the same' tar -d -f "$layout/../haild.tar" -C "$layout"

cd "$bundle/rootfs" || exit 1
is 'programs' "$(find usr/bin usr/sbin bin sbin ! -type d 2>/dev/null | sort |
    paste -sd ' ')" 'usr/bin/hail usr/sbin/haild usr/sbin/haild-enrol usr/sbin/haildctl'
is 'no file with privileges' "$(find . -perm /6000)" ''
is 'files of users' "$(find . ! -uid 0)" ''
# Runtimes create files in /dev.
is 'writable by others' "$(find . -perm -2 ! -type l ! -path './dev/*' | sort |
    paste -sd ' ')" './run ./tmp'
is 'a package with its version' "$(sed -n 's/^Version: //p' \
    var/lib/dpkg/status.d/haild)" \
    "$(dpkg-deb -f "$srcdir"/build/deb/haild_*.deb Version)"
is 'each package has its licence' "$(for p in var/lib/dpkg/status.d/*; do
	[ -e "usr/share/doc/${p##*/}/copyright" ] || echo "$p"
done)" ''

cd "$srcdir" || exit 1
SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -S Timestamp) \
    sh etc/image/make.sh "$tmp/again" build/deb/haild_*.deb build/deb/hail_*.deb \
    >"$tmp/make" 2>&1 || sed 's/^/# /' "$tmp/make"
ok 'made again, it is the same' cmp "$tmp/again/haild.tar" build/image/haild.tar
done_testing
