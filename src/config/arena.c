/*
 * arena.c -- memory that one process fills and another reads.
 */

#include "config/arena.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"

int
arena_create(struct arena *a)
{
	a->used = 0;
	a->fd = memfd_create(
	    "haild configuration", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (a->fd == -1)
		return -1;
	a->base = mmap(NULL, ARENA_SIZE, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (a->base == MAP_FAILED) {
		close(a->fd);
		a->fd = -1;
		return -1;
	}
	return 0;
}

int
arena_open(struct arena *a)
{
	if (ftruncate(a->fd, (off_t)ARENA_SIZE) == -1)
		return -1;
	if (mmap(a->base, ARENA_SIZE, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_FIXED, a->fd, 0) == MAP_FAILED)
		return -1;
	return 0;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	size_t align = alignof(max_align_t);
	size_t start = (a->used + align - 1) / align * align;

	if (size > ARENA_SIZE || start > ARENA_SIZE - size)
		fatalx(EXIT_FAILURE, "the configuration is larger than %zu MB",
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
	return ftruncate(a->fd, (off_t)a->used);
}

const void *
arena_seal(struct arena *a)
{
	size_t page, used;
	struct stat st;
	void *p;

	if (fcntl(a->fd, F_ADD_SEALS,
		F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == -1)
		return NULL;
	if (fstat(a->fd, &st) == -1)
		return NULL;
	if (st.st_size == 0 || (size_t)st.st_size > ARENA_SIZE) {
		errno = EINVAL;
		return NULL;
	}
	a->used = (size_t)st.st_size;
	p = mmap(
	    a->base, a->used, PROT_READ, MAP_PRIVATE | MAP_FIXED, a->fd, 0);
	if (p == MAP_FAILED)
		return NULL;
	/* No fork is to copy what is left; where it does, it is only slower. */
	page = (size_t)sysconf(_SC_PAGESIZE);
	used = (a->used + page - 1) / page * page;
	madvise((char *)a->base + used, ARENA_SIZE - used, MADV_DONTFORK);
	close(a->fd);
	a->fd = -1;
	return p;
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
