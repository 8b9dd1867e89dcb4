/*
 * arena.h -- memory that one process fills and others read.
 *
 * An arena is a memfd that every process maps at the same address, so that
 * pointers into it hold.  The builder (haild-load) maps it shared and writable,
 * and exits.  The daemon then seals it, maps it private and read-only, and
 * keeps the memfd, close-on-exec, for the helpers that need the configuration.
 * No process of a session ever has it writable.
 *
 * There are two addresses, used in turn at reloads.  They are constants, the
 * same on every architecture, since a helper has an address layout of its own:
 * below 2 GB, so that address space randomization, the shadow memory of the
 * address sanitizer (64 bits) and valgrind's own code do not come near, and
 * above a program that is linked at a fixed address and its heap.
 */

#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

#define ARENA_SIZE ((size_t)64 << 20)
#define ARENA_SLOTS 2

struct arena {
	char *base;	   /* where it is mapped; NULL: nowhere */
	size_t used;	   /* bytes */
	int fd;		   /* the memfd, or -1 */
	unsigned int slot; /* which of the two addresses */
};

/* Make the memfd of an arena for SLOT.  Returns 0, or -1 with errno. */
int arena_create(struct arena *a, unsigned int slot);

/*
 * In the builder, with a->fd and a->slot set: map it for writing.  Returns 0,
 * or -1 with errno (EEXIST: something else is mapped there).
 */
int arena_open(struct arena *a);

/*
 * Zeroed memory, aligned for any type.  A configuration that is larger than
 * ARENA_SIZE ends the process with a message.
 */
void *arena_alloc(struct arena *a, size_t size);
char *arena_strdup(struct arena *a, const char *text);

/*
 * In the builder: cut the memfd to the size that was used, and unmap it.
 * Returns 0, or -1 with errno.
 */
int arena_finish(struct arena *a);

/*
 * In the daemon, after the builder has ended: seal the memfd and map it as
 * arena_map does.  Fails with EBUSY while a process still has it writable.
 */
const void *arena_seal(struct arena *a);

/*
 * Map a sealed memfd for reading, with a->fd and a->slot set.  Returns its
 * address, or NULL with errno: EPERM if it is not sealed, EINVAL if its size is
 * impossible, EEXIST if something else is mapped there.
 */
const void *arena_map(struct arena *a);

/* Unmap it and close the memfd.  May be called again. */
void arena_destroy(struct arena *a);

#endif
