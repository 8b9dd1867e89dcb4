/*
 * bare.h -- a part of bare.c.
 */

#ifndef BARE_H
#define BARE_H

#include <sys/types.h>

/*
 * Serve the clients of the listening socket AT as haild does (bare_same.c): run
 * PROGRAM as UID and GID, in a cgroup below DIRECTORY ("-": none), and write a
 * line to SYSLOG at its end.
 */
void same_serve(int at, int syslog, uid_t uid, gid_t gid, const char *directory,
    char *const *program) __attribute__((noreturn));

#endif
