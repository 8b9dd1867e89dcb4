/*
 * channel.c -- what a session's process and the daemon say to each other.
 */

#include "session/channel.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "haild/admission/admit.h"
#include "lib/io.h"
#include "session/preamble.h"
#include "lib/log.h"
#include "haild/report.h"
#include "haild/children/service_stats.h"

enum { ANNOUNCE = 1, ANSWER, READY, FAULT, REPORT, COMMAND };

struct record {
	uint32_t type;
	uint32_t value; /* ANNOUNCE: whether there is an address; ANSWER: enum
			   announced; FAULT: enum proxy_fault; READY: the
			   process session of the program */
	union {
		struct addr client;    /* ANNOUNCE */
		char text[REPORT_MAX]; /* REPORT, COMMAND */
	};
};

/* --- the daemon's side --- */

bool
channel_wanted(const struct service *service, const struct client *client)
{
	return client->proxied || service->handler == HANDLER_COMMANDS;
}

int
channel_open(struct child *c)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return -1;
	c->channel = pair[0];
	return pair[1];
}

void
channel_watch(struct server *s, struct child *c, const struct service *service)
{
	/* Edges: a REPORT stays where it is until the child is reaped. */
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	int64_t deadline = service->start_timeout == -1
	    ? -1
	    : c->started + service->start_timeout;

	if (c->channel == 0)
		return;
	ev.data.u64 = (uint64_t)c->serial << 32 | CHANNEL_EVENT |
	    (uint32_t)(c - s->children.slots);
	if (epoll_ctl(s->hangups, EPOLL_CTL_ADD, c->channel, &ev) == -1)
		log_warn("%s: epoll_ctl", service->name);
	if (c->proxied)
		deadline = clock_sooner(deadline, c->started + PROXY_TIME);
	children_expect(c, deadline == -1 ? -1 : deadline + START_GRACE);
}

void
channel_close(struct server *s, struct child *c)
{
	if (c->channel == 0)
		return;
	/* A child that was just forked may still have a copy. */
	epoll_ctl(s->hangups, EPOLL_CTL_DEL, c->channel, NULL);
	close(c->channel);
	c->channel = 0;
}

static void
refuse(struct server *s, struct child *c, const struct addr *client,
    const struct refusal *why)
{
	c->refused = true;
	c->stats->refused++;
	report_refused(&s->refusals, c->stats, client, c->uid, why);
}

/* Behind a proxy, and nobody has said yet for whom. */
static bool
is_unknown(const struct child *c)
{
	return c->proxied && !c->quiet && !c->refused;
}

static bool
take_announce(struct server *s, struct child *c, const struct record *r)
{
	struct record answer = { .type = ANSWER, .value = ANNOUNCED_YES };
	sa_family_t family = r->client.sa.sa_family;
	struct addr client;
	struct refusal why;

	if (!is_unknown(c))
		return false;
	memset(&client, 0, sizeof(client));
	if (r->value == 0) {
		c->quiet = true; /* the proxy looks whether we are there */
	} else if (family == AF_INET) {
		client.in = r->client.in;
		client.len = sizeof(client.in);
	} else if (family == AF_INET6) {
		client.in6 = r->client.in6;
		client.in6.sin6_flowinfo = 0;
		/* Others have no scope, and could not be handed over with one.
		 */
		if (!IN6_IS_ADDR_LINKLOCAL(&client.in6.sin6_addr))
			client.in6.sin6_scope_id = 0;
		client.len = sizeof(client.in6);
	} else
		return false;
	if (!c->quiet) {
		addr_unmap(&client);
		why = admit_announced(&s->admission,
		    config_find(s->config, c->stats->name), &client, &c->refs,
		    clock_now());
		if (why.reason == REFUSED_NOT) {
			c->addr = client;
			c->proxied = false;
		} else {
			refuse(s, c, &client, &why);
			answer.value = refusal_may_tell(why.reason)
			    ? ANNOUNCED_BUSY
			    : ANNOUNCED_NO;
		}
	}
	/* Its buffer is empty; if it is gone we shall hear of that. */
	send(c->channel, &answer, sizeof(answer), MSG_DONTWAIT | MSG_NOSIGNAL);
	return true;
}

static bool
take_fault(struct server *s, struct child *c, const struct record *r)
{
	struct refusal why = { REFUSED_PROXY_FAULT, r->value };

	if (!is_unknown(c) || r->value == PROXY_FINE ||
	    r->value >= PROXY_NFAULTS)
		return false;
	if (r->value == PROXY_RESET) {
		c->quiet = true; /* as health checks do */
		return true;
	}
	refuse(s, c, &c->addr, &why);
	return true;
}

static bool
take_ready(struct server *s __attribute__((unused)), struct child *c,
    const struct record *r)
{
	if (!c->starting || c->refused || is_unknown(c))
		return false;
	/*
	 * What is left of the program is swept one day: that must never be us.
	 * Our own session is 0, too, where it is of another pid namespace.
	 */
	if (r->value != 0 &&
	    (c->command == NULL || r->value > INT_MAX ||
		(pid_t)r->value == getsid(0)))
		return false;
	c->program = (pid_t)r->value;
	children_ready(c);
	return true;
}

/* A session whose command is not configured any more counts for nothing. */
static bool
take_command(struct server *s, struct child *c, const struct record *r)
{
	struct record answer = { .type = ANSWER, .value = ANNOUNCED_YES };
	const struct service *command;
	struct command_count *count;

	if (c->command != NULL || !c->starting || is_unknown(c) ||
	    memchr(r->text, '\0', sizeof(r->text)) == NULL)
		return false;
	command =
	    config_command(config_find(s->config, c->stats->name), r->text);
	if (command != NULL &&
	    (count = service_stats_command(c->stats, r->text)) != NULL) {
		if (count->live >= command->max_sessions)
			answer.value = ANNOUNCED_BUSY;
		else {
			count->live++;
			c->command = count;
			c->keep = command->leftovers == LEFTOVERS_KEEP;
			/* Its monitor needs so long to end it. */
			if (command->kill_grace > c->grace)
				c->grace = command->kill_grace;
		}
	}
	send(c->channel, &answer, sizeof(answer), MSG_DONTWAIT | MSG_NOSIGNAL);
	return true;
}

static const struct {
	uint32_t type;
	bool (*take)(struct server *, struct child *, const struct record *);
} records[] = {
	{ ANNOUNCE, take_announce },
	{ COMMAND, take_command },
	{ FAULT, take_fault },
	{ READY, take_ready },
};

/* Returns false if it may not come, or not now. */
static bool
take(struct server *s, struct child *c, const struct record *r)
{
	size_t i;

	for (i = 0; i < sizeof(records) / sizeof(records[0]); i++)
		if (records[i].type == r->type)
			return records[i].take(s, c, r);
	return false;
}

void
channel_serve(struct server *s, struct child *c, int64_t now)
{
	struct record r;
	ssize_t n;

	while (c->channel != 0) {
		n = recv(c->channel, &r, sizeof(r),
		    MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
		if (n == -1 && errno == EAGAIN)
			return;
		if (n == sizeof(r) && r.type == REPORT)
			return;
		if (n <= 0) {
			channel_close(s, c);
			return;
		}
		if (n != sizeof(r) || !take(s, c, &r)) {
			channel_close(s, c);
			children_end(c, ENDED_INVALID, now);
			return;
		}
		recv(c->channel, &r, sizeof(r), MSG_DONTWAIT);
	}
}

const char *
channel_last(struct child *c, char *buf, size_t size)
{
	struct record r;

	buf[0] = '\0';
	if (c->channel != 0 &&
	    recv(c->channel, &r, sizeof(r), MSG_TRUNC | MSG_DONTWAIT) ==
		sizeof(r) &&
	    r.type == REPORT) {
		r.text[sizeof(r.text) - 1] = '\0';
		strlcpy(buf, r.text, size);
	}
	return buf;
}

/* --- the child's side --- */

static int
put(int fd, const struct record *r)
{
	return send(fd, r, sizeof(*r), MSG_NOSIGNAL) == sizeof(*r) ? 0 : -1;
}

/* Say R, and wait for what the daemon says to that. */
static enum announced
ask(int fd, const struct record *question, int64_t deadline)
{
	struct record r;
	int found;

	if (put(fd, question) == -1)
		return ANNOUNCED_NOTHING;
	if ((found = io_wait(fd, POLLIN, deadline)) <= 0) {
		if (found == 0)
			errno = ETIMEDOUT;
		return ANNOUNCED_NOTHING;
	}
	errno = EPROTO;
	if (recv(fd, &r, sizeof(r), 0) != sizeof(r) || r.type != ANSWER ||
	    r.value > ANNOUNCED_BUSY)
		return ANNOUNCED_NOTHING;
	return (enum announced)r.value;
}

enum announced
channel_announce(int fd, const struct addr *client, int64_t deadline)
{
	struct record r;

	memset(&r, 0, sizeof(r));
	r.type = ANNOUNCE;
	r.value = client != NULL;
	if (client != NULL)
		r.client = *client;
	return ask(fd, &r, deadline);
}

int
channel_command(int fd, const char *name, int64_t deadline)
{
	struct record r;
	enum announced answer;

	memset(&r, 0, sizeof(r));
	r.type = COMMAND;
	strlcpy(r.text, name, sizeof(r.text));
	answer = ask(fd, &r, deadline);
	return answer == ANNOUNCED_NOTHING ? -1 : answer == ANNOUNCED_YES;
}

void
channel_fault(int fd, enum proxy_fault fault)
{
	struct record r;

	memset(&r, 0, sizeof(r));
	r.type = FAULT;
	r.value = fault;
	put(fd, &r);
}

int
channel_runs(int fd, pid_t program)
{
	struct record r;

	memset(&r, 0, sizeof(r));
	r.type = READY;
	r.value = (uint32_t)program;
	return put(fd, &r);
}

int
channel_ready(int fd)
{
	return channel_runs(fd, 0);
}

void
channel_report(int fd, const char *text)
{
	struct record r;

	memset(&r, 0, sizeof(r));
	r.type = REPORT;
	strlcpy(r.text, text, sizeof(r.text));
	put(fd, &r);
}
