/*
 * preamble.c -- what stands between the client's socket and the service.
 */

#include "session/preamble.h"

#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "session/channel.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/proxy.h"

#define BUSY_TIME SECOND /* for a client to read that we are busy */

/* Byte by byte if they come so, and none that belongs to the service. */
static enum proxy_fault
read_header(int fd, struct proxy *p, int64_t deadline)
{
	char buf[PROXY_MAX];
	size_t len = 0, more;
	enum proxy_fault fault;
	ssize_t n;

	for (;;) {
		fault = proxy_parse(buf, len, p, &more);
		if (fault != PROXY_FINE || more == 0)
			return fault;
		if (io_wait(fd, POLLIN, deadline) <= 0)
			return PROXY_LATE;
		n = recv(fd, buf + len, more, MSG_DONTWAIT);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n == -1)
			return PROXY_RESET;
		if (n == 0)
			return len == 0 ? PROXY_CLOSED : PROXY_TRUNCATED;
		len += (size_t)n;
	}
}

/* The daemon has said no. */
static void __attribute__((noreturn)) refuse_client(const char *message)
{
	if (message != NULL)
		send(STDIN_FILENO, message, strlen(message),
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	if (message != NULL)
		io_close_lingering(STDIN_FILENO, BUSY_TIME);
	_exit(EX_NOPERM);
}

static void
announce(const struct session *s, const struct addr *client, int64_t deadline)
{
	switch (channel_announce(s->channel, client, deadline)) {
	case ANNOUNCED_YES:
		return;
	case ANNOUNCED_NO:
		refuse_client(NULL);
	case ANNOUNCED_BUSY:
		refuse_client(s->service->busy_message);
	case ANNOUNCED_NOTHING:
		_exit(EX_TEMPFAIL);
	}
}

void
preamble_announce(
    const struct session *s, struct client *client, struct addr *local)
{
	int64_t deadline =
	    clock_sooner(s->accepted + PROXY_TIME, session_start_deadline(s));
	enum proxy_fault fault;
	struct proxy p;

	if (!client->proxied)
		return;
	fault = read_header(STDIN_FILENO, &p, deadline);
	if (fault != PROXY_FINE) {
		channel_fault(s->channel, fault);
		_exit(EX_PROTOCOL);
	}
	if (p.kind == PROXY_TCP) {
		client->addr = p.client;
		*local = p.server;
	}
	/* One that cannot be said is admitted as the proxy would be. */
	announce(s, p.kind == PROXY_LOCAL ? NULL : &client->addr, deadline);
}

void
preamble_pass(
    const struct session *s, struct client *client, struct addr *local)
{
	if (s->channel == 0)
		return;
	preamble_announce(s, client, local);
	channel_ready(s->channel);
}
