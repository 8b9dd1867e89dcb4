/*
 * talk.h -- bytes to and from a client who may take too long.
 *
 * For sockets, in a session's own process.  Times are clock_now's ns.
 */

#ifndef TALK_H
#define TALK_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum talk_late { TALK_IN_TIME, TALK_LATE_START, TALK_LATE_IDLE };

struct talk {
	int fd;
	int64_t start;	     /* when the first byte must be there; -1: never */
	int64_t idle;	     /* longest time in which no byte goes; -1: none */
	bool started;	     /* it is there, or nobody waits for it */
	enum talk_late late; /* why nothing more will go */
};

/* Wait for bytes to read, or the end.  Returns 0, or -1 as talk_read does. */
int talk_wait(struct talk *t);

/*
 * Read once, what is there or what comes first.  Returns bytes, 0 at the end,
 * -1 with errno: ETIMEDOUT when the client is late.
 */
ssize_t talk_read(struct talk *t, void *buf, size_t size);

/* Write all of BUF, each byte of which may take t->idle.  0, or -1 as above. */
int talk_write(struct talk *t, const void *buf, size_t len);

#endif
