#include "tls/relay.h"

#include <unistd.h>

void
relay_run(const struct relay_start *r)
{
	(void)r;
	_exit(1);
}
