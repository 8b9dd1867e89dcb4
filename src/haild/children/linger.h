/*
 * linger.h -- sockets of refused clients, until they have read why.
 *
 * A close with unread input makes the kernel send a reset, which throws away
 * what is still on its way (RFC 2525, section 2.17), such as the words that
 * tell a client that we are busy.  So these sockets are half-closed, what comes
 * is thrown away, and they are closed when the client has closed, or a second
 * later.  There are LINGER_MAX at most: the oldest makes way, at its own risk.
 */

#ifndef LINGER_H
#define LINGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINGER_MAX 128
#define LINGER_TIME SECOND
#define LINGER_BYTES 65536 /* what one client may send meanwhile */

struct lingering {
	int fd; /* -1: the place is free */
	int64_t deadline;
	size_t bytes; /* that came */
};

struct linger_list {
	int epoll;
	size_t n;
	struct lingering *list; /* LINGER_MAX */
};

/* Returns 0, or -1 with errno. */
int linger_create(struct linger_list *l);

/* Say TEXT to the client at FD, without waiting, and take FD over. */
void linger_send(struct linger_list *l, int fd, const char *text, int64_t now);

/* L's epoll has something: read and close. */
void linger_ready(struct linger_list *l);

/* Close those whose time is over; and when the next one's is, -1 for never. */
void linger_expire(struct linger_list *l, int64_t now);
int64_t linger_next(const struct linger_list *l);

#endif
