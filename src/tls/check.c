#include "tls/check.h"

int
tls_check(char *const *argv)
{
	(void)argv;
	return 0;
}
