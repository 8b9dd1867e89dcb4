/*
 * link.h -- the socket below a TLS session.
 *
 * After an end or an error of the socket, GnuTLS would neither send nor
 * receive.  So this module notes them, and returns EAGAIN to GnuTLS.  It also
 * buffers the bytes that a full socket does not accept, so that GnuTLS never
 * has a record half sent.  It calls only recv(2) and send(2), which never wait
 * here.
 */

#ifndef TLS_LINK_H
#define TLS_LINK_H

#include <sys/types.h>

#include <gnutls/gnutls.h>

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

/* One record (RFC 5246, 6.2.3), and a KeyUpdate or an alert before it. */
#define LINK_SIZE (5 + 16384 + 2048 + 256)

struct tls_link {
	int fd;
	bool ended;   /* nothing more can be received */
	int error;    /* the first errno of recv(2) or send(2), or 0 */
	size_t start; /* of the unsent bytes, ... */
	size_t end;
	unsigned char unsent[LINK_SIZE];
};

/* Have TLS use the socket FD by LINK, which must stay where it is. */
void tls_link_attach(struct tls_link *link, gnutls_session_t tls, int fd);

/* Whether there are unsent bytes, because the socket is full. */
bool tls_link_is_blocked(const struct tls_link *link);

/*
 * Send as many unsent bytes as the socket accepts.  After an error, drop them.
 */
void tls_link_flush(struct tls_link *link);

/*
 * recv(2), recv(2) with MSG_PEEK, and send(2) on any stream socket, by number
 * and without waiting.
 */
ssize_t tls_link_receive(int fd, void *data, size_t size);
ssize_t tls_link_peek(int fd, void *data, size_t size);
ssize_t tls_link_send(int fd, const void *data, size_t len);

/*
 * Raise SO_SNDBUF at the end of a session, so that the kernel accepts all
 * remaining data.  A stream holds some 200 kB that the program has written,
 * which a slow client may not receive within the grace.  The kernel continues
 * to send after this process has exited, as without TLS.  For a fast client the
 * kernel has already made the buffer larger.
 */
void tls_link_widen(int fd);

/*
 * Have poll(2) wait for EVENTS of FD in WAY, or for its end; but for nothing
 * after that, which would be there each time.
 */
void tls_link_watch(struct pollfd *way, int fd, short events);

#endif
