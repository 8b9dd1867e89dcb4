# hardening.sh -- the programs are built with what the compiler and the linker have
# against attacks.
. "${srcdir:-.}/tests/e2e/lib.sh"
need_command readelf ar

cflags=$(sed -n 's/^HARDEN_CFLAGS = *//p' "$builddir/Makefile")

# has OPTION: configure has found that the compiler has it.
has()
{
	case " $cflags " in
	*" $1 "*) return 0 ;;
	esac
	return 1
}

machine=$(uname -m)
case $machine in
x86_64)
	option=-fcf-protection
	wanted='IBT, SHSTK'
	;;
aarch64)
	option=-mbranch-protection=standard
	wanted='BTI, PAC'
	;;
*)
	option=
	;;
esac
if [ -z "$option" ]; then
	skip 'control-flow protection' "none is known for $machine"
else
	ok "the compiler has $option" has "$option"
	# Of a program the linker keeps the note if each object has it, also those
	# of libc and libbsd, which not every system builds that way.
	for library in "$builddir"/lib[a-z]*.a; do
		case $library in
		*/libunit.a) continue ;;
		esac
		is "each object of ${library##*/} has $wanted" \
		    "$(readelf -nW "$library" | grep -c "feature: $wanted")" \
		    "$(ar t "$library" | wc -l)"
	done
fi

for program in haild haild-load haild-commands hail; do
	file=$builddir/$program
	like "$program is position-independent" "$(readelf -hW "$file")" \
	    'Type: +DYN'
	like "$program has a read-only relocation table" \
	    "$(readelf -lW "$file")" 'GNU_RELRO'
	like "$program is bound at start" "$(readelf -dW "$file")" 'BIND_NOW|NOW'
	like "$program has no executable stack" \
	    "$(readelf -lW "$file" | grep GNU_STACK)" ' RW '
	is "$program has no segment to write to and execute" \
	    "$(readelf -lW "$file" | grep -c ' RWE ')" 0
	like "$program has stack protectors" "$(readelf -sW "$file")" \
	    '__stack_chk_fail'
done
done_testing
