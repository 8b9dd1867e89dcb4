/*
 * monitor_begin.h -- the role "monitor" of haild-commands.
 */

#ifndef MONITOR_BEGIN_H
#define MONITOR_BEGIN_H

/*
 * Serve the session whose descriptors are at the numbers of
 * session/monitor_start.h, and exit with the command's status.
 */
void monitor_run(void) __attribute__((noreturn));

#endif
