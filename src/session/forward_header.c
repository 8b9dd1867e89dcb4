#include "session/forward_header.h"

#include <sys/socket.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/io.h"

#define UNIQUE_ID_SIZE 64

static void
print_unique_id(char text[UNIQUE_ID_SIZE], uint32_t id)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(text, UNIQUE_ID_SIZE, "%" PRIu32 "-%lld.%06ld", id,
	    (long long)now.tv_sec, now.tv_nsec / 1000);
}

/*
 * An attacker may have taken over the relay, which has written TLS.  The daemon
 * has removed names that the service does not verify, so without names the
 * common name is not used.
 */
static void
describe_tls(struct proxy_connection *c, const struct service *service,
    const struct tls_session *tls)
{
	const char *verify = tls->texts[TLS_CLIENT_VERIFY];

	c->tls = true;
	c->alpn = tls->texts[TLS_ALPN_NAME];
	c->authority = tls->texts[TLS_SERVER_NAME];
	c->version = tls->texts[TLS_PROTOCOL_NAME];
	c->cipher = tls->texts[TLS_CIPHER_NAME];
	c->certificate = *verify != '\0' && strcmp(verify, "NONE") != 0;
	c->verified = tls->nnames > 0;
	c->identity = tls_session_identity(tls);
	if (c->verified && service->tls_client_ca != NULL)
		c->common_name = tls->texts[TLS_CLIENT_CN];
}

void
forward_header_make(struct forward_header *h, const struct service *service,
    enum proxy_kind kind, const struct client *client, const struct addr *local,
    uint32_t id)
{
	struct proxy_connection c = {
		.kind = kind, .client = client->addr, .server = *local
	};
	char unique_id[UNIQUE_ID_SIZE];

	h->len = 0;
	if (service->forward_proxy == FORWARD_PROXY_V1)
		h->len = proxy_write_v1(h->text, &c);
	if (service->forward_proxy != FORWARD_PROXY_V2)
		return;
	print_unique_id(unique_id, id);
	c.unique_id = unique_id;
	if (client->tls != NULL)
		describe_tls(&c, service, client->tls);
	h->len = proxy_write_v2(h->text, &c);
}

static int
fail(struct outcome *outcome, enum outcome_kind kind, int error)
{
	*outcome = (struct outcome) { kind, 0 };
	if (kind == OUTCOME_NO_TARGET)
		outcome->number = error;
	errno = error;
	return -1;
}

int
forward_header_send(const struct forward_header *h, int fd, int64_t timeout,
    struct outcome *outcome)
{
	int64_t deadline = clock_after(clock_now(), timeout);
	size_t sent = 0;
	ssize_t n;

	while (sent < h->len) {
		n = send(fd, h->text + sent, h->len - sent,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0)
			sent += (size_t)n;
		else if (!io_is_temporary(errno))
			return fail(outcome, OUTCOME_TARGET_RESET, errno);
		else if (io_wait(fd, POLLOUT, deadline) <= 0)
			return fail(outcome, OUTCOME_NO_TARGET, ETIMEDOUT);
	}
	return 0;
}
