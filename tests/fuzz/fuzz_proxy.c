/*
 * fuzz_proxy.c -- headers of the PROXY protocol, read as a session reads them.
 */

#include "fuzz.h"

#include <string.h>

#include "lib/proxy.h"

/* As read_header does, STEP bytes at a time at most. */
static enum proxy_fault
feed(const uint8_t *data, size_t size, size_t step, struct proxy *p,
    size_t *used)
{
	enum proxy_fault fault;
	size_t more, n;

	for (*used = 0;; *used += n) {
		/* Its end is the end of its memory. */
		uint8_t *copy = malloc(*used + (*used == 0));

		MUST(copy != NULL);
		memcpy(copy, data, *used);
		memset(p, 0, sizeof(*p));
		fault = proxy_parse(copy, *used, p, &more);
		free(copy);
		MUST(fault < PROXY_NFAULTS);
		if (fault != PROXY_FINE || more == 0)
			return fault;
		MUST(*used + more <= PROXY_MAX);
		n = more < step ? more : step;
		if (n > size - *used)
			n = size - *used;
		if (n == 0)
			return PROXY_TRUNCATED;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proxy whole, bytes;
	enum proxy_fault fault;
	size_t a, b;

	/* Cut, so that a header of kilobytes does not take minutes by bytes. */
	if (size > 512)
		size = 512;
	fault = feed(data, size, PROXY_MAX, &whole, &a);
	/* Of two faults either may be met first. */
	MUST((feed(data, size, 1, &bytes, &b) == PROXY_FINE) ==
	    (fault == PROXY_FINE));
	if (fault != PROXY_FINE)
		return 0;
	MUST(a == b && whole.kind == bytes.kind);
	if (whole.kind != PROXY_TCP)
		return 0;
	MUST(whole.client.sa.sa_family == AF_INET ||
	    whole.client.sa.sa_family == AF_INET6);
	MUST(addr_equal(&whole.client, &bytes.client));
	MUST(addr_equal(&whole.server, &bytes.server));
	return 0;
}
