/*
 * connection.c -- the connection to the server, and which ways are still open.
 */

#include "hail/connection.h"

#include <sys/socket.h>

#include <errno.h>

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
 * What came before the connection broke is still in the kernel and must be
 * read, so this ends nothing but sending.  EPIPE tells nothing new: either the
 * server has closed in order, to which reading will come, or the reset was
 * seen before.  Any other error is told once, to whoever asks first; reading
 * will find a mere end after it, so it is kept here.
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
	if (!io_is_passing(errno))
		stop_sending(c, errno);
	return 0;
}

size_t
connection_receive(struct connection *c, void *buf, size_t size)
{
	ssize_t n = recv(c->sock, buf, size, MSG_DONTWAIT);

	if (n > 0)
		return (size_t)n;
	if (n == -1 && io_is_passing(errno))
		return 0;
	if (n == -1)
		stop_sending(c, errno);
	c->receiving = false;
	return 0;
}
