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
 * Confine, pass the layers, build the environment, execute.  The client must be
 * on descriptors 0 and 1.  Does not return: a sysexits(3) code says what
 * failed.
 */
void spawn_program(const struct session *s) __attribute__((noreturn));

/*
 * The environment of a program, from execve(2)'s point of view: an array of
 * NAME=value that ends with NULL, on the heap.  LOCAL is the near end of the
 * socket.
 */
char **spawn_environment(const struct service *service,
    const struct client *client, const struct addr *local);

#endif
