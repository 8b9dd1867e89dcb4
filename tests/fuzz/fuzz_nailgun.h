/*
 * fuzz_nailgun.h -- what must hold of frames, whatever comes.
 */

#ifndef FUZZ_NAILGUN_H
#define FUZZ_NAILGUN_H

#include <stddef.h>
#include <stdint.h>

#include "nailgun.h"

/*
 * Decode what SENDER sends, all at once and byte by byte.  Both must end alike,
 * after the same frames; what is handed out must lie in what came, and be in
 * order and within the limits.  Aborts where that does not hold.
 */
void fuzz_nailgun(enum nailgun_side sender, const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
