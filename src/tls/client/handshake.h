/*
 * handshake.h -- the handshake with the server, and the reasons why it fails.
 */

#ifndef TLS_CLIENT_HANDSHAKE_H
#define TLS_CLIENT_HANDSHAKE_H

#include <gnutls/gnutls.h>

#include "hail/tls_channel.h"
#include "tls/client/arguments.h"
#include "tls/client/identity_file.h"

struct client {
	struct client_arguments arguments;
	struct client_key key;
	gnutls_certificate_credentials_t credentials;
	gnutls_session_t tls;
	bool refused;		   /* hail refused it: the reason is in ... */
	struct tls_report verdict; /* ... which has the server's pin */
};

/* Create C's session from its arguments and key; failures end the process. */
void client_session_make(struct client *c);

/*
 * Do the handshake, in a confined process.  Returns true when the server is
 * verified as the arguments require; or false after a failure was reported to
 * hail, or hail has exited.
 */
bool client_handshake(struct client *c);

#endif
