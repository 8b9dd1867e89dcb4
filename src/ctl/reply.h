/*
 * reply.h -- an answer that is kept: copies of its records, in their order.
 */

#ifndef CTL_REPLY_H
#define CTL_REPLY_H

#include "control/answer.h"
#include "control/protocol.h"

struct reply_record {
	struct reply_record *next;
	enum answer_kind kind;
	void *data; /* the struct of the kind; freed with the reply */
};

struct reply {
	struct reply_record *first, **end;
	enum control_status status;
};

/* Take a record: an answer_fn, with a struct reply that reply_begin made. */
void reply_begin(struct reply *r);
void reply_take(void *reply, enum answer_kind kind, const void *record);

/* Append a message of haildctl's own. */
void reply_add_message(struct reply *r, const char *text);

/* The first record of a kind from R on, or NULL. */
const struct reply_record *reply_find(
    const struct reply_record *r, enum answer_kind kind);

void reply_free(struct reply *r);

#endif
