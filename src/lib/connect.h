/*
 * connect.h -- connect to a name, at whichever of its addresses answers first.
 *
 * The addresses are tried as RFC 8305 says: families take turns (section 4),
 * an attempt starts 250 ms after the one before, or at once when that one
 * failed (section 5), and the first to succeed wins.  A and AAAA records are
 * not asked for separately (section 3), since getaddrinfo(3) does not.
 *
 * Nothing here logs or writes to a terminal.
 */

#ifndef CONNECT_H
#define CONNECT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

/* How long an attempt is alone before the next one starts, in ns. */
#define CONNECT_STAGGER (INT64_C(250) * 1000000)

#define CONNECT_ERROR_MAX 1024

enum connect_status {
	CONNECT_OK,
	CONNECT_UNRESOLVED, /* the name or the port has no address */
	CONNECT_FAILED,	    /* no address let us in */
	CONNECT_TIMED_OUT,  /* the deadline came first */
};

struct connect_how {
	int family;		   /* AF_UNSPEC, AF_INET or AF_INET6 */
	const struct addr *source; /* bind to it and use only its family, or
				      NULL */
	int64_t deadline;	   /* for resolving as well; clock_now, -1 is
				      never */
	void (*tell)(void *arg, const char *what); /* progress, or NULL */
	void *arg;
};

struct connect_result {
	int fd;		  /* the caller's to close; blocking, close-on-exec; -1
			     unless CONNECT_OK */
	struct addr addr; /* which FD reached */
	int broken;	  /* errno of a reset that came right behind the start
			     of the connection, or 0; what was sent before can
			     be read, but FD won't tell again of the reset */
	char error[CONNECT_ERROR_MAX]; /* unless CONNECT_OK: what happened, with
					  each address that was tried */
};

/* Resolve HOST and PORT (see resolve.h) and connect. */
enum connect_status connect_host(struct connect_result *result,
    const char *host, const char *port, const struct connect_how *how);

/* Connect to a Unix socket; family and source mean nothing to it. */
enum connect_status connect_path(struct connect_result *result,
    const char *path, const struct connect_how *how);

/*
 * Connect to the first of LIST that answers, in its order; at most RESOLVE_MAX
 * are tried.  What connect_host does with what it resolved.
 */
enum connect_status connect_addrs(struct connect_result *result,
    const struct addr *list, size_t n, const struct connect_how *how);

/*
 * Let the families of LIST take turns, beginning with that of the first; the
 * order within each family stays.
 */
void connect_interleave(struct addr *list, size_t n);

#endif
