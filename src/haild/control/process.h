/*
 * process.h -- the process that reads one control request.
 *
 * It is forked with the daemon's tables (pages_fork), gives up privileges and
 * files, overwrites its copy of the configuration's secrets, and then reads.
 */

#ifndef CONTROL_PROCESS_H
#define CONTROL_PROCESS_H

#include <stdbool.h>
#include <stdio.h>

#include "haild/control/control.h"

/* What an answer is written with. */
struct control_writer {
	const struct control_view *view;
	const struct control_request *request;
	struct record_writer *out;
	int landlock; /* landlock_version() */
};

/* Serve CLIENT and exit.  ACTS: it may send what only root and haild may. */
void control_serve(const struct control_view *v, int client, int channel,
    bool acts) __attribute__((noreturn));

/*
 * The answers: each writes its records and returns the status; for all but
 * CONTROL_OK it has written a message.
 */
enum control_status control_write_status(const struct control_writer *w);
enum control_status control_write_sessions(const struct control_writer *w);
enum control_status control_write_sources(const struct control_writer *w);
enum control_status control_write_counts(const struct control_writer *w);
enum control_status control_write_explanation(const struct control_writer *w);

/* The counts of refused clients of T, which status has, too. */
struct service_stats;
void control_write_refusals(
    const struct control_writer *w, const struct service_stats *t);

/* Write a message for the user. */
void control_say(const struct control_writer *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * The sessions that a CONTROL_KILL names, up to MAX from *AT on; 0: no more.
 */
size_t control_find_victims(const struct control_view *v,
    const struct control_request *r, uint32_t *at, struct control_victim *list,
    size_t max);

#endif
