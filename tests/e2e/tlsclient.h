/*
 * tlsclient.h -- what the test programs that speak TLS share: a client that
 * verifies nothing.
 *
 * Servers are "port" (of 127.0.0.1), "address:port" or the path of a socket.
 * The environment says more: TLS_CERT and TLS_KEY, files with a certificate for
 * the client; TLS_NAME, the server name to ask for; TLS_PRIORITY; and
 * PEER_FROM, the address to come from.
 */

#ifndef TLSCLIENT_H
#define TLSCLIENT_H

#include <gnutls/gnutls.h>

#include <stddef.h>

struct tlsclient {
	int fd;
	gnutls_session_t tls;
};

/* First of all.  These functions end the program when something fails. */
void tlsclient_init(void);

/* Connect, without TLS. */
int tlsclient_connect(const char *where);

/* A session over FD, without handshake. */
void tlsclient_session(struct tlsclient *c, int fd);

/* Connect, and do the handshake.  Exits with 1 when that fails. */
void tlsclient_open(struct tlsclient *c, const char *where);

/* Returns 0, or what GnuTLS says. */
int tlsclient_handshake(struct tlsclient *c);

/* Send all LEN bytes.  Returns 0, or what GnuTLS says. */
int tlsclient_send(struct tlsclient *c, const void *data, size_t len);

/* Receive: the number of bytes; 0: close_notify; or what GnuTLS says. */
ssize_t tlsclient_receive(struct tlsclient *c, void *data, size_t len);

/* Close without close_notify. */
void tlsclient_drop(struct tlsclient *c);

#endif
