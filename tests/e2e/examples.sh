# examples.sh -- the configurations of README.md and etc/haild.conf have no
# errors, README.md names only settings that exist, and HACKING.md only modules.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_root
need_command openssl

# A certificate and its key, in place of those of the examples.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 \
    -keyout "$tmp/key.pem" -out "$tmp/cert.pem" -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:true \
    2>/dev/null

# good NAME <configuration: haild -t finds no error.  A program that is not
# installed here is replaced, because the test is not about that, and so are the
# files of TLS and the group that the package makes.
good()
{
	sed -e 's|^\([ 	]*tls-certificate *= *"\)[^"]*|\1'"$tmp/cert.pem|" \
	    -e 's|^\([ 	]*tls-client-ca *= *"\)[^"]*|\1'"$tmp/cert.pem|" \
	    -e 's|^\([ 	]*tls-key *= *"\)[^"]*|\1'"$tmp/key.pem|" \
	    -e 's|"haild-control"|"nogroup"|' \
	    >"$tmp/example.conf"
	sed -n 's/.*exec *= *\["\([^"]*\)".*/\1/p' "$tmp/example.conf" |
	while read -r program; do
		[ -x "$program" ] ||
		    sed -i "s|\"$program\"|\"/bin/true\"|" "$tmp/example.conf"
	done
	# shellcheck disable=SC2086 # HAILD may be a command with arguments
	output=$($HAILD -t -c "$tmp/example.conf" 2>&1 </dev/null)
	is "$1: status" $? 0
	is "$1: no error" "$(printf '%s\n' "$output" |
		grep -Ev -e 'user "haild(-speaker|-linger|-tls)?" does not exist; using "nobody"$' \
		    -e '"identities": .*: No such file or directory$')" ''
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
ok 'README.md has six or more' [ "$(cat "$tmp"/block* | grep -c listen)" -ge 6 ]
cat "$tmp"/block* >"$tmp/all"
good 'README.md: all of them together' <"$tmp/all"

# The last column of a table that begins with another program's option has our
# settings in backquotes: "name" or "name = value".
awk -F ' [|]' '/^[|] [a-zA-Z`$].*[|]$/ && on { print $(NF - 1) }
/^## / { on = /^## Coming from/ }' "$srcdir/README.md" |
    grep -o '`[^`]*`' | sed -nE 's/^`([a-z][a-z0-9-]*)( = .*)?`$/\1/p' |
    sort -u >"$tmp/named"
sed -nE 's/^\.It Ic ([a-z0-9-]+)( = .*)?$/\1/p' "$srcdir/man/haild.conf.5" |
    sort -u >"$tmp/settings"
is 'README.md names settings that exist' \
    "$(comm -23 "$tmp/named" "$tmp/settings")" ''
ok 'and many of them' [ "$(wc -l <"$tmp/named")" -ge 40 ]

# In HACKING.md the first paragraph of a room has modules in backquotes.
awk '/^### / { room = $2 ~ /^src/ ? $2 : ""; next }
/^- / { room = "" }
room != "" { print room, $0 }' "$srcdir/HACKING.md" |
while read -r room line; do
	printf '%s\n' "$line" | grep -o '`[a-z_]*`' | tr -d '`' |
	while read -r module; do
		[ -e "$srcdir/$room/$module.h" ] ||
		    [ -e "$srcdir/$room/$module.c" ] || echo "$room/$module"
	done
done >"$tmp/unknown"
is 'HACKING.md names modules that exist' "$(cat "$tmp/unknown")" ''

# The package makes that user.
sed 's|"haild-enrol"|"nobody"|' "$srcdir/etc/haild.conf" >"$tmp/shipped"
good 'etc/haild.conf' <"$tmp/shipped"
# A setting that is commented out has no space after the "#".
sed 's/^#\([^ ]\)/\1/' "$tmp/shipped" >"$tmp/uncommented"
good 'etc/haild.conf without its comments' <"$tmp/uncommented"
for example in haild-metrics haproxy-haild nginx-haild; do
	good "etc/examples/$example.conf" <"$srcdir/etc/examples/$example.conf"
done
ok 'there are settings in comments' [ "$(grep -c '^[^#]' "$tmp/uncommented")" -gt \
    $(($(grep -c '^[^#]' "$srcdir/etc/haild.conf") + 20)) ]
done_testing
