#include "hail/connection.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"

void
connection_fail(
    struct connection *c, enum hail_status status, const char *fmt, ...)
{
	va_list ap;

	if (c->status != HAIL_ENDED)
		return;
	va_start(ap, fmt);
	vsnprintf(c->error, sizeof(c->error), fmt, ap);
	va_end(ap);
	c->status = status;
}

bool
connection_fail_if_lost(struct connection *c)
{
	if (c->tls_end != HAIL_ENDED && c->status == HAIL_ENDED)
		c->status = c->tls_end;
	else if (c->broken != 0)
		connection_fail(
		    c, HAIL_BROKEN, "connection lost: %s", strerror(c->broken));
	return c->status != HAIL_ENDED;
}

/*
 * Bytes that arrived before the connection broke are still in the kernel and
 * must be read, so only sending stops.  EPIPE needs no note: either the server
 * closed in order, which reading will show, or the reset was seen before.  The
 * kernel reports any other error only once, and reading finds a plain end after
 * it; so it is stored here.
 *
 * A reset of a Unix socket is an end in order, too: it comes after all that the
 * server sent, and only says that the server left input unread.
 */
static void
stop_sending(struct connection *c, int error)
{
	c->sending = c->input = false;
	if (c->is_unix && error == ECONNRESET)
		c->unread = true;
	else if (error != EPIPE && c->receiving)
		c->broken = error;
}

size_t
connection_send(struct connection *c, const void *data, size_t len)
{
	ssize_t n = send(c->sock, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n >= 0)
		return (size_t)n;
	if (!io_is_temporary(errno))
		stop_sending(c, errno);
	return 0;
}

size_t
connection_receive(struct connection *c, void *buf, size_t size)
{
	ssize_t n = recv(c->sock, buf, size, MSG_DONTWAIT);

	if (n > 0) {
		c->last_byte = clock_now();
		return (size_t)n;
	}
	if (n == -1 && io_is_temporary(errno))
		return 0;
	if (n == -1)
		stop_sending(c, errno);
	c->receiving = false;
	if (c->ended != NULL)
		c->ended(c);
	return 0;
}

bool
connection_is_alert(const struct connection *c, const void *data, size_t n)
{
	const unsigned char *b = data;

	/* Type, version 3.x, and a length in two bytes. */
	return c->ended == NULL && n >= 5 && b[0] == 0x15 && b[1] == 3 &&
	    b[3] == 0 && b[4] == 2;
}

size_t
connection_read_input(struct connection *c, void *buf, size_t size)
{
	ssize_t n = read(STDIN_FILENO, buf, size);

	if (n > 0)
		c->last_byte = clock_now();
	else if (n == 0)
		c->input = false;
	else if (!io_is_temporary(errno))
		connection_fail(c, HAIL_LOCAL, "cannot read standard input: %s",
		    strerror(errno));
	return n > 0 ? (size_t)n : 0;
}

size_t
connection_write_output(
    struct connection *c, int fd, const void *data, size_t len)
{
	ssize_t n = io_write_some(fd, data, len);

	if (n >= 0) {
		c->last_byte = clock_now();
		return (size_t)n;
	}
	if (!io_is_temporary(errno)) {
		c->broken_pipe = errno == EPIPE;
		connection_fail(c, HAIL_LOCAL, "cannot write standard %s: %s",
		    fd == STDOUT_FILENO ? "output" : "error", strerror(errno));
	}
	return 0;
}

void
connection_check_output(struct connection *c)
{
	int fd = dup(STDOUT_FILENO);

	if (fd != -1 && close(fd) == -1)
		connection_fail(c, HAIL_LOCAL,
		    "cannot write standard output: %s", strerror(errno));
}

/* Without events, poll(2) is to ignore FD: it would return POLLHUP anyway. */
static struct pollfd
watch(int fd, int events)
{
	return (struct pollfd) { .fd = events != 0 ? fd : -1,
		.events = (short)events };
}

int
connection_wait(struct connection *c, int wanted, int output, int64_t until)
{
	enum { INPUT, OUTPUT, SERVER, N };
	struct pollfd p[N] = {
		[INPUT] = watch(STDIN_FILENO, wanted & WAIT_INPUT ? POLLIN : 0),
		[OUTPUT] = watch(output, wanted & WAIT_OUTPUT ? POLLOUT : 0),
		[SERVER] = watch(c->sock,
		    (wanted & WAIT_RECEIVE ? POLLIN : 0) |
			(wanted & WAIT_SEND ? POLLOUT : 0)),
	};
	int ready = 0;

	until = clock_sooner(until, clock_sooner(c->end, c->quit));
	until = clock_sooner(until, clock_after(c->last_byte, c->idle));
	if (io_poll(p, N, until) == -1) {
		connection_fail(
		    c, HAIL_LOCAL, "cannot poll: %s", strerror(errno));
		return 0;
	}
	/* After POLLHUP and POLLERR the call returns the cause. */
	if (p[INPUT].revents != 0)
		ready |= WAIT_INPUT;
	if (p[OUTPUT].revents != 0)
		ready |= WAIT_OUTPUT;
	if (p[SERVER].revents & ~POLLOUT)
		ready |= WAIT_RECEIVE;
	if (p[SERVER].revents & ~POLLIN)
		ready |= WAIT_SEND;
	return ready & wanted;
}

static bool
is_past(int64_t when)
{
	return when != -1 && clock_now() >= when;
}

bool
connection_must_quit(struct connection *c)
{
	if (is_past(c->end))
		connection_fail(c, HAIL_TIMED_OUT,
		    "timed out: the session took too long (-m)");
	else if (is_past(clock_after(c->last_byte, c->idle)))
		connection_fail(c, HAIL_TIMED_OUT,
		    "timed out: no byte in either direction for %g seconds",
		    (double)c->idle / (double)SECOND);
	return c->status == HAIL_ENDED && is_past(c->quit);
}
