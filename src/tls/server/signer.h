/*
 * signer.h -- the process that holds the private keys.
 */

#ifndef TLS_SIGNER_H
#define TLS_SIGNER_H

#include "tls/signer_channel.h"

/* The process, with descriptors as in session/relay_channel.h. */
void signer_run(void) __attribute__((noreturn));

#endif
