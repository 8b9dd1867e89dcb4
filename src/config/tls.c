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
	[TLS_UNUSED] = "closed without a handshake",
	[TLS_OLD_CRL] = "revocation list has expired",
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
	[TLS_CLIENT_CN] = "SSL_CLIENT_S_DN_CN=",
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

/* --- texts --- */

/* The length of the UTF-8 sequence that LEAD begins; 0 if it is invalid. */
static size_t
sequence_length(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef)
		return 3;
	return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/*
 * Whether the second byte of a sequence can follow the first (RFC 3629, section
 * 4): no overlong form, no surrogates, nothing above U+10FFFF.  Control
 * characters U+0080 to U+009F are excluded too.
 */
static bool
may_follow(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xc2:
	case 0xe0:
		return second >= 0xa0;
	case 0xed:
		return second <= 0x9f;
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second <= 0x8f;
	default:
		return true;
	}
}

/*
 * The length of the printable character at P, at most LEN; 0 if there is none.
 */
static size_t
character_length(const unsigned char *p, size_t len)
{
	size_t i, n = len > 0 ? sequence_length(*p) : 0;

	if (n == 0 || n > len || *p < 0x20 || *p == 0x7f)
		return 0;
	for (i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n == 1 || may_follow(p[0], p[1]) ? n : 0;
}

/* Whether TEXT has a NUL within SIZE, and is printable. */
static bool
is_text(const char *text, size_t size)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n, len = strnlen(text, size);

	if (len == size)
		return false;
	for (; len > 0; p += n, len -= n)
		if ((n = character_length(p, len)) == 0)
			return false;
	return true;
}

void
tls_text_set(char text[TLS_TEXT_MAX], const void *value, size_t len)
{
	const unsigned char *p = value;
	size_t n, used = 0;
	bool fine;

	for (; len > 0; p += n, len -= n) {
		n = character_length(p, len);
		fine = n != 0;
		if (!fine)
			n = 1;
		if (used + n >= TLS_TEXT_MAX)
			break;
		if (fine)
			memcpy(text + used, p, n);
		else
			text[used] = '?';
		used += n;
	}
	text[used] = '\0';
}

/* --- what a relay reports --- */

static bool
is_address(const struct addr *addr)
{
	struct addr copy;

	if (addr->sa.sa_family == AF_UNIX)
		return addr->len >= sizeof(sa_family_t) &&
		    addr->len <= sizeof(addr->un) &&
		    is_text(addr->un.sun_path, sizeof(addr->un.sun_path));
	return addr_copy_inet(&copy, addr) && copy.len == addr->len;
}

bool
tls_session_check(const struct tls_session *s)
{
	uint32_t i;

	if (!is_address(&s->local) || s->preamble > PROXY_LOCAL ||
	    s->nnames > IDENTITY_NAMES_MAX)
		return false;
	for (i = 0; i < s->nnames; i++)
		if (!identity_is_valid(s->names[i]))
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

const char *
tls_session_name(const struct tls_session *s)
{
	const char *identity = tls_session_identity(s);

	return identity == NULL && s->nnames > 0 ? s->names[0] : identity;
}
