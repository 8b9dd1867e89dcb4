/*
 * fuzz_random.h -- GnuTLS gets its random numbers here, from a seed, so that an
 * input does the same each time.  To be included by one file of a program.
 */

#ifndef FUZZ_RANDOM_H
#define FUZZ_RANDOM_H

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <stdint.h>

static uint64_t fuzz_random; /* not 0 */

int
gnutls_rnd(gnutls_rnd_level_t level, void *data, size_t len)
{
	unsigned char *to = data;

	(void)level;
	while (len-- > 0) {
		/* xorshift64*: the upper bits are good ones. */
		fuzz_random ^= fuzz_random >> 12;
		fuzz_random ^= fuzz_random << 25;
		fuzz_random ^= fuzz_random >> 27;
		*to++ = (unsigned char)((fuzz_random * 0x2545f4914f6cdd1dULL) >>
		    56);
	}
	return 0;
}

#endif
