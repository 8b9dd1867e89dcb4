/*
 * status.h -- the daemon's status in one line, for the service manager.
 */

#ifndef STATUS_H
#define STATUS_H

#include <stddef.h>
#include <stdint.h>

struct server;

#define STATUS_MAX 256

/* Write "2 services, 1 session; out of service: a" and more into BUF. */
void status_describe(const struct server *s, char *buf, size_t size);

/* Report the end of a start, a reload or an upgrade, with the status. */
void status_ready(struct server *s);

/*
 * Send the status if it has changed, at most once per second.  Returns when
 * that is due; -1: never.
 */
int64_t status_expire(struct server *s, int64_t now);

#endif
