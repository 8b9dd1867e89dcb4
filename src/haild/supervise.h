/*
 * supervise.h -- messages to the service manager: state, status, watchdog.
 */

#ifndef SUPERVISE_H
#define SUPERVISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haild/systemd.h"

/* What the last status was made of, to know whether it has changed. */
struct status_sent {
	size_t nserved;
	uint32_t sessions;
	bool upgrade_failed;
	unsigned int changes;
};

struct supervise {
	struct notify notify;
	int64_t watchdog;  /* its timeout, ns; 0: there is none */
	int64_t pinged_at; /* when the watchdog got its last message */
	int64_t status_at; /* when the last status was sent */
	struct status_sent sent;
	unsigned int changes; /* to be counted up for any other change */
};

/* Read the environment.  Returns 0, or -1 (logged). */
int supervise_open(struct supervise *sup);

/* Put the same into the environment for the next image (upgrade.h). */
void supervise_hand_over(const struct supervise *sup);

/* Remove it from there: there will be no next image. */
void supervise_keep(void);

/* Send STATUS, one line; it is also part of supervise_ready. */
void supervise_status(struct supervise *sup, const char *status, int64_t now);

/* A start or a reload is complete. */
void supervise_ready(struct supervise *sup, const char *status, int64_t now);

/* Ping the watchdog in time; and when that is due, -1 for never. */
void supervise_expire(struct supervise *sup, int64_t now);
int64_t supervise_next(const struct supervise *sup);

#endif
