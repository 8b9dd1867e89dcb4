#include "tls/facts.h"

#include <stdio.h>
#include <string.h>

#include "tls/names.h"

#define HASH_MAX 32

static void
set(struct tls_session *s, enum tls_text which, const char *text)
{
	if (text != NULL)
		tls_text_set(s->texts[which], text, strlen(text));
}

/* GnuTLS writes "TLS1.3"; in SSL_PROTOCOL OpenSSL's "TLSv1.3" is usual. */
static void
set_protocol(struct tls_session *s, gnutls_session_t tls)
{
	set(s, TLS_PROTOCOL_NAME,
	    gnutls_protocol_get_version(tls) == GNUTLS_TLS1_3 ? "TLSv1.3"
							      : "TLSv1.2");
	set(s, TLS_CIPHER_NAME, gnutls_ciphersuite_get(tls));
}

static void
set_alpn(struct tls_session *s, gnutls_session_t tls)
{
	gnutls_datum_t name;

	if (gnutls_alpn_get_selected_protocol(tls, &name) == 0)
		tls_text_set(s->texts[TLS_ALPN_NAME], name.data, name.size);
}

/* Set TEXT to PREFIX and the hash of CRT in hexadecimal. */
static void
set_hash(struct tls_session *s, enum tls_text which, const char *prefix,
    gnutls_digest_algorithm_t digest, gnutls_x509_crt_t crt)
{
	unsigned char hash[HASH_MAX];
	char text[TLS_TEXT_MAX];
	size_t size = sizeof(hash), at, i;

	if (gnutls_x509_crt_get_fingerprint(crt, digest, hash, &size) < 0)
		return;
	at = strlcpy(text, prefix, sizeof(text));
	for (i = 0; i < size; i++)
		at += (size_t)snprintf(
		    text + at, sizeof(text) - at, "%02x", hash[i]);
	set(s, which, text);
}

static void
set_verify(struct tls_session *s, const struct verify *v, bool has_leaf)
{
	char text[TLS_TEXT_MAX];

	snprintf(text, sizeof(text), "FAILED:%s", tls_words(v->why));
	set(s, TLS_CLIENT_VERIFY,
	    !has_leaf		? "NONE"
		: v->nnames > 0 ? "SUCCESS"
				: text);
}

/* The daemon would not believe a path in another encoding than UTF-8. */
static void
set_local(struct tls_session *s, const struct addr *local)
{
	char *const path = s->local.un.sun_path;
	char text[TLS_TEXT_MAX];
	size_t len;

	s->local = *local;
	if (local->sa.sa_family != AF_UNIX)
		return;
	len = strnlen(path, sizeof(s->local.un.sun_path));
	/* tls_text_set replaces bytes: the length of the path is the same. */
	tls_text_set(text, path, len);
	memcpy(path, text, len);
}

void
facts_collect(struct tls_session *s, const struct addr *local,
    const struct handshake *h, const struct verify *v, gnutls_x509_crt_t leaf)
{
	memset(s, 0, sizeof(*s));
	set_local(s, local);
	s->nnames = v->nnames;
	memcpy(s->names, v->names, v->nnames * sizeof(v->names[0]));
	set_protocol(s, h->tls);
	set(s, TLS_SERVER_NAME, h->server_name);
	set_alpn(s, h->tls);
	set_verify(s, v, leaf != NULL);
	if (leaf == NULL)
		return;
	set(s, TLS_CLIENT_PIN, v->pin);
	set_hash(s, TLS_CERT_HASH, "SHA256:", GNUTLS_DIG_SHA256, leaf);
	set_hash(s, TLS_FINGERPRINT, "", GNUTLS_DIG_SHA1, leaf);
	names_print_subject(s->texts[TLS_CERT_SUBJECT], leaf);
	names_print_dn(s->texts[TLS_CLIENT_DN], leaf);
	/* Anyone can put any name into a certificate that only has a pin. */
	if (v->by_ca)
		names_print_common_name(s->texts[TLS_CLIENT_CN], leaf);
}
