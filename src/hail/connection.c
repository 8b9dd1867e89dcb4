#include "hail/connection.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "lib/io.h"

struct connection
connection_make(int sock, int broken)
{
	return (struct connection) { .sock = sock,
		.sending = broken == 0,
		.receiving = true,
		.broken = broken };
}

/*
 * Bytes that arrived before the connection broke are still in the kernel and
 * must be read, so only sending stops.  EPIPE needs no note: either the server
 * closed in order, which reading will show, or the reset was seen before.  The
 * kernel reports any other error only once, and reading finds a plain end after
 * it; so it is stored here.
 */
static void
stop_sending(struct connection *c, int error)
{
	c->sending = false;
	if (error != EPIPE && c->receiving)
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

	if (n > 0)
		return (size_t)n;
	if (n == -1 && io_is_temporary(errno))
		return 0;
	if (n == -1)
		stop_sending(c, errno);
	c->receiving = false;
	return 0;
}

/* Without events, poll(2) is to ignore FD: it would return POLLHUP anyway. */
static struct pollfd
watch(int fd, int events)
{
	return (struct pollfd) { .fd = events != 0 ? fd : -1,
		.events = (short)events };
}

int
connection_wait(
    const struct connection *c, int wanted, int output, int64_t until)
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

	if (io_poll(p, N, until) == -1)
		return -1;
	/* POLLHUP and POLLERR: the call that was waited for returns the cause.
	 */
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
