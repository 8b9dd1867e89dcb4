/*
 * monitor_start.c -- how a session of a commands service becomes
 * haild-commands.
 */

#include "session/monitor_start.h"

#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/fds.h"

const struct message_kind monitor_start_kinds[] = {
	{ MONITOR_START, sizeof(struct monitor_start),
	    sizeof(struct monitor_start), 0 },
	{ 0, 0, 0, 0 },
};

static void
fill(struct monitor_start *start, const struct session *s)
{
	memset(start, 0, sizeof(*start));
	log_get(&start->log);
	start->service = (uint32_t)(s->service - s->config->services);
	start->slot = s->arena->slot;
	start->has_root = s->empty != -1;
	start->uid = s->config->speaker.uid;
	start->gid = s->config->speaker.gid;
	strlcpy(start->name, s->service->name, sizeof(start->name));
	start->client = *s->client;
	start->accepted = s->accepted;
	start->start_timeout = s->service->start_timeout;
}

void
monitor_start(const struct session *s)
{
	struct monitor_start start;
	char client[ADDR_TEXT_MAX], name[] = "haild", role[] = "monitor";
	/* What follows the role is room for the process title. */
	char *const argv[] = { name, role, start.name, client, NULL };
	int fds[MONITOR_END - MONITOR_CLIENT] = { s->fd, s->channel,
		s->arena->fd, s->commands, s->devnull, s->devnull, s->devnull };

	fill(&start, s);
	client_print(
	    &s->client->addr, s->client->cred.uid, client, sizeof(client));
	if (start.log.fds[0] != -1) {
		fds[MONITOR_LOG - MONITOR_CLIENT] = start.log.fds[0];
		start.log.fds[0] = MONITOR_LOG;
	}
	if (start.log.fds[1] != -1) {
		fds[MONITOR_LOG_ERROR - MONITOR_CLIENT] = start.log.fds[1];
		start.log.fds[1] = MONITOR_LOG_ERROR;
	}
	if (s->empty != -1)
		fds[MONITOR_ROOT - MONITOR_CLIENT] = s->empty;
	/*
	 * Into this process's copy of the daemon's end: so it is on the
	 * monitor's before any message that the daemon sends.
	 */
	if (message_send(s->daemon_end, MONITOR_START, &start, sizeof(start),
		MSG_DONTWAIT) == -1 ||
	    fds_set_stdio(s->devnull, s->devnull, s->devnull) == -1)
		_exit(EX_OSERR);
	fds_execute(s->commands, argv, fds, MONITOR_END - MONITOR_CLIENT);
	log_set(&start.log);
	log_err("%s: cannot execute haild-commands", start.name);
	_exit(EX_OSERR);
}
