/*
 * tls_channel.h -- the messages between hail and hail-tls.
 *
 * hail connects, and then executes hail-tls with the descriptors below.
 * hail-tls sends TLS_NOTEs, then TLS_READY or TLS_FAILED for the handshake.
 * After TLS_READY it copies between the server and its end of the stream, and
 * sends TLS_ENDED before it ends the stream.  When hail closes its end of the
 * channel, hail-tls sends the data that is in the stream, and exits.
 *
 * The arguments of hail-tls are "KEY=VALUE":
 *
 *	name=NAME		the server's name, to verify its certificate
 *	verify=HOW		"none", "pins", "ca", or "first" (any key)
 *	pin=PIN			an accepted key; can be repeated
 *	ca=FILE			the file of CAs, or "system"
 *	identity=FILE		the client's key and certificate
 *	default-identity=FILE	the same, if the file exists
 *	new-identity=FILE	the same, created if it does not exist
 *	alpn=PROTOCOL		offer this application protocol
 *	show=yes		describe the certificate in TLS_READY, then exit
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
	uint32_t alpn;	    /* TLS_READY: the server selected the protocol */
	char pin[PIN_SIZE];
	char text[TLS_REPORT_TEXT_MAX];
};

extern const struct message_kind tls_helper_kinds[];

#endif
