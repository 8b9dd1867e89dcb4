/*
 * nofilter.c -- for LD_PRELOAD: no system call filter is set.  Those of haild's
 * own processes would kill valgrind, which makes system calls of its own.
 */

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <stdarg.h>
#include <unistd.h>

int
prctl(int option, ...)
{
	unsigned long arg[4];
	va_list ap;
	int i;

	va_start(ap, option);
	for (i = 0; i < 4; i++)
		arg[i] = va_arg(ap, unsigned long);
	va_end(ap);
	return option == PR_SET_SECCOMP
	    ? 0
	    : (int)syscall(SYS_prctl, option, arg[0], arg[1], arg[2], arg[3]);
}
