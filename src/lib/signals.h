/*
 * signals.h -- signals as flags.
 *
 * What the daemon handles is blocked but in ppoll(2); the handler sets a flag,
 * the loop asks for it.
 */

#ifndef SIGNALS_H
#define SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/*
 * Undo whatever the parent left: all defaults, nothing blocked.  With KEEP the
 * mask stays: what came while another image was replaced by this one must wait
 * for signals_catch.
 */
void signals_reset(bool keep);

/* Catch and block what the daemon handles; ignore SIGPIPE and SIGXFSZ. */
void signals_catch(void);

/* The mask to give to ppoll(2). */
const sigset_t *signals_open_mask(void);

/*
 * Let pending signals in.  ppoll(2) does so only when it would wait: while
 * clients keep coming, a daemon that relied on it would never reap.
 */
void signals_deliver(void);

/* Whether SIG came since it was last asked for. */
bool signals_taken(int sig);

/* In a child: defaults for what signals_catch set, then nothing blocked. */
void signals_in_child(void);

#endif
