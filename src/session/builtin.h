/*
 * builtin.h -- the services without a program.
 *
 * Each runs in the session's process, without privileges, and returns when it
 * has finished, or when the client took too long (timed_io.h).
 */

#ifndef BUILTIN_H
#define BUILTIN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/addr.h"
#include "session/timed_io.h"

typedef void builtin_fn(struct timed_io *t);

/* The service NAME, or NULL. */
builtin_fn *builtin_find(const char *name);

/*
 * Its form over UDP: given the IN bytes that came in BUF, which has room for
 * BUILTIN_DATAGRAM_MAX, write the answer there.  Returns its length; 0 is none.
 */
#define BUILTIN_DATAGRAM_MAX 65536
typedef size_t builtin_datagram_fn(char *buf, size_t in);
builtin_datagram_fn *builtin_find_datagram(const char *name);

/*
 * Whether a datagram from FROM (IPv4-mapped addresses unmapped) may be answered
 * from OWN_PORT: not to a port below 1024, to 2049, or to OWN_PORT, since
 * another service of this kind may be there, and the two would answer each
 * other for ever; nor to a multicast address.
 */
bool builtin_may_answer(const struct addr *from, unsigned int own_port);

/*
 * Answer the datagrams that come to FD, a UDP socket, with FN: until none has
 * come for 10 seconds, or for a minute.
 */
void builtin_serve_datagrams(builtin_datagram_fn *fn, int fd);

/* Send TEXT. */
void builtin_message(struct timed_io *t, const char *text);

#endif
