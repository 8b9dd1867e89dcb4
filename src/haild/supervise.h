/*
 * supervise.h -- what a supervisor is told, and when.
 */

#ifndef SUPERVISE_H
#define SUPERVISE_H

#include <stdint.h>

#include "haild/systemd.h"

struct server;

struct supervise {
	struct notify notify;
	int64_t watchdog; /* how long it waits for us, ns; 0: it does not */
	int64_t patted;	  /* when it was told that we live */
	int64_t said_at;  /* when it was told how we are */
	char said[256];
};

/* Read the environment.  Returns 0, or -1 (logged). */
int supervise_open(struct supervise *sup);

/* Put into the environment what the next image is to read there. */
void supervise_hand_on(const struct supervise *sup);

/* A start or a reload is over, with this state; one begins; the end begins. */
void supervise_ready(struct server *s);
void supervise_reloading(struct server *s);
void supervise_stopping(struct server *s);

/*
 * The watchdog in time, and the status when it has changed, at most once a
 * second; and when that is, -1 for never.
 */
void supervise_expire(struct server *s, int64_t now);
int64_t supervise_next(const struct server *s);

#endif
