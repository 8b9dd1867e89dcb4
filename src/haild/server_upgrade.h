/*
 * server_upgrade.h -- upgrades, as the loop performs them (SIGUSR2).
 */

#ifndef SERVER_UPGRADE_H
#define SERVER_UPGRADE_H

#include <stdint.h>

struct server;

/* Start the proof of the new program, unless an upgrade or a reload runs. */
void server_upgrade_request(struct server *s, int64_t now);

/*
 * Execute a proved program, once no reload runs, or kill a proof that takes too
 * long.
 */
void server_upgrade_expire(struct server *s, int64_t now);

/*
 * In the new program: fill S, as server_init makes it, from the state that was
 * handed over, if one was.  Returns 0, or -1 (logged).
 */
int server_upgrade_resume(struct server *s);

#endif
