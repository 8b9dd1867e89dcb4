/*
 * tls.h -- facts about a client's TLS session, for the daemon and the programs
 * of a session.  Pure; uses no TLS library.
 */

#ifndef CONFIG_TLS_H
#define CONFIG_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/identity.h"
#include "lib/addr.h"
#include "lib/proxy.h"

/* In the order of the words in load/settings.c. */
enum tls_minimum { TLS_MINIMUM_1_3, TLS_MINIMUM_1_2 };
enum tls_client {
	TLS_CLIENT_NONE,     /* no certificate is requested */
	TLS_CLIENT_OPTIONAL, /* verified if the client has one */
	TLS_CLIENT_REQUIRED,
	TLS_CLIENT_ANY, /* any proved key; a verified one has an identity */
};

/* Why a client is refused before its session.  The words are in tls.c. */
enum tls_fault {
	TLS_FINE,
	TLS_LATE,	    /* the handshake was not complete in time */
	TLS_CLOSED,	    /* closed or reset during the handshake */
	TLS_NOT_TLS,	    /* the first bytes are not TLS: plain HTTP, ... */
	TLS_VERSION,	    /* no version in common */
	TLS_CIPHER,	    /* no cipher, group or signature in common */
	TLS_ALPN,	    /* no protocol in common */
	TLS_ALERT,	    /* the client sent a fatal alert */
	TLS_PROTOCOL,	    /* any other violation of the protocol */
	TLS_NO_CERTIFICATE, /* none, but tls-client needs one */
	TLS_UNKNOWN_CA,	    /* no chain to tls-client-ca */
	TLS_UNKNOWN_KEY,    /* not in identities */
	TLS_EXPIRED,	    /* the certificate, or its line in identities */
	TLS_NOT_YET_VALID,  /* the certificate */
	TLS_REVOKED,	    /* by tls-client-crl */
	TLS_PURPOSE,	    /* not a certificate for clients */
	TLS_WEAK,	    /* an algorithm that is not secure */
	TLS_UNVERIFIED,	    /* any other status of the verification */
	TLS_NO_NAME,	    /* verified, but without a usable name */
	TLS_BAD_IDENTITIES, /* a file of identities cannot be trusted */
	TLS_SIGNER,	    /* the signer did not sign */
	TLS_INTERNAL,	    /* no memory, no descriptors, ... */
	TLS_OLD_CRL,	    /* a list of tls-client-crl has expired */
	TLS_UNUSED,	    /* closed or reset before the first byte */
	TLS_NFAULTS
};

/* The words of FAULT, such as "unknown CA", for "refused: tls: WORDS". */
const char *tls_words(enum tls_fault fault);

/*
 * The texts about a TLS session, each with an environment variable (tls.c); ""
 * where it does not apply.
 */
enum tls_text {
	TLS_PROTOCOL_NAME, /* SSL_PROTOCOL, "TLSv1.3" */
	TLS_CIPHER_NAME,   /* SSL_CIPHER, "TLS_AES_256_GCM_SHA384" */
	TLS_SERVER_NAME,   /* SSL_TLS_SNI_SERVERNAME */
	TLS_ALPN_NAME,	   /* SSL_ALPN_PROTOCOL */
	TLS_CERT_HASH,	   /* SSL_PEER_CERT_HASH, "SHA256:hex" */
	TLS_CERT_SUBJECT,  /* SSL_PEER_CERT_SUBJECT, "/C=../CN=.." */
	TLS_CLIENT_VERIFY, /* SSL_CLIENT_VERIFY, "SUCCESS", "NONE", or
			      "FAILED:words" for tls-client = "any" */
	TLS_CLIENT_DN,	   /* SSL_CLIENT_S_DN, RFC 2253 */
	TLS_CLIENT_CN,	   /* SSL_CLIENT_S_DN_CN, verified by a CA */
	TLS_FINGERPRINT,   /* SSL_CLIENT_FINGERPRINT, SHA-1 in hex, as nginx */
	TLS_CLIENT_PIN,	   /* SSL_CLIENT_PIN, "sha256:base64" of the key */
	TLS_NTEXTS
};
#define TLS_TEXT_MAX 512 /* with the NUL */

/*
 * The report of a relay after the handshake, which the daemon checks with
 * tls_session_check.
 */
struct tls_session {
	struct addr local; /* of the server's end, for the environment */
	/* enum proxy_kind; PROXY_TCP also without a header */
	uint32_t preamble;
	uint32_t nnames; /* verified names of the client; 0: no identity */
	char names[IDENTITY_NAMES_MAX][IDENTITY_SIZE];
	char texts[TLS_NTEXTS][TLS_TEXT_MAX];
	/*
	 * The index of the name by which the client was allowed; set by the
	 * daemon.
	 */
	uint32_t identity;
};

/* The name of TEXT's variable with an equals sign: "SSL_PROTOCOL=". */
const char *tls_text_variable(enum tls_text text);

/*
 * Set TEXT to the LEN bytes of VALUE, which a client chose.  Invalid UTF-8 and
 * control characters become "?"; a long value is cut.
 */
void tls_text_set(char text[TLS_TEXT_MAX], const void *value, size_t len);

/*
 * Whether S, which a relay sent, is valid: the address is complete and of IPv4,
 * IPv6 or a Unix socket; the kind of the preamble exists; texts have a NUL and
 * are UTF-8 (RFC 3629) without control characters; names are identities
 * (identity_is_valid).  Does not check s->identity, which the daemon sets.
 */
bool tls_session_check(const struct tls_session *s);

/* The name for the log: the identity, otherwise the first name, or NULL. */
const char *tls_session_name(const struct tls_session *s);

/* The identity of the client; NULL if it has none, or S is NULL. */
const char *tls_session_identity(const struct tls_session *s);

#endif
