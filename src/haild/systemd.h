/*
 * systemd.h -- what a supervisor says by the environment, and gets told.
 *
 * The protocols of sd_notify(3), sd_watchdog_enabled(3) and sd_listen_fds(3),
 * without libsystemd: linked, it costs every fork 24 %.  Each variable is read
 * once and then removed, so that nobody who comes later takes it for theirs.
 */

#ifndef SYSTEMD_H
#define SYSTEMD_H

#include <sys/socket.h>
#include <sys/un.h>

#include <stdint.h>

/* --- telling the supervisor --- */

/* Whom to tell.  Plain data: it means the same in another image of us. */
struct notify {
	int fd; /* never blocks; -1: there is nobody to tell */
	struct sockaddr_un to;
	socklen_t len; /* of to */
};

/* Bytes of one message at most; systemd takes 4096. */
#define NOTIFY_MAX 1024

/*
 * Read NOTIFY_SOCKET: an absolute path, or "@" and an abstract name (unix(7)),
 * of 107 bytes at most.  Nobody needs to be there yet.  Returns 0, also when it
 * is not set; -1 for any other kind of address or when there is no socket to be
 * had (logged).  N can be used, to no effect, even then.
 */
int notify_open(struct notify *n);

void notify_close(struct notify *n);

/*
 * Send one message: assignments "NAME=value", with a newline between two.
 * Never waits and never logs.  Returns 0, also when there is nobody to tell; -1
 * with errno when it was not taken: EMSGSIZE if it is longer than NOTIFY_MAX -
 * 1 bytes, EAGAIN if the receiver is busy, ENOENT or ECONNREFUSED if it is not
 * there.  The next one may get through.
 */
int notify_send(const struct notify *n, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* These return what notify_send does. */
int notify_ready(const struct notify *n); /* after a start or a reload */
int notify_reloading(const struct notify *n);
int notify_stopping(const struct notify *n);
int notify_watchdog(const struct notify *n);

/*
 * Say in one line how we are.  What is not printable ASCII becomes '?', and
 * what is too long is cut.
 */
int notify_status(const struct notify *n, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* --- the watchdog --- */

/*
 * How long, in ns, the supervisor waits for the next notify_watchdog before it
 * takes us for dead (WATCHDOG_USEC); half of it is a good interval.  0 when it
 * does not watch, or another process (WATCHDOG_PID), or when one of the two is
 * nonsense (logged).
 */
int64_t watchdog_timeout(void);

/* --- sockets that were opened for us --- */

#define LISTEN_FDS_START 3
#define LISTEN_FDS_MAX 1000

/*
 * How many descriptors from LISTEN_FDS_START on were left open for us
 * (LISTEN_FDS).  0 when there are none, or when they are another process's
 * (LISTEN_PID); -1 when one of the two is nonsense (logged).  They are the
 * caller's, who has to look at each with listen_fd_prepare before anything else
 * opens a file: it could get a number that was promised, but is free.
 */
int listen_fds(void);

/*
 * Make FD, a listening stream socket over IPv4, IPv6 or of the Unix domain, or
 * a UDP socket, close-on-exec and non-blocking.  Returns NULL; or, for anything
 * else, which is left as it was, what is wrong with it: "is not open", "does
 * not listen".
 */
const char *listen_fd_prepare(int fd);

#endif
