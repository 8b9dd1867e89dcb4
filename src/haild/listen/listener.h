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
#include "haild/listen/wait_socket.h"
#include "lib/addr.h"

struct listener {
	int fd;
	const struct service *service; /* NULL: not polled */
	struct service_stats *stats;   /* NULL: inherited and unused */
	struct addr wanted;	       /* as configured */
	struct addr addr;	       /* as bound */
	bool dgram;		       /* UDP */
	bool dual;   /* takes IPv4 as well as IPv6 (inherited) */
	bool kept;   /* while a configuration is applied: not new */
	bool polled; /* polling_update's decision */
	dev_t dev;   /* of the file of a Unix socket that haild made */
	ino_t ino;
	int64_t paused_until; /* 0: not paused */
	struct wait_socket wait_socket;
};

struct listeners {
	struct listener *list;
	size_t n;
};

/* Open what L, with its service, wants.  Returns 0, or -1 with errno. */
int listener_open(struct listener *l);

/*
 * L's socket exists already: give it the backlog, and its file the owner and
 * mode, that its service has now.  Failures are logged.
 */
void listener_update(const struct listener *l);

/* Close L, and remove the file of a Unix socket if haild made that file. */
void listener_close(struct listener *l);

/*
 * The child PID has ended.  If it had a listener's socket, returns that
 * listener, which is polled again, after a pause if it is started too often;
 * else NULL.
 */
struct listener *listeners_returned(
    struct listeners *all, pid_t pid, int64_t now);

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
 * host (no descriptors or no memory), the listener is paused for LISTENER_PAUSE
 * and *ERROR is errno, else 0.
 */
int listener_accept(
    struct listener *l, struct client *client, int64_t now, int *error);

#define LISTENER_PAUSE (SECOND / 10)

#endif
