/*
 * listener.h -- listening sockets: open, accept, close.
 */

#ifndef LISTENER_H
#define LISTENER_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "config/client.h"
#include "config/config.h"
#include "haild/children/service_stats.h"
#include "lib/addr.h"

/*
 * The child of a wait service gets the listening socket and takes its clients
 * or datagrams itself.  Until it ends, the daemon does not poll the socket.
 *
 * A child that ends without having read is started again at once.  After
 * WAIT_SOCKET_STARTS starts within a minute, each further end is followed by a
 * pause: a second at first, then twice as long each time, a minute at most,
 * until a minute with fewer starts has passed.  The number is inetd's, which
 * then stops for ten minutes.
 */
#define WAIT_SOCKET_STARTS 256
#define WAIT_SOCKET_PERIOD (60 * SECOND)
#define WAIT_SOCKET_PAUSE_FIRST (1 * SECOND)
#define WAIT_SOCKET_PAUSE_LAST (60 * SECOND)

struct wait_socket {
	pid_t pid;	     /* the child that has the socket; 0: none */
	unsigned int starts; /* in the minute that began at: */
	int64_t since;
	int64_t pause; /* the last one, ns; 0: none in that minute */
};

struct listener {
	int fd; /* -1: closed, or moved to another list */
	const struct service *service; /* NULL: not polled */
	struct service_stats *stats;   /* NULL: inherited and unused */
	struct addr wanted;	       /* as configured */
	struct addr addr;	       /* as bound */
	bool dgram;		       /* UDP */
	int ifindex;	/* of the interface that it is bound to; 0: none */
	bool dual;	/* takes IPv4 as well as IPv6 (inherited) */
	bool inherited; /* a supervisor has it, too */
	char *passed;	/* its name in LISTEN_FDNAMES, allocated; NULL: none */
	bool kept;	/* while a configuration is applied: not new */
	bool shared;	/* while a configuration is applied (handover.h) */
	bool polled;	/* polling_update's decision */
	bool ready;	/* polling_ready found that it has clients */
	int watched;	/* the epoll descriptor that watches it; 0: none */
	dev_t dev;	/* of the file of a Unix socket that haild made */
	ino_t ino;
	int64_t paused_until; /* 0: not paused */
	int64_t closing_at; /* hidden, to be closed then (handover.h); 0: no */
	struct wait_socket wait_socket;
};

struct listeners {
	struct listener *list;
	size_t n;
	/* Of polling_turn: all are polled; and its last result and TLS_BUSY. */
	bool settled;
	int64_t next;
	int tls_busy;
};

/*
 * Open what L, with its service, wants; if L is shared, without listening yet.
 * Returns 0, or -1 with errno.
 */
int listener_open(struct listener *l);

/* The prefix of L's address in "listen". */
const char *listener_kind(const struct listener *l);

/* Listen with the backlog of the service.  Returns 0, or -1 with errno. */
int listener_listen(const struct listener *l);

/* Whether a file is at L's path and is still the socket that haild made. */
bool listener_has_path(const struct listener *l);

/*
 * Whether L's clients are refused since its service is drained: the socket is a
 * supervisor's, too, so that closing it would leave them in its queue.
 */
bool listener_refuses(const struct listener *l);

/* Give L's socket and file what its service has now.  Failures are logged. */
void listener_update(const struct listener *l);

/* Close L, and remove the file of a Unix socket if haild made that file. */
void listener_close(struct listener *l);

/*
 * The child PID has ended.  Returns the listener whose socket it had, or NULL;
 * it is polled again, after a pause if it is started too often.
 */
struct listener *listeners_returned(
    struct listeners *all, pid_t pid, int64_t now);

/* Count the start of a child that has ended.  Returns the pause, ns. */
int64_t wait_socket_returned(struct wait_socket *w, int64_t now);

/* Close them all and free the list. */
void listeners_close(struct listeners *all);

/* Close L and remove it from ALL. */
void listeners_drop(struct listeners *all, struct listener *l);

/*
 * Accept one client from L into CLIENT; its socket blocks and is close-on-exec.
 * The address is accept4's, since getpeername(2) fails once the client is gone.
 * A uid and gid that the kernel does not tell are -1, never 0.
 *
 * Returns 0, or -1 when there is no client now.  If that is an error of the
 * host, the listener is paused and *ERROR is errno, else 0.
 */
int listener_accept(
    struct listener *l, struct client *client, int64_t now, int *error);

#define LISTENER_PAUSE (SECOND / 10)

#endif
