/*
 * report.h -- the status for the service manager, and the lines of the log that
 * haild(8) promises.
 *
 *	SERVICE: CLIENT[ IDENTITY] pid PID start
 *	SERVICE: CLIENT[ IDENTITY] pid PID END SECONDSs[ cpu SECONDSs]
 *		[ mem SIZE][ truncated][ TEXT]
 *	SERVICE: CLIENT refused: REASON[: IDENTITY]
 */

#ifndef REPORT_H
#define REPORT_H

#include <signal.h>

#include "haild/state.h"
#include "session/channel.h"

/* Lines a second, over all services. */
#define REFUSALS_A_SECOND 10
#define WAITS_A_SECOND 10
#define ACCEPT_ERRORS_A_SECOND 1

/* What is served, after a start. */
void report_serving(const struct server *s);

/* SIGUSR1: what is served, and a line of counters for each service. */
void report_summary(const struct server *s);

/*
 * A session has begun; LEVEL is syslog(3)'s.  Here and below, IDENTITY is the
 * client's proved name, or NULL.
 */
void report_start(const struct child *c, const char *identity, int level);

/*
 * How the session of C ended: why haild ended it, else the limit that did, else
 * what the program did.
 */
struct outcome report_outcome(const struct child *c, const siginfo_t *info,
    const struct channel_report *report, const struct leaf_account *account);

/*
 * A session has ended as INFO says.  REPORT is its monitor's, ACCOUNT what it
 * has used; or NULL.
 */
void report_end(const struct child *c, const char *identity,
    const siginfo_t *info, const struct channel_report *report,
    const struct leaf_account *account, int64_t now);

/* Log that C cannot be reaped, with its tracer; and that it was reaped. */
void report_unreapable(const struct child *c);
void report_reaped(const struct child *c);

/* A client at ADDR (UID on a Unix socket) was refused.  Bounded rate. */
void report_refused(struct refusals *refusals,
    const struct service_stats *stats, const struct addr *addr, uid_t uid,
    const struct refusal *why, const char *identity);

/* L cannot accept for now: ERROR.  Bounded rate. */
void report_accept_error(struct server *s, const struct listener *l, int error);

/* Log the number of lines left out.  Returns the next time, or -1. */
int64_t report_left_out(struct server *s, int64_t now);

/* Append "; drained: a, b" to BUF, if any services are. */
void report_drained(const struct server *s, char *buf, size_t size);

/* Append "; out of service: a, b" to BUF, if any services are. */
void report_out(const struct server *s, char *buf, size_t size);

#define STATUS_MAX 256

/* Write "2 services, 1 session; out of service: a" and more into BUF. */
void status_describe(const struct server *s, char *buf, size_t size);

/* Report the end of a start, a reload or an upgrade, with the status. */
void status_ready(struct server *s);

/* Send a changed status, once a second.  Returns the next time, or -1. */
int64_t status_expire(struct server *s, int64_t now);

#endif
