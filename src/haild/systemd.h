/*
 * systemd.h -- messages to the service manager, and its watchdog.
 *
 * sd_notify(3) and sd_watchdog_enabled(3), without libsystemd: linked, it costs
 * every fork 24 %.  Each variable is read once and then removed, so that no
 * child process takes it for its own.
 */

#ifndef SYSTEMD_H
#define SYSTEMD_H

#include <stdint.h>

#include "lib/addr.h"

struct notify {
	int fd; /* non-blocking; -1: there is no service manager */
	struct addr to;
	int64_t watchdog;  /* its timeout, ns; 0: there is none */
	int64_t pinged_at; /* when the watchdog got its last message */
};

/*
 * Read NOTIFY_SOCKET: an absolute path, or "@" and an abstract name (unix(7)),
 * of 107 bytes at most; no process needs to be bound to it yet.  And read
 * WATCHDOG_USEC, unless WATCHDOG_PID is another process; if one of the two is
 * not a number, that is logged and there is no watchdog.
 *
 * Returns 0; or -1 (logged) for any other address, or when no socket can be
 * created.  Even then N can be used, without effect.
 */
int notify_open(struct notify *n);

/*
 * Send TEXT: assignments "NAME=value", separated by newlines.  Never blocks or
 * logs.  Returns 0, also without a service manager; or -1 with errno when it
 * was not sent, since the receiver is busy (EAGAIN) or does not exist.
 */
int notify_send(const struct notify *n, const char *text);

/* A reload or an upgrade begins; "READY=1" ends it. */
int notify_reloading(const struct notify *n);

/* Send one line; bytes that are not printable ASCII become '?'. */
#define NOTIFY_STATUS_MAX 1024 /* with "STATUS=" */
int notify_status(const struct notify *n, const char *text);

/* Ping the watchdog in time.  Returns when that is due; -1: never. */
int64_t notify_expire(struct notify *n, int64_t now);

/* Put the same into the environment for the next image (upgrade.h). */
void notify_hand_over(const struct notify *n);

/* Remove it from there: there will be no next image. */
void notify_keep(void);

#endif
