#include "config/tls.h"

#include <string.h>

static const char *const faults[TLS_NFAULTS] = {
	[TLS_FINE] = "no fault",
	[TLS_LATE] = "handshake timeout",
	[TLS_CLOSED] = "closed during the handshake",
	[TLS_NOT_TLS] = "not TLS",
	[TLS_VERSION] = "no common version",
	[TLS_CIPHER] = "no common cipher",
	[TLS_ALPN] = "no common protocol",
	[TLS_ALERT] = "alert from the client",
	[TLS_PROTOCOL] = "protocol error",
	[TLS_NO_CERTIFICATE] = "no client certificate",
	[TLS_UNKNOWN_CA] = "unknown CA",
	[TLS_UNKNOWN_KEY] = "unknown key",
	[TLS_EXPIRED] = "expired",
	[TLS_NOT_YET_VALID] = "not yet valid",
	[TLS_REVOKED] = "revoked",
	[TLS_PURPOSE] = "wrong purpose",
	[TLS_WEAK] = "weak algorithm",
	[TLS_UNVERIFIED] = "certificate not verified",
	[TLS_NO_NAME] = "no name in the certificate",
	[TLS_BAD_IDENTITIES] = "identities cannot be read",
	[TLS_SIGNER] = "no signature",
	[TLS_INTERNAL] = "internal error",
};

static const char *const variables[TLS_NTEXTS] = {
	[TLS_PROTOCOL_NAME] = "SSL_PROTOCOL=",
	[TLS_CIPHER_NAME] = "SSL_CIPHER=",
	[TLS_SERVER_NAME] = "SSL_TLS_SNI_SERVERNAME=",
	[TLS_ALPN_NAME] = "SSL_ALPN_PROTOCOL=",
	[TLS_CERT_HASH] = "SSL_PEER_CERT_HASH=",
	[TLS_CERT_SUBJECT] = "SSL_PEER_CERT_SUBJECT=",
	[TLS_CLIENT_VERIFY] = "SSL_CLIENT_VERIFY=",
	[TLS_CLIENT_DN] = "SSL_CLIENT_S_DN=",
	[TLS_FINGERPRINT] = "SSL_CLIENT_FINGERPRINT=",
	[TLS_CLIENT_PIN] = "SSL_CLIENT_PIN=",
};

const char *
tls_words(enum tls_fault fault)
{
	return faults[fault];
}

const char *
tls_text_variable(enum tls_text text)
{
	return variables[text];
}

/* Neither controls nor bytes that UTF-8 cannot have; it ends within SIZE. */
static bool
is_text(const char *text, size_t size)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t len = strnlen(text, size);

	for (; *p != '\0' && len < size; p++)
		if (*p < 0x20 || *p == 0x7f || *p >= 0xf8)
			return false;
	return len < size;
}

static bool
is_address(const struct addr *addr)
{
	struct addr copy;

	if (addr->sa.sa_family == AF_UNIX)
		return addr->len <= sizeof(*addr) - offsetof(struct addr, sa) &&
		    is_text(addr->un.sun_path, sizeof(addr->un.sun_path));
	return addr_copy_inet(&copy, addr);
}

bool
tls_session_check(const struct tls_session *s)
{
	uint32_t i;

	if (!is_address(&s->local) || s->nnames > IDENTITY_NAMES_MAX)
		return false;
	for (i = 0; i < s->nnames; i++)
		if (strnlen(s->names[i], IDENTITY_SIZE) == IDENTITY_SIZE ||
		    !identity_is_valid(s->names[i]))
			return false;
	for (i = 0; i < TLS_NTEXTS; i++)
		if (!is_text(s->texts[i], TLS_TEXT_MAX))
			return false;
	return true;
}

const char *
tls_session_identity(const struct tls_session *s)
{
	return s == NULL || s->identity >= s->nnames ? NULL
						     : s->names[s->identity];
}
