/*
 * spawn.h -- from a forked child to the service's program.
 */

#ifndef SPAWN_H
#define SPAWN_H

#include "session/session.h"

#define UMASK 022 /* the daemon's, and the default of a program */

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
 * Write into C what a program is told of its connection: LOCAL is the near end
 * of the socket.  Before the fork, where the client is known by then: a child
 * would have to map what of libc prints numbers, and write to its heap (a third
 * of its page faults, as measured).
 */
void spawn_connection(struct connection *c, const struct client *client,
    const struct addr *local);

/* How many pointers an environment needs at most, with the NULL at its end. */
size_t spawn_environment_room(
    const struct service *service, const char *const *accepted);

/*
 * The environment of a program, from execve(2)'s point of view: NAME=value,
 * ending with NULL, in LIST, which has the room for them; they stay where they
 * are.  ACCEPTED is NULL, or what is taken of a client's, ending with NULL:
 * what the configuration says comes after it, and wins.
 */
char *const *spawn_environment(const char **list, const struct service *service,
    const struct connection *connection, const char *const *accepted);

#endif
