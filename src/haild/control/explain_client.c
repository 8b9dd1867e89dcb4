#include "haild/control/explain.h"

#include <string.h>

#include "lib/addr.h"

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

/* The same, of the service. */
static enum control_status
usage_of(const struct explained *e, const char *text)
{
	control_say(e->w, "service \"%s\" %s", e->service->name, text);
	return CONTROL_USAGE;
}

/* Whose address and user the request says. */
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

	memset(&tls, 0, sizeof(tls));
	if (e->service->tls)
		e->tls = &tls;
	if (name == NULL)
		return CONTROL_OK;
	if (!e->service->tls)
		return usage_of(
		    e, "is without TLS: its clients have no identity");
	if (e->service->tls_client == TLS_CLIENT_NONE)
		return usage_of(e,
		    "does not ask clients for certificates (tls-client): they "
		    "have no identity");
	if (e->service->tls_client_ca == NULL && e->service->identities == NULL)
		return usage_of(e,
		    "has neither \"tls-client-ca\" nor \"identities\": its "
		    "clients have no identity");
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
		return usage_of(e, "has no commands");
	for (i = 1; i < r->nwords; i++)
		args[i - 1] = (char *)(uintptr_t)r->words[i];
	e->has_words = true;
	e->request.name = r->words[0];
	e->request.args = args;
	e->request.nargs = r->nwords - 1;
	e->request.env = &args[r->nwords - 1];
	return CONTROL_OK;
}

enum control_status
explain_read_client(struct explained *e)
{
	enum control_status status = read_client(e);

	if (status == CONTROL_OK)
		status = read_identity(e);
	return status == CONTROL_OK ? read_command(e) : status;
}
