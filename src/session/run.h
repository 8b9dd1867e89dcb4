/*
 * run.h -- the process of one session, from its fork.
 */

#ifndef RUN_H
#define RUN_H

#include "session/session.h"

/* Serve S and exit: 0, a sysexits(3) code, or the program's own status. */
void session_run(const struct session *s) __attribute__((noreturn));

#endif
