# helpers.sh -- the programs that haild executes: missing, foreign, replaced.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_command strings

# A copy of haild, with its helpers beside it.
# shellcheck disable=SC2086 # HAILD may be a command with arguments
set -- $HAILD
cp "$1" "$tmp/haild"
HAILD=$tmp/haild
cat >"$conf" <<EOF
greeting: { listen = ["127.0.0.1:0"] message = "hello\n" }
EOF

# put NAME FILE: as a package does, by rename(2).
put()
{
	rm -f "$tmp/new"
	cp "$2" "$tmp/new"
	mv "$tmp/new" "$tmp/$1"
}

# fails STATUS REGEX OPTION...: haild does not start, and says why.
fails()
{
	wanted=$1
	like=$2
	shift 2
	run_haild "$@" -c "$conf"
	wait_haild
	is "haild $1: status" "$haild_status" "$wanted"
	like "haild $1: the reason" "$(cat "$log")" "$like"
}

# --- missing ---

for helper in haild-load haild-commands haild-tls; do
	rm "$tmp/$helper"
	fails 1 "cannot open /.*/haild/$helper: No such file or directory: reinstall haild$" -f
	put $helper "$builddir/$helper"
done
rm "$tmp/haild-commands"
run_haild -t -c "$conf"
wait "$haild_pid"
is 'haild -t does not need haild-commands' $? 0
haild_pid=
put haild-commands "$builddir/haild-commands"
rm "$tmp/haild-load"
fails 1 'cannot open /.*/haild/haild-load: ' -t
fails 1 'cannot open /.*/haild/haild-load: ' -T

# --- of another build ---

# The version is a string of the program; what is changed has the same length.
version=$(strings "$builddir/haild-load" | grep -Em1 '^[0-9]+\.[0-9]+\.[0-9]+$')
pattern=$(echo "$version" | sed 's/\./\\./g')
for helper in haild-load haild-commands haild-tls; do
	LC_ALL=C sed "s/$pattern/9.9.9/" "$builddir/$helper" >"$tmp/foreign"
	chmod 755 "$tmp/foreign"
	put $helper "$tmp/foreign"
	fails 75 "cannot use $tmp/$helper: $helper is version 9\\.9\\.9/[-0-9]+, this haild is $version/[-0-9]+: finish the upgrade \\(apt-get -f install\\) or reinstall haild, then start it again$" -f
	put $helper "$builddir/$helper"
done
put haild-load "$tmp/foreign"

# --- something else ---

echo '#!/bin/sh' >"$tmp/script"
chmod 755 "$tmp/script"
put haild-load "$tmp/script"
fails 1 "cannot use $tmp/haild-load: " -t
put haild-load /bin/true
fails 1 "cannot use $tmp/haild-load: it is not a program of haild$" -t
put haild-load /bin/echo
fails 1 "cannot use $tmp/haild-load: it is not a program of haild$" -t
put haild-load /bin/false
fails 1 "cannot use $tmp/haild-load: it is not a program of haild$" -t
put haild-load /bin/true
fails 1 "cannot use $tmp/haild-load: it is not a program of haild$" -t
# A shell, which executes the file "check": it crashes (fault 83).
here=$(pwd)
cd "$tmp" || exit 1
echo 'kill -SEGV $$' >check
put haild-load /bin/sh
fails 1 "cannot use $tmp/haild-load: it was killed by signal 11 \\(Segmentation fault\\)$" -t
cd "$here" || exit 1
put haild-load "$builddir/haild-load"
put haild-commands "$builddir/haild-load"
fails 1 "cannot use $tmp/haild-commands: it is not a program of haild$" -f
put haild-commands "$builddir/haild-commands"
chmod 644 "$tmp/haild-load"
fails 1 "cannot use $tmp/haild-load: Permission denied$" -t
put haild-load "$builddir/haild-load"

# --- replaced under a daemon that runs (fault 84) ---

cat "$conf" - >"$tmp/config" <<EOF
run: {
	listen = ["127.0.0.1:0"]
	user = "$me"
	commands: { fine: { exec = ["/bin/echo", "fine"] } }
}
EOF
start_haild <"$tmp/config"
put haild-load "$tmp/foreign"
reload
is 'a reload runs the program that was there' "$(last_reload)" \
    'reloaded: nothing'
rm "$tmp/haild-load"
reload
is 'also if it is gone' "$(last_reload)" 'reloaded: nothing'
put haild-commands /bin/false
is 'a session runs the haild-commands that was there' \
    "$($HAIL "127.0.0.1:$(port run)" fine)" fine
rm "$tmp/haild-commands"
is 'also if it is gone' "$($HAIL "127.0.0.1:$(port run)" fine)" fine
put haild-commands "$builddir/haild-commands"
cp "$tmp/haild" "$tmp/haild.kept"
put haild /bin/false
upgrade
like 'an upgrade to another program fails' "$(last_upgrade)" '^upgrade failed: '
rm "$tmp/haild"
upgrade
like 'and to none' "$(last_upgrade)" '^upgrade failed: '
mv "$tmp/haild.kept" "$tmp/haild"
mv "$conf" "$conf.kept"
reload
like 'a reload without the configuration fails' "$(last_reload)" \
    '^reload failed: .*; keeping the old configuration$'
mv "$conf.kept" "$conf"
reload
is 'with it, it succeeds' "$(last_reload)" 'reloaded: nothing'
is 'served' "$(nc -d 127.0.0.1 "$(port greeting)")" hello
is 'by the right name' "$(pgrep -P $$ -x haild)" "$haild_pid"
upgrade
like 'an upgrade without it fails' "$(last_upgrade)" '^upgrade (refused|failed): '
put haild-load "$tmp/foreign"
upgrade
like 'and with one of another build' "$(last_upgrade)" '^upgrade (refused|failed): '
ok 'with the reason' grep -q "cannot use $tmp/haild-load: .* is version 9" "$log"
is 'the old one serves' "$(nc -d 127.0.0.1 "$(port greeting)")" hello
put haild-load "$builddir/haild-load"
upgrade
like 'with the right one it succeeds' "$(last_upgrade)" '^upgrade(d| complete): '

# --- what checks a helper is killed meanwhile ---

# checked: the pid of this test's haild-load while it is checked.
checked()
{
	for pid in $(pgrep -f '^haild-load check'); do
		[ "$(readlink "/proc/$pid/exe")" != "$tmp/haild-load" ] ||
		    echo "$pid"
	done
}

if [ "$(id -u)" = 0 ] && command -v strace >/dev/null; then
	inject execveat:signal=STOP
	kill -USR2 "$haild_pid"
	wait_until '[ -n "$(checked)" ]'
	kill -KILL "$(ps -o ppid= -p "$(checked)" | tr -d ' ')"
	ok 'the helper does not outlive it' wait_until '[ -z "$(checked)" ]'
	eject
else
	skip 'the helper does not outlive it' 'needs root'
fi

# --- by hand ---

"$builddir/haild-load" >"$tmp/usage" 2>&1
is 'haild-load by hand: status' $? 64
is 'haild-load by hand: what to do' "$(cat "$tmp/usage")" \
    'haild-load: haild runs this program by itself; to check a configuration, run "haild -t"'
done_testing
