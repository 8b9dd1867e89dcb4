/*
 * secure.h -- decide by options and known hosts whether a connection uses TLS,
 * and which keys of the server are accepted.
 */

#ifndef SECURE_H
#define SECURE_H

#include "hail/connection.h"
#include "hail/option_values.h"
#include "hail/pin.h"

/*
 * Have TLS spoken on C, which has just reached the server at ADDR, if O asks
 * for that or the server is a known host.  Waits for the handshake until
 * DEADLINE. TOKEN is that of an enrolment, or NULL.  Notes for the user begin
 * with NAME.
 *
 * Afterwards C is in the clear for the caller, or has failed.  With
 * O->show_key the server's key was printed, and there is no session.
 */
void secure(struct connection *c, const struct options *o,
    const struct token *token, const struct addr *addr, const char *name,
    int64_t deadline);

#endif
