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

#endif
