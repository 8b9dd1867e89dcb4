/*
 * timed_io.h -- bytes to and from a client who may take too long.
 *
 * For sockets, in a session's own process.  Times are clock_now's ns.
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
	int64_t start;	      /* when the first byte must be there; -1: never */
	int64_t idle;	      /* longest time in which no byte goes; -1: none */
	bool started;	      /* it is there, or nobody waits for it */
	enum timed_late late; /* why nothing more will go */
};

/* Wait for bytes to read, or the end.  Returns 0, or -1 as timed_read does. */
int timed_wait(struct timed_io *t);

/*
 * Read once, what is there or what comes first.  Returns bytes, 0 at the end,
 * -1 with errno: ETIMEDOUT when the client is late.
 */
ssize_t timed_read(struct timed_io *t, void *buf, size_t size);

/* Write all of BUF, each byte of which may take t->idle.  0, or -1 as above. */
int timed_write(struct timed_io *t, const void *buf, size_t len);

#endif
