/*
 * lookup.h -- users, groups, ports and hosts by name.
 *
 * Asks the system's databases (nsswitch.conf(5)) by way of libc, and waits as
 * long as they take: names.h calls this in threads of their own.  Each function
 * returns 1 if there is an entry, 0 if there is none, and -1 with
 * errno if the database could not be asked.
 */

#ifndef LOOKUP_H
#define LOOKUP_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "lib/addr.h"

#define LOOKUP_TEXT_MAX 65536 /* bytes of one entry of passwd(5) */

struct user {
	char text[LOOKUP_TEXT_MAX]; /* the strings below are in it */
	const char *name;
	const char *home;
	const char *shell;
	uid_t uid;
	gid_t gid;
};

/*
 * The user NAME, or UID if NAME is NULL.  If NAME has only digits and no user
 * has that name, it is a user ID, as in chown(1), which must have an entry too.
 */
int lookup_user(const char *name, uid_t uid, struct user *user);

/* The group NAME, or its number, likewise. */
int lookup_group(const char *name, gid_t *gid);

/*
 * The groups of the user NAME as initgroups(3) sets them, GID among them:
 * *LIST, to be freed, and how many in *N.
 */
int lookup_groups(const char *name, gid_t gid, gid_t **list, size_t *n);

/* The port of a service (services(5)) over TCP, or UDP if DGRAM. */
int lookup_port(const char *name, bool dgram, unsigned int *port);

/*
 * All addresses of a host, each once, with port 0: *LIST, to be freed, and how
 * many in *N; or the reason why there are none in *WHY.
 */
int lookup_host(
    const char *name, struct addr **list, size_t *n, const char **why);

#endif
