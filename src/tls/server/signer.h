/*
 * signer.h -- the process that holds the private keys.
 */

#ifndef TLS_SIGNER_H
#define TLS_SIGNER_H

#include "tls/signer_channel.h"

/*
 * The main function of the signer.  Its descriptors are enum signer_fd of
 * session/relay_channel.h.
 */
void signer_run(void) __attribute__((noreturn));

#endif
