/*
 * spawn.h -- from a forked child to the service's program.
 */

#ifndef SPAWN_H
#define SPAWN_H

#include "contain/contain.h"
#include "session/session.h"

#define UMASK 022 /* the daemon's, and the default of a program */

/*
 * Confine a process of a service without a program: its priority, limits, root
 * directory and user, and EMPTY (contain/confine.h, or -1) if it reads what a
 * client sends; PROXIED: a preamble comes first.  Returns 0, or -1 after the
 * reason was logged: nothing may be served then.
 */
int spawn_confine(const struct service *service, bool proxied, int empty);

/*
 * Set what a program is started with, but for what contain_seal sets right
 * before its exec: namespaces and mounts of GRANT, keyring, priority, limits,
 * root directory, user, directory, umask.  Returns 0, or -1 after the reason
 * was logged: nothing may be run then.
 */
int spawn_settle(const struct service *service, const struct grant *grant);

/*
 * Unmap the configuration, in which "environment" values are secrets, before a
 * byte of the client is read.  What the session still needs of its service is
 * copied to OWN and ID; exits without memory.
 */
void spawn_forget_config(
    const struct session *s, struct service *own, struct identity *id);

/*
 * Confine, read the preamble if there is one, build the environment, execute.
 * The client must be on descriptors 0 and 1.  Does not return: a sysexits(3)
 * code says what failed.
 */
void spawn_program(const struct session *s) __attribute__((noreturn));

#endif
