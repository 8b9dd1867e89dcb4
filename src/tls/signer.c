#include "tls/signer.h"

#include <unistd.h>

void
signer_run(void)
{
	_exit(1);
}
