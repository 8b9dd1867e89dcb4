#include "haild/channel_server.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "haild/report.h"
#include "lib/bucket.h"
#include "lib/io.h"
#include "lib/log.h"
#include "session/preamble.h"

/* How many BYTES may come at once: a session may have waited for the daemon. */
#define COUNTS_BURST 16

union payload {
	struct channel_client client;
	uint32_t number;
	char text[SERVICE_NAME_MAX + 1];
	struct channel_report report;
	struct channel_bytes bytes;
};

bool
channel_starts(const struct service *service, const struct client *client)
{
	return client->proxied || service->handler == HANDLER_COMMANDS;
}

bool
channel_wanted(const struct service *service, const struct client *client)
{
	return channel_starts(service, client) || contain_has_init(service) ||
	    service->handler == HANDLER_FORWARD;
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

static void
watch(struct server *s, const struct child *c)
{
	/* Edges: a REPORT stays where it is until the child is reaped. */
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };

	ev.data.u64 =
	    (uint64_t)c->serial << 32 | (uint32_t)(c - s->children.slots);
	if (epoll_ctl(s->channels, EPOLL_CTL_ADD, c->channel, &ev) == -1)
		log_warn(
		    "%s: cannot watch the session's channel", c->stats->name);
}

void
channel_watch_all(struct server *s)
{
	const struct child *c = s->children.slots;

	for (; c < s->children.slots + s->children.used; c++)
		if (c->pid != 0 && c->channel != 0)
			watch(s, c);
}

void
channel_watch(struct server *s, struct child *c, const struct service *service,
    const struct client *client, int64_t now)
{
	int64_t deadline = clock_after(now, service->start_timeout);

	if (c->channel == 0)
		return;
	watch(s, c);
	if (!channel_starts(service, client))
		return;
	/* In a health check, it was a relay that read the header. */
	if (c->proxied && !c->quiet)
		deadline = clock_sooner(deadline, now + PREAMBLE_TIME);
	children_expect(c, clock_after(START_GRACE, deadline));
}

void
channel_close(struct server *s, struct child *c)
{
	if (c->channel == 0)
		return;
	/* A child that was just forked may still have a copy. */
	epoll_ctl(s->channels, EPOLL_CTL_DEL, c->channel, NULL);
	close(c->channel);
	c->channel = 0;
}

static void
send_answer(const struct child *c, enum channel_answer answer)
{
	uint32_t n = answer;

	/* The buffer is empty; a child that has exited will be reaped. */
	message_send(c->channel, CHANNEL_ANSWER, &n, sizeof(n), MSG_DONTWAIT);
}

/* The kinds of messages that may come next. */
static uint32_t
expected(const struct child *c)
{
	uint32_t types = MESSAGE_BIT(CHANNEL_REPORT);

	/* Without a program: it may forward. */
	if (c->own)
		types |= MESSAGE_BIT(CHANNEL_BYTES);
	/* A proxy's session, before its client was announced. */
	if (c->proxied && !c->quiet && !c->refused)
		return types | MESSAGE_BIT(CHANNEL_ANNOUNCE) |
		    MESSAGE_BIT(CHANNEL_FAULT);
	if (c->refused || !c->starting)
		return types;
	types |= MESSAGE_BIT(CHANNEL_READY);
	return c->command == NULL ? types | MESSAGE_BIT(CHANNEL_COMMAND)
				  : types;
}

/* --- each kind of message; they return false if its content is invalid --- */

/* The proxy's session has no client. */
static void
return_token(struct server *s, struct child *c)
{
	admit_return_token(
	    config_find(s->config, c->stats->name), &c->stats->usage);
}

static void
refuse(struct server *s, struct child *c, const struct addr *client,
    const struct refusal *why)
{
	c->refused = true;
	return_token(s, c);
	service_stats_refused(c->stats, why->reason);
	/* With TLS it is counted as accepted only after the handshake. */
	if (!c->handshake)
		c->stats->counts.refused_later++;
	report_refused(&s->refusals, c->stats, client, c->uid, why, NULL);
}

enum channel_answer
channel_announced(
    struct server *s, struct child *c, const struct channel_client *announced)
{
	struct refusal why;
	struct addr client;

	if (announced->known == 0) {
		c->quiet = true; /* the proxy checks that we are alive */
		return CHANNEL_ADMITTED;
	}
	if (!addr_copy_inet(&client, &announced->addr))
		return CHANNEL_NO_ANSWER;
	addr_unmap(&client);
	why = admit_announced(&s->admission,
	    config_find(s->config, c->stats->name), &client, &c->refs,
	    clock_now());
	if (why.reason == REFUSED_NOT) {
		c->addr = client;
		c->proxied = false;
		return CHANNEL_ADMITTED;
	}
	refuse(s, c, &client, &why);
	return refusal_may_tell(why.reason) ? CHANNEL_BUSY : CHANNEL_REFUSED;
}

bool
channel_proxy_fault(struct server *s, struct child *c, uint32_t fault)
{
	const struct refusal why = { REFUSED_PROXY_FAULT, fault };

	if (fault == PROXY_FINE || fault >= PROXY_NFAULTS)
		return false;
	if (fault == PROXY_RESET) {
		c->quiet = true; /* as health checks do */
		return_token(s, c);
		return true;
	}
	refuse(s, c, &c->addr, &why);
	return true;
}

static bool
take_announce(struct server *s, struct child *c, const union payload *p)
{
	enum channel_answer answer = channel_announced(s, c, &p->client);

	if (answer == CHANNEL_NO_ANSWER)
		return false;
	send_answer(c, answer);
	return true;
}

static bool
take_fault(struct server *s, struct child *c, const union payload *p)
{
	return channel_proxy_fault(s, c, p->number);
}

static bool
take_ready(struct server *s __attribute__((unused)), struct child *c,
    const union payload *p)
{
	/*
	 * The program's session is swept when this one is over: it must never
	 * be the daemon's own, which is 0 where its leader is in another pid
	 * namespace.
	 */
	if (p->number != 0 &&
	    (c->command == NULL || p->number > INT_MAX ||
		(pid_t)p->number == getsid(0)))
		return false;
	c->program = (pid_t)p->number;
	children_ready(c);
	return true;
}

/* What contains the program; the daemon's copies are closed. */
static void
send_grant(struct server *s, const struct child *c, const struct grant *grant)
{
	channel_send_grant(c->channel, grant);
	containment_started(&s->containment, grant);
}

/*
 * A command that is no longer configured has no limit, and nothing to be
 * contained with.
 */
static bool
take_command(struct server *s, struct child *c, const union payload *p)
{
	const struct service *command;
	struct command_count *count = NULL;
	struct grant grant = NO_GRANT;
	struct refusal why;

	if (strnlen(p->text, SERVICE_NAME_MAX + 1) > SERVICE_NAME_MAX)
		return false;
	command =
	    config_command(config_find(s->config, c->stats->name), p->text);
	if (command != NULL)
		count = service_stats_command(c->stats, p->text);
	if (count != NULL && service_stats_command_is_full(count, command)) {
		send_answer(c, CHANNEL_BUSY);
		return true;
	}
	if (count != NULL) {
		why = containment_grant(
		    &s->containment, command, c, CONTAINED_PROGRAM, &grant);
		if (why.reason != REFUSED_NOT) {
			report_refused(&s->refusals, c->stats, &c->addr, c->uid,
			    &why, children_identity(&s->children, c));
			send_answer(c, CHANNEL_REFUSED);
			return true;
		}
	}
	if (count != NULL) {
		count->live++;
		c->command = count;
		c->keep = command->leftovers == LEFTOVERS_KEEP;
		/* Its monitor needs that long to end it. */
		if (command->kill_grace > c->grace)
			c->grace = command->kill_grace;
	}
	send_grant(s, c, &grant);
	return true;
}

/*
 * A session sends its counts once a second at most, and once at its end.  One
 * that sends more could keep the daemon busy.  With TLS the relay counts.
 */
static bool
take_bytes(struct server *s __attribute__((unused)), struct child *c,
    const union payload *p)
{
	static const struct rate rate = { 1, SECOND, COUNTS_BURST };

	if (!bucket_take(&rate, &c->counts_full_at, clock_now()))
		return false;
	if (c->relay != 0)
		return true;
	if (p->bytes.in > INT64_MAX || p->bytes.out > INT64_MAX)
		return false;
	c->bytes_in = p->bytes.in;
	c->bytes_out = p->bytes.out;
	c->has_bytes = true;
	return true;
}

/* For the kinds that may be expected; a REPORT stays where it is. */
static bool (*const takes[])(
    struct server *, struct child *, const union payload *) = {
	[CHANNEL_ANNOUNCE] = take_announce,
	[CHANNEL_FAULT] = take_fault,
	[CHANNEL_COMMAND] = take_command,
	[CHANNEL_READY] = take_ready,
	[CHANNEL_BYTES] = take_bytes,
};

/* Whether KIND means that one side of a forwarding session lacks data. */
static bool
is_incomplete(uint32_t kind)
{
	return kind == OUTCOME_TARGET_RESET || kind == OUTCOME_DISCONNECT ||
	    kind == OUTCOME_IDLE_TIMEOUT || kind == OUTCOME_SIGNAL;
}

bool
channel_serve(struct server *s, struct child *c, int64_t now)
{
	enum message_result result;
	union payload p;
	struct message m;

	while (c->channel != 0) {
		memset(&p, 0, sizeof(p));
		result = message_receive(c->channel, channel_kinds, expected(c),
		    &m, &p, sizeof(p), MSG_DONTWAIT | MSG_PEEK);
		if (result == MESSAGE_NONE)
			break;
		if (result == MESSAGE_OK && m.type == CHANNEL_REPORT)
			return is_incomplete(p.report.outcome.kind);
		if (result == MESSAGE_OK && takes[m.type](s, c, &p)) {
			recv(c->channel, NULL, 0, MSG_DONTWAIT | MSG_TRUNC);
			continue;
		}
		if (result != MESSAGE_END)
			children_end(c, OUTCOME_INVALID, now);
		channel_close(s, c);
	}
	return false;
}

bool
channel_last_report(struct child *c, struct channel_report *r)
{
	struct message m;

	memset(r, 0, sizeof(*r)); /* the text comes without its NUL */
	return c->channel != 0 &&
	    message_receive(c->channel, channel_kinds,
		MESSAGE_BIT(CHANNEL_REPORT), &m, r, sizeof(*r) - 1,
		MSG_DONTWAIT) == MESSAGE_OK &&
	    outcome_is_valid(&r->outcome);
}
