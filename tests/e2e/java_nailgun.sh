#!/bin/sh
# java_nailgun.sh -- hail and the Nailgun server in Java of Debian's package.
#
# Not among the tests that make check runs, since it needs a Java compiler:
# ./dev check --all runs it.

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$srcdir/tests/e2e/lib.sh"
. "$srcdir/tests/e2e/fake.sh"
jar=/usr/share/java/nailgun-server.jar
need_command java javac
[ -e $jar ] || skip_all "needs $jar"

cat >"$tmp/Nail.java" <<'END'
import java.io.InputStream;

/** Arguments to standard error, standard input to standard output. */
public class Nail {
	public static void main(String[] args) throws Exception {
		byte[] buffer = new byte[65536];
		InputStream in = System.in;
		int n;

		for (int i = 1; i < args.length; i++)
			System.err.println("[" + args[i] + "]");
		while ((n = in.read(buffer)) > 0)
			System.out.write(buffer, 0, n);
		System.out.flush();
		System.exit(Integer.parseInt(args[0]));
	}
}
END
javac -d "$tmp" "$tmp/Nail.java"
# Java 17 warns, and 18 refuses unless asked, that exit is caught by a security
# manager.
java -Djava.security.manager=allow -cp "$jar:$tmp" \
    com.martiansoftware.nailgun.NGServer 127.0.0.1:0 >"$tmp/java.out" 2>&1 &
background="$background $!"
wait_until "grep -q 'started on' '$tmp/java.out'" 60
where=127.0.0.1:$(sed -n 's/.*started on.*port \([0-9]*\)\.$/\1/p' \
    "$tmp/java.out")
ok 'the server runs' [ "$where" != 127.0.0.1: ]

hail -n "$where" ng-version
is 'a nail of its own: status' "$hail_status" 0
like 'a nail of its own: output' "$(out)" '^NailGun server version [0-9]'

hail "$where" Nail 7 -x 'two words' '' <<END
hello
END
is 'arguments, status' "$hail_status" 7
is 'arguments, standard input to standard output' "$(out)" hello
is 'arguments to standard error' "$(err)" '[-x]
[two words]
[]'

hail -n "$where" Nail 0
is 'no input: status' "$hail_status" 0
is 'no input: no output' "$(out)" ''
for pair in 255:255 256:255 -1:255; do
	hail -n "$where" Nail "${pair%:*}"
	is "exit ${pair%:*}" "$hail_status" "${pair#*:}"
done

head -c 20000000 /dev/urandom >"$tmp/big"
hail "$where" Nail 3 <"$tmp/big"
is '20 MB there and back: status' "$hail_status" 3
ok '20 MB there and back: the bytes' cmp "$tmp/big" "$tmp/out"
# shellcheck disable=SC2002 # a pipe is what is tested
cat "$tmp/big" | $HAIL "$where" Nail 3 2>"$tmp/err.log" | cat >"$tmp/out"
ok 'through pipes: the bytes' cmp "$tmp/big" "$tmp/out"

hail -n "$where" NoSuchNail
like 'no such nail: status' "$hail_status" '^[1-9][0-9]*$'
like 'no such nail: message' "$(err)" NoSuchNail

done_testing
