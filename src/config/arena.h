/*
 * arena.h -- memory that one process fills and another reads.
 *
 * A memfd mapped at the same reserved address in both, so that pointers into
 * it hold.  The builder maps it shared and writable, and exits; the daemon
 * seals it, maps it private and read-only, and closes it.  No process of a
 * session ever has it writable.
 */

#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

#define ARENA_SIZE ((size_t)64 << 20)

struct arena {
	char *base;  /* the reserved address */
	size_t used; /* bytes, while it is built */
	int fd;	     /* the memfd, or -1 */
};

/* Reserve addresses and make the memfd.  Returns 0, or -1 with errno. */
int arena_create(struct arena *a);

/* In the builder: map it for writing.  Returns 0, or -1 with errno. */
int arena_open(struct arena *a);

/*
 * Zeroed memory, aligned for any type.  A configuration that is larger than
 * ARENA_SIZE ends the process: there is nobody to tell but its parent.
 */
void *arena_alloc(struct arena *a, size_t size);
char *arena_strdup(struct arena *a, const char *text);

/* In the builder: cut it to what was used, unmap it. */
int arena_finish(struct arena *a);

/*
 * In the daemon, once the builder is gone: seal it, map it for reading, close
 * the memfd.  Returns its address, or NULL with errno (EBUSY: somebody still
 * has it writable).
 */
const void *arena_seal(struct arena *a);

/* Give the addresses back.  Nothing that was in it may be used any more. */
void arena_destroy(struct arena *a);

#endif
