#include "haild/relay_begin.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "haild/channel_server.h"
#include "haild/relay_server.h"
#include "lib/io.h"
#include "lib/log.h"

#define BURST 64 /* answers that are read in a turn */

/* Refuse the client of C, whose relay was not started. */
static void
refuse_slot(struct server *s, struct child *c, struct relay *r, int error)
{
	const struct refusal why = { REFUSED_RELAY, error };

	relay_refuse(s, c, &why, NULL);
	relays_release(&s->relays, r);
	admit_left(&s->admission, &c->refs, clock_now());
	children_release(&s->children, c);
}

/* --- clients for the keeper --- */

/* Fill M, which is sent, without bytes of this process's memory. */
static void
describe(const struct server *s, const struct service *service,
    const struct child *c, const struct client *client, int64_t now,
    struct keeper_client *m)
{
	memset(m, 0, sizeof(*m));
	m->slot = (uint32_t)(c - s->children.slots);
	m->serial = c->serial;
	m->service = (uint32_t)(service - s->config->services);
	m->client.addr.len = client->addr.len;
	memcpy(&m->client.addr.sa, &client->addr.sa, client->addr.len);
	m->client.cred = client->cred;
	m->client.proxied = client->proxied;
	m->accepted = now;
	m->deadline = now +
	    (service->start_timeout != -1 ? service->start_timeout
					  : HANDSHAKE_TIME);
}

int
relay_begin(struct server *s, const struct service *service, struct child *c,
    const struct client *client, int64_t now)
{
	struct keeper_client m;
	int pair[2], error = 0;
	struct relay *r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return errno;
	describe(s, service, c, client, now, &m);
	r = relays_reserve(&s->relays, m.slot, m.serial, 0, pair[0], now);
	if (r == NULL)
		error = ENOMEM;
	else if ((r->keeper = keepers_send(
		      &s->keepers, &m, (int[]) { client->fd, pair[1] })) == 0)
		error = errno;
	close(pair[1]);
	if (error == 0) {
		r->gid = client->cred.gid;
		c->relay = relays_index(&s->relays, r) + 1;
		r->until = m.deadline;
		return 0;
	}
	if (r != NULL)
		relays_release(&s->relays, r);
	else
		close(pair[0]);
	return error;
}

/*
 * An upgrade waits until keepers have answered for all clients: the new image
 * does not take keepers over.
 */
int
relay_busy(const struct server *s)
{
	return s->upgrade.proved
	    ? EAGAIN
	    : keepers_busy(&s->keepers, s->relays.nstarting);
}

/* --- answers of keepers --- */

/*
 * Whether PID can be a new relay: a child of the daemon that is no other known
 * process.
 */
static bool
is_new(const struct server *s, pid_t pid)
{
	siginfo_t info;
	int i;

	for (i = 0; i < LINGER_PROCESSES; i++)
		if (pid == s->lingering.processes[i].pid)
			return false;
	return pid > 0 && !keepers_have(&s->keepers, pid) &&
	    children_find(&s->children, pid) == NULL &&
	    relays_find(&s->relays, pid) == NULL && pid != s->logger.pid &&
	    pid != s->load.pid && pid != s->upgrade.pid &&
	    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static void
start_handshake(struct server *s, struct child *c, struct relay *r, pid_t pid)
{
	const struct service *service = config_find(s->config, c->stats->name);
	enum outcome_kind why = (enum outcome_kind)c->ending;

	c->handshake = true;
	c->ending = OUTCOME_NONE;
	children_started(&s->children, c, pid,
	    service == NULL ? -1 : service->session_timeout);
	children_expect(c, r->until + START_GRACE);
	relays_started(&s->relays, r, pid);
	if (relays_watch(&s->relays, r) == -1)
		log_warn(
		    "%s: cannot watch the relay's channel", c->stats->name);
	message_send(r->channel, RELAY_GO, NULL, 0, MSG_DONTWAIT);
	/* When it, or all sessions, were ended, it had no process yet. */
	if (why == OUTCOME_NONE && s->stopping && s->stop_deadline == 0)
		why = OUTCOME_STOP;
	if (why != OUTCOME_NONE)
		children_end(c, why, clock_now());
}

/* The relay that KEEPER must answer for next: it answers in order. */
static struct relay *
next_of(const struct server *s, const struct keeper *keeper)
{
	struct relay *r = relays_oldest(&s->relays);

	while (r != NULL && r->keeper != keeper->number)
		r = TAILQ_NEXT(r, queue);
	return r;
}

/* Returns false if the answer is invalid. */
static bool
take_reply(struct server *s, const struct keeper *keeper,
    const struct keeper_relay *reply)
{
	struct relay *r = next_of(s, keeper);
	struct child *c;

	if (r == NULL || r->slot != reply->slot || r->serial != reply->serial)
		return false;
	c = relay_child(s, r);
	if (reply->pid == 0)
		refuse_slot(s, c, r, reply->error);
	else if (is_new(s, reply->pid))
		start_handshake(s, c, r, reply->pid);
	else
		refuse_slot(s, c, r, ECHILD); /* the relay has exited already */
	return true;
}

/* Refuse the clients of keepers that have ended. */
static void
refuse_lost(struct server *s)
{
	struct relay *r, *next;

	for (r = relays_oldest(&s->relays); r != NULL; r = next) {
		next = TAILQ_NEXT(r, queue);
		if (!keepers_has(&s->keepers, r->keeper))
			refuse_slot(s, relay_child(s, r), r, EPIPE);
	}
}

void
relay_keepers(struct server *s)
{
	struct keepers *k = &s->keepers;
	struct keeper_relay reply;
	int i, n;

	for (i = 0; i < KEEPERS; i++)
		for (n = 0; n < BURST && keepers_receive(k, i, &reply); n++)
			if (!take_reply(s, &k->list[i], &reply))
				keepers_lose(k, i,
				    "sent an invalid message (attack or bug)");
	refuse_lost(s);
}

/* --- time --- */

struct keeper_setup
relay_setup(const struct server *s, const struct config *config,
    const struct arena *arena)
{
	return (struct keeper_setup) { .config = config,
		.arena = arena,
		.program = s->helpers.tls,
		.devnull = s->devnull,
		.empty = s->empty,
		.oom_protected = s->oom_protected };
}

int64_t
relay_expire(struct server *s, int64_t now)
{
	const struct keeper_setup setup = relay_setup(s, s->config, &s->arena);
	int64_t next;

	if (s->stopping)
		relays_stop(&s->relays, now);
	next = keepers_expire(&s->keepers, &s->relays, &setup, now);
	refuse_lost(s);
	next = clock_sooner(next, ended_expire(&s->relays, now));
	return clock_sooner(next, relays_expire(&s->relays, now));
}
