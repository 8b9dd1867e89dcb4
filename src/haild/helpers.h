/*
 * helpers.h -- the programs that haild executes for itself.
 *
 * They are opened once, at the start and after an upgrade, and executed by
 * descriptor (fds_execute): replacing the files of a package changes nothing
 * for a daemon that runs.
 */

#ifndef HELPERS_H
#define HELPERS_H

#include <stdbool.h>

struct helpers {
	int load;     /* haild-load */
	int commands; /* haild-commands; -1: not opened */
};

/*
 * Open the helpers (without COMMANDS, haild-load alone), beside the program
 * that runs if they are there (a build tree), else where they are installed;
 * and run each to see that it is of the same build.  Returns 0, or the status
 * to exit with, logged: 1, or EX_TEMPFAIL for a helper of another build, since
 * an upgrade of the package may be on its way.
 */
int helpers_open(struct helpers *h, bool commands);

#endif
