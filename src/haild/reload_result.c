#include "haild/reload_result.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/number.h"

#define NAME "haild-reload"
#define HEAD_MAX 64 /* bytes of the first line */

int
reload_result_path(char path[PATH_MAX], const char *pidfile)
{
	if (snprintf(path, PATH_MAX, "%s.reload", pidfile) < PATH_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

void
reload_result_fill(struct reload_result *r, int errors, const char *outcome)
{
	size_t room = sizeof(r->text) - HEAD_MAX, need = strlen(outcome) + 2;
	ssize_t n = 0;

	if (errors > 0 && need < room)
		n = pread(errors, r->text, room - need, 0);
	while (n > 0 && r->text[n - 1] != '\n')
		n--;
	snprintf(r->text + (n > 0 ? n : 0), room - (size_t)(n > 0 ? n : 0),
	    "%s\n", outcome);
}

int
reload_result_write(const char *path, const struct reload_result *r)
{
	char new[PATH_MAX + 4], head[HEAD_MAX];
	int fd, result, error;

	snprintf(new, sizeof(new), "%s.new", path);
	snprintf(head, sizeof(head), NAME " %" PRId64 " %s\n", r->number,
	    r->failed ? "failed" : "ok");
	unlink(new);
	fd = open(
	    new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	result = io_write_all(fd, head, strlen(head));
	if (result == 0)
		result = io_write_all(fd, r->text, strlen(r->text));
	if (result == 0)
		result = rename(new, path);
	error = errno;
	if (result == -1)
		unlink(new);
	close(fd);
	errno = error;
	return result;
}

/* "haild-reload NUMBER ok|failed".  Returns 0, or -1. */
static int
parse_head(struct reload_result *r, char *head)
{
	const char *word = strsep(&head, " ");

	if (head == NULL || strcmp(word, NAME) != 0)
		return -1;
	word = strsep(&head, " ");
	if (head == NULL || !number_parse(word, 0, INT64_MAX, &r->number))
		return -1;
	r->failed = strcmp(head, "failed") == 0;
	return r->failed || strcmp(head, "ok") == 0 ? 0 : -1;
}

int
reload_result_read(const char *path, struct reload_result *r)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char file[RELOAD_RESULT_MAX], *end;
	struct stat st;
	ssize_t n = -1;

	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid())
		n = io_read(fd, file, sizeof(file) - 1);
	close(fd);
	file[n > 0 ? n : 0] = '\0';
	if ((end = strchr(file, '\n')) == NULL)
		return -1;
	*end = '\0';
	strlcpy(r->text, end + 1, sizeof(r->text));
	return parse_head(r, file);
}
