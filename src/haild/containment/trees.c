#include "haild/containment/trees.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contain/tree.h"
#include "lib/log.h"
#include "lib/message.h"

#define TREES_MAX 65536 /* more than one for each service */

static const struct message_kind kinds[] = {
	{ TREES_LIST, 0, 0, MESSAGE_ANY_FDS },
	{ TREES_NETWORK, 0, 0, 1 },
	{ TREES_END, sizeof(uint32_t), sizeof(uint32_t), 0 },
	{ 0, 0, 0, 0 },
};

static int
add(struct trees *t, const struct message *m)
{
	int *grown = NULL;
	unsigned int i;

	if (m->nfds > 0 && t->n + m->nfds <= TREES_MAX)
		grown = reallocarray(t->list, t->n + m->nfds, sizeof(*grown));
	if (grown == NULL) {
		for (i = 0; i < m->nfds; i++)
			close(m->fds[i]);
		return -1;
	}
	memcpy(grown + t->n, m->fds, m->nfds * sizeof(*grown));
	t->list = grown;
	t->n += m->nfds;
	return 0;
}

/* Returns 1 if there may be more, 0 at the end, -1 on an error. */
static int
receive_one(struct trees *t, int fd)
{
	uint32_t expected = MESSAGE_BIT(TREES_LIST) | MESSAGE_BIT(TREES_END) |
	    (t->network == -1 ? MESSAGE_BIT(TREES_NETWORK) : 0);
	struct message m;
	uint32_t total;

	if (message_receive(fd, kinds, expected, &m, &total, sizeof(total),
		MSG_DONTWAIT) != MESSAGE_OK)
		return -1;
	if (m.type == TREES_LIST)
		return add(t, &m) == -1 ? -1 : 1;
	if (m.type == TREES_END)
		return total == t->n ? 0 : -1;
	t->network = m.fds[0];
	return 1;
}

int
trees_receive(struct trees *t, int fd)
{
	int more;

	*t = TREES_NONE;
	while ((more = receive_one(t, fd)) == 1)
		continue;
	if (more == 0)
		return 0;
	trees_close(t);
	log_errx(
	    "cannot receive the mounts of sessions from haild-load: too "
	    "many open files? (raise LimitNOFILE or ulimit -n)");
	return -1;
}

void
trees_close(struct trees *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		close(t->list[i]);
	free(t->list);
	if (t->network > 0)
		close(t->network);
	*t = TREES_NONE;
}

void
trees_grant(
    const struct trees *t, const struct service *service, struct grant *grant)
{
	if (service->contained.tree != NO_TREE &&
	    (size_t)service->contained.tree < t->n)
		grant->tree = t->list[service->contained.tree];
	if (contain_shares_network(service) && t->network > 0)
		grant->network = t->network;
}
