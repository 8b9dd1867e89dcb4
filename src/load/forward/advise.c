/*
 * advise.c -- what "haild -t" warns of in services with "forward", or with
 * "defer-accept".
 */

#include "load/service.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "contain/privileges.h"
#include "lib/log.h"

/* --- Unix sockets that the user of the service cannot reach --- */

struct reach {
	const char *path;
	int error; /* errno, or 0 */
};

/* As connect(2) does. */
static void
check_reach(void *arg)
{
	struct reach *r = arg;
	struct stat st;

	if (stat(r->path, &st) == -1 ||
	    faccessat(AT_FDCWD, r->path, W_OK, AT_EACCESS) == -1)
		r->error = errno;
	else if (!S_ISSOCK(st.st_mode))
		r->error = ENOTSOCK;
}

static void
advise_path(struct loader *l, const struct service *service,
    const struct origin *origin, const char *path)
{
	const struct identity *id = service->identity;
	struct reach r = { .path = path };

	if (privileges_act_as(id, service->name, check_reach, &r) == -1)
		fatalx(EX_OSERR, "cannot check \"%s\" as user \"%s\"", path,
		    id->name);
	if (r.error != 0)
		loader_report(l, false, origin,
		    "forward \"%s\": user \"%s\" cannot connect to it now: %s",
		    path, id->name, strerror(r.error));
}

static void
advise_paths(struct loader *l, const struct service *service)
{
	struct origin at = *ORIGIN(l, "forward");
	const int *lines = at.lines;
	size_t i;

	for (i = 0; service->forward[i] != NULL; i++) {
		if (lines != NULL)
			at.line = lines[i];
		if (service->forward[i][0] == '/')
			advise_path(l, service, &at, service->forward[i]);
	}
}

/* --- clients without data --- */

static void
advise_time(struct loader *l, const struct service *service)
{
	const struct origin here = { .file = service->file,
		.line = service->line };

	if (service->session_timeout == -1 &&
	    ORIGIN(l, "idle-timeout")->file == NULL &&
	    shares_has_sources(service))
		loader_report(l, false, &here,
		    "service \"%s\" never ends the session of a silent client: "
		    "set \"idle-timeout\" or \"session-timeout\", or "
		    "\"idle-timeout\" to \"none\" if this is intended",
		    service->name);
}

/* Ports of protocols in which the server speaks first. */
static const char *
speaking_server(unsigned int port)
{
	static const struct {
		unsigned int port;
		const char *name;
	} servers[] = {
		{ 21, "FTP" },
		{ 22, "SSH" },
		{ 25, "SMTP" },
		{ 110, "POP3" },
		{ 119, "NNTP" },
		{ 143, "IMAP" },
		{ 587, "SMTP" },
		{ 3306, "MySQL" },
		{ 5900, "VNC" },
	};
	size_t i;

	for (i = 0; i < sizeof(servers) / sizeof(*servers); i++)
		if (servers[i].port == port)
			return servers[i].name;
	return NULL;
}

/* What the server of SERVICE probably speaks: its port, or that of a target. */
static const char *
find_speaking_server(const struct service *service)
{
	const char *name = NULL;
	size_t i;

	for (i = 0; name == NULL && i < service->ntargets; i++)
		name = speaking_server(addr_port(&service->targets[i].addr));
	for (i = 0; name == NULL && i < service->nendpoints; i++)
		name = speaking_server(addr_port(&service->endpoints[i].addr));
	return name;
}

void
forward_advise_defer(struct loader *l, const struct service *service)
{
	const struct origin *origin = ORIGIN(l, "defer-accept");
	const char *protocol = find_speaking_server(service);

	if (service->disable || service->defer_accept == -1 || service->tls ||
	    service->proxy_from.n > 0 || protocol == NULL)
		return;
	loader_report(l, false, origin,
	    "\"defer-accept\": clients of %s wait for data and send none",
	    protocol);
}

void
forward_advise(struct loader *l, const struct service *service)
{
	if (service->disable || service->handler != HANDLER_FORWARD)
		return;
	advise_time(l, service);
	if (service->forward != NULL && service->identity != NULL)
		advise_paths(l, service);
}
