/*
 * state.h -- the state of the daemon, as its loop and direct helpers see it.
 */

#ifndef STATE_H
#define STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/arena.h"
#include "config/config.h"
#include "haild/admission/admit.h"
#include "haild/children/children.h"
#include "haild/children/leftovers.h"
#include "haild/children/linger.h"
#include "haild/children/service_stats.h"
#include "haild/containment/containment.h"
#include "haild/control/control.h"
#include "haild/helpers/load.h"
#include "haild/listen/listener.h"
#include "haild/logger.h"
#include "haild/relays/keeper.h"
#include "haild/relays/relays.h"
#include "haild/systemd.h"
#include "haild/takeover/upgrade.h"
#include "lib/log.h"
#include "lib/ratelimit.h"

/* Children that have exited (reaper.h). */
struct reaping {
	bool more;	    /* more have exited than one turn reaps */
	int64_t last;	    /* when all were looked at */
	int64_t next;	    /* when they are again; 0: no need */
	int64_t swept_at;   /* for leftovers */
	bool watching;	    /* there may be clients in hangups */
	int64_t looked_at;  /* at hangups */
	uint32_t slot;	    /* that is looked at next for a traced zombie, */
	int64_t zombies_at; /* and when slots were looked at */
};

/* The status that the service manager got last (report.h). */
struct status_sent {
	int64_t at;
	uint32_t sessions;
	bool upgrade_failed;
	bool outdated; /* anything else in it has changed since */
};

struct server {
	/* the configuration */
	struct config_source source;
	const struct config *config;
	struct arena arena; /* where it is */
	struct helpers helpers;
	struct load load;	/* haild-load, while it runs */
	enum load_kind loading; /* what for */
	int64_t load_deadline;
	const struct config
	    *loaded;	  /* read, but its keeper is not ready; or NULL */
	bool load_again;  /* SIGHUP arrived meanwhile */
	int64_t retry_at; /* when services out of service are tried; 0: never */
	int64_t interfaces_at; /* when to look for lost interfaces; 0: never */
	int64_t resolve_at;    /* when to resolve names of targets; 0: never */
	bool resolve_failed;   /* this has been logged */
	const char *trouble;   /* why the last reload failed, or NULL */
	int64_t reload_number; /* when the current reload began */

	/* what is served */
	struct listeners listeners;
	size_t first;	/* the listener served first in the next turn */
	size_t nserved; /* services that are neither disabled nor out */
	bool drained; /* services that a reload adds are drained, too (drain.h)
		       */
	bool all_drained;   /* no service accepts clients, except for health */
	bool drain_watched; /* see drain_turn */
	struct service_stats_list all_stats;
	struct admission admission;

	/* sessions, and what follows them */
	struct children children;
	int hangups;  /* epoll: clients that may disconnect */
	int channels; /* epoll: channels of sessions */
	int polling;  /* epoll: listeners that are polled */
	struct reaping reaping;
	struct leftovers leftovers;
	bool terminal;	    /* has a controlling terminal: started by hand */
	bool oom_protected; /* the daemon; not its sessions (process.h) */
	int devnull;
	struct containment containment;
	int empty; /* an empty root directory (confine.h); -1: none */

	/* other processes */
	struct upgrade upgrade;
	struct notify notify; /* the service manager */
	struct status_sent status;
	struct logger logger;
	struct lingering lingering;
	struct keepers keepers;
	struct relays relays;
	struct control control;
	struct control_history history;
	bool upgrade_wanted; /* by a control client, in this turn */
	unsigned int stops;  /* likewise: signals to stop */

	int64_t stop_at; /* the end of drain-delay; 0: no stop is requested */
	bool stopping;
	int64_t stop_deadline; /* 0: it has passed */

	/* the log */
	struct log_lost lost; /* lines lost before an upgrade */
	struct refusals refusals;
	struct ratelimit waits; /* lines about clients that wait */
	struct ratelimit accept_errors;
};

#endif
