/*
 * tls_channel.h -- how hail and its helper hail-tls work together.
 *
 * hail connects, and then executes hail-tls with the descriptors below.  The
 * helper sends TLS_NOTEs, then TLS_READY or TLS_FAILED for the handshake. After
 * TLS_READY it copies between the server and its end of the stream, and sends
 * TLS_ENDED before it ends the stream.  When hail closes its end of the
 *channel, the helper sends what is in the stream, and exits.
 *
 * Its arguments are "KEY=VALUE":
 *
 *	name=NAME	  of the server, for its certificate
 *	address=TEXT	  where it was reached, for messages
 *	verify=none	  the server, or by "pins", "ca", or "first" (any key)
 *	pin=PIN		  a key that is right; can be repeated
 *	ca=FILE		  or "system"
 *	identity=FILE	  the client's key and certificate
 *	default-identity=FILE	the same, if it exists
 *	new-identity=FILE	the same, made if it does not exist
 *	show=yes	  TLS_READY has facts about the certificate, then exit
 */

#ifndef TLS_CHANNEL_H
#define TLS_CHANNEL_H

#include <stdint.h>

#include "hail/pin.h"
#include "lib/message.h"

enum tls_helper_fd {
	TLS_HELPER_SERVER = 3, /* the socket to the server */
	TLS_HELPER_STREAM,     /* a stream socket, in the clear */
	TLS_HELPER_CHANNEL,    /* SOCK_SEQPACKET */
};

enum tls_helper_type {
	TLS_NOTE = 1, /* a line for the user */
	TLS_READY,    /* the server is verified, and PIN is its key */
	TLS_FAILED,   /* why there is no session */
	TLS_ENDED,    /* how the session ended */
};

#define TLS_REPORT_TEXT_MAX 4096

/* The payload of each, up to the end of TEXT. */
struct tls_report {
	uint32_t status;    /* enum hail_status */
	uint32_t wrong_key; /* TLS_FAILED: PIN is not one of those allowed */
	char pin[PIN_SIZE];
	char text[TLS_REPORT_TEXT_MAX];
};

extern const struct message_kind tls_helper_kinds[];

#endif
