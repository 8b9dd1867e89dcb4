/* hail.c -- the client. */
#include <stdio.h>
int
main(void)
{
	fputs("hail: not written yet\n", stderr);
	return 1;
}
