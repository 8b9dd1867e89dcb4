/*
 * nomem.c -- for LD_PRELOAD: memory that is refused once.
 *
 * The file that HAILD_TEST_NOMEM names holds an int, which all processes share:
 * so many allocations succeed, those of whichever process, and the last of them
 * does not.  None fails while it is 0.
 */

#include <sys/mman.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

static int *left;

static void __attribute__((constructor)) open_left(void)
{
	const char *path = getenv("HAILD_TEST_NOMEM");
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
	void *p;

	if (fd == -1)
		return;
	p = mmap(
	    NULL, sizeof(*left), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p != MAP_FAILED)
		left = p;
}

static bool
is_refused(void)
{
	if (left == NULL || *left <= 0 || __sync_sub_and_fetch(left, 1) != 0)
		return false;
	errno = ENOMEM;
	return true;
}

/* The one that is behind this library. */
#define REAL(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

void *
malloc(size_t size)
{
	static void *(*real)(size_t);

	if (real == NULL)
		real = REAL(malloc);
	return is_refused() ? NULL : real(size);
}

void *
calloc(size_t n, size_t size)
{
	static void *(*real)(size_t, size_t);

	if (real == NULL)
		real = REAL(calloc);
	return is_refused() ? NULL : real(n, size);
}

void *
realloc(void *old, size_t size)
{
	static void *(*real)(void *, size_t);

	if (real == NULL)
		real = REAL(realloc);
	return is_refused() ? NULL : real(old, size);
}

void *
reallocarray(void *old, size_t n, size_t size)
{
	static void *(*real)(void *, size_t, size_t);

	if (real == NULL)
		real = REAL(reallocarray);
	return is_refused() ? NULL : real(old, n, size);
}
