/*
 * view.h -- the parts of the daemon that a control request is answered from.
 *
 * The daemon fills it.  The process that answers has its own copies of all
 * parts (control.h): they are a snapshot, and its changes do not reach the
 * daemon.
 */

#ifndef CONTROL_VIEW_H
#define CONTROL_VIEW_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/log.h"

struct admission;
struct arena;
struct children;
struct config;
struct containment;
struct identity;
struct keepers;
struct listeners;
struct relays;
struct service_stats_list;

/*
 * What an administrator had the daemon do since its start; upgrades keep it.
 * Retries of services that are out of service are not reloads.
 */
struct control_history {
	int64_t started;    /* wall times, s; 0: never */
	int64_t configured; /* when the present configuration was applied */
	int64_t reloaded, upgraded; /* the last ones, also if they failed */
	uint64_t reloads, reloads_failed; /* successful ones; others */
	uint64_t upgrades, upgrades_failed;
	uint32_t log_level;	  /* set by haildctl log, + 1; 0: never */
	uint64_t stderr_left_out; /* lines of programs, by the logger */
};

struct control_view {
	const struct config *config;
	const struct arena *arena;
	const char *config_name; /* file, or the options */
	struct children *children;
	struct service_stats_list *all_stats;
	struct listeners *listeners;
	struct admission *admission;
	struct containment *containment;
	struct relays *relays;
	struct control_history history;
	size_t nserved;
	int relay_busy;	      /* as polling_update's tls_busy */
	struct log_lost lost; /* by the daemon and its loggers */
	const char *trouble;  /* why the last reload failed, or NULL */
	bool upgrade_failed;
	unsigned long refusals_left_out;
	bool drained, draining, stopping;
	int empty; /* an empty root directory (confine.h); -1: none */
	int64_t now;
	pid_t pid;		    /* the daemon's */
	const struct arena *loaded; /* of a configuration to come; or NULL */
	bool oom_protected;	    /* as struct server's */
};

#endif
