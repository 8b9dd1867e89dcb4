/*
 * speaker_output.h -- from the program to the client, and messages to the
 * monitor.
 */

#ifndef SPEAKER_OUTPUT_H
#define SPEAKER_OUTPUT_H

#include "commands/speaker_state.h"

/* Send the monitor a message; exits if the monitor is gone. */
void speaker_send(struct speaker *s, enum exchange_type type,
    const void *payload, size_t length);

/*
 * Send DONE, and exit.  Not declared noreturn: before a call of such a function
 * the address sanitizer makes a system call that is not allowed here.
 */
void speaker_done(struct speaker *s);

/* The client has gone away: nothing is read or written there any more. */
void speaker_client_gone(struct speaker *s);

/* Close the program's standard input, if it is open. */
void speaker_close_input(struct speaker *s);

/* Whether all output that counts has been read from SOURCE. */
bool source_is_drained(const struct source *source);

/* Read from SOURCE what it has, at most a chunk, into the buffer. */
void speaker_read_source(struct speaker *s, struct source *source);

/*
 * Write what the client takes now of the buffer, into which go requests for
 * more input and, after all output, the last frames.
 */
void speaker_write(struct speaker *s);

#endif
