/*
 * tiny.c -- the smallest possible program for a service, so that the benchmark
 * measures the server: no libc, nothing to load.
 *
 *	tiny		writes the line of load.c and exits
 *	tiny copy	copies standard input to standard output
 */

#include <sys/syscall.h>

static const char line[] = "Smile from the server\n";
static char buf[65536];

#if defined(__x86_64__)
static long
call(long number, long a, const void *b, unsigned long c)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}
__asm__(
    ".globl _start\n_start:\n"
    "	mov (%rsp), %rdi\n"
    "	and $-16, %rsp\n"
    "	call begin\n");
#elif defined(__aarch64__)
static long
call(long number, long a, const void *b, unsigned long c)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register const void *x1 __asm__("x1") = b;
	register unsigned long x2 __asm__("x2") = c;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2)
			 : "memory");
	return x0;
}
__asm__(
    ".globl _start\n_start:\n"
    "	ldr x0, [sp]\n"
    "	bl begin\n");
#else
#error "the tiny program needs a start of its own for this machine"
#endif

static int
write_all(const char *from, long len)
{
	long n;

	for (; len > 0; from += n, len -= n)
		if ((n = call(SYS_write, 1, from, (unsigned long)len)) <= 0)
			return -1;
	return 0;
}

/* Called with the program's argc: any argument means "copy". */
void begin(long argc) __attribute__((noreturn, used));

void
begin(long argc)
{
	long n;
	int status = 0;

	if (argc < 2)
		status = write_all(line, sizeof(line) - 1) != 0;
	else
		while (status == 0 &&
		    (n = call(SYS_read, 0, buf, sizeof(buf))) > 0)
			status = write_all(buf, n) != 0;
	call(SYS_exit_group, status, (void *)0, 0);
	__builtin_unreachable();
}
