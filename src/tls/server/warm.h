/*
 * warm.h -- a trial handshake in the keeper.
 */

#ifndef TLS_WARM_H
#define TLS_WARM_H

/*
 * Do a handshake between a client and a server in memory, with a temporary
 * key.  Relays then share the memory that the library prepares at its first
 * handshake.  Returns 0, or a negative error of GnuTLS.
 */
int tls_warm(void);

#endif
