/*
 * io.h -- the clock; reading, writing and waiting, repeated until done.
 *
 * For processes that serve one client.  The daemon's loop, which must not
 * block, uses only the clock.
 */

#ifndef IO_H
#define IO_H

#include <sys/types.h>

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECOND INT64_C(1000000000) /* all times are in ns */

/* CLOCK_MONOTONIC in ns. */
int64_t clock_now(void);

/* The earlier of two times; -1 is never. */
int64_t clock_sooner(int64_t a, int64_t b);

/* The time that is TIMEOUT after START; -1 if TIMEOUT is -1. */
int64_t clock_after(int64_t start, int64_t timeout);

/*
 * poll(2) N descriptors until DEADLINE (clock_now; -1 is never), repeated after
 * EINTR.  Returns as poll does, 0 at the deadline.
 */
int io_poll(struct pollfd *pfds, nfds_t n, int64_t deadline);

/*
 * The same for one descriptor and EVENTS.  Returns its revents, 0 at the
 * deadline, -1 with errno.
 */
int io_wait(int fd, short events, int64_t deadline);

/* read(2), repeated after EINTR. */
ssize_t io_read(int fd, void *buf, size_t size);

/* Write all of BUF.  Returns 0, or -1 with errno. */
int io_write_all(int fd, const void *buf, size_t len);

/* Whether an errno of read(2) or write(2) only says "not now". */
bool io_is_temporary(int error);

/*
 * Write the part of BUF that FD accepts at once, after poll(2) returned
 * POLLOUT.  Returns the number of bytes, or -1 with errno.
 *
 * O_NONBLOCK is not used: it belongs to the open file, which is shared with the
 * shell and with other programs of a pipeline.  Where RWF_NOWAIT is not
 * supported (pipes before Linux 6.4, terminals), PIPE_BUF bytes are written,
 * for which POLLOUT guarantees room.  The write can still block in two cases:
 * another writer fills the same pipe between poll and write, or a terminal is
 * stopped in the middle of a write.
 */
ssize_t io_write_some(int fd, const void *buf, size_t len);

/*
 * Close a socket without losing what was written: close(2) with unread input
 * makes the kernel send a reset, which discards bytes still on their way (RFC
 * 2525 section 2.17).  So half-close, read and discard until the peer closes or
 * TIMEOUT (ns) is over, then close.
 */
void io_close_lingering(int fd, int64_t timeout);

/*
 * Half-close a socket, and close it if the peer closes within TIMEOUT (ns) and
 * has sent nothing that is unread; nothing is read here.  Returns false if
 * io_close_lingering must follow.
 */
bool io_close_unread(int fd, int64_t timeout);

/*
 * Open /dev/null as each of descriptors 0, 1 and 2 that is closed; otherwise a
 * socket opened next could get that number, and the peer would receive messages
 * meant for the user.  Returns 0, or -1 with errno.
 */
int io_fill_stdio(void);

#endif
