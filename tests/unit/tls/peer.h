/*
 * peer.h -- for tests of src/tls: certificates made on the spot, and the two
 * ends of a TLS session in one process.
 */

#ifndef PEER_H
#define PEER_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <stdbool.h>
#include <time.h>

#include "tls/link.h"

/* What a certificate is to have; what is 0 or NULL it has not. */
struct peer_spec {
	const char *cn, *dns, *uri, *email;
	const char *purpose; /* an OID */
	long begins, ends;   /* seconds from now; 0: an hour around it */
	bool is_ca;
	gnutls_pk_algorithm_t type;	  /* 0: ECDSA, P-256 */
	unsigned int bits;		  /* of an RSA key */
	gnutls_digest_algorithm_t digest; /* 0: SHA-256 */
	unsigned char serial;
};

struct peer_cert {
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
};

/* Make one that CA has signed; NULL: itself. */
void peer_cert_make(struct peer_cert *c, const struct peer_spec *spec,
    const struct peer_cert *ca);
/*
 * Sign it, after a change; and read it again: of one that was made but never
 * read, GnuTLS lacks what a trust list looks at.  Returns whether it can be
 * read.
 */
bool peer_cert_sign(struct peer_cert *c, const struct peer_cert *ca,
    gnutls_digest_algorithm_t digest);
void peer_cert_free(struct peer_cert *c);

/* One end. */
struct peer {
	gnutls_session_t tls;
	gnutls_certificate_credentials_t credentials;
	struct tls_link link;
};

/*
 * Make an end for FD; FLAGS as for gnutls_init.  It shows CERT (NULL: none),
 * and does not verify the other one's.
 */
void peer_init(struct peer *p, unsigned int flags, int fd,
    const struct peer_cert *cert, const char *priority);
void peer_free(struct peer *p);

/* Have two ends in this process do the handshake. */
void peer_shake(struct peer *a, struct peer *b);

/* Send and receive until all is done, at the end or on an error its code. */
ssize_t peer_send(struct peer *p, const void *data, size_t len);
ssize_t peer_receive(struct peer *p, void *data, size_t size);

/* A pair of TCP sockets over 127.0.0.1. */
void peer_tcp_pair(int pair[2]);

#endif
