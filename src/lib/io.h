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
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECOND INT64_C(1000000000) /* in ns, the unit of all times here */

/* CLOCK_MONOTONIC in ns. */
int64_t clock_now(void);

/* The sooner of two times, of which -1 is never. */
int64_t clock_sooner(int64_t a, int64_t b);

/* The time that is TIMEOUT after START; -1 if TIMEOUT is -1. */
int64_t clock_after(int64_t start, int64_t timeout);

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

/* An error of read(2) or write(2) that says no more than: not now. */
bool io_is_passing(int error);

/* Have poll(2) wait for EVENTS of FD; without any, not even for errors. */
void io_watch(struct pollfd *pfd, int fd, short events);

/*
 * Write what FD takes now of BUF, after poll(2) said that it can be written.
 * Returns how much, or -1 with errno.
 *
 * O_NONBLOCK would say it, but it belongs to the open file, which we share with
 * the shell and with our neighbours in a pipeline.  Where RWF_NOWAIT is not
 * known (pipes before Linux 6.4, terminals), PIPE_BUF bytes are written, for
 * which poll(2) promises room, however slow the reader.  Then two things can
 * hold us up for as long as the reader sleeps: another writer that fills the
 * same pipe between poll and write, and a terminal that is stopped in the
 * middle of a write.
 */
ssize_t io_write_some(int fd, const void *buf, size_t len);

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
