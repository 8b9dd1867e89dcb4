/* haild.c -- the daemon. */
#include <stdio.h>
int
main(void)
{
	fputs("haild: not written yet\n", stderr);
	return 1;
}
