#include "lib/fds.h"

#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* <linux/memfd.h> */
#endif

int
fds_set_stdio(int in, int out, int err)
{
	return dup2(in, STDIN_FILENO) == -1 || dup2(out, STDOUT_FILENO) == -1 ||
		dup2(err, STDERR_FILENO) == -1
	    ? -1
	    : 0;
}

int
fds_reopen(int fd, int flags)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, flags | O_CLOEXEC | O_NOCTTY);
}

int
fds_memory(const char *name)
{
	const unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create(name, flags | MFD_NOEXEC_SEAL);

	/* Before Linux 6.3 the flag is not known, and not needed. */
	if (fd == -1 && errno == EINVAL)
		fd = memfd_create(name, flags);
	return fd;
}

int
fds_open_program(const char *name, char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;
	int fd = -1;

	path[n == -1 ? 0 : n] = '\0';
	if ((slash = strrchr(path, '/')) != NULL) {
		strlcpy(slash + 1, name, (size_t)(path + PATH_MAX - slash - 1));
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (fd != -1)
		return fd;
	snprintf(path, PATH_MAX, "%s/haild/%s", LIBEXECDIR, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Not by qsort(3): for a few descriptors its pages cost a session 25 us. */
static void
sort(int *fds, size_t n)
{
	size_t i, j;
	int fd;

	for (i = 1; i < n; i++) {
		fd = fds[i];
		for (j = i; j > 0 && fds[j - 1] > fd; j--)
			fds[j] = fds[j - 1];
		fds[j] = fd;
	}
}

/* Close all from 3 up except the N in KEEP, which this sorts. */
static void
close_all_but(int *keep, size_t n)
{
	int next = 3;
	size_t i;

	sort(keep, n);
	for (i = 0; i < n; i++) {
		if (keep[i] > next)
			close_range(
			    (unsigned int)next, (unsigned int)keep[i] - 1, 0);
		if (keep[i] >= next)
			next = keep[i] + 1;
	}
	close_range((unsigned int)next, UINT_MAX, 0);
}

void
fds_close_others(const int *keep, size_t n)
{
	struct log_state log;
	int all[n + 2];

	log_get(&log);
	memcpy(all, log.fds, sizeof(log.fds));
	if (n > 0)
		memcpy(all + 2, keep, n * sizeof(*keep));
	close_all_but(all, n + 2);
}

void
fds_close_all_but(const int *keep, size_t n)
{
	int all[n + 1];

	if (n > 0)
		memcpy(all, keep, n * sizeof(*keep));
	close_all_but(all, n);
}

int
fds_arrange(int program, const int *keep, size_t n)
{
	int above = 3 + (int)n, moved[FDS_EXECUTE_MAX];
	size_t i;

	/* First out of the way of the numbers that they are to have. */
	if ((program = fcntl(program, F_DUPFD_CLOEXEC, above)) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if ((moved[i] = fcntl(keep[i], F_DUPFD_CLOEXEC, above)) == -1)
			return -1;
	if (close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (dup2(moved[i], 3 + (int)i) == -1)
			return -1;
	return program;
}

int
fds_execute(int program, char *const argv[], const int *keep, size_t n)
{
	if ((program = fds_arrange(program, keep, n)) == -1)
		return -1;
	return execveat(program, "", argv, environ, AT_EMPTY_PATH);
}
