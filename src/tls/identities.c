#include "tls/identities.h"

#include <sys/mman.h>
#include <sys/types.h>

#include <errno.h>
#include <unistd.h>

/*
 * Read all of FD into TEXT, from its beginning.  The file is not mapped: if its
 * owner shortened it, SIGBUS would kill the relay.  Returns the length, or -1.
 */
static ssize_t
read_file(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size) {
		n = pread(fd, text + len, size - len, (off_t)len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 ? (ssize_t)len : -1;
		len += (size_t)n;
	}
	return -1; /* too large */
}

static enum identities_result
find_in_file(
    int fd, char *text, const char *pin, int64_t now, char name[IDENTITY_SIZE])
{
	ssize_t len =
	    fd == -1 ? -1 : read_file(fd, text, IDENTITIES_FILE_MAX + 1);

	if (len == -1)
		return IDENTITIES_BAD;
	switch (identity_look_up(text, (size_t)len, pin, now, name)) {
	case IDENTITY_FOUND:
		return IDENTITIES_FOUND;
	case IDENTITY_EXPIRED:
		return IDENTITIES_EXPIRED;
	case IDENTITY_UNKNOWN:
		break;
	}
	return IDENTITIES_UNKNOWN;
}

/* A pin that has expired in one file may be valid in another. */
enum identities_result
identities_find(const int *fds, unsigned int n, const char *pin, int64_t now,
    char name[IDENTITY_SIZE])
{
	enum identities_result result = IDENTITIES_UNKNOWN, one;
	unsigned int i;
	char *text;

	if (n == 0)
		return result;
	/* Pages that are never written use no memory. */
	text = mmap(NULL, IDENTITIES_FILE_MAX + 1, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (text == MAP_FAILED)
		return IDENTITIES_BAD;
	for (i = 0; i < n; i++) {
		one = find_in_file(fds[i], text, pin, now, name);
		if (one != IDENTITIES_UNKNOWN)
			result = one;
		if (one == IDENTITIES_FOUND || one == IDENTITIES_BAD)
			break;
	}
	munmap(text, IDENTITIES_FILE_MAX + 1);
	return result;
}
