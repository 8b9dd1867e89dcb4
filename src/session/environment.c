#include "session/environment.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"

#define PATH_DEFAULT \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* The room of struct connection is enough for all of them. */
static void
add(struct connection *c, const char *name, const char *value)
{
	char *at = c->text + c->used, *end = c->text + sizeof(c->text);
	size_t len = strlen(name), size = len + strlen(value) + 1;

	if (size > (size_t)(end - at) || c->n == CONNECTION_MAX)
		return;
	strlcpy(at, name, size);
	strlcpy(at + len, value, size - len);
	c->variables[c->n++] = at;
	c->used += size;
}

static void
add_number(struct connection *c, const char *name, unsigned int n)
{
	char digits[16];

	snprintf(digits, sizeof(digits), "%u", n);
	add(c, name, digits);
}

/*
 * https://cr.yp.to/proto/ucspi.txt and the names that s6-networking gives for
 * Unix sockets; REMOTE_ADDR and REMOTE_PORT are systemd.exec(5)'s.
 */
static void
add_addresses(
    struct connection *c, const struct client *client, const struct addr *local)
{
	char host[ADDR_TEXT_MAX];

	addr_print_host(local, host, sizeof(host));
	if (client->addr.sa.sa_family == AF_UNIX) {
		add(c, "PROTO=", "IPC");
		add(c, "IPCLOCALPATH=", host);
		add_number(c, "IPCREMOTEEUID=", client->cred.uid);
		add_number(c, "IPCREMOTEEGID=", client->cred.gid);
		return;
	}
	add(c, "PROTO=", "TCP");
	add(c, "TCPLOCALIP=", host);
	add_number(c, "TCPLOCALPORT=", addr_port(local));
	addr_print_host(&client->addr, host, sizeof(host));
	add(c, "TCPREMOTEIP=", host);
	add_number(c, "TCPREMOTEPORT=", addr_port(&client->addr));
	add(c, "REMOTE_ADDR=", host);
	add_number(c, "REMOTE_PORT=", addr_port(&client->addr));
}

/* REMOTE_USER is RFC 3875's. */
static void
add_tls(struct connection *c, const struct tls_session *tls)
{
	const char *identity = tls_session_identity(tls);
	int i;

	for (i = 0; i < TLS_NTEXTS; i++)
		if (tls->texts[i][0] != '\0')
			add(c, tls_text_variable((enum tls_text)i),
			    tls->texts[i]);
	if (identity != NULL)
		add(c, "REMOTE_USER=", identity);
}

void
environment_connection(
    struct connection *c, const struct client *client, const struct addr *local)
{
	c->n = c->used = 0;
	if (client->addr.sa.sa_family == AF_UNSPEC)
		return; /* a service with "wait" has no connection yet */
	add_addresses(
	    c, client, client->tls != NULL ? &client->tls->local : local);
	if (client->tls != NULL)
		add_tls(c, client->tls);
}

void
environment_local(int fd, struct addr *local, const char *name)
{
	memset(local, 0, sizeof(*local));
	local->len = sizeof(*local) - offsetof(struct addr, sa);
	if (getsockname(fd, &local->sa, &local->len) == -1)
		log_warn("%s: cannot get the local address", name);
	addr_unmap(local);
}

static size_t
count(const char *const *variables)
{
	size_t n = 0;

	while (variables != NULL && variables[n] != NULL)
		n++;
	return n;
}

size_t
environment_room(const struct service *service, const char *const *accepted)
{
	return 1 + IDENTITY_VARIABLES + CONNECTION_MAX + count(accepted) +
	    count(service->environment) + 1;
}

/* Add VARIABLE, or replace one of the same name. */
static size_t
put(const char **list, size_t n, const char *variable)
{
	const char *equals = strchrnul(variable, '=');
	size_t i, len = (size_t)(equals - variable) + (*equals == '=');

	for (i = 0; i < n; i++)
		if (strncmp(list[i], variable, len) == 0)
			break;
	list[i] = variable;
	return i == n ? n + 1 : n;
}

static size_t
put_all(const char **list, size_t n, const char *const *variables)
{
	for (; variables != NULL && *variables != NULL; variables++)
		n = put(list, n, *variables);
	return n;
}

char *const *
environment_build(const char **list, const struct service *service,
    const struct connection *connection, const char *const *accepted)
{
	const struct identity *id = service->identity;
	size_t i, n;

	n = put(list, 0, "PATH=" PATH_DEFAULT);
	for (i = 0; id != NULL && i < IDENTITY_VARIABLES; i++)
		n = put(list, n, id->variables[i]);
	for (i = 0; i < connection->n; i++)
		n = put(list, n, connection->variables[i]);
	n = put_all(list, n, accepted);
	n = put_all(list, n, service->environment);
	list[n] = NULL;
	/* execve(2) takes pointers to what it does not change. */
	return (char *const *)(uintptr_t)list;
}

/* The title of the process, for ps(1). */
static char title[SERVICE_NAME_MAX + 2 * ADDR_TEXT_MAX];

void
environment_set_title(const char *name, const struct client *client)
{
	char text[ADDR_TEXT_MAX];

	snprintf(title, sizeof(title), "%s %s", name,
	    client_print(&client->addr, client->cred.uid, text, sizeof(text)));
	setproctitle("%s", title);
}

void
environment_add_title(const char *text)
{
	strlcat(title, " ", sizeof(title));
	strlcat(title, text, sizeof(title));
	setproctitle("%s", title);
}
