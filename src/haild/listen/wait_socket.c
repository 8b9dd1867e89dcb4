/*
 * wait_socket.c -- the sockets that children of services with "wait" have.
 */

#include "haild/listen/wait_socket.h"

#include <fcntl.h>

#include "lib/io.h"
#include "lib/log.h"

void
wait_socket_taken(struct listener *l, pid_t pid)
{
	l->wait_socket.pid = pid;
}

/* One more start is over: when may the next one be? */
static void
pace(struct listener *l, int64_t now)
{
	struct wait_socket *loan = &l->wait_socket;

	if (loan->starts == 0 || now - loan->since > WAIT_SOCKET_PERIOD)
		*loan = (struct wait_socket) { .since = now };
	if (++loan->starts < WAIT_SOCKET_STARTS)
		return;
	loan->pause =
	    loan->pause == 0 ? WAIT_SOCKET_PAUSE_FIRST : loan->pause * 2;
	if (loan->pause > WAIT_SOCKET_PAUSE_LAST)
		loan->pause = WAIT_SOCKET_PAUSE_LAST;
	l->paused_until = now + loan->pause;
	log_warnx("%s: started %u times within a minute: not again for %ds",
	    l->stats->name, loan->starts, (int)(loan->pause / SECOND));
}

struct listener *
wait_socket_returned(struct listeners *all, pid_t pid, int64_t now)
{
	struct listener *l;
	size_t i;

	for (i = 0; i < all->n; i++) {
		l = &all->list[i];
		if (l->wait_socket.pid != pid)
			continue;
		l->wait_socket.pid = 0;
		if (l->service != NULL)
			pace(l, now);
		wait_socket_prepare(l);
		return l;
	}
	return NULL;
}

void
wait_socket_prepare(const struct listener *l)
{
	int flags = fcntl(l->fd, F_GETFL), wanted;

	if (l->service == NULL || flags == -1)
		return;
	wanted = l->service->wait ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
	if (wanted != flags && fcntl(l->fd, F_SETFL, wanted) == -1)
		log_warn("%s: fcntl", l->service->name);
}
