/*
 * client.h -- the client of a session.
 */

#ifndef CLIENT_H
#define CLIENT_H

#include <sys/socket.h>

#include <stdbool.h>
#include <stddef.h>

#include "lib/addr.h"

struct tls_session;

struct client {
	struct addr addr;  /* AF_UNSPEC: none, a wait service's socket */
	struct ucred cred; /* on a Unix socket (unix(7), SO_PEERCRED) */
	int fd;		   /* its socket */
	bool proxied;	   /* a proxy; its header was not read yet */
	const struct tls_session *tls; /* NULL without TLS */
	/* Groups of a client that is not connected; NULL: ask the socket. */
	const gid_t *groups;
	size_t ngroups;
};

/*
 * "192.0.2.1:4411", "[2001:db8::1]:4411", "uid:1000", or "wait" for a wait
 * service's socket, which has no client.  Returns BUF.
 */
const char *client_print(
    const struct addr *addr, uid_t uid, char *buf, size_t size);

#endif
