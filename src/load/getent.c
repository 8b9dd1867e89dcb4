/*
 * getent.c -- ask getent(1).
 */

#include "load/getent.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/io.h"

enum { NOT_FOUND = 2 }; /* its exit status */

static void __attribute__((noreturn))
run(const char *database, const char *key, int out, pid_t parent)
{
	int devnull = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* Who asked may be killed (it takes too long): then nobody listens. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1 ||
	    getppid() != parent || dup2(devnull, STDIN_FILENO) == -1 ||
	    dup2(out, STDOUT_FILENO) == -1 ||
	    dup2(devnull, STDERR_FILENO) == -1 ||
	    close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC) == -1)
		_exit(EX_OSERR);
	/* All addresses of a host, even those that nobody could come to. */
	execl(GETENT, "getent", "--no-addrconfig", "--no-idn", "--", database,
	    key, (char *)NULL);
	_exit(EX_UNAVAILABLE);
}

/* A group of 100,000 members has less. */
#define ANSWER_MAX ((size_t)4 << 20)

/* All that comes from FD, which is closed; NULL when that can't be read. */
static char *
read_all(int fd)
{
	char *text = malloc(ANSWER_MAX + 1), *all;
	size_t used = 0;
	ssize_t n = -1;
	int error;

	while (text != NULL && used < ANSWER_MAX &&
	    (n = io_read(fd, text + used, ANSWER_MAX - used)) > 0)
		used += (size_t)n;
	error = n > 0 ? EFBIG : errno;
	close(fd);
	if (n != 0) {
		free(text);
		errno = error;
		return NULL;
	}
	text[used] = '\0';
	return (all = realloc(text, used + 1)) != NULL ? all : text;
}

/* Returns its exit status, or -1. */
static int
wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

char *
getent(const char *database, const char *key)
{
	pid_t self = getpid(), pid;
	int out[2], status, error;
	char *text;

	/* The one reason that somebody can mend, in words. */
	if (access(GETENT, X_OK) == -1 || pipe2(out, O_CLOEXEC) == -1)
		return NULL;
	if ((pid = fork()) == 0)
		run(database, key, out[1], self);
	close(out[1]);
	if (pid == -1) {
		close(out[0]);
		return NULL;
	}
	if ((text = read_all(out[0])) == NULL)
		kill(pid, SIGKILL); /* it may say more than is sane */
	error = text == NULL && errno != 0 ? errno : EIO;
	status = wait_for(pid);
	if (text != NULL && (status == 0 || status == NOT_FOUND))
		return text;
	free(text);
	errno = error;
	return NULL;
}
