/*
 * fuzz_proxy.c -- headers of the PROXY protocol, read as a session reads them;
 * and what is read, written again, is read as the same.
 */

#include "fuzz.h"

#include <string.h>

#include "lib/proxy/write.h"

/* As read_header does, STEP bytes at a time at most. */
static enum proxy_fault
feed(const uint8_t *data, size_t size, size_t step, struct proxy *p,
    size_t *used)
{
	enum proxy_fault fault;
	size_t more, n;

	for (*used = 0;; *used += n) {
		/* Its end is the end of its memory. */
		uint8_t *copy = malloc(*used + (*used == 0));

		MUST(copy != NULL);
		memcpy(copy, data, *used);
		memset(p, 0, sizeof(*p));
		fault = proxy_parse(copy, *used, p, &more);
		free(copy);
		MUST(fault < PROXY_NFAULTS);
		if (fault != PROXY_FINE || more == 0)
			return fault;
		MUST(*used + more <= PROXY_MAX);
		n = more < step ? more : step;
		if (n > size - *used)
			n = size - *used;
		if (n == 0)
			return PROXY_TRUNCATED;
	}
}

/* HEADER, of LEN bytes, tells the same as WANT. */
static void
expect_same(const char *header, size_t len, const struct proxy *want)
{
	struct proxy got;
	size_t used;

	MUST(len <= PROXY_WRITE_MAX);
	MUST(feed((const uint8_t *)header, len, PROXY_MAX, &got, &used) ==
	    PROXY_FINE);
	MUST(used == len && got.kind == want->kind);
	if (want->kind != PROXY_TCP)
		return;
	MUST(addr_equal(&got.client, &want->client));
	MUST(addr_equal(&got.server, &want->server));
}

/* TEXT is anything. */
static void
write_again(struct proxy want, const char *text)
{
	const struct proxy_connection c = { .kind = want.kind,
		.client = want.client,
		.server = want.server,
		.alpn = text,
		.authority = text,
		.unique_id = text,
		.identity = text,
		.tls = true,
		.certificate = true,
		.version = text,
		.cipher = text,
		.common_name = text };
	char header[PROXY_WRITE_MAX];

	/* An IPv4-mapped address with another one of IPv6. */
	if (want.kind == PROXY_TCP &&
	    want.client.sa.sa_family != want.server.sa.sa_family)
		want.kind = PROXY_UNKNOWN;
	expect_same(header, proxy_write_v2(header, &c), &want);
	/* Version 1 has no LOCAL. */
	if (want.kind == PROXY_LOCAL)
		want.kind = PROXY_UNKNOWN;
	expect_same(header, proxy_write_v1(header, &c), &want);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[512 + 1] = "";
	struct proxy whole, bytes;
	enum proxy_fault fault;
	size_t a, b;

	/* Cut, so that a header of kilobytes does not take minutes by bytes. */
	if (size > 512)
		size = 512;
	fault = feed(data, size, PROXY_MAX, &whole, &a);
	/* Of two faults either may be met first. */
	MUST((feed(data, size, 1, &bytes, &b) == PROXY_FINE) ==
	    (fault == PROXY_FINE));
	if (fault != PROXY_FINE)
		return 0;
	MUST(a == b && whole.kind == bytes.kind);
	/* Its texts are what follows the header. */
	memcpy(text, data + a, size - a);
	write_again(whole, text);
	if (whole.kind != PROXY_TCP)
		return 0;
	MUST(whole.client.sa.sa_family == AF_INET ||
	    whole.client.sa.sa_family == AF_INET6);
	MUST(addr_equal(&whole.client, &bytes.client));
	MUST(addr_equal(&whole.server, &bytes.server));
	return 0;
}
