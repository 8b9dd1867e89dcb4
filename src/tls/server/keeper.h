/*
 * keeper.h -- the process that makes a relay for each client.
 */

#ifndef TLS_KEEPER_H
#define TLS_KEEPER_H

/*
 * The main function of the keeper.  Its descriptors are enum keeper_fd of
 * session/relay_channel.h.
 */
void keeper_run(void) __attribute__((noreturn));

#endif
