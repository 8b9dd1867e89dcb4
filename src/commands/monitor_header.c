/*
 * monitor_header.c -- a session of commands behind a proxy.
 */

#include "commands/monitor_header.h"

#include <sys/socket.h>

#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "commands/monitor_end.h"
#include "lib/io.h"
#include "session/channel.h"
#include "session/preamble.h"

void
monitor_set_title(const struct monitor *m)
{
	char client[ADDR_TEXT_MAX];

	setproctitle("%s %s", m->service->name,
	    client_print(
		&m->client.addr, m->client.cred.uid, client, sizeof(client)));
}

static void __attribute__((noreturn)) refuse_busy(struct monitor *m)
{
	const char *text = m->service->busy_message;

	if (text != NULL) {
		send(m->client_fd, text, strlen(text),
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		message_send(m->peer, EXCHANGE_REFUSED, NULL, 0, 0);
		close(m->client_fd);
		/* The speaker gives the client time to read it. */
		io_wait(
		    m->peer, POLLIN, clock_now() + PREAMBLE_BUSY_TIME + SECOND);
	}
	monitor_exit(m, EX_NOPERM);
}

bool
monitor_take_header(struct monitor *m, const struct exchange_header *h)
{
	const struct addr *client = &m->client.addr;

	if (h->kind == PROXY_TCP &&
	    (!addr_copy_inet(&m->client.addr, &h->client) ||
		!addr_copy_inet(&m->local, &h->server)))
		return false;
	if (h->kind > PROXY_LOCAL)
		return false;
	if (h->kind == PROXY_LOCAL)
		client = NULL;
	switch (channel_announce(m->channel, client, m->deadline)) {
	case CHANNEL_ADMITTED:
		break;
	case CHANNEL_BUSY:
		refuse_busy(m);
	case CHANNEL_REFUSED:
		monitor_exit(m, EX_NOPERM);
	case CHANNEL_NO_ANSWER:
		monitor_exit(m, EX_TEMPFAIL);
	}
	m->header = false;
	m->deadline = clock_after(m->accepted, m->service->start_timeout);
	monitor_set_title(m);
	message_send(m->peer, EXCHANGE_ADMITTED, NULL, 0, 0);
	return true;
}

bool
monitor_take_fault(struct monitor *m, uint32_t fault)
{
	if (fault == PROXY_FINE || fault >= PROXY_NFAULTS)
		return false;
	channel_fault(m->channel, (enum proxy_fault)fault);
	monitor_exit(m, EX_PROTOCOL);
}
