/*
 * io.h -- reading, writing and waiting, done to the end.
 *
 * For blocking descriptors in processes that have nothing else to do; the
 * daemon's own loop uses none of it but the clock.
 */

#ifndef IO_H
#define IO_H

#include <sys/types.h>

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#define SECOND INT64_C(1000000000) /* in ns, the unit of all times here */

/* CLOCK_MONOTONIC in ns. */
int64_t clock_now(void);

/* The sooner of two times, of which -1 is never. */
int64_t clock_sooner(int64_t a, int64_t b);

/*
 * poll(2) N descriptors until DEADLINE (clock_now; -1 is never), over
 * interrupting signals.  Returns as poll does: 0 is the deadline.
 */
int io_poll(struct pollfd *pfds, nfds_t n, int64_t deadline);

/*
 * Wait until FD has one of EVENTS (poll(2)) or DEADLINE (clock_now) is past;
 * -1 is never.  Returns what poll found, 0 at the deadline, -1 with errno.
 */
int io_wait(int fd, short events, int64_t deadline);

/* Read once, over interrupting signals: bytes, 0 at the end, -1 with errno. */
ssize_t io_read(int fd, void *buf, size_t size);

/* Write all of BUF.  Returns 0, or -1 with errno. */
int io_write_all(int fd, const void *buf, size_t len);

/*
 * Close a socket so that nothing written is lost: close(2) with unread input
 * makes the kernel send a reset, which discards what is still on its way
 * (RFC 2525 section 2.17).  So half-close, read and discard until the peer
 * closes or TIMEOUT (ns) is over, then close.
 */
void io_close_lingering(int fd, int64_t timeout);

/*
 * Open /dev/null on each of 0, 1 and 2 that is closed: what is opened next
 * would get that number, and what is meant for a terminal.  Returns 0, or -1
 * with errno.
 */
int io_fill_stdio(void);

#endif
