#include "haild/admission/source.h"

#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/number.h"
#include "lib/siphash.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
set_uid(struct prefix *prefix, uid_t uid)
{
	memset(prefix, 0, sizeof(*prefix));
	prefix->family = AF_UNIX;
	memcpy(prefix->bytes, &uid, sizeof(uid));
}

void
source_make(struct source *source, uint64_t service, const struct addr *addr,
    uid_t uid, unsigned int v4, unsigned int v6)
{
	source->service = service;
	source->scope = 0;
	if (!prefix_cut(&source->prefix, addr, v4, v6))
		set_uid(&source->prefix, uid);
	else if (addr->sa.sa_family == AF_INET6 &&
	    IN6_IS_ADDR_LINKLOCAL(&addr->in6.sin6_addr))
		source->scope = addr->in6.sin6_scope_id;
}

void
source_make_identity(
    struct source *source, uint64_t service, const char *identity)
{
	static const struct siphash_key keys[] = { { { 1, 2 } }, { { 3, 4 } } };
	const size_t len = strlen(identity);
	uint64_t hash[COUNT(keys)];
	size_t i;

	source->service = service;
	source->scope = 0;
	memset(&source->prefix, 0, sizeof(source->prefix));
	source->prefix.family = SOURCE_IDENTITY;
	for (i = 0; i < COUNT(keys); i++)
		hash[i] = htole64(siphash(&keys[i], identity, len));
	memcpy(source->prefix.bytes, hash, sizeof(hash));
}

/* --- as text --- */

#define HASH_SIZE sizeof(((struct prefix *)0)->bytes)

static void
print_hash(const uint8_t *hash, char *buf, size_t size)
{
	size_t i, len = strlcpy(buf, "identity:", size);

	for (i = 0; i < HASH_SIZE && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%02x", hash[i]);
}

const char *
source_print(const struct source *source, char *buf, size_t size)
{
	size_t len;
	uid_t uid;

	if (source->prefix.family == SOURCE_IDENTITY) {
		print_hash(source->prefix.bytes, buf, size);
	} else if (source->prefix.family == AF_UNIX) {
		memcpy(&uid, source->prefix.bytes, sizeof(uid));
		snprintf(buf, size, "uid:%u", (unsigned int)uid);
	} else {
		len = strlen(prefix_print(&source->prefix, buf, size));
		if (source->scope != 0)
			snprintf(
			    buf + len, size - len, "%%%" PRIu32, source->scope);
	}
	return buf;
}

static int
parse_hash(struct prefix *prefix, const char *text)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit;
	size_t i;

	memset(prefix, 0, sizeof(*prefix));
	prefix->family = SOURCE_IDENTITY;
	for (i = 0; i < 2 * HASH_SIZE; i++, text++) {
		if (*text == '\0' || (digit = strchr(digits, *text)) == NULL)
			return -1;
		prefix->bytes[i / 2] =
		    (uint8_t)(prefix->bytes[i / 2] << 4 | (digit - digits));
	}
	return *text == '\0' ? 0 : -1;
}

static int
parse_uid(struct prefix *prefix, const char *text)
{
	int64_t uid;

	if (!number_parse(text, 0, UINT32_MAX, &uid))
		return -1;
	set_uid(prefix, (uid_t)uid);
	return 0;
}

/* A prefix, and the scope of a link-local address. */
static int
parse_prefix(struct source *source, const char *text)
{
	const char *scope = strchrnul(text, '%');
	char error[128], prefix[PREFIX_TEXT_MAX];
	int64_t number = 0;

	if ((size_t)(scope - text) >= sizeof(prefix) ||
	    (*scope != '\0' &&
		!number_parse(scope + 1, 1, UINT32_MAX, &number)))
		return -1;
	memcpy(prefix, text, (size_t)(scope - text));
	prefix[scope - text] = '\0';
	source->scope = (uint32_t)number;
	return prefix_parse(&source->prefix, prefix, error, sizeof(error));
}

int
source_parse(struct source *source, const char *text)
{
	source->scope = 0;
	if (strncmp(text, "identity:", 9) == 0)
		return parse_hash(&source->prefix, text + 9);
	if (strncmp(text, "uid:", 4) == 0)
		return parse_uid(&source->prefix, text + 4);
	return parse_prefix(source, text);
}
