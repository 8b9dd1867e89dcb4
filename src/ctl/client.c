#include "ctl/client.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl/format.h"
#include "lib/escape.h"
#include "lib/io.h"

#define ANSWER_MAX (64 << 20)	    /* bytes */
#define RETRY (100 * SECOND / 1000) /* between two tries */

struct asking {
	const char *path;
	int64_t timeout, deadline;
	answer_fn *take;
	void *arg;
	enum control_status status;
	char *error;
	size_t size;
};

static enum control_status __attribute__((format(printf, 3, 4)))
fail(const struct asking *a, enum control_status status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(a->error, a->size, fmt, ap);
	va_end(ap);
	return status;
}

static enum control_status
fail_late(const struct asking *a)
{
	char text[FORMAT_MAX];

	return fail(a, CONTROL_LATE, "%s: no answer from haild within %s",
	    a->path, format_duration(a->timeout, text));
}

/* Why connect(2) failed. */
static enum control_status
fail_connect(const struct asking *a, int error)
{
	switch (error) {
	case ENOENT:
		return fail(a, CONTROL_ABSENT,
		    "cannot connect to %s: the socket does not exist; haild is "
		    "not running, or \"control\" names another socket",
		    a->path);
	case ECONNREFUSED:
		return fail(a, CONTROL_ABSENT,
		    "cannot connect to %s: no process listens on this socket; "
		    "haild is not running",
		    a->path);
	case EACCES:
	case EPERM:
		return fail(a, CONTROL_DENIED,
		    "cannot connect to %s: permission denied; only root, the "
		    "user of haild and members of control-group may connect",
		    a->path);
	default:
		return fail(a, CONTROL_ABSENT, "cannot connect to %s: %s",
		    a->path, strerror(error));
	}
}

/* Sleep for RETRY.  Returns false if the deadline is sooner. */
static bool
rest(const struct asking *a)
{
	const struct timespec pause = { 0, RETRY };

	if (a->deadline != -1 && clock_now() + RETRY >= a->deadline)
		return false;
	nanosleep(&pause, NULL);
	return true;
}

/* *FD: connected.  The socket's queue may be full: then try again. */
static enum control_status
connect_client(const struct asking *a, int *fd)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int error;

	if (strlcpy(un.sun_path, a->path, sizeof(un.sun_path)) >=
	    sizeof(un.sun_path))
		return fail(a, CONTROL_USAGE,
		    "%s: the name of a socket has at most %zu bytes", a->path,
		    sizeof(un.sun_path) - 1);
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd == -1)
		return fail(a, CONTROL_FAILED, "cannot create a socket: %s",
		    strerror(errno));
	while (connect(*fd, (struct sockaddr *)&un, sizeof(un)) == -1) {
		error = errno;
		if ((error == EAGAIN || error == EINTR) && rest(a))
			continue;
		close(*fd);
		return error == EAGAIN ? fail_late(a) : fail_connect(a, error);
	}
	return CONTROL_OK;
}

static enum control_status
send_request(const struct asking *a, int fd, const char *request, size_t len)
{
	size_t sent = 0;
	ssize_t n;

	while (sent < len) {
		n = send(fd, request + sent, len - sent, MSG_NOSIGNAL);
		if (n > 0)
			sent += (size_t)n;
		else if (errno == EPIPE || errno == ECONNRESET)
			return CONTROL_OK; /* the answer says why, if any */
		else if (!io_is_temporary(errno))
			return fail(a, CONTROL_FAILED, "cannot send to %s: %s",
			    a->path, strerror(errno));
		else if (io_wait(fd, POLLOUT, a->deadline) == 0)
			return fail_late(a);
	}
	return CONTROL_OK;
}

static enum control_status
receive(const struct asking *a, int fd, FILE *all)
{
	char buf[65536];
	size_t total = 0;
	ssize_t n;

	for (;;) {
		if (io_wait(fd, POLLIN, a->deadline) == 0)
			return fail_late(a);
		n = recv(fd, buf, sizeof(buf), 0);
		if (n == -1 && io_is_temporary(errno))
			continue;
		if (n == 0 || (n == -1 && errno == ECONNRESET))
			break;
		if (n == -1)
			return fail(a, CONTROL_FAILED,
			    "cannot receive from %s: %s", a->path,
			    strerror(errno));
		total += (size_t)n;
		if (total > ANSWER_MAX)
			return fail(a, CONTROL_FAILED,
			    "%s: the answer has more than %d MB; is this a "
			    "socket of haild?",
			    a->path, ANSWER_MAX >> 20);
		if (fwrite(buf, 1, (size_t)n, all) < (size_t)n)
			return fail(a, CONTROL_FAILED, "out of memory");
	}
	return total > 0 ? CONTROL_OK
			 : fail(a, CONTROL_FAILED,
			       "%s: haild closed the connection without an "
			       "answer",
			       a->path);
}

/* One try.  *TEXT: all that came, allocated. */
static enum control_status
exchange(const struct asking *a, const char *request, size_t len, char **text)
{
	enum control_status status;
	size_t used;
	FILE *all;
	int fd = -1;

	if ((status = connect_client(a, &fd)) != CONTROL_OK)
		return status;
	if ((all = open_memstream(text, &used)) == NULL) {
		close(fd);
		return fail(a, CONTROL_FAILED, "out of memory");
	}
	status = send_request(a, fd, request, len);
	if (status == CONTROL_OK)
		status = receive(a, fd, all);
	close(fd);
	if (fclose(all) == EOF && status == CONTROL_OK)
		return fail(a, CONTROL_FAILED, "out of memory");
	return status;
}

/* The line of the result never changes (protocol.h). */
static bool
is_busy(const char *text)
{
	char line[32];

	snprintf(line, sizeof(line), "\nresult status=%d\n", CONTROL_BUSY);
	return strstr(text, line) != NULL;
}

static void
take_record(void *arg, enum answer_kind kind, const void *record)
{
	struct asking *a = arg;
	int64_t status;

	if (kind != ANSWER_RESULT) {
		a->take(a->arg, kind, record);
		return;
	}
	status = ((const struct answer_result *)record)->status;
	a->status = status >= CONTROL_OK && status <= CONTROL_REFUSED
	    ? (enum control_status)status
	    : CONTROL_FAILED;
}

static enum control_status
read_answer(struct asking *a, char *text)
{
	static const struct answer_message different = {
		"haild has another version than haildctl; showing only the "
		"fields that all versions have"
	};
	char reason[256], shown[512] = "";
	bool other;

	if (answer_read(text, take_record, a, &other, reason, sizeof(reason)) ==
	    -1) {
		escape_append(shown, 0, sizeof(shown), reason, strlen(reason));
		return fail(a, CONTROL_FAILED,
		    "%s: invalid answer (%s); is this a socket of haild?",
		    a->path, shown);
	}
	if (other && a->status == CONTROL_OK)
		a->take(a->arg, ANSWER_MESSAGE, &different);
	return a->status;
}

enum control_status
client_ask(const char *path, const struct control_request *r, int64_t timeout,
    answer_fn *take, void *arg, char *error, size_t size)
{
	struct asking a = { path, timeout, clock_after(clock_now(), timeout),
		take, arg, CONTROL_FAILED, error, size };
	char request[CONTROL_REQUEST_MAX], *text = NULL;
	enum control_status status;
	int len = control_request_print(r, request);

	*error = '\0';
	if (len == -1)
		return fail(&a, CONTROL_USAGE,
		    "the request has more than %d bytes", CONTROL_REQUEST_MAX);
	for (;;) {
		status = exchange(&a, request, (size_t)len, &text);
		if (status != CONTROL_OK || !is_busy(text) || !rest(&a))
			break;
		free(text);
		text = NULL;
	}
	if (status == CONTROL_OK)
		status = read_answer(&a, text);
	free(text);
	return status;
}
