/*
 * lookup.h -- users, groups, ports and hosts by name.
 *
 * Part of the configuration's builder: it waits for an answer (getent.h), and
 * remembers it.  Each returns 1 if there is such a one, 0 if there is not, and
 * -1 with errno if nobody could be asked.
 */

#ifndef LOOKUP_H
#define LOOKUP_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "lib/addr.h"

struct answer;

/* Starts as zeroes. */
struct lookup {
	struct answer *answers;
};

#define LOOKUP_LINE_MAX 65536 /* passwd(5): a longer one can't be used */

struct user {
	char line[LOOKUP_LINE_MAX]; /* the texts below are in it */
	const char *name;
	const char *home;
	const char *shell;
	uid_t uid;
	gid_t gid;
};

int lookup_user(struct lookup *l, const char *name, struct user *user);
int lookup_uid(struct lookup *l, uid_t uid, struct user *user);
int lookup_group(struct lookup *l, const char *name, gid_t *gid);

/*
 * What initgroups(3) would give the user NAME beside his own group: *LIST, to
 * be freed, and how many in *N.
 */
int lookup_groups(struct lookup *l, const char *name, gid_t **list, size_t *n);

/* services(5). */
int lookup_port(
    struct lookup *l, const char *name, bool dgram, unsigned int *port);

/* All addresses of a host, each once, with PORT: *LIST, to be freed. */
int lookup_host(struct lookup *l, const char *name, unsigned int port,
    struct addr **list, size_t *n);

void lookup_free(struct lookup *l);

#endif
