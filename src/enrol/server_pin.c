#include "enrol/server_pin.h"

#include <sys/wait.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/fds.h"
#include "lib/io.h"
#include "lib/log.h"

#define PROGRAM "haild-tls"

static void __attribute__((noreturn))
run_program(int program, const char *certificate, int answer)
{
	char *argv[] = { (char[]) { PROGRAM }, (char[]) { "--pin" },
		(char *)(uintptr_t)certificate, NULL };

	if (dup2(answer, STDOUT_FILENO) != -1)
		fds_execute(program, argv, NULL, 0);
	log_err("cannot execute " PROGRAM);
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
	int program = fds_open_program(PROGRAM, path), fds[2], status = -1;
	pid_t pid;

	if (program == -1 || pipe2(fds, O_CLOEXEC) == -1 ||
	    (pid = fork()) == -1) {
		log_err("cannot run %s", path);
		return -1;
	}
	if (pid == 0)
		run_program(program, certificate, fds[1]);
	close(program);
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
