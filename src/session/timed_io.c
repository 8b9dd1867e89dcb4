/*
 * timed_io.c -- reads and writes that a slow client cannot hold up.
 */

#include "session/timed_io.h"

#include <sys/socket.h>

#include <errno.h>

#include "lib/io.h"

/* Wait for EVENT.  Returns 0, or -1 with errno. */
static int
wait_for(struct timed_io *t, short event)
{
	int64_t deadline = t->idle == -1 ? -1 : clock_now() + t->idle;
	int found;

	if (event == POLLIN && !t->started)
		deadline = t->start;
	found = io_wait(t->fd, event, deadline);
	if (found == 0) {
		t->late = event == POLLIN && !t->started ? TIMED_LATE_START
							 : TIMED_LATE_IDLE;
		errno = ETIMEDOUT;
	}
	return found > 0 ? 0 : -1;
}

ssize_t
timed_read(struct timed_io *t, void *buf, size_t size)
{
	ssize_t n;

	while ((n = recv(t->fd, buf, size, MSG_DONTWAIT)) == -1 &&
	    io_is_temporary(errno))
		if (wait_for(t, POLLIN) == -1)
			return -1;
	t->started = true;
	return n;
}

int
timed_write(struct timed_io *t, const void *buf, size_t len)
{
	const char *p = buf;
	ssize_t n;

	while (len > 0) {
		n = send(t->fd, p, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n >= 0) {
			p += n;
			len -= (size_t)n;
		} else if (!io_is_temporary(errno) ||
		    wait_for(t, POLLOUT) == -1)
			return -1;
	}
	return 0;
}
