#include "session/channel.h"

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
	{ 0, 0, 0, 0 },
};

static enum channel_answer
wait_for_answer(int fd, int64_t deadline)
{
	struct message m;
	uint32_t answer;
	int found;

	if ((found = io_wait(fd, POLLIN, deadline)) <= 0) {
		if (found == 0)
			errno = ETIMEDOUT;
		return CHANNEL_NO_ANSWER;
	}
	errno = EPROTO;
	if (message_receive(fd, channel_kinds, MESSAGE_BIT(CHANNEL_ANSWER), &m,
		&answer, sizeof(answer), 0) != MESSAGE_OK ||
	    answer > CHANNEL_BUSY)
		return CHANNEL_NO_ANSWER;
	return (enum channel_answer)answer;
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
	return wait_for_answer(fd, deadline);
}

enum channel_answer
channel_command(int fd, const char *name, int64_t deadline)
{
	if (message_send(fd, CHANNEL_COMMAND, name, strlen(name) + 1, 0) == -1)
		return CHANNEL_NO_ANSWER;
	return wait_for_answer(fd, deadline);
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
