/*
 * timed_io.h -- reads and writes that a slow client cannot hold up.
 *
 * For sockets, in the session's process.  Times are clock_now's ns.
 */

#ifndef TIMED_IO_H
#define TIMED_IO_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum timed_late { TIMED_IN_TIME, TIMED_LATE_START, TIMED_LATE_IDLE };

struct timed_io {
	int fd;
	int64_t start;	      /* deadline of the first byte; -1: none */
	int64_t idle;	      /* longest time without a byte; -1: none */
	bool started;	      /* the first byte was read */
	enum timed_late late; /* what was exceeded */
};

/*
 * Read once, what is there or what comes first.  Returns bytes, 0 at the end,
 * -1 with errno: ETIMEDOUT when the client took too long.
 */
ssize_t timed_read(struct timed_io *t, void *buf, size_t size);

/* Write all of BUF, each byte of which may take t->idle.  Returns 0, or -1. */
int timed_write(struct timed_io *t, const void *buf, size_t len);

#endif
