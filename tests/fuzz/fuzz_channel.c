/*
 * fuzz_channel.c -- messages that a session's process may send the daemon, in
 * any order (fuzz_message has what is no message).
 *
 * The input: a byte that says whether the client is a proxy, and then messages:
 * a byte with the type, one with the length, and the payload.  The highest bit
 * of the length: the payload is filled up to the largest of its kind.
 */

#include "fuzz.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "haild/admission/admit.h"
#include "haild/channel_server.h"
#include "haild/children/service_stats.h"
#include "lib/io.h"
#include "lib/log.h"
#include "session/channel.h"

#define NOBODY 0x7ffffff0 /* no process has such a number */

static const struct service commands[] = {
	{ .name = "one", .max_sessions = 1 },
	{ .name = NULL },
};
static const struct service service = { .name = "x",
	.commands = commands,
	.start_timeout = 10 * SECOND,
	.max_per_source = 1,
	.source_v4 = 32,
	.source_v6 = 64,
	.kill_grace = SECOND };
static const struct config config = {
	.services = &service, .nservices = 1, .max_per_source = -1
};

/* Ends a session that sends an invalid message: not here. */
int
kill(pid_t pid, int sig)
{
	(void)sig;
	MUST(pid == NOBODY || pid == -NOBODY);
	return 0;
}

static struct service_stats *
prepare(struct server *s)
{
	log_init("fuzz", 0, LOG_DAEMON, LOG_DEBUG);
	TAILQ_INIT(&s->all_stats);
	s->config = s->admission.config = &config;
	MUST(sources_create(&s->admission.sources) == 0);
	MUST(children_create(&s->children) == 0);
	MUST((s->channels = epoll_create1(EPOLL_CLOEXEC)) != -1);
	return service_stats_get(&s->all_stats, service.name);
}

/* Send the next message; returns how many bytes it took. */
static size_t
send_next(int fd, const uint8_t *data, size_t size)
{
	const struct message_kind *k = channel_kinds;
	char payload[1024] = "";
	size_t n = data[1] & 0x7f, len;

	if (n > size - 2)
		n = size - 2;
	memcpy(payload, data + 2, n);
	while (k->type != 0 && k->type != data[0])
		k++;
	len = (data[1] & 0x80) && k->max > n ? k->max : n;
	message_send(fd, data[0], payload, len, MSG_DONTWAIT);
	return 2 + n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct server server;
	static struct service_stats *stats;
	struct client client = { 0 };
	struct channel_report last;
	struct child *c;
	int fd;

	if (size == 0)
		return 0;
	if (stats == NULL)
		MUST((stats = prepare(&server)) != NULL);
	client.proxied = data[0] & 1;
	MUST(addr_from_numeric(&client.addr, "192.0.2.1", 4411) == 0);
	c = children_reserve(&server.children, &service, stats, &client,
	    &(struct source_refs) { { 0, 0 } }, SECOND);
	MUST(c != NULL && (fd = channel_open(c)) != -1);
	children_started(&server.children, c, NOBODY, 60 * SECOND);
	channel_watch(&server, c, &service, &client, c->started);
	for (data++, size--; size >= 2;) {
		size_t n = send_next(fd, data, size);

		data += n;
		size -= n;
		channel_serve(&server, c, 2 * SECOND);
		MUST(c->ending == OUTCOME_NONE || c->ending == OUTCOME_INVALID);
		MUST(c->ending == OUTCOME_NONE || c->channel == 0);
		MUST(c->command == NULL || c->command->live == 1);
		MUST(!c->has_bytes ||
		    (c->bytes_in <= INT64_MAX && c->bytes_out <= INT64_MAX));
	}
	if (channel_last_report(c, &last))
		MUST(outcome_is_valid(&last.outcome));
	MUST(memchr(last.text, '\0', sizeof(last.text)) != NULL);
	MUST(c->addr.sa.sa_family == AF_INET ||
	    c->addr.sa.sa_family == AF_INET6);
	close(fd);
	channel_close(&server, c);
	admit_left(&server.admission, &c->refs, 2 * SECOND);
	children_exited(&server.children, c);
	MUST(server.children.live == 0 && stats->usage.live == 0);
	MUST(stats->commands == NULL || stats->commands->live == 0);
	MUST(stats->commands == NULL || stats->commands->next == NULL);
	return 0;
}
