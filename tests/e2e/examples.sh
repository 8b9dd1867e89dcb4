# examples.sh -- the configurations of README.md and etc/haild.conf are good.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root

# good NAME <configuration: haild -t has nothing against it.  A program that
# this machine does not have is replaced: whether it is there is not the point.
good()
{
	cat >"$tmp/example.conf"
	sed -n 's/^[^"]*exec *= *\["\([^"]*\)".*/\1/p' "$tmp/example.conf" |
	while read -r program; do
		[ -x "$program" ] ||
		    sed -i "s|\"$program\"|\"/bin/true\"|" "$tmp/example.conf"
	done
	# shellcheck disable=SC2086 # HAILD may be a command with arguments
	said=$($HAILD -t -c "$tmp/example.conf" 2>&1 </dev/null)
	is "$1: status" $? 0
	is "$1: no error" "$(printf '%s\n' "$said" |
		grep -Ev 'user "haild(-speaker)?" does not exist; using "nobody"$')" ''
}

# In README.md an indented block that begins with a service is configuration.
awk -v to="$tmp/block" '
/^    / && !on { on = 1; take = ($0 ~ /^    [a-z-]+: *\{/); if (take) n++ }
!/^    / { on = 0 }
on && take { print substr($0, 5) > (to n) }' "$srcdir/README.md"
for block in "$tmp"/block*; do
	service=$(sed -n '1s/:.*//p' "$block")
	good "README.md: $service" <"$block"
done
ok 'README.md has several' [ "$(cat "$tmp"/block* | grep -c listen)" -ge 5 ]
cat "$tmp"/block* >"$tmp/all"
good 'README.md: all of them together' <"$tmp/all"

good 'etc/haild.conf' <"$srcdir/etc/haild.conf"
# What is a setting in comments has no space after the sign.
sed 's/^#\([^ ]\)/\1/' "$srcdir/etc/haild.conf" >"$tmp/uncommented"
good 'etc/haild.conf without its comments' <"$tmp/uncommented"
ok 'which is more' [ "$(grep -c '^[^#]' "$tmp/uncommented")" -gt \
    $(($(grep -c '^[^#]' "$srcdir/etc/haild.conf") + 20)) ]
done_testing
