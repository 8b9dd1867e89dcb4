/*
 * listener.h -- listening sockets: opened, kept, accepted from, closed.
 *
 * A configuration gets its listeners in two steps, so that it can be refused
 * without harm: a plan opens what is new and marks what can stay, and only then
 * is it carried out or thrown away.
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

/* A socket that a child of a service with "wait" has. */
struct wait_socket {
	pid_t pid;	     /* who has it; 0: nobody, it is polled */
	unsigned int starts; /* in the minute that began at: */
	int64_t since;
	int64_t pause; /* the last one, ns; 0: none in that minute */
};

struct listener {
	int fd;
	const struct service *service; /* NULL: not polled */
	struct service_stats *stats;   /* NULL: inherited, and not wanted */
	struct addr wanted;	       /* as configured */
	struct addr addr;	       /* as bound */
	bool dgram;		       /* UDP */
	bool dual; /* takes IPv4 as well as IPv6 (inherited) */
	bool kept; /* while a configuration is applied: not new */
	dev_t dev; /* of a Unix socket's file, to know it again */
	ino_t ino;
	int64_t paused_until; /* 0: not paused */
	struct wait_socket wait_socket;
};

struct listeners {
	struct listener *list;
	size_t n;
};

/*
 * Make in PLAN the listeners of all services of CONFIG that are to be served.
 * Those of HAVE that are bound where one is wanted are taken over, still
 * belonging to HAVE; the others are opened.  What cannot be opened is logged at
 * LEVEL (syslog(3)).  If ALONE, its service is put out of service (its stats
 * says so); otherwise that fails the plan.
 *
 * Returns 0, or -1, and then nothing has changed.
 */
int listeners_plan(struct listeners *plan, const struct config *config,
    struct listeners *have, struct service_stats_list *all_stats, bool alone,
    int level);

/*
 * Carry it out: what was taken over leaves HAVE, its owner, mode and backlog
 * become what the configuration says, new ones are logged.  An inherited
 * socket that nothing wants goes over too, without a service.  Afterwards PLAN
 * is all there is, and HAVE holds what is to be drained and closed.
 */
void listeners_commit(struct listeners *plan, struct listeners *have);

/*
 * Those of OLD, from which ALL was planned and committed, that a child has
 * (wait_socket.h) go over to ALL, without a service: nobody polls them, but
 * until that child ends no other socket could be bound there, and a later
 * configuration may want it again.  listeners_drop is for what no service
 * wanted by then.
 */
void listeners_park(struct listeners *all, struct listeners *old);

/* Close L, one of ALL, which then has one less. */
void listeners_drop(struct listeners *all, struct listener *l);

/* Warn of inherited sockets that nothing wants. */
void listeners_log_unwanted(const struct listeners *all);

/* Throw the plan away: close what was opened for it. */
void listeners_cancel(struct listeners *plan, struct listeners *have);

/* Close them all; a Unix socket's file goes if it is still the one we made. */
void listeners_close(struct listeners *all);

/*
 * Accept one client.  Returns its socket (blocking, close-on-exec), which
 * CLIENT has too; -1 when
 * there is none now.  The address is accept4's, since getpeername(2) fails for
 * a client that is gone already.  When the host is out of descriptors or
 * memory the listener is paused for LISTENER_PAUSE and *TROUBLE is errno,
 * otherwise 0.
 */
int listener_accept(
    struct listener *l, struct client *client, int64_t now, int *trouble);

#define LISTENER_PAUSE (SECOND / 10)

#endif
