/*
 * tlsclient.h -- a TLS client for test programs, which verifies nothing.
 *
 * A server is "port" (of 127.0.0.1), "address:port" or the path of a socket.
 * Variables of the environment: TLS_CERT and TLS_KEY, files with the client's
 * certificate and key; TLS_NAME, the server name to ask for; TLS_PRIORITY; and
 * PEER_FROM, the address to connect from.
 */

#ifndef TLSCLIENT_H
#define TLSCLIENT_H

#include <gnutls/gnutls.h>

#include <stddef.h>

struct tlsclient {
	int fd;
	gnutls_session_t tls;
};

/* To be called first.  These functions end the program if they fail. */
void tlsclient_init(void);

/* Connect, without TLS. */
int tlsclient_connect(const char *where);

/* Make a session over FD, without a handshake. */
void tlsclient_session(struct tlsclient *c, int fd);

/* Connect and do the handshake.  Exits with 1 if that fails. */
void tlsclient_open(struct tlsclient *c, const char *where);

/* Do the handshake.  Returns 0, or an error of GnuTLS. */
int tlsclient_handshake(struct tlsclient *c);

/* Send all LEN bytes.  Returns 0, or an error of GnuTLS. */
int tlsclient_send(struct tlsclient *c, const void *data, size_t len);

/*
 * Receive.  Returns the number of bytes, 0 after close_notify, or an error of
 * GnuTLS.
 */
ssize_t tlsclient_receive(struct tlsclient *c, void *data, size_t len);

/* Close without close_notify. */
void tlsclient_drop(struct tlsclient *c);

#endif
