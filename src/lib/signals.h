/*
 * signals.h -- signals as flags.
 *
 * The signals that the daemon handles are blocked except in ppoll(2).  The
 * handler only sets a flag, which the loop tests.
 */

#ifndef SIGNALS_H
#define SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/*
 * Reset what was inherited: all dispositions are the defaults, no signal is
 * blocked.  KEEP_MASK is for an upgrade: signals that arrived during execve(2)
 * stay blocked until signals_catch.
 */
void signals_reset(bool keep_mask);

/*
 * The kernel discards signals to process 1 of a PID namespace that have their
 * default action.  In such a process, let SIGTERM and SIGINT end it
 * nevertheless, with the status that a shell reports, until signals_catch.  In
 * others, do nothing.
 */
void signals_end_init(void);

/*
 * Catch and block the handled signals; ignore SIGPIPE and SIGXFSZ.  Also for a
 * child, after signals_in_child: flags that it has inherited are cleared.
 */
void signals_catch(void);

/* The mask for ppoll(2): no signal is blocked. */
const sigset_t *signals_open_mask(void);

/*
 * Deliver pending signals.  ppoll(2) does so only if it has to wait; while
 * clients keep coming it never does, and children would not be reaped.
 */
void signals_deliver(void);

/* Whether SIG arrived since the last call; clears the flag. */
bool signals_taken(int sig);

/* In a child: undo signals_catch, then unblock all signals. */
void signals_in_child(void);

#endif
