#include "enrol/server_pin.h"

#include <sys/wait.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"

#define PROGRAM "haild-tls"

/* Find haild-tls. */
static void
find_program(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;

	path[n == -1 ? 0 : n] = '\0';
	if ((slash = strrchr(path, '/')) != NULL) {
		strlcpy(
		    slash + 1, PROGRAM, (size_t)(path + PATH_MAX - slash - 1));
		if (access(path, X_OK) == 0)
			return;
	}
	snprintf(path, PATH_MAX, "%s/haild/%s", LIBEXECDIR, PROGRAM);
}

static void __attribute__((noreturn))
run_program(const char *path, const char *certificate, int answer)
{
	if (dup2(answer, STDOUT_FILENO) != -1)
		execl(path, PROGRAM, "--pin", certificate, NULL);
	log_err("cannot execute %s", path);
	_exit(EX_OSERR);
}

/* Read the answer until the pipe is closed, into TEXT without newline. */
static void
read_answer(int fd, char *text, size_t size)
{
	size_t used = 0;
	ssize_t n;

	while (used < size - 1 &&
	    (n = io_read(fd, text + used, size - 1 - used)) > 0)
		used += (size_t)n;
	text[used] = '\0';
	text[strcspn(text, "\n")] = '\0';
}

int
server_pin_get(char pin[TOKEN_PIN_LEN + 1], const char *certificate)
{
	char path[PATH_MAX], text[256];
	int fds[2], status = -1;
	pid_t pid;

	find_program(path);
	if (pipe2(fds, O_CLOEXEC) == -1 || (pid = fork()) == -1) {
		log_err("cannot run %s", path);
		return -1;
	}
	if (pid == 0)
		run_program(path, certificate, fds[1]);
	close(fds[1]);
	read_answer(fds[0], text, sizeof(text));
	close(fds[0]);
	if (waitpid(pid, &status, 0) == pid && status == 0 &&
	    token_print_pin(pin, text))
		return 0;
	log_errx(
	    "cannot read the certificate %s: no token was made", certificate);
	return -1;
}
