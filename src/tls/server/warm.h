/*
 * warm.h -- do in the keeper, once, what each relay would otherwise do.
 */

#ifndef TLS_WARM_H
#define TLS_WARM_H

/*
 * Do a handshake with itself in memory, with a key that is made for it and
 * forgotten.  What the library sets up at its first handshake is then shared by
 * the relays.  Returns 0, or a negative error of GnuTLS.
 */
int tls_warm(void);

#endif
