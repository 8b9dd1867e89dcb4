/*
 * check.c -- what goes together in a service, and between services, and whether
 * the system has what it names.
 */

#include "load/service.h"
#include "load/trust.h"

#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

void
check_handler(struct loader *l, struct service *service)
{
	unsigned int chosen;
	size_t i;

	for (i = 0; i < nsettings; i++) {
		chosen = setting_chooses(&settings[i]);
		if (chosen == 0 || !setting_is_set(&settings[i], service))
			continue;
		if (service->handler != 0)
			loader_error_at(l, &l->here,
			    "service \"%s\" has two handlers, \"%s\" and "
			    "\"%s\"",
			    service->name,
			    setting_handler_name(service->handler),
			    settings[i].name);
		service->handler = (enum handler)chosen;
	}
	if (service->handler == 0)
		loader_error_at(l, &l->here,
		    "service \"%s\" has no handler: add \"message\", "
		    "\"builtin\", \"exec\" or \"commands\"",
		    service->name);
}

static void
check_setting_handler(struct loader *l, const struct service *service,
    const struct setting *setting, const struct origin *origin)
{
	if (service->handler == 0 ||
	    (setting->handlers & service->handler) != 0)
		return;
	if (service->handler == HANDLER_COMMAND)
		loader_error_at(l, origin, "\"%s\" does not apply to a command",
		    setting->name);
	else if (setting->handlers == HANDLER_COMMAND)
		loader_error_at(l, origin,
		    "\"%s\" belongs in a command of \"commands\"",
		    setting->name);
	else
		loader_error_at(l, origin,
		    "\"%s\" does not apply to \"%s\" services", setting->name,
		    setting_handler_name(service->handler));
}

static bool
listens_on(const struct service *service, bool path)
{
	size_t i;

	/* None at all is another error. */
	for (i = 0; i < service->nendpoints; i++)
		if ((service->endpoints[i].addr.sa.sa_family == AF_UNIX) ==
		    path)
			return true;
	return service->nendpoints == 0;
}

/* The other handlers read what clients send, and have a start to time. */
static bool
reads_preamble(const struct service *service)
{
	return service->proxy_from.n > 0 ||
	    !(service->handler & (HANDLER_MESSAGE | HANDLER_EXEC));
}

/* What SETTING needs and SERVICE does not have, in words; or NULL. */
static const char *
missing_need(const struct service *service, const struct setting *setting)
{
	if ((setting->flags & NEEDS_UNIX) && !listens_on(service, true))
		return "a Unix socket in \"listen\"";
	if ((setting->flags & NEEDS_ADDRESS) && !listens_on(service, false))
		return "an address in \"listen\"";
	if ((setting->flags & NEEDS_PROXY) && !reads_preamble(service))
		return "\"proxy-from\"";
	return NULL;
}

bool
check_applies(const struct service *service, const struct setting *setting)
{
	return (setting->handlers & service->handler) != 0 &&
	    missing_need(service, setting) == NULL &&
	    !(service->wait && (setting->flags & NOT_WAIT));
}

void
check_own(struct loader *l, const struct service *service)
{
	const char *need;
	size_t i;

	for (i = 0; i < nsettings; i++) {
		if (l->own[i].file == NULL)
			continue;
		check_setting_handler(l, service, &settings[i], &l->own[i]);
		if ((need = missing_need(service, &settings[i])) != NULL)
			loader_error_at(l, &l->own[i], "\"%s\" needs %s",
			    settings[i].name, need);
	}
}

/* --- wait --- */

/* The first of its endpoints that is UDP, or is not; NULL for none. */
static const struct endpoint *
find_endpoint(const struct service *service, bool dgram)
{
	size_t i;

	for (i = 0; i < service->nendpoints; i++)
		if (service->endpoints[i].dgram == dgram)
			return &service->endpoints[i];
	return NULL;
}

void
check_wait(struct loader *l, struct service *service)
{
	const struct endpoint *e;
	size_t i;

	if (!service->wait) {
		if ((e = find_endpoint(service, true)) != NULL)
			loader_error_at(l, &l->here,
			    "listen \"%s\": UDP needs \"wait = true\"",
			    e->text);
		return;
	}
	for (i = 0; i < nsettings; i++)
		if (l->own[i].file != NULL && (settings[i].flags & NOT_WAIT))
			loader_error_at(l, &l->own[i],
			    "\"%s\" does not apply to a service with \"wait\"",
			    settings[i].name);
	if (l->config->allow.n > 0 || l->config->deny.n > 0)
		loader_error_at(l, &l->here,
		    "\"allow\" and \"deny\" at the top level cannot apply to "
		    "service \"%s\": with \"wait\", its program accepts the "
		    "clients",
		    service->name);
	e = find_endpoint(service, false);
	if (service->handler == HANDLER_BUILTIN && e != NULL)
		loader_error_at(l, &l->here,
		    "listen \"%s\": \"wait\" with \"builtin\" needs UDP",
		    e->text);
	/* A server that forks for each client may leave them running. */
	if (l->own[setting_index("leftovers")].file == NULL)
		service->leftovers = LEFTOVERS_KEEP;
	service->at_limit = AT_LIMIT_WAIT;
	service->session_timeout = -1;
}

/* --- one service for an address --- */

/* The endpoint of SERVICE, before E, that listens where E does; or NULL. */
static const struct endpoint *
find_claim(const struct service *service, const struct endpoint *e)
{
	const struct endpoint *other = service->endpoints;
	size_t i;

	for (i = 0; i < service->nendpoints && other != e; i++, other++)
		if (other->dgram == e->dgram &&
		    (addr_equal(&other->addr, &e->addr) ||
			addr_overlaps(&other->addr, &e->addr)))
			return other;
	return NULL;
}

void
check_claims(struct loader *l, size_t at)
{
	const struct service *first = l->config->services, *s;
	const struct endpoint *e, *other;
	size_t i;

	for (i = 0; i < first[at].nendpoints; i++) {
		e = &first[at].endpoints[i];
		if (e->addr.sa.sa_family != AF_UNIX && addr_port(&e->addr) == 0)
			continue;
		for (s = first; s <= &first[at]; s++) {
			if (s->disable || (other = find_claim(s, e)) == NULL)
				continue;
			loader_error_at(l, ORIGIN(l, "listen"),
			    "listen \"%s\": service \"%s\" already listens on "
			    "\"%s\"",
			    e->text, s->name, other->text);
			return;
		}
	}
}

/* --- paths --- */

/* Check PATH inside ROOT (NULL: no chroot). */
static void
check_path(struct loader *l, struct service *service, const char *name,
    const char *root, const char *path, bool program)
{
	const struct origin *origin = ORIGIN(l, name);
	char full[4096];
	struct stat st;

	/* A path that is not absolute is an error already. */
	if (path == NULL || path[0] != '/' || (root != NULL && root[0] != '/'))
		return;
	snprintf(full, sizeof(full), "%s%s", root != NULL ? root : "", path);
	if (stat(full, &st) == -1)
		loader_missing(l, service, origin, "\"%s\": %s: %s", name, full,
		    strerror(errno));
	else if (!program && !S_ISDIR(st.st_mode))
		loader_missing(l, service, origin,
		    "\"%s\": %s: is not a directory", name, full);
	else if (program &&
	    (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0 ||
		access(full, X_OK) == -1))
		loader_missing(l, service, origin,
		    "\"%s\": %s: is not executable", name, full);
}

/*
 * What root executes nobody else can have written: the program, and with
 * tcpd(8) argv[0].
 */
static void
check_trust(struct loader *l, struct service *service)
{
	const char *const programs[] = { service->exec[0], service->argv0 };
	const struct identity *id = service->identity;
	char why[TRUST_WHY_MAX];
	size_t i;

	if (!l->source->root || id == NULL || id->uid != 0)
		return;
	for (i = 0; i < 2; i++)
		if (programs[i] != NULL && programs[i][0] == '/' &&
		    trust_program(service->chroot, programs[i], why) == -1)
			loader_missing(l, service,
			    ORIGIN(l, i == 0 ? "exec" : "argv0"),
			    "\"%s\": %s: %s", i == 0 ? "exec" : "argv0",
			    programs[i], why);
}

void
check_paths(struct loader *l, struct service *service)
{
	if (service->chroot != NULL)
		check_path(l, service, "chroot", NULL, service->chroot, false);
	if (service->handler != HANDLER_EXEC &&
	    service->handler != HANDLER_COMMAND)
		return;
	check_path(l, service, "directory", service->chroot, service->directory,
	    false);
	if (service->exec == NULL)
		return;
	check_path(l, service, "exec", service->chroot, service->exec[0], true);
	check_trust(l, service);
}
