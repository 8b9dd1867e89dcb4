/*
 * state_control.h -- the part of the state (state.h) about control: the socket,
 * the clients that wait, and what is counted for them.
 */

#ifndef STATE_CONTROL_H
#define STATE_CONTROL_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "haild/control/view.h"
#include "lib/record.h"

struct control;
struct service_stats_list;

/* The socket, if there is one. */
struct control_record {
	int fd;
	const char *path;
	uint64_t dev, ino;
	uint32_t group; /* UINT32_MAX: none */
};

/* A client that gets its answer from the next image. */
struct waiter_record {
	int client;
	const char *command;
	const char *service; /* NULL: all */
	int64_t since;
};

/*
 * A count of service_counts that is not 0: of KIND "outcome" (outcome_name),
 * "refused" (refusal_name), "duration" (its bucket, from 0) or "sum".
 */
struct count_record {
	const char *service, *kind, *name;
	uint64_t value;
};

enum {
	CONTROL_FIELDS = 5,
	WAITER_FIELDS = 4,
	HISTORY_FIELDS = 10,
	COUNT_FIELDS = 4
};
extern const struct record_field control_fields[CONTROL_FIELDS];
extern const struct record_field waiter_fields[WAITER_FIELDS];
extern const struct record_field history_fields[HISTORY_FIELDS];
extern const struct record_field count_fields[COUNT_FIELDS];

/* ARG is a struct takeover, whose stats are complete. */
bool take_control(void *arg, const void *record);
bool take_waiter(void *arg, const void *record);
bool take_history(void *arg, const void *record);
bool take_count(void *arg, const void *record);

void state_write_control(struct record_writer *w,
    const struct record_kind *kind, const struct record_kind *waiter,
    const struct control *control);
void state_write_counts(struct record_writer *w, const struct record_kind *kind,
    const struct service_stats_list *all);

#endif
