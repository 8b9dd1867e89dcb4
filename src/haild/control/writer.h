/*
 * writer.h -- what an answer is written with.
 */

#ifndef CONTROL_WRITER_H
#define CONTROL_WRITER_H

#include "control/answer.h"
#include "control/protocol.h"
#include "control/request.h"
#include "haild/control/view.h"

struct control_writer {
	const struct control_view *view;
	const struct control_request *request;
	struct record_writer *out;
	int landlock; /* landlock_version() */
};

/* Write a message for the user. */
void control_say(const struct control_writer *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
