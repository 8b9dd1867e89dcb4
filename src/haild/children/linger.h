/*
 * linger.h -- sockets of refused clients, until they have read the
 * busy-message.
 *
 * A close with unread input makes the kernel send a reset, which discards data
 * on its way to the client (RFC 2525, section 2.17), here the busy-message.  So
 * these sockets are half-closed, their input is discarded, and they are closed
 * when the client has closed, or a second later.  At most LINGER_MAX are kept:
 * the oldest is closed early.
 */

#ifndef LINGER_H
#define LINGER_H

#include <stddef.h>
#include <stdint.h>

#define LINGER_MAX 128
#define LINGER_TIME SECOND
#define LINGER_BYTES 65536 /* of input from one client */

struct lingering {
	int fd; /* -1: unused */
	int64_t deadline;
	size_t bytes; /* received */
};

struct linger_list {
	int epoll;
	size_t n;
	struct lingering *list; /* LINGER_MAX */
};

/* Returns 0, or -1 with errno. */
int linger_create(struct linger_list *l);

/* Send TEXT to the client at FD without waiting, and own FD from now on. */
void linger_send(struct linger_list *l, int fd, const char *text, int64_t now);

/* L's epoll is readable: read and close. */
void linger_ready(struct linger_list *l);

/* Close sockets past their deadline.  Returns the next deadline; -1: none. */
int64_t linger_expire(struct linger_list *l, int64_t now);

#endif
