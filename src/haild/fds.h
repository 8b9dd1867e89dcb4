/*
 * fds.h -- which descriptors a child keeps.
 */

#ifndef FDS_H
#define FDS_H

#include <stddef.h>

/*
 * Close every descriptor from 3 up but those of the log and the N in KEEP,
 * which is sorted in place.
 */
void fds_close_others(int *keep, size_t n);

/* Open /dev/null on each of 0, 1 and 2 that is closed.  Returns 0 or -1. */
int fds_fill_stdio(void);

#endif
