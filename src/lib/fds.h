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

#endif
