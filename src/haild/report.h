/*
 * report.h -- the lines of the log that haild(8) promises.
 *
 *	SERVICE: CLIENT pid PID start
 *	SERVICE: CLIENT pid PID END SECONDSs[ SAID]
 *	SERVICE: CLIENT refused: REASON
 */

#ifndef REPORT_H
#define REPORT_H

#include <signal.h>

#include "haild/state.h"

/* Lines of the log, over all services. */
#define REFUSALS_A_SECOND 10
#define WAITS_A_SECOND 10
#define TROUBLES_A_SECOND 1

/* What is served, after a start. */
void report_serving(const struct server *s);

/* SIGUSR1: what is served and what was counted, a line for each service. */
void report_summary(const struct server *s);

/* A session has begun; LEVEL is syslog(3)'s. */
void report_start(const struct child *c, int level);

/*
 * A session has ended, as INFO (waitid(2)) and the slot say; SAID is what it
 * had to say itself, or "".
 */
void report_end(const struct child *c, const siginfo_t *info, const char *said,
    int64_t now);

/*
 * The client at ADDR (UID on a Unix socket) of SERVICE was not let in, for
 * REASON; ERROR is errno or 0.  Bounded rate.
 */
void report_refused(struct server *s, const char *service,
    const struct addr *addr, uid_t uid, const char *reason, int error);

/*
 * Clients of a service are kept waiting for REASON, or are not (NULL).  Says
 * so when it begins, and when it has been over for a second.  Bounded rate.
 */
void report_waiting(
    struct server *s, struct service_stats *t, const char *reason, int64_t now);

/* When report_waiting may have something to say of T; -1 for never. */
int64_t report_waiting_next(const struct service_stats *t);

/* The listener cannot accept for now: ERROR.  Bounded rate. */
void report_trouble(struct server *s, const struct listener *l, int error);

/* Say how many lines were left out, once their second is over. */
void report_left_out(struct server *s, int64_t now);

/* The same at once: nobody will count on. */
void report_all_left_out(struct server *s);

/* When there is something to say next; -1 for never. */
int64_t report_next(const struct server *s);

#endif
