#include "ctl/client.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"

struct asking {
	answer_fn *take;
	void *arg;
	enum control_status status;
};

static void
take_record(void *arg, enum answer_kind kind, const void *record)
{
	struct asking *a = arg;

	if (kind == ANSWER_RESULT)
		a->status = (enum control_status)(
		    (const struct answer_result *)record)
				->status;
	else
		a->take(a->arg, kind, record);
}

/* TODO(H5): all of it properly: timeout, retry while busy, sentences. */
enum control_status
client_ask(const char *path, const struct control_request *r,
    int64_t timeout __attribute__((unused)), answer_fn *take, void *arg,
    char *error, size_t size)
{
	struct asking asking = { take, arg, CONTROL_FAILED };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char request[CONTROL_REQUEST_MAX], buf[4096], *text = NULL;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), len;
	size_t used;
	bool other;
	FILE *all;
	ssize_t n;

	*error = '\0';
	strlcpy(un.sun_path, path, sizeof(un.sun_path));
	if (fd == -1 ||
	    connect(fd, (struct sockaddr *)&un, sizeof(un)) == -1) {
		snprintf(error, size, "%s: %s", path, strerror(errno));
		return CONTROL_ABSENT;
	}
	if ((len = control_request_print(r, request)) == -1 ||
	    io_write_all(fd, request, (size_t)len) == -1 ||
	    (all = open_memstream(&text, &used)) == NULL)
		return CONTROL_FAILED;
	while ((n = io_read(fd, buf, sizeof(buf))) > 0)
		fwrite(buf, 1, (size_t)n, all);
	close(fd);
	if (fclose(all) == EOF)
		return CONTROL_FAILED;
	if (answer_read(text, take_record, &asking, &other, error, size) == -1)
		asking.status = CONTROL_FAILED;
	free(text);
	return asking.status;
}
