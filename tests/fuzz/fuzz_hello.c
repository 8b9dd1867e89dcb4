/*
 * fuzz_hello.c -- a ClientHello, without its header: which suites of TLS 1.2 it
 * offers.  The same bytes as messages of a handshake, in any order, for the
 * hash that a relay has signed: a byte with the type, two with the length, the
 * body.
 */

#include "fuzz.h"

#include <string.h>

#include "tls/hello.h"
#include "tls/service.h"
#include "tls/transcript.h"

/* Version, random, no session ID, one suite. */
#define SHORTEST (2 + 32 + 1 + 2 + 2)

static void
try_transcript(const uint8_t *data, size_t size)
{
	unsigned char first[TRANSCRIPT_MAX], second[TRANSCRIPT_MAX], *body;
	struct transcript t;
	size_t n, len;

	MUST(transcript_init(&t) == 0);
	while (size >= 3) {
		n = (size_t)data[1] << 8 | data[2];
		if (n > size - 3)
			n = size - 3;
		/* Of this length, so that a sanitizer finds a read beyond. */
		MUST((body = malloc(n + (n == 0))) != NULL);
		memcpy(body, data + 3, n);
		MUST(transcript_add(&t,
			 data[0] == 6 ? GNUTLS_HANDSHAKE_HELLO_RETRY_REQUEST
				      : data[0],
			 body, n) <= 0);
		free(body);
		data += 3 + n;
		size -= 3 + n;
	}
	len = transcript_hash(&t, first);
	MUST(len == 0 || len == 32 || len == 48);
	/* Taking the hash does not change it. */
	MUST(transcript_hash(&t, second) == len);
	MUST(memcmp(first, second, len) == 0);
	transcript_free(&t);
}

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
	try_transcript(data, size);
	return 0;
}
