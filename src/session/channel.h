/*
 * channel.h -- what a session's process and the daemon say to each other.
 *
 * A service whose start the daemon must know about (channel_wanted) gets a pair
 * of SOCK_SEQPACKET sockets for each session.  Records have one size.  The
 * order is
 *
 *	child	ANNOUNCE or FAULT	once, behind a proxy
 *	daemon	ANSWER			to ANNOUNCE
 *	child	COMMAND			once, where there are commands
 *	daemon	ANSWER			to COMMAND
 *	child	READY			once: the start is over
 *	child	REPORT			at most once, right before it exits
 *
 * The child has read what a client sent, so the daemon believes nothing beyond
 * the type and the size, and whatever else comes ends the session; what comes
 * behind a REPORT is not looked at, since that is read when the child has
 * exited.  It keeps its end until the child has closed the other one, or has
 * been reaped.
 */

#ifndef CHANNEL_H
#define CHANNEL_H

#include "lib/proxy.h"
#include "haild/state.h"

#define REPORT_MAX 768 /* bytes, with the NUL */

/*
 * A child that is not ready so long after start-timeout, or after the time that
 * a header of the PROXY protocol may take, is ended.
 */
#define START_GRACE (5 * SECOND)

/* In an event's data, beside the number of the slot: it is of the channel. */
#define CHANNEL_EVENT (UINT32_C(1) << 31)

/* --- the daemon's side --- */

/* Whether a session of SERVICE for CLIENT has one. */
bool channel_wanted(const struct service *service, const struct client *client);

/*
 * Open one for C, which is reserved.  Returns the child's end, which the caller
 * closes after the fork; or -1 with errno.
 */
int channel_open(struct child *c);

/*
 * The child runs: from now on its records and its deadline count.  Nothing if
 * it has none.
 */
void channel_watch(
    struct server *s, struct child *c, const struct service *service);

/* Do what has come from the child.  Never waits. */
void channel_serve(struct server *s, struct child *c, int64_t now);

/* The child has exited: its REPORT, printable or not, or "".  Returns BUF. */
const char *channel_last(struct child *c, char *buf, size_t size);

/* Close the daemon's end, if it has one. */
void channel_close(struct server *s, struct child *c);

/* --- the child's side; FD is its end --- */

/* What the daemon says to that. */
enum announced {
	ANNOUNCED_NOTHING, /* no answer that makes sense (errno), or in time */
	ANNOUNCED_YES,
	ANNOUNCED_NO,
	ANNOUNCED_BUSY, /* no, and the client may be told that we are busy */
};

/*
 * Say that CLIENT is who is served; NULL: the proxy itself.  Waits for the
 * answer until DEADLINE (clock_now; -1: for ever).
 */
enum announced channel_announce(
    int fd, const struct addr *client, int64_t deadline);

/* Say that nothing can be announced: FAULT is what was wrong. */
void channel_fault(int fd, enum proxy_fault fault);

/* Say that the start is over.  Returns 0, or -1 with errno. */
int channel_ready(int fd);

/*
 * Ask whether one session more may run the command NAME.  Returns 1 if so, 0 if
 * not, -1 with errno if there was no answer.
 */
int channel_command(int fd, const char *name, int64_t deadline);

/* The same as channel_ready; PROGRAM leads a process session of its own. */
int channel_runs(int fd, pid_t program);

/* Say TEXT in the log, at the end of the session's line; cut to REPORT_MAX. */
void channel_report(int fd, const char *text);

#endif
