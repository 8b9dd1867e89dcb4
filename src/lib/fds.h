/*
 * fds.h -- which descriptors a child keeps.
 */

#ifndef FDS_H
#define FDS_H

#include <stddef.h>

/* Make IN, OUT and ERR descriptors 0, 1 and 2.  Returns 0, or -1 with errno. */
int fds_set_stdio(int in, int out, int err);

/*
 * Close every descriptor from 3 up but those of the log and the N in KEEP,
 * which is sorted in place.
 */
void fds_close_others(int *keep, size_t n);

/*
 * Move the N descriptors in FDS to 3, 4, ... and close all others above 2.  One
 * may be there more than once.  None of them is close-on-exec then.  Returns 0,
 * or -1 with errno.
 */
int fds_move(const int *fds, size_t n);

#endif
