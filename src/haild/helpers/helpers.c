#include "haild/helpers/helpers.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "contain/confine.h"
#include "lib/fds.h"
#include "lib/log.h"
#include "lib/process.h"
#include "lib/signals.h"

#define CHECK_TIMEOUT (10 * SECOND)

/* PATH becomes where NAME lies.  Returns a descriptor, or -1 (logged). */
static int
open_helper(const char *name, char path[PATH_MAX])
{
	int fd = fds_open_program(name, path);

	if (fd == -1)
		log_errx("cannot open %s: %s: reinstall haild", path,
		    strerror(errno));
	return fd;
}

/*
 * Under root nobody may be able to write to it but root and the owner of haild,
 * which may be a build tree.
 */
static bool
is_owned(int fd)
{
	struct stat st, own;

	if (geteuid() != 0)
		return true;
	return fstat(fd, &st) == 0 && stat("/proc/self/exe", &own) == 0 &&
	    (st.st_uid == 0 || st.st_uid == own.st_uid) &&
	    (st.st_mode & S_IWOTH) == 0;
}

static void __attribute__((noreturn))
run_check(int program, const char *name, int answer, pid_t parent)
{
	static char *none[] = { NULL };
	char *argv[] = { (char *)(uintptr_t)name, (char[]) { "check" },
		(char *)(uintptr_t)config_stamp_text(), NULL };

	signals_in_child();
	/* The proof of an upgrade may be killed, which would orphan this. */
	if (confine_die_with(parent) == -1)
		_exit(EX_OSERR);
	/* GnuTLS obeys variables, and the keeper will have none either. */
	if (strcmp(name, "haild-tls") == 0)
		environ = none;
	if (dup2(answer, STDOUT_FILENO) != -1 &&
	    dup2(answer, STDERR_FILENO) != -1)
		fds_execute(program, argv, NULL, 0);
	dprintf(answer, "%s", strerror(errno));
	_exit(EX_OSERR);
}

/* What comes from FD until its end, or the deadline, in one line. */
static void
read_answer(int fd, char *text, size_t size)
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
	char text[512], wanted[256], end[PROCESS_END_MAX];
	int fds[2], exit_status;
	pid_t pid, self = getpid();
	siginfo_t info;
	bool exited;

	if (pipe2(fds, O_CLOEXEC) == -1 || (pid = fork()) == -1) {
		log_err("cannot run %s", path);
		return EXIT_FAILURE;
	}
	if (pid == 0)
		run_check(program, name, fds[1], self);
	close(fds[1]);
	read_answer(fds[0], text, sizeof(text));
	close(fds[0]);
	kill(pid, SIGKILL); /* it has closed its descriptors, or hangs */
	process_wait(pid, clock_now() + CHECK_TIMEOUT, &info);
	exited = info.si_code == CLD_EXITED;
	exit_status = exited ? info.si_status : EXIT_SUCCESS;
	/* Another program may succeed, but does not print this. */
	snprintf(wanted, sizeof(wanted), "%s %s", name, config_stamp_text());
	if (exited && exit_status == EXIT_SUCCESS && strcmp(text, wanted) == 0)
		return 0;
	if (!exited && info.si_pid == pid && info.si_status != SIGKILL)
		log_errx("cannot use %s: it %s", path,
		    process_print_end(&info, end, sizeof(end)));
	else
		log_errx("cannot use %s: %s", path,
		    exit_status == EXIT_SUCCESS || text[0] == '\0'
			? "it is not a program of haild"
			: text);
	return exit_status == EX_TEMPFAIL ? EX_TEMPFAIL : EXIT_FAILURE;
}

static int
open_and_check(int *fd, const char *name)
{
	char path[PATH_MAX];

	if ((*fd = open_helper(name, path)) == -1)
		return EXIT_FAILURE;
	if (!is_owned(*fd)) {
		log_errx(
		    "cannot use %s: other users can change it: chown and "
		    "chmod it",
		    path);
		return EXIT_FAILURE;
	}
	return check_helper(*fd, name, path);
}

int
helpers_open(struct helpers *h, bool commands)
{
	int status = open_and_check(&h->load, "haild-load");

	h->commands = h->tls = -1;
	if (status == 0)
		status = open_and_check(&h->tls, "haild-tls");
	if (status == 0 && commands)
		status = open_and_check(&h->commands, "haild-commands");
	return status;
}
