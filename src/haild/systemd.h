/*
 * systemd.h -- the protocols of service managers: messages, watchdog, sockets.
 *
 * sd_notify(3), sd_watchdog_enabled(3) and sd_listen_fds(3), without
 * libsystemd: linked, it costs every fork 24 %.  Each variable is read once and
 * then removed, so that no child process takes it for its own.
 */

#ifndef SYSTEMD_H
#define SYSTEMD_H

#include <sys/socket.h>
#include <sys/un.h>

#include <stdint.h>

/* --- messages to the service manager --- */

struct notify {
	int fd; /* non-blocking; -1: there is no service manager */
	struct sockaddr_un to;
	socklen_t len; /* of to */
};

/* Bytes of one message at most; systemd takes 4096. */
#define NOTIFY_MAX 1024

/*
 * Read NOTIFY_SOCKET: an absolute path, or "@" and an abstract name (unix(7)),
 * of 107 bytes at most.  No process needs to be bound to it yet.  Returns 0,
 * also when it is not set; or -1 for any other kind of address, or when no
 * socket can be created (logged).  Even then N can be used, without effect.
 */
int notify_open(struct notify *n);

void notify_close(struct notify *n);

/*
 * Send one message: assignments "NAME=value", separated by newlines.  Never
 * blocks or logs.  Returns 0, also when there is no service manager; or -1 with
 * errno when it was not sent: EMSGSIZE if it is longer than NOTIFY_MAX - 1
 * bytes, EAGAIN if the receiver is busy, ENOENT or ECONNREFUSED if it does not
 * exist.  The next message may succeed.
 */
int notify_send(const struct notify *n, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* These return what notify_send does. */
int notify_ready(const struct notify *n); /* after a start or a reload */
int notify_reloading(const struct notify *n);
int notify_stopping(const struct notify *n);
int notify_watchdog(const struct notify *n);

/*
 * Send a status of one line.  Bytes that are not printable ASCII become '?', a
 * line that is too long is cut.
 */
int notify_status(const struct notify *n, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* --- the watchdog --- */

/*
 * The time in ns after which the service manager considers a daemon dead that
 * has not called notify_watchdog (WATCHDOG_USEC); half of it is a good
 * interval.  0 when there is no watchdog, when it is for another process
 * (WATCHDOG_PID), or when one of the two is not a number (logged).
 */
int64_t watchdog_timeout(void);

/* --- sockets that the service manager opened --- */

#define LISTEN_FDS_START 3
#define LISTEN_FDS_MAX 1000

/*
 * The number of descriptors, from LISTEN_FDS_START on, that were passed
 * (LISTEN_FDS).  0 when there are none, or when they are for another process
 * (LISTEN_PID); -1 when one of the two is not a number (logged).  The caller
 * owns them and must call listen_fd_prepare for each before any other file is
 * opened, which could get the number of one that was announced but not passed.
 */
int listen_fds(void);

/*
 * Make FD close-on-exec and non-blocking if it is a UDP socket, or a listening
 * stream socket over IPv4, IPv6 or of the Unix domain.  Returns NULL; or, for
 * anything else, what is wrong with it, such as "is not open".
 */
const char *listen_fd_prepare(int fd);

#endif
