#include "config/arena.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/fds.h"
#include "lib/log.h"

#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static const uintptr_t addresses[ARENA_SLOTS] = { 0x30000000, 0x38000000 };

int
arena_create(struct arena *a, unsigned int slot)
{
	*a = (struct arena) { .slot = slot };
	a->fd = fds_memory("haild configuration");
	return a->fd == -1 ? -1 : 0;
}

static int
map(struct arena *a, size_t size, int protection, int flags)
{
	void *want, *p;

	if (a->slot >= ARENA_SLOTS) {
		errno = EINVAL;
		return -1;
	}
	want = (void *)addresses[a->slot];
	p = mmap(want, size, protection, flags | MAP_FIXED_NOREPLACE, a->fd, 0);
	if (p == MAP_FAILED)
		return -1;
	/* Where the flag is not known, the address is only a hint. */
	if (p != want) {
		munmap(p, size);
		errno = EEXIST;
		return -1;
	}
	a->base = p;
	return 0;
}

int
arena_open(struct arena *a)
{
	a->used = 0;
	if (ftruncate(a->fd, (off_t)ARENA_SIZE) == -1)
		return -1;
	return map(a, ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED);
}

void *
arena_alloc(struct arena *a, size_t size)
{
	size_t align = alignof(max_align_t);
	size_t start = (a->used + align - 1) / align * align;

	if (size > ARENA_SIZE || start > ARENA_SIZE - size)
		fatalx(EX_CONFIG, "the configuration is larger than %zu MB",
		    ARENA_SIZE >> 20);
	a->used = start + size;
	return a->base + start;
}

char *
arena_strdup(struct arena *a, const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(arena_alloc(a, size), text, size);
}

int
arena_finish(struct arena *a)
{
	if (munmap(a->base, ARENA_SIZE) == -1)
		return -1;
	a->base = NULL;
	return ftruncate(a->fd, (off_t)a->used);
}

const void *
arena_map(struct arena *a)
{
	int seals = fcntl(a->fd, F_GET_SEALS);
	struct stat st;

	/* A configuration cannot be written any more. */
	if (seals == -1 || fstat(a->fd, &st) == -1)
		return NULL;
	if ((seals & SEALS) != SEALS) {
		errno = EPERM;
		return NULL;
	}
	if (st.st_size == 0 || (size_t)st.st_size > ARENA_SIZE) {
		errno = EINVAL;
		return NULL;
	}
	a->used = (size_t)st.st_size;
	return map(a, a->used, PROT_READ, MAP_PRIVATE) == -1 ? NULL : a->base;
}

const void *
arena_seal(struct arena *a)
{
	if (fcntl(a->fd, F_ADD_SEALS, SEALS) == -1)
		return NULL;
	return arena_map(a);
}

void
arena_destroy(struct arena *a)
{
	if (a->fd != -1)
		close(a->fd);
	if (a->base != NULL)
		munmap(a->base, ARENA_SIZE);
	a->fd = -1;
	a->base = NULL;
}
