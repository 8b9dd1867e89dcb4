/*
 * handshake.h -- the servers of handshake.c.
 */

#ifndef HANDSHAKE_H
#define HANDSHAKE_H

#include <gnutls/gnutls.h>

#include <stdbool.h>

#define LINE "Smile from the server\n"

/* End the program with a message if RESULT is an error of GnuTLS. */
void must(int result, const char *what);

/* Listen on 127.0.0.1:PORT. */
int serve_listen(const char *port);

/* A server's priorities: TLS 1.3. */
gnutls_priority_t serve_priority(void);

/* Do the handshake of a client that is connected to FD, as its server. */
gnutls_session_t serve_handshake(int fd,
    gnutls_certificate_credentials_t credentials, gnutls_priority_t priority);

/* End the session and the process, when the client has ended it, too. */
_Noreturn void serve_end(gnutls_session_t tls);

/*
 * Serve.  ARGV: port, certificate, key.  Each client gets LINE and the end, or
 * if ECHO an echo of what it sends.
 */
int serve(char *argv[], bool echo);
int separated(char *argv[], bool echo);

#endif
