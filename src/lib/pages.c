#include "lib/pages.h"

#include <sys/mman.h>

void *
pages_map(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void *
pages_map_own(size_t size)
{
	void *p = pages_map(size);

	if (p == NULL || madvise(p, size, MADV_DONTFORK) == 0)
		return p;
	munmap(p, size);
	return NULL;
}
