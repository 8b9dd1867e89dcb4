# main.sh -- run the tests in the virtual machine, one after another.
#
# Its arguments are in the file "list": for each test its name.  Before the output
# of a test there is a line "== NAME", and after it "== NAME STATUS".

srcdir=/run/vm/src
debs=/run/vm/debs
export srcdir debs
LC_ALL=C.UTF-8
export LC_ALL
while read -r name <&9; do
	echo "== $name"
	# busybox would take "sh" for its own.
	timeout -k 10 300 /bin/sh "$srcdir/tests/vm/$name" 9<&-
	echo "== $name $?"
done 9</run/vm/list
