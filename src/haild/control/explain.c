#include "haild/control/explain.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "control/answer.h"
#include "haild/children/children.h"
#include "haild/containment/containment.h"
#include "haild/listen/polling.h"

/* --- the verdict --- */

static bool
refuse(struct explained *e, const char *reason, const char *setting)
{
	e->verdict = VERDICT_REFUSED;
	e->reason = reason;
	e->setting = setting;
	return false;
}

/* Whether WHY is no reason; else it is the reason of the verdict. */
static bool
passes(struct explained *e, enum verdict verdict, struct refusal why)
{
	if (why.reason == REFUSED_NOT)
		return true;
	e->verdict = verdict;
	e->why = why;
	return false;
}

/* Whether the client of E can connect to L; a proxy can announce any address.
 */
static bool
takes(const struct listener *l, const struct explained *e)
{
	const sa_family_t family = e->client.addr.sa.sa_family;

	if (l->service != e->service)
		return false;
	/* haild -E does not know which sockets "fd:NAME" will be. */
	if (l->addr.sa.sa_family == AF_UNSPEC)
		return true;
	if (e->announced)
		return l->addr.sa.sa_family != AF_UNIX;
	return l->addr.sa.sa_family == family || (family == AF_INET && l->dual);
}

static const struct listener *
find_listener(const struct explained *e)
{
	const struct listeners *all = e->w->view->listeners;
	size_t i;

	for (i = 0; i < all->n; i++)
		if (takes(&all->list[i], e))
			return &all->list[i];
	return NULL;
}

/* Whether there is a socket to which the client can connect. */
static bool
is_listening(struct explained *e)
{
	if (e->service->disable)
		return refuse(e, "disabled", "disable");
	if (e->service->missing != NULL)
		return refuse(e, "out of service", NULL);
	if (e->w->view->stopping)
		return refuse(e, "haild is stopping", NULL);
	if (e->stats != NULL && e->stats->drained)
		return passes(e, VERDICT_REFUSED,
		    (struct refusal) { REFUSED_DRAINED, 0 });
	if (e->stats == NULL || e->stats->out)
		return refuse(e, "out of service", NULL);
	if (e->listener == NULL)
		return refuse(
		    e, "does not listen for such addresses", "listen");
	return true;
}

/* An address of the first of the proxies. */
static void
fill_proxy(struct addr *a, const struct service *service)
{
	const struct prefix *p = &service->proxy_from.list[0].prefix;

	memset(a, 0, sizeof(*a));
	a->sa.sa_family = p->family;
	a->len = p->family == AF_INET ? sizeof(a->in) : sizeof(a->in6);
	if (p->family == AF_INET)
		memcpy(&a->in.sin_addr, p->bytes, 4);
	else
		memcpy(&a->in6.sin6_addr, p->bytes, 16);
}

/* As accept.c, channel_server.c and relay_server.c do for a client. */
static bool
is_admitted(struct explained *e)
{
	const struct control_view *v = e->w->view;
	struct client client = e->client;
	struct source_refs refs;

	e->announced =
	    e->service->proxy_from.n > 0 && client.addr.sa.sa_family != AF_UNIX;
	if (e->announced)
		fill_proxy(&client.addr, e->service);
	if (!passes(e, VERDICT_REFUSED,
		admit(v->admission, e->service, &e->stats->usage,
		    v->children->live, &client, &refs, v->now)))
		return false;
	if (e->announced &&
	    !passes(e, VERDICT_REFUSED,
		admit_announced(
		    v->admission, e->service, &e->client.addr, &refs, v->now)))
		return false;
	if (e->tls == NULL)
		return true;
	/* With "any", it may have a certificate without an identity. */
	if (e->tls->nnames == 0 &&
	    e->service->tls_client == TLS_CLIENT_REQUIRED)
		return passes(e, VERDICT_REFUSED,
		    (struct refusal) { REFUSED_TLS_FAULT, TLS_NO_CERTIFICATE });
	return passes(e, VERDICT_REFUSED,
	    admit_proved(v->admission, e->service, &e->client.addr, e->tls,
		&refs, v->now));
}

/* Whether it need not wait, or has a limit at which it is refused. */
static bool
is_accepted(struct explained *e)
{
	const struct control_view *v = e->w->view;

	if (e->service->wait && e->listener->wait_socket.pid != 0)
		return true; /* a child has the socket */
	if (!passes(e, VERDICT_WAITS,
		polling_limit(e->listener, v->admission, v->containment,
		    v->children->live, e->service->tls ? v->relay_busy : 0,
		    v->now)))
		return false;
	if (e->listener->paused_until > v->now) {
		e->verdict = VERDICT_WAITS;
		e->reason = "paused after an error";
		return false;
	}
	if (!e->service->wait && !is_admitted(e))
		return false;
	return passes(e, VERDICT_REFUSED,
	    containment_refuses(v->containment, e->service));
}

/* As haild-commands and then channel_server.c do. */
static bool
is_command_allowed(struct explained *e)
{
	char why[REQUEST_WHY_MAX];
	struct command_count *count;

	if (!request_check(e->service, &e->client, &e->request, &e->command,
		&e->outcome, why))
		return false;
	if (e->command == NULL)
		return true;
	/* The patterns come last: a process of the command matches them. */
	count = service_stats_command(e->stats, e->command->name);
	if (count != NULL && service_stats_command_is_full(count, e->command))
		e->outcome = (struct outcome) { OUTCOME_LIMIT,
			(int32_t)e->command->max_sessions };
	else if (containment_refuses(e->w->view->containment, e->command)
		     .reason != REFUSED_NOT)
		e->outcome = (struct outcome) { .kind = OUTCOME_NO_GRANT };
	else if (match_arguments(e->command, &e->request, &e->outcome))
		e->outcome = (struct outcome) { .kind = OUTCOME_NONE };
	return e->outcome.kind == OUTCOME_NONE;
}

static void
decide(struct explained *e)
{
	const struct control_view *v = e->w->view;
	const bool named = e->tls != NULL && e->tls->nnames > 0;

	e->announced = e->service->proxy_from.n > 0 &&
	    e->client.addr.sa.sa_family != AF_UNIX;
	e->stats = service_stats_find(v->all_stats, e->service->name);
	e->listener = find_listener(e);
	admit_uses(v->admission, e->service, &e->client.addr,
	    e->client.cred.uid, named ? e->tls->names[0] : NULL, e->uses,
	    v->now);
	if (!is_listening(e) || !is_accepted(e))
		return;
	e->client.tls = e->tls;
	if (e->tls != NULL)
		e->tls->local = e->listener->addr;
	if (e->has_words && !is_command_allowed(e))
		e->verdict = VERDICT_REFUSED;
}

/* A refusal that does not depend on when the client is accepted. */
static bool
is_lasting(const struct explained *e)
{
	switch (e->why.reason) {
	case REFUSED_NOT:
		return e->outcome.kind == OUTCOME_UNKNOWN ||
		    e->outcome.kind == OUTCOME_NOT_ALLOWED ||
		    e->outcome.kind == OUTCOME_COUNT ||
		    e->outcome.kind == OUTCOME_ARGUMENT;
	case REFUSED_ACCESS:
	case REFUSED_IDENTITY:
	case REFUSED_TLS_FAULT:
		return true;
	default:
		return false;
	}
}

/*
 * The client of E waits: what haild decides when it accepts it, as LATER.
 * Returns whether it will refuse it then, whatever the limits are.
 */
static bool
is_refused_later(const struct explained *e, struct explained *later)
{
	const struct control_view *v = e->w->view;
	const struct usage usage = e->stats->usage;
	const unsigned int live = v->children->live;

	*later = *e;
	later->verdict = VERDICT_REFUSED;
	later->why = (struct refusal) { REFUSED_NOT, 0 };
	later->reason = NULL;
	later->rule = (struct rule) { .name = NULL };
	/* As if all sessions had ended. */
	e->stats->usage = (struct usage) { 0, 0 };
	v->children->live = 0;
	later->client.tls = later->tls;
	if (is_admitted(later) && later->has_words)
		is_command_allowed(later);
	e->stats->usage = usage;
	v->children->live = live;
	return is_lasting(later);
}

/* --- the answer --- */

/* The reason of the verdict in words, maybe in BUF. */
static const char *
print_reason(const struct explained *e, char *buf, size_t size)
{
	static const char prefix[] = "refused: ";

	if (e->why.reason != REFUSED_NOT)
		return refusal_print(&e->why, buf, size);
	if (e->outcome.kind == OUTCOME_NONE)
		return e->reason;
	outcome_print(&e->outcome, buf, size);
	return strncmp(buf, prefix, strlen(prefix)) == 0 ? buf + strlen(prefix)
							 : buf;
}

static void
write_verdict(const struct explained *e, const char *word)
{
	char text[REFUSAL_TEXT_MAX > OUTCOME_TEXT_MAX ? REFUSAL_TEXT_MAX
						      : OUTCOME_TEXT_MAX];

	explain_fact(
	    e, "verdict", word, print_reason(e, text, sizeof(text)), NULL);
}

static void
write_rule(const struct explained *e)
{
	if (e->rule.name != NULL)
		explain_fact(
		    e, "rule", e->rule.name, e->rule.value, e->rule.where);
}

/* The verdict and the rule, and what else holds for such clients. */
static void
write_decision(const struct explained *e)
{
	static const char *const words[] = { "served", "waits", "refused" };
	static struct explained later;
	bool refused_later = e->verdict == VERDICT_WAITS && !e->service->wait &&
	    is_refused_later(e, &later);

	write_verdict(e, words[e->verdict]);
	if (refused_later) {
		explain_find_rule(&later);
		write_verdict(&later, "then refused");
	}
	if (e->announced)
		explain_fact(e, "verdict", "proxy",
		    "as announced by a proxy of \"proxy-from\"; "
		    "other peers are refused",
		    NULL);
	if (e->service->wait && e->verdict != VERDICT_REFUSED)
		explain_fact(e, "verdict", "wait",
		    "the program accepts its clients, and may refuse them",
		    NULL);
	write_rule(e);
	if (refused_later)
		write_rule(&later);
}

/* The service that W asks for, or NULL (said). */
static const struct service *
find_service(const struct control_writer *w)
{
	const char *name = w->request->service;
	const struct service *s =
	    name == NULL ? NULL : config_find(w->view->config, name);

	if (s == NULL)
		control_say(w, "service \"%s\" does not exist",
		    name == NULL ? "" : name);
	return s;
}

enum control_status
control_write_explanation(const struct control_writer *w)
{
	static struct explained e;
	enum control_status status;

	e = (struct explained) { .w = w, .service = find_service(w) };
	if (e.service == NULL)
		return CONTROL_NOT_FOUND;
	if ((status = explain_read_client(&e)) != CONTROL_OK)
		return status;
	decide(&e);
	explain_find_rule(&e);
	write_decision(&e);
	explain_write_facts(&e);
	return e.verdict == VERDICT_SERVED ? CONTROL_OK : CONTROL_REFUSED;
}
