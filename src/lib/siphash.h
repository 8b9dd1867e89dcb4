/*
 * siphash.h -- SipHash-2-4 (Aumasson and Bernstein, 2012): a hash with a key.
 *
 * For hash tables whose keys clients choose: without knowing the hash key they
 * cannot make their keys collide.
 */

#ifndef SIPHASH_H
#define SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
	uint64_t k[2];
};

uint64_t siphash(const struct siphash_key *key, const void *data, size_t size);

#endif
