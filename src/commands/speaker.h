/*
 * speaker.h -- the role "speaker" of haild-commands: the one process that
 * parses what a client of commands sends.
 *
 * It turns frames (lib/nailgun.h) into one request for the monitor
 * (exchange.h), and then copies bytes between the client and the program's
 * pipes.  It has no privileges, no configuration and no files (contain/).
 */

#ifndef SPEAKER_H
#define SPEAKER_H

#include <sys/types.h>

/*
 * Serve with the descriptors of session/monitor_start.h.  SERVICE is its name;
 * the monitor is the process PARENT.
 */
void speaker_run(const char *service, pid_t parent) __attribute__((noreturn));

#endif
