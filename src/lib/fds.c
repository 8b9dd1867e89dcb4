#include "lib/fds.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/log.h"

int
fds_set_stdio(int in, int out, int err)
{
	return dup2(in, STDIN_FILENO) == -1 || dup2(out, STDOUT_FILENO) == -1 ||
		dup2(err, STDERR_FILENO) == -1
	    ? -1
	    : 0;
}

static int
compare_fds(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return x < y ? -1 : x > y;
}

void
fds_close_others(int *keep, size_t n)
{
	unsigned int next = 3, fd;
	struct log_state log;
	size_t i = 0, j = 0;

	log_get(&log);
	qsort(log.fds, 2, sizeof(log.fds[0]), compare_fds);
	if (n > 0)
		qsort(keep, n, sizeof(keep[0]), compare_fds);
	/* Merge the two sorted lists, and close the gaps between them. */
	while (i < 2 || j < n) {
		int least = j == n || (i < 2 && log.fds[i] < keep[j])
		    ? log.fds[i++]
		    : keep[j++];

		if (least < (int)next)
			continue;
		fd = (unsigned int)least;
		if (fd > next)
			close_range(next, fd - 1, 0);
		next = fd + 1;
	}
	close_range(next, UINT_MAX, 0);
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
