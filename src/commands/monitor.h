/*
 * monitor.h -- the child of a session of a commands service.
 *
 *	daemon -- monitor -- speaker	reads what the client sends
 *	                  -- program	in a process session of its own
 *
 * The monitor sees no byte of the client's but the request, which it checks
 * against the configuration (request.h).  It has the command's deadline and
 * ends the program; the speaker carries the bytes.
 */

#ifndef MONITOR_H
#define MONITOR_H

#include "session/session.h"

/* Serve S and exit with the command's status. */
void monitor_run(const struct session *s) __attribute__((noreturn));

#endif
