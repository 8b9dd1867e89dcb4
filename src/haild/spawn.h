/*
 * spawn.h -- from a forked child to the service's program.
 */

#ifndef SPAWN_H
#define SPAWN_H

#include "session.h"

/*
 * Put the service's limits, priority, root directory and user on this process.
 * Returns 0, or -1 after the reason was logged: nothing may be run then.
 */
int spawn_confine(const struct service *service);

/*
 * That, and all else that a program is to find: directory, umask, and whether
 * it can gain privileges.  Returns 0, or -1 after the reason was logged.
 */
int spawn_settle(const struct service *service);

/* The near end of the socket FD; WHO is for the log. */
void spawn_local(int fd, struct addr *local, const char *who);

/*
 * Confine, pass the layers, build the environment, execute.  The client must be
 * on descriptors 0 and 1.  Does not return: a sysexits(3) code says what
 * failed.
 */
void spawn_program(const struct session *s) __attribute__((noreturn));

/*
 * The environment of a program, from execve(2)'s point of view: an array of
 * NAME=value that ends with NULL, on the heap.  LOCAL is the near end of the
 * socket.  ACCEPTED is NULL, or what is taken of a client's, ending with NULL:
 * what the configuration says comes after it, and wins.
 */
char **spawn_environment(const struct service *service,
    const struct client *client, const struct addr *local,
    char *const *accepted);

#endif
