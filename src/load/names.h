/*
 * names.h -- lookups of users, groups, ports and hosts in parallel.
 *
 * All names of a configuration are looked up at the same time, in threads, so
 * that a name without an answer delays no other.  A load waits for a limited
 * time; threads that are still waiting then end with haild-load.  A name
 * without an answer keeps the answer that it had in the previous configuration,
 * if any.
 *
 * When the same texts are read again (config_source.again), a target whose name
 * does not exist any more also keeps its addresses.  For LOAD_RESOLVE, only
 * names of targets, and names that have no answer yet, are looked up.
 */

#ifndef NAMES_H
#define NAMES_H

#include "lib/io.h"
#include "load/files.h"

/*
 * How long a start or reload waits for hosts if a service can be served without
 * them (SOON) and otherwise (LATE: enough for the third server of
 * resolv.conf(5) with the default timeout).
 */
#define NAMES_SOON (SECOND / 2)
#define NAMES_LATE (20 * SECOND)
/* For users, groups and ports: usually local, but the host may be busy. */
#define NAMES_LOCAL (5 * SECOND)

#define NAMES_SELF "own user" /* the name of NAME_SELF */

#define NAMES_AT_ONCE 256 /* threads */

struct answer {
	int found;		 /* 1; 0: does not exist; -1: no answer */
	const char *why;	 /* not found */
	struct known_name *name; /* in the arena; NULL: not found */
};

/* For l->names: nothing is looked up yet. */
struct names *names_create(const struct config_source *source);

/* Start to look up all names in FILES, whose top level has been read. */
void names_start(struct loader *l, const struct files *files);

/* Wait for the answer for TEXT, which is never NULL. */
const struct answer *names_ask(
    struct loader *l, enum name_kind kind, const char *text);

/* Write what was found into l->config, and forget the rest. */
void names_end(struct loader *l);

/* --- expect.c: what a configuration needs --- */

/* For each name: start to look it up.  Returns whether it is answered. */
typedef bool names_expect(
    struct names *names, enum name_kind kind, const char *text);

/*
 * Call EXPECT for all names in FILES.  Returns whether at least one service has
 * answers for all of its names.
 */
bool expect_names(
    const struct files *files, names_expect *expect, struct names *names);

#endif
