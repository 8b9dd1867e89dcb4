/*
 * check_handshake.c -- ClientHellos that were cut or changed: each is refused
 * with a reason, without waiting.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "tests/unit/tls/peer.h"
#include "tls/handshake.h"

#define HELLO_MAX 2048
#define TLS_1_2 "NORMAL:-VERS-ALL:+VERS-TLS1.2"

static struct tls_service service;
static struct tls_certificate certificate;
static struct peer_cert server;
static gnutls_pcert_st chain;
static unsigned char hello[HELLO_MAX];
static size_t hello_len;

/* What a client with these priorities sends first. */
static void
make_hello(const char *priority)
{
	struct peer client;
	int pair[2];
	ssize_t n;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	peer_init(&client, GNUTLS_CLIENT, pair[0], NULL, priority);
	gnutls_server_name_set(
	    client.tls, GNUTLS_NAME_DNS, "server.example.org", 18);
	ck_assert_int_eq(gnutls_handshake(client.tls), GNUTLS_E_AGAIN);
	n = io_read(pair[1], hello, sizeof(hello));
	ck_assert_int_gt(n, 0);
	hello_len = (size_t)n;
	peer_free(&client);
	close(pair[0]);
	close(pair[1]);
}

static void
set_up(void)
{
	static const struct peer_spec spec = { .cn = "server" };

	memset(&service, 0, sizeof(service));
	memset(&certificate, 0, sizeof(certificate));
	peer_cert_make(&server, &spec, NULL);
	ck_assert_int_eq(gnutls_pcert_import_x509(&chain, server.crt, 0), 0);
	certificate.chain = &chain;
	certificate.nchain = 1;
	certificate.leaf = server.crt;
	certificate.algorithm = GNUTLS_PK_ECDSA;
	certificate.bits = 256;
	service.certificates = &certificate;
	service.ncertificates = 1;
	service.minimum = TLS_MINIMUM_1_2;
	ck_assert_ptr_null(
	    tls_priority_make(&service.priority, service.minimum, NULL));
	gnutls_certificate_allocate_credentials(&service.credentials);
	make_hello("NORMAL");
}

static void
tear_down(void)
{
	gnutls_priority_deinit(service.priority);
	gnutls_certificate_free_credentials(service.credentials);
	gnutls_pcert_deinit(&chain);
	peer_cert_free(&server);
}

/* The verdict on LEN bytes, after which the client sends no more. */
static enum tls_fault
verdict(const void *bytes, size_t len)
{
	static struct tls_link link;
	struct handshake h;
	enum tls_fault fault;
	int pair[2];

	memset(&h, 0, sizeof(h));
	h.service = &service;
	h.key.signer = -1; /* it does not sign */
	h.channel = -1;
	memset(&link, 0, sizeof(link));
	h.link = &link;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(io_write_all(pair[1], bytes, len), 0);
	ck_assert_int_eq(shutdown(pair[1], SHUT_WR), 0);
	fault = handshake_run(&h, pair[0], -1);
	handshake_free(&h);
	gnutls_deinit(h.tls);
	close(pair[0]);
	close(pair[1]);
	return fault;
}

START_TEST(cut)
{
	size_t len;

	ck_assert_str_eq(
	    tls_words(verdict(hello, hello_len)), tls_words(TLS_SIGNER));
	ck_assert_str_eq(tls_words(verdict(hello, 0)), tls_words(TLS_UNUSED));
	for (len = 1; len < hello_len; len++)
		ck_assert_str_eq(
		    tls_words(verdict(hello, len)), tls_words(TLS_CLOSED));
}
END_TEST

/*
 * An own generator gives the same bytes everywhere, so there is no seed to
 * report.
 */
static uint32_t
next(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

START_TEST(changed)
{
	unsigned char copy[HELLO_MAX];
	unsigned int seen[TLS_NFAULTS] = { 0 };
	uint32_t state = (uint32_t)_i;
	enum tls_fault fault;
	int i, n;

	for (i = 0; i < 300; i++) {
		memcpy(copy, hello, hello_len);
		for (n = 1 + (int)(next(&state) % 4); n > 0; n--)
			copy[next(&state) % hello_len] =
			    (unsigned char)next(&state);
		fault = verdict(copy, hello_len);
		ck_assert_msg(fault != TLS_FINE && fault != TLS_LATE &&
			fault != TLS_INTERNAL,
		    "%d: %s", i, tls_words(fault));
		seen[fault]++;
	}
	/* Some were refused for what was changed, others were not. */
	ck_assert_uint_gt(seen[TLS_PROTOCOL], 0);
	ck_assert_uint_gt(seen[TLS_SIGNER], 0);
}
END_TEST

/* Make another extension of signature_algorithms. */
static void
hide_signatures(void)
{
	unsigned char *p = hello;

	while (memcmp(p, "\0\x0d", 2) != 0 || p[2] != 0 || p[4] != 0 ||
	    p[3] != p[5] + 2)
		ck_assert(++p < hello + hello_len - 6);
	p[0] = 0xfa;
	p[1] = 0xfa;
}

/* They are refused for what they are, without a request to the signer. */
START_TEST(sha1)
{
	make_hello(TLS_1_2);
	ck_assert_str_eq(
	    tls_words(verdict(hello, hello_len)), tls_words(TLS_SIGNER));
	hide_signatures();
	ck_assert_str_eq(
	    tls_words(verdict(hello, hello_len)), tls_words(TLS_CIPHER));
	make_hello(TLS_1_2 ":-SIGN-ALL:+SIGN-ECDSA-SHA1:+SIGN-RSA-SHA1");
	ck_assert_str_eq(
	    tls_words(verdict(hello, hello_len)), tls_words(TLS_CIPHER));
}
END_TEST

/* A record header of each type and length, with nothing after it. */
START_TEST(headers)
{
	unsigned char header[5] = { 0, 3, 3 };
	enum tls_fault fault;
	unsigned int type, i;
	static const unsigned int lengths[] = { 0, 1, 0x4000, 0x4001, 0xffff };

	for (type = 0; type < 256; type++)
		for (i = 0; i < COUNT(lengths); i++) {
			header[0] = (unsigned char)type;
			header[3] = (unsigned char)(lengths[i] >> 8);
			header[4] = (unsigned char)lengths[i];
			fault = verdict(header, sizeof(header));
			if (type != 22)
				ck_assert_str_eq(
				    tls_words(fault), tls_words(TLS_NOT_TLS));
			ck_assert_int_ne((int)fault, TLS_FINE);
		}
}
END_TEST

static void
add(TCase *tc)
{
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, cut);
	tcase_add_loop_test(tc, changed, 0, 4);
	tcase_add_test(tc, sha1);
	tcase_add_test(tc, headers);
}

int
main(void)
{
	return unit_run("handshake", add);
}
