# sandbox_programs.sh -- ordinary programs of the packages work in every sandbox:
# their output is the same to the byte, and so is their exit status.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command bc git perl python3 rsync unshare
[ -x /usr/lib/nagios/plugins/check_disk ] || skip_all "needs check_disk"
own_world "$@"

# strict hides /tmp and the home directories, so the programs' files are in a /opt
# of this test's mount namespace.
cover /opt
presets=${PRESETS:-none basic strict}
POOL='pool:300000-300063'
plugins=/usr/lib/nagios/plugins

# sandbox PRESET: the settings for it.
sandbox()
{
	case $1 in
	none) echo 'user = "nobody"' ;;
	basic) echo 'sandbox = "basic" user = "nobody"' ;;
	strict) echo "sandbox = \"strict\" user = \"$POOL\"" ;;
	esac
}

# service NAME EXEC [SETTING...]: a service NAME-PRESET for each preset.
service()
{
	service_name=$1 service_exec=$2
	shift 2
	for preset in $presets; do
		echo "$service_name-$preset: { listen = [\"127.0.0.1:0\"]"
		echo "exec = [$service_exec] session-timeout = \"60s\""
		echo 'max-sessions = 16'
		sandbox "$preset"
		printf '%s\n' "$@" '}'
	done >>"$tmp/services"
}

# program NAME STATUS EXEC: a service whose program reads $tmp/NAME.in.  All that it
# writes must be $tmp/NAME.wanted, and its end STATUS, as in the log.
programs=
program()
{
	programs="$programs $1"
	echo "$2" >"$tmp/$1.status"
	[ -e "$tmp/$1.in" ] || : >"$tmp/$1.in"
	service "$1" "$3" 'stderr = "client"'
}

# --- a calculator ---

printf '2^200\nscale=50\n4*a(1)\n' >"$tmp/bc.in"
cat >"$tmp/bc.wanted" <<'END'
1606938044258990275541962092341162602522202993782792835301376
3.14159265358979323846264338327950288419716939937508
END
program bc 'exit 0' '"/usr/bin/bc", "-ql"'

# --- python with processes: semaphores and memory in /dev/shm ---

cat >/opt/processes.py <<'END'
import multiprocessing, multiprocessing.shared_memory, os, sys, threading

def square(x):
    return x * x

def count(lock, value, queue):
    for _ in range(500):
        with lock:
            value.value += 1
    queue.put("counted")

if __name__ == "__main__":
    with multiprocessing.Pool(4) as pool:
        print(sum(pool.map(square, range(1000))))
    lock, queue = multiprocessing.Lock(), multiprocessing.Queue()
    value = multiprocessing.Value("i", 0, lock=False)
    all = [multiprocessing.Process(target=count, args=(lock, value, queue))
           for _ in range(4)]
    for p in all:
        p.start()
    print([queue.get() for _ in all])
    for p in all:
        p.join()
    print(value.value)
    memory = multiprocessing.shared_memory.SharedMemory(create=True, size=4096)
    memory.buf[0] = 7
    again = multiprocessing.shared_memory.SharedMemory(memory.name)
    print(again.buf[0])
    del again
    memory.close()
    memory.unlink()
    thread = threading.Thread(target=lambda: print("thread"))
    thread.start()
    thread.join()
    print(sys.stdin.read(), end="")
    sys.exit(9)
END
echo 'the end' >"$tmp/python.in"
cat >"$tmp/python.wanted" <<'END'
332833500
['counted', 'counted', 'counted', 'counted']
2000
7
thread
the end
END
program python 'exit 9' '"/usr/bin/python3", "/opt/processes.py"'

# --- terminals: openpty(3), and a shell on one ---

cat >/opt/terminal.py <<'END'
import os, pty, sys
def line(fd):
    said = b""
    while not said.endswith(b"\n"):
        said += os.read(fd, 100)
    return said
master, slave = os.openpty()
os.write(slave, b"to the master\n")
print(line(master))
print(os.ttyname(slave).rstrip("0123456789"), os.isatty(slave), flush=True)
os.close(master)
os.close(slave)
pid, master = pty.fork()
if pid == 0:
    os.execv("/bin/sh", ["sh", "-c", "test -t 0 && echo shell; exit 4"])
print(line(master))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
cat >"$tmp/terminal.wanted" <<'END'
b'to the master\r\n'
/dev/pts/ True
b'shell\r\n'
END
program terminal 'exit 4' '"/usr/bin/python3", "/opt/terminal.py"'

# --- shells: /dev/stdin, /dev/fd, /dev/null, here documents, background jobs ---

cat >/opt/shell.sh <<'END'
echo 'echo "from standard input: $1"' | sh /dev/stdin one
cat <(echo two) <(echo three) /dev/null
cat <<here
four $(echo five)
here
echo six >/dev/null
(exit 3) & wait $! || echo "a job: $?"
umask 077; file=$(mktemp); echo seven >"$file"; cat "$file"; rm "$file"
read -r line; echo "the client: $line"
kill -TERM $$
END
echo eight >"$tmp/shell.in"
cat >"$tmp/shell.wanted" <<'END'
from standard input: one
two
three
four five
a job: 3
seven
the client: eight
END
program shell 'signal 15' '"/bin/bash", "/opt/shell.sh"'

# --- sort with temporary files, of which nothing may stay ---

seq 200000 >"$tmp/sort.wanted"
tac "$tmp/sort.wanted" >"$tmp/sort.in"
program sort 'exit 0' '"/usr/bin/sort", "-n", "-S", "200k"'

# --- perl: fork, pipes, sockets, signals ---

cat >/opt/program.pl <<'END'
use strict; use warnings; use Socket; use POSIX ();
$| = 1;
socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0) or die "socketpair: $!";
defined(my $pid = fork) or die "fork: $!";
if ($pid == 0) { syswrite $b, "from the child\n"; POSIX::_exit(6) }
sysread $a, my $line, 100;
print $line;
waitpid $pid, 0;
print "status ", $? >> 8, "\n";
$SIG{ALRM} = sub { print "alarm\n" };
kill ALRM => $$;
socket(my $s, AF_INET, SOCK_DGRAM, 0) or die "socket: $!";
print `echo from a shell`;
exit 5;
END
cat >"$tmp/perl.wanted" <<'END'
from the child
status 6
alarm
from a shell
END
program perl 'exit 5' '"/usr/bin/perl", "/opt/program.pl"'

# --- a compiled program that answers line by line ---

cp "$builddir/tests/e2e/repl" /opt/repl
printf '1 + 2\n6 * 7\nkeep 2048\nquit 3\n' >"$tmp/repl.in"
printf '> 3\n> 42\n> kept 2048 kB\n> ' >"$tmp/repl.wanted"
program repl 'exit 3' '"/opt/repl"'

# --- git-daemon, as in README.md: the files belong to another user ---

git -c init.defaultBranch=main init -q "$tmp/work"
seq 5000 >"$tmp/work/numbers"
git -C "$tmp/work" add numbers
git -C "$tmp/work" -c user.name=a -c user.email=a@localhost \
    commit -qm 'Add numbers'
mkdir /opt/git
git clone -q --bare "$tmp/work" /opt/git/project.git
service git '"/usr/lib/git-core/git-daemon", "--inetd", "--export-all",
	"--base-path=/opt/git", "/opt/git"' \
    'environment = ["GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory",
	"GIT_CONFIG_VALUE_0=*"]'

# --- rsync, read-only, over the client's socket ---

mkdir -p /opt/files/deep
seq 10000 >/opt/files/deep/numbers
head -c 300000 /dev/urandom >/opt/files/noise
ln -s deep/numbers /opt/files/link
cat >/opt/rsyncd.conf <<'END'
use chroot = no
reverse lookup = no
[files]
path = /opt/files
read only = yes
END
service rsync '"/usr/bin/rsync", "--daemon", "--config=/opt/rsyncd.conf"'

# --- checks of a monitoring host ---

for preset in $presets; do
	cat <<END
checks-$preset: {
	listen = ["127.0.0.1:0"]
	max-sessions = 16
	$(sandbox "$preset")
	commands: {
		dummy: {
			exec = ["$plugins/check_dummy"] args = "2"
			arg-match = ["[0-3]", "[a-z ]+"]
		}
		disk: {
			exec = ["$plugins/check_disk", "-w", "%1", "-c", "%1",
				"-p", "/"]
			args = "1" arg-match = ["[0-9]+%"]
		}
		count: { exec = ["/usr/bin/wc", "-c"] stdin = true }
		stdin: { exec = ["/bin/sh", "-c", "cat /dev/stdin"] stdin = true }
	}
}
END
done >>"$tmp/services"

start_haild <"$tmp/services"

# outcome SERVICE: wait until its session has ended, and print how.
outcome()
{
	logged ": $1: [0-9.]*:[0-9]* pid [0-9]* (exit|signal|limit|timeout)" >&2
	sed -nE "s/.*: $1: [0-9.]*:[0-9]* pid [0-9]* ((exit|signal|limit|timeout) [^ ]*) .*/\\1/p" \
	    "$log" | tail -n 1
}

for name in $programs; do
	status=$(cat "$tmp/$name.status")
	for preset in $presets; do
		# shellcheck disable=SC2086 # HAIL may be a command with arguments
		timeout 60 $HAIL "127.0.0.1:$(port "$name-$preset")" \
		    <"$tmp/$name.in" >"$tmp/got" 2>"$tmp/errors"
		ok "$name, $preset: the output" cmp "$tmp/got" "$tmp/$name.wanted"
		cmp -s "$tmp/got" "$tmp/$name.wanted" ||
		    head -n 5 "$tmp/got" | sed 's/^/# got: /'
		is "$name, $preset: how it ends" "$(outcome "$name-$preset")" \
		    "$status"
	done
done

for preset in $presets; do
	# A conversation: every answer is awaited.
	is "$preset: a conversation" "$(/usr/bin/python3 - "$(port "repl-$preset")" <<'END'
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=30)
def until_prompt():
    got = b""
    while not got.endswith(b"> "):
        got += s.recv(100)
    return got
until_prompt()
for line in b"1000 * 1000", b"nonsense", b"5 + 5":
    s.sendall(line + b"\n")
    print(until_prompt())
END
)" "b'1000000\\n> '
b'?\\n> '
b'10\\n> '"

	at=$(port "git-$preset")
	ok "$preset: a clone" git clone -q "git://127.0.0.1:$at/project.git" \
	    "$tmp/clone-$preset" 2>"$tmp/errors"
	sed 's/^/# /' "$tmp/errors"
	ok "$preset: all of it" cmp "$tmp/clone-$preset/numbers" \
	    "$tmp/work/numbers"
	is "$preset: and the commit" \
	    "$(git -C "$tmp/clone-$preset" rev-parse HEAD)" \
	    "$(git -C "$tmp/work" rev-parse HEAD)"
	is "$preset: git-daemon's end" "$(outcome "git-$preset")" 'exit 0'
	is "$preset: no push" "$(git -C "$tmp/clone-$preset" push -q \
		"git://127.0.0.1:$at/project.git" HEAD:other 2>/dev/null ||
	    echo refused)" refused

	at=rsync://127.0.0.1:$(port "rsync-$preset")/files
	rsync -a "$at/" "$tmp/mirror-$preset" 2>"$tmp/errors"
	is "$preset: rsync" $? 0
	sed 's/^/# /' "$tmp/errors"
	ok "$preset: the same files" diff -r /opt/files "$tmp/mirror-$preset"
	is "$preset: its end" "$(outcome "rsync-$preset")" 'exit 0'
	like "$preset: it writes none" "$(rsync "$tmp/bc.in" "$at/" 2>&1)" \
	    'module is read only'

	at=127.0.0.1:$(port "checks-$preset")
	is "$preset: a check" "$($HAIL "$at" dummy 2 'too hot' 2>&1 </dev/null; echo $?)" \
	    'CRITICAL: too hot
2'
	like "$preset: check_disk" "$($HAIL "$at" disk 0% 2>&1 </dev/null; echo "status $?")" \
	    '^DISK OK - free space: / [0-9]+ ?Mi?B.*'
	like "$preset: and it warns" "$($HAIL "$at" disk 100% 2>&1 </dev/null; echo "status $?")" \
	    '^status 2'
	is "$preset: standard input" "$($HAIL "$at" count <"$tmp/sort.in")" \
	    "$(wc -c <"$tmp/sort.in")"
	# A monitor without root cannot give the pipe to the program's user.
	[ "$preset" = none ] ||
	    is "$preset: by its name in /dev" "$(echo x | $HAIL "$at" stdin 2>&1)" x
done

# Nothing of all that is in the /tmp of the host, and no process is left.
no_temporary_files()
{
	! find /tmp /var/tmp /dev/shm -newer "$tmp/services" -uid +299999 \
	    2>/dev/null |
	    grep .
}
ok 'no file of the programs is left' no_temporary_files
ok 'no session' wait_until no_children
stop_haild

# --- sshd -i needs root and capabilities: both ways to try it say so ---

case $presets in *strict*) ;; *) done_testing ;; esac
sshd=$(command -v sshd || echo /bin/true)
cat >"$tmp/sshd.conf" <<END
ssh: {
	listen = ["127.0.0.1:0"]
	exec = ["$sshd", "-i", "-e"]
	user = "root"
	sandbox = "strict"
	max-sessions = 16
}
END
# shellcheck disable=SC2086 # HAILD may be a command with arguments
$HAILD -t -c "$tmp/sshd.conf" >"$tmp/out" 2>&1
ok 'strict as root is an error' [ $? != 0 ]
like 'with the reason' "$(cat "$tmp/out")" 'sshd.conf:.*"strict".*"pool:'
if [ "$sshd" = /bin/true ]; then
	skip 'sshd in strict' 'needs sshd'
else
	sed "s/\"root\"/\"$POOL\"/" "$tmp/sshd.conf" | start_haild
	# shellcheck disable=SC2086 # HAIL may be a command with arguments
	echo | timeout 30 $HAIL "127.0.0.1:$(port ssh)" >"$tmp/out"
	is 'as a user of a pool sshd answers nothing' "$(cat "$tmp/out")" ''
	like 'it ends' "$(outcome ssh)" '^exit [1-9]'
	ok 'and says in the log that it cannot read its keys' \
	    logged 'ssh.*: sshd: no hostkeys available -- exiting'
fi
done_testing
