#!/bin/sh
#
# boot.sh -- boot a kernel of Debian in qemu and run one script in it, as root.
#
#	boot.sh KERNEL ROOT FILES OUTPUT SECONDS
#
# KERNEL is a directory that kernel.sh made.  ROOT is a disk image, whose systemd
# is started then, or a directory, which is used without any init system.  Neither
# is written to.  FILES is a directory that the guest has as /run/vm; it has
# the script, "main".  OUTPUT is a file for what the script writes.
#
# The exit status is 0 if the guest switched itself off, which it does after the
# script.  Otherwise the last lines of the console are printed.
#
# qemu translates the instructions (TCG), so /dev/kvm is not needed, and the guest is
# about ten times slower than the host.  It has no network but lo.  Its two processors
# share one thread: with two, Linux 6.12 panicked once at boot, in code that it patches
# while it runs; a race in the translation is suspected.

set -u
kernel=$1 root=$2 files=$3 output=$4 limit=$5

work=$(mktemp -d) || exit 1
qemu=
trap '[ -z "$qemu" ] || kill "$qemu" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
initrd=$work/initrd
mkdir -p "$initrd/bin" "$initrd/modules" "$initrd/root" "$initrd/run"
cp "$kernel/busybox" "$initrd/bin/"
for applet in $("$kernel/busybox" --list); do
	[ -e "$initrd/bin/$applet" ] || ln -s busybox "$initrd/bin/$applet"
done
cp -a "$files" "$initrd/run/vm"
if [ -d "$root" ]; then
	disk=
	cp -a "$root" "$initrd/tree"
else
	disk=$root
fi

# The names of the files are in the order in which they have to be loaded.
version=$(ls "$kernel/lib/modules")
n=100
for module in virtio_pci virtio_console virtio_blk ext4; do
	modprobe -d "$kernel" -S "$version" --show-depends "$module"
done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' |
    while read -r module; do
	n=$((n + 1))
	case $module in
	*.xz) xz -dc "$module" >"$initrd/modules/$n.ko" ;;
	*) cp "$module" "$initrd/modules/$n.ko" ;;
	esac
done

# With systemd, the script is a service of a target of its own: of what the root
# has enabled only haild runs, and what sockets and D-Bus start.
cat >"$initrd/run/vm.service" <<'END'
[Unit]
After=haild.service basic.target
[Service]
Type=exec
StandardOutput=null
ExecStart=/run/vm/start
ExecStopPost=/run/vm/busybox poweroff -f
END
cat >"$initrd/run/vm.target" <<'END'
[Unit]
Requires=basic.target
Wants=haild.service vm.service
After=basic.target
END
# A port can be open only once, so all that the script runs inherits it.  A write
# returns when qemu has the text: none is lost when the guest is switched off.
cat >"$initrd/run/vm/start" <<'END'
#!/run/vm/busybox sh
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
HOME=/root
export PATH HOME
exec /bin/sh /run/vm/main </dev/null >/dev/vport0p1 2>&1
END
# Process 1 of a guest without an init system: reaps, as wait(1) does.
cat >"$initrd/run/vm/init" <<'END'
#!/run/vm/busybox sh
/run/vm/start &
wait $!
exec /run/vm/busybox poweroff -f
END
cp "$kernel/busybox" "$initrd/run/vm/"
cat >"$initrd/init" <<'END'
#!/bin/busybox sh
PATH=/bin
export PATH
mkdir -p /dev /proc /sys
mount -t devtmpfs dev /dev
for module in /modules/*; do
	insmod "$module"
done
if [ -e /tree ]; then
	# Not the initial root: pivot_root(2) cannot leave that one.
	mount -t tmpfs -o mode=755 root /root
	cp -a /tree/. /root/
	init=/run/vm/init
else
	until mount -t ext4 -o noatime /dev/vda /root 2>/dev/null; do
		usleep 20000
	done
	init=/sbin/init
fi
cd /root
mkdir -p dev proc sys run tmp
chmod 1777 tmp
# systemd keeps a /run that is mounted.
mount -t tmpfs -o mode=755,nosuid,nodev run run
cp -a /run/vm run/
if [ -e /tree ]; then
	mount -t proc -o nosuid,nodev,noexec proc proc
	mount -t sysfs -o nosuid,nodev,noexec sys sys
	mount -t cgroup2 -o nosuid,nodev,noexec,nsdelegate cgroup2 sys/fs/cgroup
	# As systemd does.
	for controller in $(cat sys/fs/cgroup/cgroup.controllers); do
		echo "+$controller" >sys/fs/cgroup/cgroup.subtree_control
	done
	mkdir -p /dev/pts /dev/shm
	mount -t devpts -o mode=620,gid=5,ptmxmode=666 devpts /dev/pts
	mount -t tmpfs -o mode=1777,nosuid,nodev shm /dev/shm
	ln -s /proc/self/fd /dev/fd
	ifconfig lo 127.0.0.1 up
else
	mkdir -p run/systemd/system
	cp /run/vm.service /run/vm.target run/systemd/system/
fi
mount --move /dev dev
exec switch_root /root $init
END
chmod 755 "$initrd/init" "$initrd/run/vm/start" "$initrd/run/vm/init"

# Not compressed: that would cost the guest more than it saves.
(cd "$initrd" && find . -print0 | cpio --quiet -0 -o -H newc) >"$work/initrd.cpio" ||
    exit 1

# A panic ends qemu (panic=-1, -no-reboot).  What only costs time is switched off:
# mitigations, the console's login, waiting for the clock to prove itself.  On a busy
# host the guest may measure a wrong rate of its TSC: its clock was once ten times too
# fast, and tests timed out.  So hpet is the clock.
words='console=ttyS0 panic=-1 quiet mitigations=off nokaslr tsc=reliable'
words="$words clocksource=hpet no_timer_check random.trust_cpu=on net.ifnames=0"
words="$words systemd.unit=vm.target systemd.show_status=0"
words="$words systemd.mask=serial-getty@ttyS0.service systemd.mask=rsyslog.service"
set -- -M q35 -accel tcg,thread=single -cpu max -smp 2 -m 1024 \
    -nodefaults -no-user-config -display none -no-reboot \
    -kernel "$kernel/vmlinuz" -initrd "$work/initrd.cpio" -append "$words" \
    -chardev "file,id=console,path=$work/console" -serial chardev:console \
    -device virtio-serial-pci \
    -chardev "file,id=output,path=$output" \
    -device virtserialport,nr=1,chardev=output
[ -z "$disk" ] || set -- "$@" -device virtio-blk-pci,drive=disk \
    -drive "if=none,id=disk,file=$disk,format=raw,snapshot=on,cache=unsafe"
timeout -k 5 "$limit" qemu-system-x86_64 "$@" </dev/null >"$work/qemu" 2>&1 &
qemu=$!
wait "$qemu"
status=$?
qemu=
# A panic is not an error for qemu.
grep -q 'Kernel panic' "$work/console" && status=1
[ $status = 0 ] || {
	[ $status != 124 ] || echo "boot: not finished after $limit seconds"
	tail -n 30 "$work/qemu" "$work/console"
} >&2
exit $status
