/*
 * fuzz_hello.c -- a ClientHello, without its header: which suites of TLS 1.2 it
 * offers.
 */

#include "fuzz.h"

#include <string.h>

#include "tls/hello.h"
#include "tls/service.h"

/* Version, random, no session ID, one suite. */
#define SHORTEST (2 + 32 + 1 + 2 + 2)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static gnutls_priority_t priority;
	struct hello_suites suites;
	uint8_t *exact = malloc(size);

	MUST(priority != NULL ||
	    tls_priority_make(&priority, TLS_MINIMUM_1_2, NULL) == NULL);
	/* So that a byte more than these is noticed. */
	MUST(exact != NULL || size == 0);
	if (size > 0)
		memcpy(exact, data, size);
	hello_read(&suites, priority, exact, size);
	MUST(size >= SHORTEST || (!suites.rsa && !suites.ecdsa));
	free(exact);
	return 0;
}
