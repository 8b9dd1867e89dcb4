/*
 * environment.h -- the environment of a service's program.
 */

#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include "config/client.h"
#include "config/config.h"

/* At most 7 without TLS; with TLS, also REMOTE_USER and one for each text. */
#define CONNECTION_MAX (7 + TLS_NTEXTS + 1)

/*
 * The variables that describe the connection.  Unused parts are not written, so
 * the room for TLS costs nothing without TLS.
 */
struct connection {
	const char *variables[CONNECTION_MAX]; /* NAME=value, in text */
	size_t n, used;
	/* longest without TLS: a path and IDs, or addresses */
	char text[512 + (TLS_NTEXTS + 1) * (TLS_TEXT_MAX + 32)];
};

/*
 * Fill C; LOCAL is the near end of the socket, which is not read if the client
 * has TLS: its relay has told it.  Called before the fork where the client is
 * known by then: it would cause a third of the child's page faults, as
 * measured.
 */
void environment_connection(struct connection *c, const struct client *client,
    const struct addr *local);

/* The near end of the socket FD; NAME is the service's, for the log. */
void environment_local(int fd, struct addr *local, const char *name);

/* The most pointers that an environment needs, with the NULL at its end. */
size_t environment_room(
    const struct service *service, const char *const *accepted);

/*
 * Fill LIST, which has that room, with the environment for execve(2):
 * NAME=value, ending with NULL; the strings are not copied.  ACCEPTED is NULL
 * or the client's accepted variables, ending with NULL: the service's own
 * "environment" comes after them and replaces those of the same name.  Returns
 * LIST.
 */
char *const *environment_build(const char **list, const struct service *service,
    const struct connection *connection, const char *const *accepted);

/*
 * Set the title that ps(1) shows: the service and the client.  Call it for a
 * client with a scope before a filter forbids to look up names of interfaces;
 * an address that a proxy announces has no scope.
 */
void environment_set_title(const char *name, const struct client *client);

/* Append TEXT to this title. */
void environment_add_title(const char *text);

#endif
