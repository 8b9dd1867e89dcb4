/*
 * fuzz.h -- what a fuzz target is: one function that takes any bytes.
 *
 * With libFuzzer (./dev fuzz) it is called with what that thinks of, and with
 * replay.c (make check) with each file of the corpus.  It must not trust them,
 * and aborts where what came out cannot be right.
 */

#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Like assert(3), but always there. */
#define MUST(what)                                                       \
	do {                                                             \
		if (!(what)) {                                           \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, \
			    __LINE__, #what);                            \
			abort();                                         \
		}                                                        \
	} while (0)

#endif
