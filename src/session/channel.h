/*
 * channel.h -- messages between a session's process and the daemon.
 *
 * A service whose start the daemon must know about has a pair of SOCK_SEQPACKET
 * sockets for each session (lib/message.h).  The order is
 *
 *	child	ANNOUNCE or FAULT	once, behind a proxy
 *	daemon	ANSWER			to ANNOUNCE
 *	child	COMMAND			once, where there are commands
 *	daemon	GRANT or ANSWER		to COMMAND
 *	child	READY			once: the start is over
 *	child	BYTES			now and then, by a forwarding session
 *	daemon	ENDING			once, to a monitor: before the first
 *					signal that ends the session
 *	child	REPORT			at most once, right before it exits
 *
 * This is the child's side; haild/channel_server.h is the daemon's.
 */

#ifndef CHANNEL_H
#define CHANNEL_H

#include <sys/types.h>

#include "contain/contain.h"
#include "lib/addr.h"
#include "lib/message.h"
#include "lib/proxy.h"
#include "lib/outcome.h"

#define REPORT_MAX 768 /* bytes of text, with the NUL */

enum channel_type {
	CHANNEL_ANNOUNCE = 1, /* struct channel_client */
	CHANNEL_FAULT,	      /* uint32_t, enum proxy_fault */
	CHANNEL_COMMAND,      /* its name, with the NUL */
	CHANNEL_READY,	      /* uint32_t, the program's process session or 0 */
	CHANNEL_REPORT,	      /* struct channel_report, up to the NUL */
	CHANNEL_ANSWER,	      /* uint32_t, enum channel_answer */
	CHANNEL_GRANT,	      /* struct channel_grant: the command may run */
	CHANNEL_ENDING,	      /* uint32_t, why: enum outcome_kind */
	CHANNEL_BYTES,	      /* struct channel_bytes */
};

struct channel_client {
	uint32_t known; /* 0: the proxy itself is the client */
	struct addr addr;
};

/* How a session with commands, or with an init, ended, and what else its line
 * in the log has. */
struct channel_report {
	struct outcome outcome;
	char text[REPORT_MAX];
};

/* What a session has forwarded so far, from the client and to it. */
struct channel_bytes {
	uint64_t in, out;
};

/*
 * A struct grant; its descriptors come with the message, in the order of HAS,
 * which is a set of these bits.
 */
struct channel_grant {
	uint32_t has;
	uid_t uid;
};
enum {
	GRANT_JOIN = 1,
	GRANT_LEAF = 2,
	GRANT_TREE = 4,
	GRANT_NETWORK = 8,
};

/* All kinds of messages, of both sides. */
extern const struct message_kind channel_kinds[];

enum channel_answer {
	CHANNEL_NO_ANSWER, /* none in time, or not a valid one (errno) */
	CHANNEL_ADMITTED,
	CHANNEL_REFUSED,
	CHANNEL_BUSY, /* refused, and busy-message may be sent */
};

/*
 * Announce that CLIENT is the client; NULL: the proxy itself.  Waits for the
 * answer until DEADLINE (clock_now; -1: for ever).
 */
enum channel_answer channel_announce(
    int fd, const struct addr *client, int64_t deadline);

/* Report that there is no client to announce, because of FAULT. */
void channel_fault(int fd, enum proxy_fault fault);

/*
 * Ask whether another session may run the command NAME: CHANNEL_ADMITTED, and
 * then GRANT is what contains its program; CHANNEL_BUSY; CHANNEL_REFUSED, since
 * there is no uid or cgroup for it; or CHANNEL_NO_ANSWER.  If the daemon ends
 * the session meanwhile, *ENDING becomes the reason (enum outcome_kind).
 */
enum channel_answer channel_command(int fd, const char *name, int64_t deadline,
    struct grant *grant, uint32_t *ending);

/*
 * Why the daemon ends this session: the kind of outcome; OUTCOME_NONE if it has
 * not said so.  Never waits.
 */
uint32_t channel_ending(int fd);

/* In the daemon: say so.  Never waits. */
void channel_send_ending(int fd, enum outcome_kind why);

/* In the daemon: answer that with GRANT.  Never waits. */
void channel_send_grant(int fd, const struct grant *grant);

/*
 * Report that the start is over; PROGRAM leads a process session of its own, or
 * is 0.
 */
void channel_ready(int fd, pid_t program);

/* Report OUTCOME, and TEXT, which is cut to REPORT_MAX. */
void channel_report(int fd, struct outcome outcome, const char *text);

/* Report what has been forwarded so far.  Never waits. */
void channel_bytes(int fd, uint64_t in, uint64_t out);

#endif
