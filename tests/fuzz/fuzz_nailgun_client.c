/*
 * fuzz_nailgun_client.c -- frames: what a client sends to haild.
 */

#include "fuzz_nailgun.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_nailgun(NAILGUN_CLIENT, data, size);
	return 0;
}
