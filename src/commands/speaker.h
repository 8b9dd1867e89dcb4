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

/* The descriptors it is executed with; 0, 1 and 2 are /dev/null. */
enum speaker_fd {
	SPEAKER_CLIENT = 3,
	SPEAKER_MONITOR,
	SPEAKER_IN, /* the far ends of the program's pipes */
	SPEAKER_OUT,
	SPEAKER_ERR,
	SPEAKER_LOG, /* the log's, and a root directory, or /dev/null */
	SPEAKER_LOG_ERROR,
	SPEAKER_ROOT,
	SPEAKER_END
};

/* SERVICE is its name; the monitor is the process PARENT. */
void speaker_run(const char *service, pid_t parent) __attribute__((noreturn));

#endif
