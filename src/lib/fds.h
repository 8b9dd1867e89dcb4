/*
 * fds.h -- the descriptors that a child keeps.
 */

#ifndef FDS_H
#define FDS_H

#include <stddef.h>

/* dup2(2) IN, OUT and ERR to 0, 1 and 2.  Returns 0, or -1 with errno. */
int fds_set_stdio(int in, int out, int err);

/*
 * Close all descriptors from 3 up except those of the log and the N in KEEP,
 * which gets sorted.
 */
void fds_close_others(int *keep, size_t n);

#endif
