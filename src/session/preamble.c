#include "session/preamble.h"

#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/io.h"
#include "session/channel.h"

int64_t
preamble_deadline(int64_t accepted, int64_t start_timeout)
{
	return clock_sooner(
	    accepted + PREAMBLE_TIME, clock_after(accepted, start_timeout));
}

enum proxy_fault
preamble_read(int fd, struct proxy *p, int64_t deadline)
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
		n = read(fd, buf + len, more);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n == -1)
			return PROXY_RESET;
		if (n == 0)
			return len == 0 ? PROXY_CLOSED : PROXY_TRUNCATED;
		len += (size_t)n;
	}
}

static void __attribute__((noreturn))
refuse_client(const char *busy, size_t len)
{
	if (busy != NULL) {
		send(STDIN_FILENO, busy, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		io_close_lingering(STDIN_FILENO, PREAMBLE_BUSY_TIME);
	}
	_exit(EX_NOPERM);
}

enum proxy_kind
preamble_pass(int channel, const struct service *service, int64_t accepted,
    struct client *client, struct addr *local)
{
	int64_t deadline = preamble_deadline(accepted, service->start_timeout);
	enum proxy_fault fault;
	struct proxy header;

	if (!client->proxied) {
		channel_ready(channel, 0);
		return PROXY_TCP;
	}
	fault = preamble_read(STDIN_FILENO, &header, deadline);
	if (fault != PROXY_FINE) {
		channel_fault(channel, fault);
		_exit(EX_PROTOCOL);
	}
	if (header.kind == PROXY_TCP) {
		client->addr = header.client;
		*local = header.server;
	}
	/* A client of unknown address is admitted as the proxy would be. */
	switch (channel_announce(channel,
	    header.kind == PROXY_LOCAL ? NULL : &client->addr, deadline)) {
	case CHANNEL_ADMITTED:
		channel_ready(channel, 0);
		return header.kind;
	case CHANNEL_REFUSED:
		refuse_client(NULL, 0);
	case CHANNEL_BUSY:
		refuse_client(service->busy, service->busy_len);
	case CHANNEL_NO_ANSWER:
		break;
	}
	_exit(EX_TEMPFAIL);
}
