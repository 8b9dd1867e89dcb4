/*
 * link.h -- the socket below a TLS session.
 *
 * GnuTLS never sees an end or an error of the socket, after which it would
 * neither send nor receive: these are noted here, and it is told to try again
 * later.  Nor does it see that the socket is full: what does not fit is kept
 * here, so that the sender's state is never half-way.  Only recv(2) and send(2)
 * are called, and they never wait.
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
	int error;    /* of recv(2) or send(2), once and for all; or 0 */
	size_t start; /* of what is still to be sent, ... */
	size_t end;
	unsigned char unsent[LINK_SIZE];
};

/* Have TLS use the socket FD by LINK, which it keeps a pointer to. */
void tls_link_attach(struct tls_link *link, gnutls_session_t tls, int fd);

/* Whether something is still to be sent, when the socket takes more. */
bool tls_link_is_blocked(const struct tls_link *link);

/* Send what the socket takes now.  On an error the rest is dropped. */
void tls_link_flush(struct tls_link *link);

/*
 * recv(2) and send(2) as above, for any stream socket; and to look at what
 * comes next.
 */
ssize_t tls_link_receive(int fd, void *data, size_t size);
ssize_t tls_link_peek(int fd, void *data, size_t size);
ssize_t tls_link_send(int fd, const void *data, size_t len);

/*
 * Have the kernel take what is left at the end of a session.  A client may be
 * too slow to receive within the grace what the program has written, of which a
 * stream holds some 200 kB; the kernel goes on with it after this process has
 * ended, as it would without TLS.  Where the client is fast the kernel itself
 * has made the buffer larger.
 */
void tls_link_widen(int fd);

/*
 * Have poll(2) wait for EVENTS of FD in WAY, or for its end; but for nothing
 * after that, which would be there each time.
 */
void tls_link_watch(struct pollfd *way, int fd, short events);

#endif
