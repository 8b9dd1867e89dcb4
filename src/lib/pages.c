#include "lib/pages.h"

#include <sys/mman.h>

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "lib/io.h"

static struct table {
	void *p;
	size_t size;
} tables[PAGES_TABLES];
static size_t ntables;

/* Map SIZE bytes at AT if that is free, otherwise anywhere. */
static void *
map_at(void *at, size_t size)
{
	void *p = mmap(at, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void *
pages_map(size_t size)
{
	return map_at(NULL, size);
}

/*
 * Each is placed right below the one before, so that the kernel joins them to
 * one mapping: a fork has to skip only that.
 */
void *
pages_map_own(size_t size)
{
	static uintptr_t lowest;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t whole = (size + page - 1) / page * page;
	void *p = map_at((void *)(lowest > whole ? lowest - whole : 0), whole);

	if (p == NULL)
		return NULL;
	if (madvise(p, whole, MADV_DONTFORK) == -1) {
		munmap(p, whole);
		return NULL;
	}
	lowest = (uintptr_t)p;
	return p;
}

void *
pages_map_table(size_t size)
{
	void *p;

	if (ntables == PAGES_TABLES) {
		errno = ENOMEM;
		return NULL;
	}
	if ((p = pages_map_own(size)) != NULL)
		tables[ntables++] = (struct table) { p, size };
	return p;
}

static void
advise_tables(int advice)
{
	size_t i;

	for (i = 0; i < ntables; i++)
		madvise(tables[i].p, tables[i].size, advice);
}

pid_t
pages_fork(void)
{
	pid_t pid;
	int error;

	advise_tables(MADV_DOFORK);
	pid = fork();
	error = errno;
	if (pid != 0)
		advise_tables(MADV_DONTFORK);
	errno = error;
	return pid;
}

int64_t
pages_rest(struct pages_rest *r, uint32_t uses, int64_t now)
{
	if (r->at == 0 || r->uses != uses)
		*r = (struct pages_rest) { now + SECOND, uses };
	return r->at;
}

void
pages_release(void *p, size_t size)
{
	madvise(p, size, MADV_DONTNEED);
}
