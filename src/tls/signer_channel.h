/*
 * signer_channel.h -- messages between the signer, which holds the private
 * keys, the keeper and the relays.
 *
 *	signer	SIGNER_READY	all keys are loaded, and match
 *	keeper	SIGNER_RELAY	a pair for one relay, of one service
 *	relay	SIGNER_SIGN	on that pair
 *	signer	SIGNER_SIGNED	or SIGNER_REFUSED
 *
 * A relay sends the hash of the transcript, and the signer composes the text to
 * sign, "TLS 1.3, server CertificateVerify" (RFC 8446, 4.4.3), so a relay can
 * have nothing else signed.  If the service allows TLS 1.2, the signer also
 * signs a bare hash.  Each relay gets at most one signature.  The signer ends
 * when the keeper and all relays have closed their ends.
 */

#ifndef TLS_SIGNER_CHANNEL_H
#define TLS_SIGNER_CHANNEL_H

#include <stdint.h>

#include "lib/message.h"

#define SIGNER_DATA_MAX 1024
#define SIGNER_SIGNATURE_MAX 1024 /* RSA with 8192 bits */

enum signer_type {
	SIGNER_READY = 2, /* after KEEPER_START (session/relay_channel.h) */
	SIGNER_RELAY,	  /* struct signer_relay, and the signer's end */
	SIGNER_SIGN,	  /* struct signer_sign, up to its length */
	SIGNER_SIGNED,	  /* the signature */
	SIGNER_REFUSED,	  /* uint32_t 0 */
};

struct signer_relay {
	uint32_t service; /* its index in the configuration */
};

struct signer_sign {
	uint32_t key;	  /* the index of its pair in tls-key */
	uint32_t version; /* 0x0304, or 0x0303 */
	uint32_t scheme;  /* SignatureScheme, RFC 8446, 4.2.3 */
	uint32_t length;
	/*
	 * 0x0304: the hash of the transcript.  0x0303: the hash that is signed;
	 * for Ed25519 the message itself.
	 */
	unsigned char data[SIGNER_DATA_MAX];
};

extern const struct message_kind signer_kinds[];

/*
 * For a relay: have DATA signed over FD.  Returns the length of the signature,
 * which goes to SIGNATURE, or -1.
 */
int signer_request(int fd, const struct signer_sign *sign,
    unsigned char signature[SIGNER_SIGNATURE_MAX]);

#endif
