# foreground.sh -- haild started by hand, where no service manager has prepared
# cgroups, makes a subtree of its own.
# root: tree
HAILD=/usr/sbin/haild HAIL=/usr/bin/hail builddir=/
. "${srcdir:-.}/tests/e2e/lib.sh"

start_haild <<END
greeting: { listen = ["127.0.0.1:0"] message = "hello\n" }
program: { listen = ["127.0.0.1:0"] exec = ["/bin/cat", "/proc/self/cgroup"] user = "nobody" }
END
is 'it serves' "$("$HAIL" "127.0.0.1:$(port greeting)")" hello
"$HAIL" "127.0.0.1:$(port program)"
stop_haild
is 'it stops' "$haild_status" 0
done_testing
