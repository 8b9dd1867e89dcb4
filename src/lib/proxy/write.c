#include "lib/proxy/write.h"

#include <arpa/inet.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Both ends of a connection, as a header describes them. */
struct ends {
	struct addr client, server;
	int family; /* AF_UNSPEC: a header cannot describe them */
};

static struct ends
find_ends(const struct proxy_connection *c)
{
	struct ends e = { c->client, c->server, AF_UNSPEC };

	addr_unmap(&e.client);
	addr_unmap(&e.server);
	if (c->kind == PROXY_TCP &&
	    e.client.sa.sa_family == e.server.sa.sa_family)
		e.family = e.client.sa.sa_family;
	return e;
}

/* --- version 1 --- */

/*
 * inet_ntop(3) writes ::192.0.2.1 for some addresses, but section 2.1 has only
 * groups of hexadecimal digits.
 */
static const char *
print_host(const struct addr *a, char *buf, size_t size)
{
	const uint8_t *b = a->in6.sin6_addr.s6_addr;
	size_t used = 0;
	int i;

	if (a->sa.sa_family == AF_INET)
		return inet_ntop(
		    AF_INET, &a->in.sin_addr, buf, (socklen_t)size);
	inet_ntop(AF_INET6, b, buf, (socklen_t)size);
	if (strchr(buf, '.') == NULL)
		return buf;
	for (i = 0; i < 16; i += 2)
		used += (size_t)snprintf(buf + used, size - used, "%s%x",
		    i > 0 ? ":" : "", b[i] << 8 | b[i + 1]);
	return buf;
}

size_t
proxy_write_v1(char buf[PROXY_WRITE_MAX], const struct proxy_connection *c)
{
	const struct ends e = find_ends(c);
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];

	if (e.family != AF_INET && e.family != AF_INET6)
		return strlcpy(buf, "PROXY UNKNOWN\r\n", PROXY_WRITE_MAX);
	return (size_t)snprintf(buf, PROXY_WRITE_MAX,
	    "PROXY TCP%d %s %s %u %u\r\n", e.family == AF_INET ? 4 : 6,
	    print_host(&e.client, from, sizeof(from)),
	    print_host(&e.server, to, sizeof(to)), addr_port(&e.client),
	    addr_port(&e.server));
}

/* --- version 2 --- */

#define V2_FIXED 16
#define V2_LENGTH 14 /* where the length is */
#define UNIX_SIZE 108

static const char signature[] = "\r\n\r\n\0\r\nQUIT\n";

/* Bytes 13 and 14 (2.2). */
enum { COMMAND_LOCAL = 0x20, COMMAND_PROXY };
enum { UNSPEC = 0, TCP4 = 0x11, TCP6 = 0x21, UNIX_STREAM = 0x31 };

enum {
	TYPE_ALPN = 1,
	TYPE_AUTHORITY,
	TYPE_CRC32C,
	TYPE_UNIQUE_ID = 5,
	TYPE_SSL = 0x20,
	TYPE_SSL_VERSION,
	TYPE_SSL_CN,
	TYPE_SSL_CIPHER,
};
#define UNIQUE_ID_MAX 128

/* Of the client field of PP2_TYPE_SSL (2.2.6). */
enum { CLIENT_SSL = 1, CLIENT_CERT_CONN = 2, CLIENT_CERT_SESS = 4 };

/* What has been written, and the size of the room for it. */
struct block {
	uint8_t *bytes;
	size_t len, size;
};

/* Returns false, and writes nothing, if there is no room. */
static bool
put(struct block *b, const void *bytes, size_t len)
{
	if (len > b->size - b->len)
		return false;
	if (len > 0)
		memcpy(b->bytes + b->len, bytes, len);
	b->len += len;
	return true;
}

static bool
put_tlv(struct block *b, uint8_t type, const void *value, size_t len)
{
	const uint8_t head[] = { type, (uint8_t)(len >> 8), (uint8_t)len };

	if (len > UINT16_MAX || sizeof(head) + len > b->size - b->len)
		return false;
	return put(b, head, sizeof(head)) && put(b, value, len);
}

static void
put_text(struct block *b, uint8_t type, const char *text)
{
	if (text != NULL && *text != '\0')
		put_tlv(b, type, text, strlen(text));
}

/* A path, or an abstract name with its leading NUL; the rest is zeros. */
static void
put_path(struct block *b, const struct addr *a)
{
	const size_t start = offsetof(struct sockaddr_un, sun_path);
	uint8_t path[UNIX_SIZE] = { 0 };

	if (a->len > start)
		memcpy(path, a->un.sun_path,
		    a->len - start < sizeof(path) ? a->len - start
						  : sizeof(path));
	put(b, path, sizeof(path));
}

/* Returns the family as byte 14 has it. */
static uint8_t
put_ends(struct block *b, const struct ends *e)
{
	switch (e->family) {
	case AF_INET:
		put(b, &e->client.in.sin_addr, 4);
		put(b, &e->server.in.sin_addr, 4);
		put(b, &e->client.in.sin_port, 2);
		put(b, &e->server.in.sin_port, 2);
		return TCP4;
	case AF_INET6:
		put(b, &e->client.in6.sin6_addr, 16);
		put(b, &e->server.in6.sin6_addr, 16);
		put(b, &e->client.in6.sin6_port, 2);
		put(b, &e->server.in6.sin6_port, 2);
		return TCP6;
	case AF_UNIX:
		put_path(b, &e->client);
		put_path(b, &e->server);
		return UNIX_STREAM;
	default:
		return UNSPEC;
	}
}

/* The field "verify" is 0 only for a verified certificate (2.2.6). */
static void
put_ssl(struct block *b, const struct proxy_connection *c)
{
	uint8_t bytes[PROXY_WRITE_MAX], fixed[5] = { CLIENT_SSL };
	struct block ssl = { bytes, 0, sizeof(bytes) };

	if (c->certificate)
		fixed[0] |= CLIENT_CERT_CONN | CLIENT_CERT_SESS;
	fixed[4] = !(c->certificate && c->verified);
	put(&ssl, fixed, sizeof(fixed));
	put_text(&ssl, TYPE_SSL_VERSION, c->version);
	put_text(&ssl, TYPE_SSL_CIPHER, c->cipher);
	put_text(&ssl, TYPE_SSL_CN, c->common_name);
	put_tlv(b, TYPE_SSL, ssl.bytes, ssl.len);
}

static void
put_facts(struct block *b, const struct proxy_connection *c)
{
	put_text(b, TYPE_ALPN, c->alpn);
	put_text(b, TYPE_AUTHORITY, c->authority);
	if (c->unique_id != NULL && strlen(c->unique_id) <= UNIQUE_ID_MAX)
		put_text(b, TYPE_UNIQUE_ID, c->unique_id);
	if (c->tls)
		put_ssl(b, c);
	put_text(b, PROXY_IDENTITY, c->identity);
}

static void
set_length(struct block *b)
{
	b->bytes[V2_LENGTH] = (uint8_t)((b->len - V2_FIXED) >> 8);
	b->bytes[V2_LENGTH + 1] = (uint8_t)(b->len - V2_FIXED);
}

static void
put_checksum(struct block *b)
{
	static const uint8_t zeros[4];
	uint32_t crc;

	if (!put_tlv(b, TYPE_CRC32C, zeros, sizeof(zeros)))
		return;
	set_length(b);
	crc = htonl(proxy_checksum(b->bytes, b->len, b->len - sizeof(crc)));
	memcpy(b->bytes + b->len - sizeof(crc), &crc, sizeof(crc));
}

size_t
proxy_write_v2(char buf[PROXY_WRITE_MAX], const struct proxy_connection *c)
{
	const struct ends e = find_ends(c);
	uint8_t fixed[V2_FIXED] = { 0 };
	struct block b = { (uint8_t *)buf, 0, PROXY_WRITE_MAX };

	memcpy(fixed, signature, sizeof(signature) - 1);
	fixed[12] = c->kind == PROXY_LOCAL ? COMMAND_LOCAL : COMMAND_PROXY;
	put(&b, fixed, sizeof(fixed));
	if (c->kind == PROXY_LOCAL)
		return b.len;
	b.bytes[13] = put_ends(&b, &e);
	put_facts(&b, c);
	set_length(&b);
	put_checksum(&b);
	return b.len;
}
