#include "tls/keeper.h"

#include <unistd.h>

void
keeper_run(void)
{
	_exit(1);
}
