/*
 * monitor.h -- the process that is responsible for a session of commands.
 *
 *	daemon -- monitor -- speaker	reads what the client sends
 *	                  -- program	in a process session of its own
 *
 * The monitor sees no byte of the client's but the request, which it checks
 * against the configuration (request.h).  It keeps the command's deadline and
 * ends the program; the speaker copies the bytes.
 */

#ifndef MONITOR_H
#define MONITOR_H

#include "commands/monitor_state.h"

/* Handle the next message of the speaker, if there is one. */
void monitor_receive(struct monitor *m);

/* Handle messages, signals and deadlines until all processes have ended. */
void monitor_serve(struct monitor *m);

#endif
