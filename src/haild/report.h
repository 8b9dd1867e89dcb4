/*
 * report.h -- the status for the service manager, and the lines of the log that
 * haild(8) promises.
 */

#ifndef REPORT_H
#define REPORT_H

#include "haild/log/session_lines.h"
#include "haild/state.h"

/* Lines a second, over all services. */
#define REFUSALS_A_SECOND 10
#define WAITS_A_SECOND 10
#define ACCEPT_ERRORS_A_SECOND 1

/* What is served, after a start. */
void report_serving(const struct server *s);

/* SIGUSR1: what is served, and a line of counters for each service. */
void report_summary(const struct server *s);

/* L cannot accept for now: ERROR.  Bounded rate. */
void report_accept_error(struct server *s, const struct listener *l, int error);

/* Log the number of lines left out.  Returns the next time, or -1. */
int64_t report_left_out(struct server *s, int64_t now);

/* Append "; out of service: a, b" to BUF, if any services are. */
void report_out(const struct server *s, char *buf, size_t size);

#define STATUS_MAX 256

/* Write "2 services, 1 session; out of service: a" and more into BUF. */
void status_describe(const struct server *s, char *buf, size_t size);

/* Send the status now. */
void status_send(struct server *s, int64_t now);

/* Report the end of a start, a reload or an upgrade, with the status. */
void status_ready(struct server *s);

/* Send a changed status, once a second.  Returns the next time, or -1. */
int64_t status_expire(struct server *s, int64_t now);

#endif
