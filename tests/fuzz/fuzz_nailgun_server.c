/*
 * fuzz_nailgun_server.c -- frames: what a server sends to hail.
 */

#include "fuzz_nailgun.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_nailgun(NAILGUN_SERVER, data, size);
	return 0;
}
