#include "session/channel.h"

#include <sys/socket.h>

#include <errno.h>
#include <string.h>

#include "config/config.h"
#include "lib/io.h"

const struct message_kind channel_kinds[] = {
	{ CHANNEL_ANNOUNCE, sizeof(struct channel_client),
	    sizeof(struct channel_client), 0 },
	{ CHANNEL_FAULT, sizeof(uint32_t), sizeof(uint32_t), 0 },
	{ CHANNEL_COMMAND, 2, SERVICE_NAME_MAX + 1, 0 },
	{ CHANNEL_READY, sizeof(uint32_t), sizeof(uint32_t), 0 },
	{ CHANNEL_REPORT, offsetof(struct channel_report, text),
	    offsetof(struct channel_report, text) + REPORT_MAX - 1, 0 },
	{ CHANNEL_ANSWER, sizeof(uint32_t), sizeof(uint32_t), 0 },
	{ CHANNEL_GRANT, sizeof(struct channel_grant),
	    sizeof(struct channel_grant), MESSAGE_ANY_FDS },
	{ CHANNEL_ENDING, sizeof(uint32_t), sizeof(uint32_t), 0 },
	{ CHANNEL_BYTES, sizeof(struct channel_bytes),
	    sizeof(struct channel_bytes), 0 },
	{ 0, 0, 0, 0 },
};

/* The descriptors of a grant, in the order of their bits. */
#define GRANT_FDS 3

static void
list_descriptors(struct grant *g, int *list[GRANT_FDS])
{
	list[0] = &g->leaf;
	list[1] = &g->tree;
	list[2] = &g->network;
}

/* Returns whether M has the descriptors that FROM says. */
static bool
take_grant(const struct message *m, const struct channel_grant *from,
    struct grant *grant)
{
	unsigned int i, n = 0;
	int *list[GRANT_FDS];

	*grant = NO_GRANT;
	grant->uid = from->uid;
	grant->join = (from->has & GRANT_JOIN) != 0;
	list_descriptors(grant, list);
	for (i = 0; i < GRANT_FDS; i++)
		if ((from->has & (uint32_t)GRANT_LEAF << i) && n < m->nfds)
			*list[i] = m->fds[n++];
	return n == m->nfds;
}

/*
 * GRANT and ENDING are NULL if none may come.  The daemon answers also after it
 * has begun to end the session.
 */
static enum channel_answer
wait_for_answer(int fd, int64_t deadline, struct grant *grant, uint32_t *ending)
{
	uint32_t types = MESSAGE_BIT(CHANNEL_ANSWER);
	union {
		uint32_t answer;
		struct channel_grant grant;
	} p;
	struct message m;
	int found;

	if (grant != NULL)
		types |= MESSAGE_BIT(CHANNEL_GRANT);
	if (ending != NULL)
		types |= MESSAGE_BIT(CHANNEL_ENDING);
	if ((found = io_wait(fd, POLLIN, deadline)) <= 0) {
		if (found == 0)
			errno = ETIMEDOUT;
		return CHANNEL_NO_ANSWER;
	}
	errno = EPROTO;
	if (message_receive(fd, channel_kinds, types, &m, &p, sizeof(p), 0) !=
	    MESSAGE_OK)
		return CHANNEL_NO_ANSWER;
	if (ending != NULL && m.type == CHANNEL_ENDING) {
		*ending = p.answer;
		return wait_for_answer(fd, deadline, grant, NULL);
	}
	if (grant != NULL && m.type == CHANNEL_GRANT)
		return take_grant(&m, &p.grant, grant) ? CHANNEL_ADMITTED
						       : CHANNEL_NO_ANSWER;
	if (p.answer > CHANNEL_BUSY ||
	    (grant != NULL && p.answer == CHANNEL_ADMITTED))
		return CHANNEL_NO_ANSWER;
	return (enum channel_answer)p.answer;
}

enum channel_answer
channel_announce(int fd, const struct addr *client, int64_t deadline)
{
	struct channel_client c;

	memset(&c, 0, sizeof(c));
	c.known = client != NULL;
	if (client != NULL)
		c.addr = *client;
	if (message_send(fd, CHANNEL_ANNOUNCE, &c, sizeof(c), 0) == -1)
		return CHANNEL_NO_ANSWER;
	return wait_for_answer(fd, deadline, NULL, NULL);
}

void
channel_send_grant(int fd, const struct grant *grant)
{
	struct channel_grant message = { .uid = grant->uid };
	struct grant copy = *grant;
	int *list[GRANT_FDS], fds[GRANT_FDS];
	unsigned int i, n = 0;

	if (grant->join)
		message.has |= GRANT_JOIN;
	list_descriptors(&copy, list);
	for (i = 0; i < GRANT_FDS; i++)
		if (*list[i] != -1) {
			message.has |= (uint32_t)GRANT_LEAF << i;
			fds[n++] = *list[i];
		}
	/* The buffer is empty; a child that has exited will be reaped. */
	message_send_fds(
	    fd, CHANNEL_GRANT, &message, sizeof(message), fds, n, MSG_DONTWAIT);
}

enum channel_answer
channel_command(int fd, const char *name, int64_t deadline, struct grant *grant,
    uint32_t *ending)
{
	if (message_send(fd, CHANNEL_COMMAND, name, strlen(name) + 1, 0) == -1)
		return CHANNEL_NO_ANSWER;
	return wait_for_answer(fd, deadline, grant, ending);
}

uint32_t
channel_ending(int fd)
{
	uint32_t why = OUTCOME_NONE;
	struct message m;

	if (message_receive(fd, channel_kinds, MESSAGE_BIT(CHANNEL_ENDING), &m,
		&why, sizeof(why), MSG_DONTWAIT) != MESSAGE_OK)
		return OUTCOME_NONE;
	return why;
}

void
channel_send_ending(int fd, enum outcome_kind why)
{
	uint32_t n = why;

	/* There is room: the buffer has at most one answer. */
	message_send(fd, CHANNEL_ENDING, &n, sizeof(n), MSG_DONTWAIT);
}

void
channel_fault(int fd, enum proxy_fault fault)
{
	uint32_t n = fault;

	message_send(fd, CHANNEL_FAULT, &n, sizeof(n), 0);
}

void
channel_ready(int fd, pid_t program)
{
	uint32_t n = (uint32_t)program;

	message_send(fd, CHANNEL_READY, &n, sizeof(n), 0);
}

void
channel_report(int fd, struct outcome outcome, const char *text)
{
	struct channel_report r = { .outcome = outcome };

	strlcpy(r.text, text, sizeof(r.text));
	message_send(fd, CHANNEL_REPORT, &r,
	    offsetof(struct channel_report, text) + strlen(r.text), 0);
}

void
channel_bytes(int fd, uint64_t in, uint64_t out)
{
	const struct channel_bytes b = { in, out };

	message_send(fd, CHANNEL_BYTES, &b, sizeof(b), MSG_DONTWAIT);
}
