#include "haild/relays/keeper.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "lib/log.h"
#include "lib/process.h"

static const struct rate replacements = { KEEPER_STARTS, 60 * SECOND,
	KEEPER_STARTS };

void
keepers_create(struct keepers *k)
{
	int i;

	memset(k, 0, sizeof(*k));
	for (i = 0; i < KEEPERS; i++)
		k->list[i].fd = -1;
}

bool
keepers_are_needed(const struct config *config)
{
	const struct service *s = config->services;

	for (; s < config->services + config->nservices; s++)
		if (s->tls && !s->disable && s->missing == NULL)
			return true;
	return false;
}

/* --- the end of keepers --- */

void
keepers_lose(struct keepers *k, int i, const char *why)
{
	log_warnx("the keeper of haild-tls %s%s", why,
	    i == KEEPER_NOW && k->wanted ? "; starting another one" : "");
	keeper_end(&k->list[i]);
}

bool
keepers_exited(struct keepers *k, pid_t pid, const siginfo_t *info)
{
	char end[PROCESS_END_MAX], why[PROCESS_END_MAX + 32];
	struct keeper *p;
	int i;

	for (i = 0; i < KEEPERS; i++) {
		p = &k->list[i];
		if (p->fd == -1 || (p->pid != pid && p->signer != pid))
			continue;
		snprintf(why, sizeof(why), "%s%s",
		    p->pid == pid ? "" : "has lost its signer, which ",
		    process_print_end(info, end, sizeof(end)));
		keepers_lose(k, i, why);
		return true;
	}
	return false;
}

void
keepers_finish(struct keepers *k)
{
	int i;

	k->wanted = k->renew = false;
	for (i = 0; i < KEEPERS; i++)
		keeper_end(&k->list[i]);
}

/* --- the next keeper --- */

/* Replace KEEPER_NOW, which gets no more clients. */
static void
retire(struct keepers *k)
{
	/* Two reloads have followed each other quickly. */
	if (k->list[KEEPER_NOW].fd == -1)
		return;
	keeper_end(&k->list[KEEPER_BEFORE]);
	k->list[KEEPER_BEFORE] = k->list[KEEPER_NOW];
	k->list[KEEPER_NOW] = (struct keeper) { .fd = -1 };
}

static void
advance(struct keepers *k)
{
	retire(k);
	k->list[KEEPER_NOW] = k->list[KEEPER_NEXT];
	k->list[KEEPER_NEXT] = (struct keeper) { .fd = -1 };
	k->renew = k->renewing = false;
}

static int
start(struct keepers *k, enum keeper_role role,
    const struct keeper_setup *setup, int64_t now)
{
	k->list[role].number = ++k->number;
	return keeper_start(&k->list[role], setup, now);
}

int
keepers_prepare(
    struct keepers *k, const struct keeper_setup *setup, int64_t now)
{
	keepers_cancel(k);
	return start(k, KEEPER_NEXT, setup, now);
}

bool
keepers_next_runs(const struct keepers *k)
{
	return k->list[KEEPER_NEXT].fd != -1 && !k->renewing;
}

void
keepers_switch(struct keepers *k, bool wanted)
{
	k->wanted = wanted;
	if (wanted && keepers_next_runs(k))
		advance(k);
	else if (!wanted) {
		retire(k);
		keepers_cancel(k);
		k->renew = false;
	}
}

void
keepers_cancel(struct keepers *k)
{
	keeper_end(&k->list[KEEPER_NEXT]);
	k->renewing = false;
}

void
keepers_renew(struct keepers *k)
{
	k->renew = k->wanted;
}

/* --- clients --- */

uint32_t
keepers_send(
    struct keepers *k, const struct keeper_client *client, const int fds[2])
{
	struct keeper *p = &k->list[KEEPER_NOW];

	if (p->fd == -1) {
		errno = ESRCH;
		return 0;
	}
	if (message_send_fds(p->fd, KEEPER_CLIENT, client, sizeof(*client), fds,
		2, MSG_DONTWAIT) == -1)
		return 0;
	return p->number;
}

bool
keepers_have(const struct keepers *k, pid_t pid)
{
	int i;

	for (i = 0; i < KEEPERS; i++)
		if (k->list[i].fd != -1 &&
		    (k->list[i].pid == pid || k->list[i].signer == pid))
			return true;
	return false;
}

bool
keepers_has(const struct keepers *k, uint32_t number)
{
	int i;

	for (i = 0; i < KEEPERS; i++)
		if (k->list[i].fd != -1 && k->list[i].number == number)
			return true;
	return false;
}

int
keepers_busy(const struct keepers *k, unsigned int n)
{
	if (k->list[KEEPER_NOW].fd == -1)
		return ESRCH;
	return n >= KEEPER_CLIENTS_MAX ? EAGAIN : 0;
}

bool
keepers_receive(struct keepers *k, int i, struct keeper_relay *reply)
{
	struct keeper *p = &k->list[i];
	struct message m;

	if (p->fd == -1)
		return false;
	switch (message_receive(p->fd, keeper_kinds,
	    MESSAGE_BIT(p->ready ? KEEPER_RELAY : KEEPER_READY), &m, reply,
	    sizeof(*reply), MSG_DONTWAIT)) {
	case MESSAGE_OK:
		break;
	case MESSAGE_NONE:
		return false;
	case MESSAGE_END:
		keepers_lose(k, i, "ended");
		return false;
	case MESSAGE_BAD:
		keepers_lose(k, i, "sent an invalid message (attack or bug)");
		return false;
	}
	if (m.type == KEEPER_RELAY)
		return true;
	p->ready = true;
	if (i == KEEPER_NEXT && k->renewing)
		advance(k);
	return false;
}

/* --- time --- */

/*
 * The time at which P counts as silent: it is not ready, or has not answered
 * for its oldest client; -1: none.
 */
static int64_t
silent_at(const struct keeper *p, const struct relays *relays)
{
	const struct relay *r;

	if (!p->ready)
		return p->due;
	for (r = relays_oldest(relays); r != NULL; r = TAILQ_NEXT(r, queue))
		if (r->keeper == p->number)
			return r->deadline + KEEPER_SILENCE;
	return -1;
}

/* The role that is to be started, or KEEPERS. */
static enum keeper_role
missing(const struct keepers *k)
{
	if (k->wanted && k->list[KEEPER_NOW].fd == -1)
		return KEEPER_NOW;
	/* A reload starts another keeper anyway. */
	return k->renew && k->list[KEEPER_NEXT].fd == -1 ? KEEPER_NEXT
							 : KEEPERS;
}

static int64_t
start_missing(struct keepers *k, const struct keeper_setup *setup, int64_t now)
{
	enum keeper_role role;

	if (k->renewing && k->wanted && k->list[KEEPER_NOW].fd == -1)
		advance(k);
	if ((role = missing(k)) == KEEPERS)
		return -1;
	if (!bucket_take(&replacements, &k->full_at, now))
		return bucket_ready(&replacements, k->full_at, now);
	if (role == KEEPER_NOW)
		k->renew = false;
	k->renewing = role == KEEPER_NEXT;
	if (start(k, role, setup, now) == -1)
		return now + SECOND;
	return k->list[role].due;
}

int64_t
keepers_expire(struct keepers *k, const struct relays *relays,
    const struct keeper_setup *setup, int64_t now)
{
	int64_t next = -1, at;
	int i;

	for (i = 0; i < KEEPERS; i++) {
		if (k->list[i].fd == -1)
			continue;
		at = silent_at(&k->list[i], relays);
		if (at != -1 && now >= at)
			keepers_lose(k, i, "does not answer");
		else if (at == -1 && i == KEEPER_BEFORE)
			keeper_end(&k->list[i]);
		else
			next = clock_sooner(next, at);
	}
	return clock_sooner(next, start_missing(k, setup, now));
}
