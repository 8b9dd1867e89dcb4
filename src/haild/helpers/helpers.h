/*
 * helpers.h -- the programs that haild executes for itself: haild-commands for
 * sessions, haild-tls for services with TLS, and haild-load, which builds the
 * configuration.
 *
 * They are opened once, at the start and after an upgrade, and executed by
 * descriptor (fds_execute): replacing the files of a package changes nothing
 * for a daemon that runs.  A parser that leaks, crashes or hangs, and the
 * modules of NSS, do so in haild-load, not in the daemon.
 */

#ifndef HELPERS_H
#define HELPERS_H

#include <stdbool.h>

struct helpers {
	int load;     /* haild-load */
	int tls;      /* haild-tls, which haild-load executes, too */
	int commands; /* haild-commands; -1: not opened */
};

/*
 * Open the helpers (haild-commands only with COMMANDS), beside the program
 * that runs if they are there (a build tree), else where they are installed;
 * and run each to see that it is of the same build.  Returns 0, or the status
 * to exit with, logged: 1, or EX_TEMPFAIL for a helper of another build, since
 * an upgrade of the package may be on its way.
 */
int helpers_open(struct helpers *h, bool commands);

#endif
