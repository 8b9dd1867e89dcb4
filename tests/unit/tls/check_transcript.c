/*
 * check_transcript.c -- the hash of the transcript against what GnuTLS itself
 * wants to have signed.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>

#include <string.h>
#include <unistd.h>

#include "tests/unit/tls/peer.h"
#include "tls/transcript.h"

static struct transcript transcript;
static struct peer_cert cert;
static gnutls_pcert_st chain;
static unsigned int hellos, signatures;
static size_t length; /* of the hash */

static int
note_message(gnutls_session_t tls, unsigned int type, unsigned int when,
    unsigned int incoming, const gnutls_datum_t *message)
{
	(void)tls, (void)when, (void)incoming;
	hellos += type == GNUTLS_HANDSHAKE_CLIENT_HELLO;
	return transcript_add(&transcript, type, message->data, message->size);
}

/* RFC 8446, 4.4.3. */
#define CONTEXT "TLS 1.3, server CertificateVerify" /* and its NUL */

static size_t
compose(unsigned char text[256])
{
	memset(text, ' ', 64);
	memcpy(text + 64, CONTEXT, sizeof(CONTEXT));
	length = transcript_hash(&transcript, text + 64 + sizeof(CONTEXT));
	return 64 + sizeof(CONTEXT) + length;
}

/* DATA is the hash of the text, or with Ed25519 the text itself. */
static int
sign(gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm, void *arg,
    unsigned int flags, const gnutls_datum_t *data, gnutls_datum_t *signature)
{
	unsigned char text[256], hash[64];
	size_t len = compose(text);
	gnutls_digest_algorithm_t digest =
	    gnutls_sign_get_hash_algorithm(algorithm);
	const gnutls_datum_t all = { text, (unsigned int)len };
	gnutls_privkey_t real;

	(void)key, (void)flags, (void)arg;
	if (algorithm == GNUTLS_SIGN_EDDSA_ED25519) {
		ck_assert_uint_eq(data->size, len);
		ck_assert_int_eq(memcmp(data->data, text, len), 0);
	} else {
		ck_assert_int_eq(gnutls_hash_fast(digest, text, len, hash), 0);
		ck_assert_uint_eq(
		    data->size, (unsigned int)gnutls_hash_get_len(digest));
		ck_assert_int_eq(memcmp(data->data, hash, data->size), 0);
	}
	signatures++;
	gnutls_privkey_init(&real);
	gnutls_privkey_import_x509(real, cert.key, 0);
	ck_assert_int_eq(
	    gnutls_privkey_sign_data2(real, algorithm, 0, &all, signature), 0);
	gnutls_privkey_deinit(real);
	return 0;
}

static int
describe(gnutls_privkey_t key, unsigned int flags, void *arg)
{
	(void)key, (void)arg;
	if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO)
		return gnutls_x509_crt_get_pk_algorithm(cert.crt, NULL);
	if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO_BITS)
		return 256;
	return (flags & GNUTLS_PRIVKEY_INFO_HAVE_SIGN_ALGO) != 0;
}

static void
use_key(struct peer *server)
{
	gnutls_privkey_t key;

	gnutls_pcert_import_x509(&chain, cert.crt, 0);
	gnutls_privkey_init(&key);
	ck_assert_int_eq(gnutls_privkey_import_ext4(
			     key, NULL, sign, sign, NULL, NULL, describe, 0),
	    0);
	gnutls_certificate_set_flags(
	    server->credentials, GNUTLS_CERTIFICATE_SKIP_KEY_CERT_MATCH);
	ck_assert_int_eq(gnutls_certificate_set_key(
			     server->credentials, NULL, 0, &chain, 1, key),
	    0);
	gnutls_certificate_server_set_request(server->tls, GNUTLS_CERT_REQUEST);
}

static void
shake_with(const struct peer_spec *spec, const char *priority)
{
	struct peer server, client;
	int pair[2];

	peer_cert_make(&cert, spec, NULL);
	hellos = signatures = 0;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	peer_init(&server, GNUTLS_SERVER | GNUTLS_NO_TICKETS, pair[0], NULL,
	    "NORMAL:+AES-128-CCM-8:-GROUP-ALL:+GROUP-X25519");
	peer_init(&client, GNUTLS_CLIENT | GNUTLS_KEY_SHARE_TOP, pair[1], NULL,
	    priority);
	use_key(&server);
	ck_assert_int_eq(transcript_init(&transcript), 0);
	gnutls_handshake_set_hook_function(
	    server.tls, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_PRE, note_message);
	peer_shake(&server, &client);
	ck_assert_uint_eq(signatures, 1);
	transcript_free(&transcript);
	peer_free(&server);
	peer_free(&client);
	peer_cert_free(&cert);
	close(pair[0]);
	close(pair[1]);
}

static const struct peer_spec ecdsa = { .cn = "server" };
static const struct peer_spec ed25519 = { .cn = "server",
	.type = GNUTLS_PK_EDDSA_ED25519,
	.bits = (unsigned int)GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_ED25519),
	.digest = GNUTLS_DIG_SHA512 };

#define ONLY_1_3 "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL"
#define RIGHT_SHARE ":-GROUP-ALL:+GROUP-X25519"
/* The key share is for the first group alone, which the server has not. */
#define WRONG_SHARE ":-GROUP-ALL:+GROUP-SECP521R1:+GROUP-X25519"

static const struct {
	const char *priority;
	size_t length;
	unsigned int hellos;
} kinds[] = {
	{ ONLY_1_3 ":+AES-128-GCM" RIGHT_SHARE, 32, 1 },
	{ ONLY_1_3 ":+AES-256-GCM" RIGHT_SHARE, 48, 1 },
	{ ONLY_1_3 ":+CHACHA20-POLY1305" RIGHT_SHARE, 32, 1 },
	{ ONLY_1_3 ":+AES-128-CCM" RIGHT_SHARE, 32, 1 },
	{ ONLY_1_3 ":+AES-128-CCM-8" RIGHT_SHARE, 32, 1 },
	{ ONLY_1_3 ":+AES-128-GCM" WRONG_SHARE, 32, 2 },
	{ ONLY_1_3 ":+AES-256-GCM" WRONG_SHARE, 48, 2 },
};

START_TEST(as_the_library_has_it)
{
	shake_with(&ecdsa, kinds[_i].priority);
	ck_assert_uint_eq(length, kinds[_i].length);
	ck_assert_uint_eq(hellos, kinds[_i].hellos);
	shake_with(&ed25519, kinds[_i].priority);
	ck_assert_uint_eq(length, kinds[_i].length);
}
END_TEST

/* ServerHello: a version, a random of 32, a session ID, a cipher suite. */
static size_t
hash_after_hello(unsigned int id, const char *suite, size_t len)
{
	unsigned char hello[400] = { 3, 3 }, hash[TRANSCRIPT_MAX];
	struct transcript t;

	hello[34] = (unsigned char)id;
	memcpy(hello + 35 + id, suite, 2);
	ck_assert_int_eq(transcript_init(&t), 0);
	ck_assert_int_eq(transcript_add(&t, 1, "hello", 5), 0);
	ck_assert_uint_eq(transcript_hash(&t, hash), 0);
	ck_assert_int_eq(transcript_add(&t, 2, hello, len), 0);
	len = transcript_hash(&t, hash);
	transcript_free(&t);
	return len;
}

START_TEST(other_server_hellos)
{
	ck_assert_uint_eq(hash_after_hello(0, "\x13\x01", 38), 32);
	ck_assert_uint_eq(hash_after_hello(0, "\x13\x02", 38), 48);
	ck_assert_uint_eq(hash_after_hello(255, "\x13\x02", 293), 48);
	/* TLS 1.2, an unknown one, and those that are cut */
	ck_assert_uint_eq(hash_after_hello(0, "\xc0\x2b", 38), 0);
	ck_assert_uint_eq(hash_after_hello(0, "\x13\x06", 38), 0);
	ck_assert_uint_eq(hash_after_hello(0, "\x13\x01", 36), 0);
	ck_assert_uint_eq(hash_after_hello(0, "\x13\x01", 34), 0);
	ck_assert_uint_eq(hash_after_hello(32, "\x13\x01", 38), 0);
	ck_assert_uint_eq(hash_after_hello(0, "\x13\x01", 0), 0);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_set_timeout(tc, 20);
	tcase_add_loop_test(tc, as_the_library_has_it, 0, (int)COUNT(kinds));
	tcase_add_test(tc, other_server_hellos);
}

int
main(void)
{
	return unit_run("transcript", add);
}
