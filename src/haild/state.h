/*
 * state.h -- what the running daemon knows.
 *
 * A forked child has a consistent copy of all of it, so that a child can show
 * it without asking.  Times are clock_now's ns.
 */

#ifndef STATE_H
#define STATE_H

#include <sys/queue.h>
#include <sys/socket.h>

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "config/arena.h"
#include "haild/children/children.h"
#include "config/config.h"
#include "haild/children/leftovers.h"
#include "haild/children/linger.h"
#include "haild/load.h"
#include "lib/log.h"
#include "lib/ratelimit.h"
#include "haild/admission/refusals.h"
#include "haild/admission/sources.h"
#include "haild/supervise.h"
#include "haild/takeover/upgrade.h"

/* Who is at the other end. */
struct client {
	struct addr addr;
	struct ucred cred; /* on a Unix socket (unix(7), SO_PEERCRED) */
	int fd;		   /* its socket */
	bool proxied;	   /* a proxy, which has not said for whom */
	struct counted counted;
};

/* How many sessions run a command, of those that a service has. */
struct command_count {
	struct command_count *next;
	unsigned int live;
	char name[];
};

/* What is counted for a service, by name: it outlives a configuration. */
struct tally {
	TAILQ_ENTRY(tally) entry;
	char *name;
	unsigned int live; /* sessions, reserved ones included */
	uint64_t accepted, refused, failed;
	int64_t full_at; /* the bucket of its rate */
	bool waiting;	 /* it was logged that clients are kept waiting */
	int64_t open_at; /* since when they are not, though; 0: they are */
	int stderr_read, stderr_write; /* its pipe to the logger, or -1 */
	bool out; /* a listener of it could not be opened */
	struct command_count *commands;
	struct child_queue starting; /* not ready yet (channel.h) */
	struct child_queue timed;    /* waiting for session-timeout */
	struct child_queue ending;   /* waiting for the next signal */
};
TAILQ_HEAD(tally_list, tally);

/* A socket that a child of a service with "wait" has. */
struct loan {
	pid_t pid;	     /* who has it; 0: nobody, it is polled */
	unsigned int starts; /* in the minute that began at: */
	int64_t since;
	int64_t pause; /* the last one, ns; 0: none in that minute */
};

struct listener {
	int fd;
	const struct service *service; /* NULL: not polled */
	struct tally *tally;	       /* NULL: inherited, and not wanted */
	struct addr wanted;	       /* as configured */
	struct addr addr;	       /* as bound */
	bool dgram;		       /* UDP */
	bool dual; /* takes IPv4 as well as IPv6 (inherited) */
	bool kept; /* while a configuration is applied: not new */
	dev_t dev; /* of a Unix socket's file, to know it again */
	ino_t ino;
	int64_t paused_until; /* 0: not paused */
	struct loan loan;
};

struct listeners {
	struct listener *list;
	size_t n;
};

/* Why the configuration's child runs. */
enum load_kind { LOAD_NONE, LOAD_RELOAD, LOAD_RETRY };

struct server {
	struct config_source source;
	const struct config *config;
	struct arena arena; /* the configuration's */

	struct load load; /* the configuration's child, while there is one */
	enum load_kind loading;
	int64_t load_deadline;
	bool load_again;     /* a SIGHUP came meanwhile */
	int64_t retry_at;    /* for what is out of service; 0: nothing is */
	const char *trouble; /* why the last reload was refused, or NULL */

	struct upgrade upgrade;
	struct supervise supervise;

	struct listeners listeners;
	size_t nserved; /* services that are not disabled */
	struct tally_list tallies;
	struct children children;
	struct sources sources; /* of the daemon alone: not there in a child */
	int64_t load_average;	/* of a minute, in hundredths */
	int64_t load_read_at;

	bool terminal; /* it has one: started with -f, by hand */
	int devnull;
	int empty;   /* a directory that is nowhere, under root (confine.h) */
	int hangups; /* epoll: clients that may vanish, and channels */

	pid_t logger; /* 0: none */
	int64_t logger_started;
	bool logger_renewed; /* it was told to make room for a new one */

	bool more_to_reap;    /* than one turn's share */
	int64_t reaped_at;    /* when all children were asked last */
	int64_t reap_at;      /* when they are again; 0: no need */
	size_t first;	      /* the listener that has the first turn */
	int64_t logger_woken; /* when it was last told to go on */

	bool stopping;
	int64_t stop_deadline; /* 0: it has passed */

	int64_t last_sweep;

	struct log_lost lost;	  /* what the next image is told of, or was */
	struct refusals refusals; /* of log lines */
	struct ratelimit waits;
	struct ratelimit troubles;

	struct leftovers leftovers;
	struct linger_list linger;
};

#endif
