/*
 * builtin.h -- the services without a program.
 *
 * They run in the session's process, without privileges, and end when they have
 * finished, when the client takes too long, or at an error on the socket, which
 * is not logged: it concerns the client.
 */

#ifndef BUILTIN_H
#define BUILTIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum timed_late { TIMED_IN_TIME, TIMED_LATE_START, TIMED_LATE_IDLE };

/* A client's socket with its limits of time, in ns. */
struct timed_io {
	int fd;
	int64_t start;	      /* deadline of the first byte; -1: none */
	int64_t idle;	      /* longest time without a byte; -1: none */
	bool started;	      /* the first byte was read */
	enum timed_late late; /* which limit the client exceeded */
	int health;	      /* of the builtin "health" (session.h) */
};

struct builtin_service {
	/* Serve one client; NULL: send one answer. */
	void (*serve)(struct timed_io *t);
	/*
	 * Given the IN bytes of a datagram in BUF, which has room for
	 * BUILTIN_DATAGRAM_MAX, write the answer there.  Returns its length; 0:
	 * none.  NULL: not over UDP.
	 */
	size_t (*answer)(char *buf, size_t in);
};

#define BUILTIN_DATAGRAM_MAX 65536

/* The service NAME, or NULL. */
const struct builtin_service *builtin_find(const char *name);

/* Serve the client of T. */
void builtin_serve(const struct builtin_service *b, struct timed_io *t);

/* Send TEXT. */
void builtin_message(struct timed_io *t, const char *text);

#endif
