#include "haild/listen/handover.h"

#include <limits.h>
#include <unistd.h>

#define DISCARD_PORT 9

bool
handover_concerns(const struct listener *a, const struct listener *b)
{
	return a->dgram == b->dgram && a->addr.sa.sa_family != AF_UNIX &&
	    b->addr.sa.sa_family != AF_UNIX &&
	    addr_port(&a->addr) == addr_port(&b->addr);
}

int
handover_share(const struct listener *l, bool on)
{
	int value = on;

	return setsockopt(
	    l->fd, SOL_SOCKET, SO_REUSEPORT, &value, sizeof(value));
}

/*
 * A connected UDP socket receives from its peer alone; its queue stays.  Nobody
 * without privileges sends from the port for discard.
 */
static void
connect_nowhere(const struct listener *l)
{
	struct addr nowhere;

	addr_from_numeric(&nowhere,
	    l->addr.sa.sa_family == AF_INET6 ? "::1" : "127.0.0.1",
	    DISCARD_PORT);
	(void)connect(l->fd, &nowhere.sa, nowhere.len);
}

/*
 * If it fails, a client in the moment before the end may be lost: no more.  It
 * fails on a socket that is bound to an interface, by "interface" or a scope,
 * if haild lacks CAP_NET_RAW (EPERM); and for UDP by IPv6 on such a socket.
 */
void
handover_hide(const struct listener *l)
{
	int none = INT_MAX; /* no interface has this number */

	if (l->addr.sa.sa_family == AF_UNIX) {
		if (listener_has_path(l))
			unlink(l->addr.un.sun_path);
	} else if (l->dgram)
		connect_nowhere(l);
	else
		setsockopt(
		    l->fd, SOL_SOCKET, SO_BINDTOIFINDEX, &none, sizeof(none));
}

/* accept(2) still returns those in the queue; inherited ones have others' use.
 */
void
handover_finish(const struct listener *l)
{
	if (l->addr.sa.sa_family == AF_UNIX && !l->inherited)
		shutdown(l->fd, SHUT_RD);
}

void
handover_show(const struct listener *l)
{
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	if (l->dgram)
		(void)connect(l->fd, &nobody, sizeof(nobody));
}

void
handover_end(struct listeners *all)
{
	struct listener *l;

	for (l = all->list; l < all->list + all->n; l++) {
		if (!l->shared || l->fd == -1 || l->closing_at != 0)
			continue;
		handover_share(l, false);
		l->shared = false;
	}
}
