/*
 * identities.h -- look a pin up in the files of identities.
 */

#ifndef TLS_IDENTITIES_H
#define TLS_IDENTITIES_H

#include <stdint.h>

#include "config/identity.h"

/* A larger file is not trusted: a relay reads it into memory. */
#define IDENTITIES_FILE_MAX (4 << 20)

enum identities_result {
	IDENTITIES_FOUND,
	IDENTITIES_UNKNOWN,
	IDENTITIES_EXPIRED,
	IDENTITIES_BAD, /* a file that may have the pin cannot be read */
};

/*
 * Look PIN up in N files, open for reading, in their order; the first file that
 * has it decides.  The descriptor -1 stands for a file that cannot be trusted.
 * NOW is in seconds since the epoch.
 */
enum identities_result identities_find(const int *fds, unsigned int n,
    const char *pin, int64_t now, char name[IDENTITY_SIZE]);

#endif
