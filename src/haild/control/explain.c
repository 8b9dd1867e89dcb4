#include "haild/control/explain.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "control/answer.h"
#include "haild/children/children.h"
#include "haild/containment/containment.h"
#include "haild/listen/polling.h"
#include "lib/addr.h"

/* --- the client --- */

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

/* Read a numeric address, with or without a port.  Returns 0, or -1. */
static int
read_address(struct addr *a, const char *text)
{
	char host[ADDR_HOST_MAX], port[ADDR_PORT_MAX];
	enum addr_form form = addr_split(text, host, port);
	int number = 0;

	if (form == ADDR_HOST_PORT)
		number = addr_port_number(port);
	if ((form != ADDR_HOST && form != ADDR_HOST_PORT) || number == -1 ||
	    addr_from_numeric(a, host, (unsigned int)number) == -1)
		return -1;
	addr_unmap(a);
	return 0;
}

static enum control_status
usage(const struct explained *e, const char *text)
{
	control_say(e->w, "%s", text);
	return CONTROL_USAGE;
}

/* Read the client's address and user from the request. */
static enum control_status
read_client(struct explained *e)
{
	static const gid_t no_groups[1];
	const struct control_request *r = e->w->request;
	struct client *c = &e->client;

	if (r->address == NULL)
		return usage(e, "the client's address is missing");
	if (strcmp(r->address, "unix") == 0) {
		if (!r->has_uid)
			return usage(e, "the address \"unix\" requires --uid");
		c->addr.sa.sa_family = AF_UNIX;
		c->cred = (struct ucred) { .uid = r->uid,
			.gid = r->ngids > 0 ? r->gids[0] : (gid_t)-1 };
		c->groups = r->ngids > 0 ? r->gids : no_groups;
		c->ngroups = r->ngids;
	} else if (read_address(&c->addr, r->address) == -1)
		return usage(e,
		    "invalid address; use a numeric address, with or without "
		    "a port, or \"unix\"");
	else if (r->has_uid)
		return usage(e, "--uid requires the address \"unix\"");
	else
		c->cred = (struct ucred) { .uid = (uid_t)-1, .gid = (gid_t)-1 };
	return CONTROL_OK;
}

static enum control_status
read_identity(struct explained *e)
{
	static struct tls_session tls;
	const char *name = e->w->request->identity;

	if (e->service->tls)
		e->tls = &tls;
	if (name == NULL)
		return CONTROL_OK;
	if (!e->service->tls || e->service->tls_client == TLS_CLIENT_NONE)
		return usage(e, "clients of this service have no identity");
	if (strlcpy(tls.names[0], name, sizeof(tls.names[0])) >=
		sizeof(tls.names[0]) ||
	    !identity_is_valid(name))
		return usage(e, "invalid identity");
	tls.nnames = 1;
	return CONTROL_OK;
}

static enum control_status
read_command(struct explained *e)
{
	static char *args[CONTROL_WORDS_MAX + 1];
	const struct control_request *r = e->w->request;
	size_t i;

	if (r->nwords == 0)
		return CONTROL_OK;
	if (e->service->handler != HANDLER_COMMANDS)
		return usage(e, "this service has no commands");
	for (i = 1; i < r->nwords; i++)
		args[i - 1] = (char *)(uintptr_t)r->words[i];
	e->has_words = true;
	e->request.name = r->words[0];
	e->request.args = args;
	e->request.nargs = r->nwords - 1;
	e->request.env = &args[r->nwords - 1];
	return CONTROL_OK;
}

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
	if (e->stats != NULL && e->stats->drained)
		return refuse(e, "drained", NULL);
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
	return e->tls == NULL ||
	    passes(e, VERDICT_REFUSED,
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
	    containment_check_uid(v->containment, e->service));
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
	else if (containment_check_uid(e->w->view->containment, e->command)
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

/* --- the answer --- */

static void
write_verdict(const struct explained *e)
{
	static const char *const words[] = { "served", "waits", "refused" };
	static const char prefix[] = "refused: ";
	char text[REFUSAL_TEXT_MAX > OUTCOME_TEXT_MAX ? REFUSAL_TEXT_MAX
						      : OUTCOME_TEXT_MAX];
	const char *reason = e->reason;

	if (e->why.reason != REFUSED_NOT)
		reason = refusal_print(&e->why, text, sizeof(text));
	else if (e->outcome.kind != OUTCOME_NONE) {
		reason = outcome_print(&e->outcome, text, sizeof(text));
		if (strncmp(reason, prefix, strlen(prefix)) == 0)
			reason += strlen(prefix);
	}
	explain_fact(e, "verdict", words[e->verdict], reason, NULL);
	if (e->announced)
		explain_fact(e, "verdict", "proxy",
		    "as announced by a proxy of \"proxy-from\"; other peers "
		    "are "
		    "refused",
		    NULL);
	if (e->rule.name != NULL)
		explain_fact(
		    e, "rule", e->rule.name, e->rule.value, e->rule.where);
}

enum control_status
control_write_explanation(const struct control_writer *w)
{
	static struct explained e;
	enum control_status status;

	e = (struct explained) { .w = w, .service = find_service(w) };
	if (e.service == NULL)
		return CONTROL_NOT_FOUND;
	if ((status = read_client(&e)) != CONTROL_OK ||
	    (status = read_identity(&e)) != CONTROL_OK ||
	    (status = read_command(&e)) != CONTROL_OK)
		return status;
	decide(&e);
	explain_find_rule(&e);
	write_verdict(&e);
	explain_write_facts(&e);
	return e.verdict == VERDICT_SERVED ? CONTROL_OK : CONTROL_REFUSED;
}
