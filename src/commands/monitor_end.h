/*
 * monitor_end.h -- how a session of commands ends.
 */

#ifndef COMMANDS_MONITOR_END_H
#define COMMANDS_MONITOR_END_H

#include "commands/monitor_state.h"

/*
 * Send the speaker the status, and the text for the client's standard error.
 * Nothing if that was done before.
 */
void monitor_end(struct monitor *m, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Begin to end the program, if it runs and is not being ended already. */
void monitor_end_program(struct monitor *m, enum cause cause);

/* Send the next signal, and set the deadline for the one after it. */
void monitor_next_step(struct monitor *m);

/* The speaker is not trusted any more, or has ended: end the session. */
void monitor_drop_speaker(struct monitor *m, const char *reason);

/* Kill what still runs and exit with STATUS, without a report. */
void monitor_exit(struct monitor *m, int status) __attribute__((noreturn));

/* The same with the session's status, after the report. */
void monitor_leave(struct monitor *m) __attribute__((noreturn));

#endif
