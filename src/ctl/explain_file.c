#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/explain.h"
#include "lib/fds.h"
#include "lib/io.h"

#define ANSWER_SIZE_MAX ((size_t)16 << 20)

static void __attribute__((noreturn)) run_haild(
    int program, const char *path, const char *file, int answer, char *request)
{
	char *argv[] = { (char *)(uintptr_t) "haild", (char[]) { "-E" },
		request, (char[]) { "-c" }, (char *)(uintptr_t)file, NULL };

	if (dup2(answer, STDOUT_FILENO) != -1)
		fds_execute(program, argv, NULL, 0);
	dprintf(STDERR_FILENO, "haildctl: cannot execute %s: %s\n", path,
	    strerror(errno));
	_exit(CONTROL_FAILED);
}

/* All bytes from FD; NULL if they are too many, or memory is short. */
static char *
read_all(int fd)
{
	char *text = NULL, *more;
	size_t size = 0, used = 0;
	ssize_t n;

	do {
		if (used + 1 >= size) {
			size = size == 0 ? 65536 : 2 * size;
			if (size > ANSWER_SIZE_MAX ||
			    (more = realloc(text, size)) == NULL) {
				free(text);
				return NULL;
			}
			text = more;
		}
		n = io_read(fd, text + used, size - 1 - used);
		if (n > 0)
			used += (size_t)n;
	} while (n > 0);
	text[used] = '\0';
	return text;
}

struct asked {
	answer_fn *take;
	void *arg;
	enum control_status status;
};

static void
take_record(void *arg, enum answer_kind kind, const void *record)
{
	struct asked *a = arg;

	if (kind == ANSWER_RESULT)
		a->status =
		    (enum control_status)((const struct answer_result *)record)
			->status;
	else
		a->take(a->arg, kind, record);
}

/* Start haild.  Returns the pipe for its answer, or -1 with errno. */
static int
start(
    const char *file, char *request, int program, const char *path, pid_t *pid)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) == -1)
		return -1;
	if ((*pid = fork()) == 0)
		run_haild(program, path, file, fds[1], request);
	close(fds[1]);
	if (*pid != -1)
		return fds[0];
	close(fds[0]);
	return -1;
}

enum control_status
explain_ask_file(const char *file, const struct control_request *r,
    answer_fn *take, void *arg, char *error, size_t size)
{
	struct asked a = { take, arg, CONTROL_FAILED };
	char request[CONTROL_REQUEST_MAX], path[PATH_MAX], *text;
	int program, fd, status = 0;
	bool other;
	pid_t pid;

	*error = '\0';
	if (control_request_print(r, request) == -1) {
		strlcpy(error, "the request is too long", size);
		return CONTROL_USAGE;
	}
	request[strcspn(request, "\n")] = '\0';
	if ((program = fds_open_program("haild", path)) == -1 ||
	    (fd = start(file, request, program, path, &pid)) == -1) {
		snprintf(
		    error, size, "cannot run %s: %s", path, strerror(errno));
		return CONTROL_FAILED;
	}
	close(program);
	text = read_all(fd);
	close(fd);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	if (text == NULL)
		strlcpy(error, "the answer of haild is too long", size);
	else if (WIFEXITED(status) && WEXITSTATUS(status) == 0 &&
	    answer_read(text, take_record, &a, &other, error, size) == -1)
		a.status = CONTROL_FAILED;
	else if (!WIFEXITED(status))
		snprintf(error, size, "haild was killed by signal %d",
		    WTERMSIG(status));
	free(text);
	return a.status;
}
