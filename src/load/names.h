/*
 * names.h -- names of users, groups, ports and hosts, looked up side by side.
 *
 * All names of a configuration are looked up at the same time, in threads, so
 * that one that gets no answer delays no other.  A load waits for a limited
 * time; a thread that is still waiting then ends with haild-load.  A name
 * without an answer keeps the meaning that it had in the previous
 * configuration, if it was in that.
 */

#ifndef NAMES_H
#define NAMES_H

#include "lib/io.h"
#include "load/files.h"

/*
 * What hosts get at a start or reload if some service can be served without
 * them, and what they get otherwise: enough for the third server of
 * resolv.conf(5) with the default timeout.
 */
#define NAMES_SOON (SECOND / 2)
#define NAMES_LATE (20 * SECOND)
/* Users, groups and ports are on this host as a rule, which may be busy. */
#define NAMES_LOCAL (5 * SECOND)

#define NAMES_SELF "own user" /* the name of NAME_SELF */

#define NAMES_AT_ONCE 256 /* threads */

struct answer {
	int found;		 /* 1; 0 if there is none; -1 if nobody knows */
	const char *why;	 /* not found */
	struct known_name *name; /* in the arena; NULL: not found */
};

/* For l->names: nothing is looked up yet. */
struct names *names_create(void);

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
 * Call EXPECT for all names in FILES.  Returns whether one service at least has
 * the answers to all of its own.
 */
bool expect_names(
    const struct files *files, names_expect *expect, struct names *names);

#endif
