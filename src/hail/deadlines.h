/*
 * deadlines.h -- the time limits of a session: -m, --idle-timeout and -q.
 *
 * All times are clock_now's, in ns; -1 is never.
 */

#ifndef DEADLINES_H
#define DEADLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deadlines {
	/* Set by the caller. */
	int64_t end;	    /* the time when the session must be over */
	int64_t idle;	    /* how long no byte may move */
	int64_t quit_after; /* how long to go on after standard input */
	/* Set by the functions below. */
	int64_t last_byte; /* when a byte last moved */
	int64_t quit;	   /* when quit_after is over */
};

/* The session starts. */
void deadlines_start(struct deadlines *d);

/* A byte moved, in either direction. */
void deadlines_moved(struct deadlines *d);

/* Standard input has ended, and all of it was sent. */
void deadlines_input_ended(struct deadlines *d);

/* When to check the deadlines again at the latest. */
int64_t deadlines_next(const struct deadlines *d);

/* Whether END or IDLE is over; the message in ERR says which. */
bool deadlines_expired(const struct deadlines *d, char *err, size_t size);

/* Whether QUIT_AFTER is over. */
bool deadlines_must_quit(const struct deadlines *d);

#endif
