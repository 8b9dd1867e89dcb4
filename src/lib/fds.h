/*
 * fds.h -- the descriptors that a child keeps.
 */

#ifndef FDS_H
#define FDS_H

#include <stddef.h>

/* dup2(2) IN, OUT and ERR to 0, 1 and 2.  Returns 0, or -1 with errno. */
int fds_set_stdio(int in, int out, int err);

/* Close all from 3 up except those of the log and the N in KEEP. */
void fds_close_others(const int *keep, size_t n);

/*
 * Execute PROGRAM, a descriptor, with 0, 1 and 2 as they are, the N of KEEP (at
 * most FDS_EXECUTE_MAX) as 3, 4 and so on, and no others.  It works for a file
 * that has been replaced since, but not for a script.  Returns only when it
 * fails, -1 with errno; those from 3 up may be changed then, the log's too.
 */
#define FDS_EXECUTE_MAX 9
int fds_execute(int program, char *const argv[], const int *keep, size_t n);

#endif
