/*
 * uids.h -- uids of pools ("user = \"pool:FIRST-LAST\"").
 *
 * A uid is given to one session at a time, and to another one only when no
 * process has it any more.
 */

#ifndef UIDS_H
#define UIDS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

struct uids {
	int unused; /* until there is something */
};

/* A free uid of SERVICE's pool, or NO_UID: none is free. */
uid_t uids_take(struct uids *u, const struct service *service);

/*
 * The session that had UID is over.  PROVED: it can own no process, since its
 * PID namespace or its leaf is empty.
 */
void uids_return(struct uids *u, uid_t uid, bool proved);

/*
 * Do what is due: kill the processes of uids that were returned without proof.
 * Returns when more is; -1: never.
 */
int64_t uids_expire(struct uids *u, int64_t now);

#endif
