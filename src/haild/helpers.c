/*
 * helpers.c -- the programs that haild executes for itself.
 */

#include "haild/helpers.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/config.h"
#include "lib/fds.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/signals.h"

#define CHECK_TIMEOUT (10 * SECOND)

/* PATH becomes where NAME lies.  Returns a descriptor, or -1 (logged). */
static int
open_helper(const char *name, char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;
	int fd = -1;

	path[n == -1 ? 0 : n] = '\0';
	if ((slash = strrchr(path, '/')) != NULL) {
		strlcpy(slash + 1, name, (size_t)(path + PATH_MAX - slash - 1));
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (fd == -1) {
		snprintf(path, PATH_MAX, "%s/haild/%s", LIBEXECDIR, name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (fd == -1)
		log_errx("cannot open %s: %s: reinstall haild", path,
		    strerror(errno));
	return fd;
}

static void __attribute__((noreturn))
run_check(int program, const char *name, int errors, pid_t parent)
{
	char *argv[] = { (char *)(uintptr_t)name, (char[]) { "check" },
		(char *)(uintptr_t)config_stamp_text(), NULL };

	signals_in_child();
	/* The proof of an upgrade may be killed, which would orphan this. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1 ||
	    getppid() != parent)
		_exit(EX_OSERR);
	if (dup2(errors, STDERR_FILENO) != -1)
		fds_execute(program, argv, NULL, 0);
	dprintf(errors, "%s", strerror(errno));
	_exit(EX_OSERR);
}

/* What comes from FD until its end, or the deadline, in one line. */
static void
read_errors(int fd, char *text, size_t size)
{
	int64_t deadline = clock_now() + CHECK_TIMEOUT;
	size_t used = 0;
	ssize_t n;

	while (used < size - 1 && io_wait(fd, POLLIN, deadline) > 0 &&
	    (n = io_read(fd, text + used, size - 1 - used)) > 0)
		used += (size_t)n;
	text[used] = '\0';
	text[strcspn(text, "\n")] = '\0';
}

/* Returns as helpers_open does. */
static int
check_helper(int program, const char *name, const char *path)
{
	char text[512];
	int fds[2], status;
	pid_t pid, self = getpid();

	if (pipe2(fds, O_CLOEXEC) == -1 || (pid = fork()) == -1) {
		log_err("cannot run %s", path);
		return EXIT_FAILURE;
	}
	if (pid == 0)
		run_check(program, name, fds[1], self);
	close(fds[1]);
	read_errors(fds[0], text, sizeof(text));
	close(fds[0]);
	kill(pid, SIGKILL); /* it has closed its standard error, or hangs */
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return EXIT_FAILURE;
	status = WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
	/* Other programs exit with 0, too. */
	if (status == EXIT_SUCCESS && strcmp(text, name) == 0)
		return 0;
	log_errx("cannot use %s: %s", path,
	    text[0] != '\0' && status != EXIT_SUCCESS
		? text
		: "it is not a program of haild");
	return status == EX_TEMPFAIL ? EX_TEMPFAIL : EXIT_FAILURE;
}

static int
open_and_check(int *fd, const char *name)
{
	char path[PATH_MAX];

	if ((*fd = open_helper(name, path)) == -1)
		return EXIT_FAILURE;
	return check_helper(*fd, name, path);
}

int
helpers_open(struct helpers *h, bool commands)
{
	int status = open_and_check(&h->load, "haild-load");

	h->commands = -1;
	if (status == 0 && commands)
		status = open_and_check(&h->commands, "haild-commands");
	return status;
}
