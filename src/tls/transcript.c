#include "tls/transcript.h"

#include <stdint.h>
#include <string.h>

/* HandshakeType, RFC 8446, B.3 */
#define SERVER_HELLO 2
#define MESSAGE_HASH 254

static const gnutls_digest_algorithm_t digests[TRANSCRIPT_HASHES] = {
	GNUTLS_DIG_SHA256,
	GNUTLS_DIG_SHA384,
};

/* The hash of each cipher suite (RFC 8446, B.4), an index of digests. */
static const struct {
	uint16_t suite;
	unsigned int digest;
} suites[] = {
	{ 0x1301, 0 },
	{ 0x1302, 1 },
	{ 0x1303, 0 },
	{ 0x1304, 0 },
	{ 0x1305, 0 },
};

/* The random of a HelloRetryRequest, RFC 8446, 4.1.3. */
static const unsigned char retry_random[32] = { 0xcf, 0x21, 0xad, 0x74, 0xe5,
	0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2,
	0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8,
	0xa8, 0x33, 0x9c };

/* ServerHello: version, random, session ID with its length, cipher suite */
#define RANDOM_AT 2
#define SESSION_ID_AT (RANDOM_AT + sizeof(retry_random))

static void
drop(struct transcript *t, unsigned int i)
{
	if (t->hashes[i] != NULL)
		gnutls_hash_deinit(t->hashes[i], NULL);
	t->hashes[i] = NULL;
}

int
transcript_init(struct transcript *t)
{
	unsigned int i;
	int result = 0;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < TRANSCRIPT_HASHES && result == 0; i++)
		result = gnutls_hash_init(&t->hashes[i], digests[i]);
	return result;
}

void
transcript_free(struct transcript *t)
{
	unsigned int i;

	for (i = 0; i < TRANSCRIPT_HASHES; i++)
		drop(t, i);
}

/*
 * The hash that a ServerHello chooses; TRANSCRIPT_HASHES if it is not of TLS
 * 1.3.
 */
static unsigned int
choice_of(const unsigned char *body, size_t len)
{
	size_t at, i;
	uint16_t suite;

	if (len <= SESSION_ID_AT)
		return TRANSCRIPT_HASHES;
	at = SESSION_ID_AT + 1 + body[SESSION_ID_AT];
	if (len < at + 2)
		return TRANSCRIPT_HASHES;
	suite = (uint16_t)(body[at] << 8 | body[at + 1]);
	for (i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		if (suites[i].suite == suite)
			return suites[i].digest;
	return TRANSCRIPT_HASHES;
}

static int
add_one(gnutls_hash_hd_t hash, unsigned int type, const void *body, size_t len)
{
	const unsigned char header[4] = { (unsigned char)type,
		(unsigned char)(len >> 16), (unsigned char)(len >> 8),
		(unsigned char)len };
	int result = gnutls_hash(hash, header, sizeof(header));

	return result == 0 && len > 0 ? gnutls_hash(hash, body, len) : result;
}

/* The first ClientHello is replaced by its hash. */
static int
begin_again(gnutls_hash_hd_t hash, unsigned int choice)
{
	unsigned char first[TRANSCRIPT_MAX];

	gnutls_hash_output(hash, first); /* resets it */
	return add_one(hash, MESSAGE_HASH, first,
	    (size_t)gnutls_hash_get_len(digests[choice]));
}

static int
choose(struct transcript *t, const unsigned char *body, size_t len)
{
	unsigned int i, choice = choice_of(body, len);

	for (i = 0; i < TRANSCRIPT_HASHES; i++)
		if (i != choice)
			drop(t, i);
	if (choice == TRANSCRIPT_HASHES || t->hashes[choice] == NULL ||
	    memcmp(body + RANDOM_AT, retry_random, sizeof(retry_random)) != 0)
		return 0;
	return begin_again(t->hashes[choice], choice);
}

int
transcript_add(
    struct transcript *t, unsigned int type, const void *body, size_t len)
{
	unsigned int i;
	int result = 0;

	/* GnuTLS's own number; on the wire it is a ServerHello. */
	if (type == GNUTLS_HANDSHAKE_HELLO_RETRY_REQUEST)
		type = SERVER_HELLO;
	if (type == SERVER_HELLO)
		result = choose(t, body, len);
	for (i = 0; i < TRANSCRIPT_HASHES && result == 0; i++)
		if (t->hashes[i] != NULL)
			result = add_one(t->hashes[i], type, body, len);
	return result;
}

/* Without a ServerHello no hash has been chosen. */
size_t
transcript_hash(const struct transcript *t, unsigned char hash[TRANSCRIPT_MAX])
{
	unsigned int i = t->hashes[0] != NULL ? 0 : 1;
	gnutls_hash_hd_t copy;

	if (t->hashes[i] == NULL || (i == 0 && t->hashes[1] != NULL) ||
	    (copy = gnutls_hash_copy(t->hashes[i])) == NULL)
		return 0;
	gnutls_hash_deinit(copy, hash);
	return (size_t)gnutls_hash_get_len(digests[i]);
}
