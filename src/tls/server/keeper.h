/*
 * keeper.h -- the process that makes a relay for each client.
 */

#ifndef TLS_KEEPER_H
#define TLS_KEEPER_H

/* The process, with descriptors as in session/relay_channel.h. */
void keeper_run(void) __attribute__((noreturn));

#endif
