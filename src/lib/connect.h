/*
 * connect.h -- connect to a name, at the first of its addresses that answers.
 *
 * The addresses are tried as in RFC 8305: families alternate (section 4), an
 * attempt starts 250 ms after the previous one, or at once if that failed
 * (section 5), and the first to succeed is used.  A and AAAA records are not
 * queried separately (section 3), since getaddrinfo(3) does not do so.
 *
 * Nothing here logs or writes to a terminal.
 */

#ifndef CONNECT_H
#define CONNECT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

/* The delay before the next attempt starts, in ns. */
#define CONNECT_STAGGER (INT64_C(250) * 1000000)

#define CONNECT_ERROR_MAX 1024

enum connect_status {
	CONNECT_OK,
	CONNECT_UNRESOLVED, /* the name or the port has no address */
	CONNECT_FAILED,	    /* no address accepted the connection */
	CONNECT_TIMED_OUT,  /* the deadline came first */
	CONNECT_ABANDONED,  /* the peer of "watched" was gone first */
};

struct connect_how {
	int family;		   /* AF_UNSPEC, AF_INET or AF_INET6 */
	const struct addr *source; /* bind to it, and use only its family; or
				      NULL */
	int64_t deadline;	   /* also for resolving; clock_now, -1 is
				      never */
	/*
	 * A socket, or NULL: give up when its peer is gone, so that poll(2)
	 * reports POLLERR or POLLHUP, and has left nothing to read.  A
	 * half-close is neither.
	 */
	const int *watched;
	/*
	 * Leave the addresses out of the error: a filter forbids the ioctl(2)
	 * that tells the name of an interface.
	 */
	bool silent;
	void (*progress)(void *arg, const char *text); /* or NULL */
	void *arg;
};

struct connect_result {
	int fd;		  /* blocking, close-on-exec; closed by the caller; -1
			     unless CONNECT_OK */
	struct addr addr; /* the address that was reached */
	int failure;	  /* errno of the last address that failed, if any */
	int broken;	  /* errno of a reset directly after the connection
			     was established, or 0; bytes sent before can be
			     read, but FD does not report the reset again */
	char error[CONNECT_ERROR_MAX]; /* unless CONNECT_OK: the reason, with
					  each address that was tried */
};

/* Resolve HOST and PORT (see resolve.h) and connect. */
enum connect_status connect_host(struct connect_result *result,
    const char *host, const char *port, const struct connect_how *how);

/* Connect to a Unix socket; HOW's family and source are ignored. */
enum connect_status connect_path(struct connect_result *result,
    const char *path, const struct connect_how *how);

/*
 * Connect to the first of LIST that answers, in its order; at most RESOLVE_MAX
 * are tried.
 */
enum connect_status connect_addrs(struct connect_result *result,
    const struct addr *list, size_t n, const struct connect_how *how);

/*
 * Sort LIST so that families alternate, starting with that of the first; the
 * order within each family stays.
 */
void connect_interleave(struct addr *list, size_t n);

#endif
