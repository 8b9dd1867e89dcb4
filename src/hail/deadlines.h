/*
 * deadlines.h -- how long a session may take.
 *
 * All times are clock_now's, in ns; -1 is never.
 */

#ifndef DEADLINES_H
#define DEADLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deadlines {
	int64_t end;	    /* when all must be over */
	int64_t idle;	    /* how long without a byte either way */
	int64_t quit_after; /* how long after the end of standard input */
	/* Set by what follows. */
	int64_t last; /* when a byte last moved */
	int64_t quit; /* when quit_after is over */
};

/* The session begins. */
void deadlines_start(struct deadlines *l);

/* A byte moved. */
void deadlines_moved(struct deadlines *l);

/* Standard input has ended, and all of it was sent. */
void deadlines_input_ended(struct deadlines *l);

/* When to ask the next two at the latest. */
int64_t deadlines_next(const struct deadlines *l);

/* END or IDLE is past: ERR says which. */
bool deadlines_are_past(const struct deadlines *l, char *err, size_t size);

/* QUIT_AFTER is past. */
bool deadlines_must_quit(const struct deadlines *l);

#endif
