/*
 * check_forward_header.c -- the PROXY header that a target gets: what it tells
 * of a client, and how it is sent.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/io.h"
#include "session/forward_header.h"

#define ADDRESSES 28 /* where the TLVs of a TCP4 header begin */

static const char *const ca[] = { "/ca.pem", NULL };

static struct forward_header header;
static struct service service;
static struct tls_session tls;
static struct client client;
static struct addr local;
static struct outcome how; /* of what could not be sent */

static void
enter(void)
{
	memset(&service, 0, sizeof(service));
	memset(&client, 0, sizeof(client));
	memset(&tls, 0, sizeof(tls));
	service.forward_proxy = FORWARD_PROXY_V2;
	addr_from_numeric(&client.addr, "192.0.2.7", 4411);
	addr_from_numeric(&local, "198.51.100.1", 443);
	strlcpy(tls.texts[TLS_CLIENT_VERIFY], "NONE", TLS_TEXT_MAX);
}

static void
make(enum proxy_kind kind)
{
	forward_header_make(&header, &service, kind, &client, &local, 17);
}

/*
 * The TLV of TYPE in the N bytes at AT, or NULL; *LEN becomes the length of its
 * value.
 */
static const uint8_t *
find(const uint8_t *at, size_t n, uint8_t type, size_t *len)
{
	const uint8_t *end = at + n;

	for (; at < end; at += 3 + *len) {
		*len = (size_t)at[1] << 8 | at[2];
		if (*at == type)
			return at + 3;
	}
	return NULL;
}

static const uint8_t *
find_tlv(uint8_t type, size_t *len)
{
	return find((const uint8_t *)header.text + ADDRESSES,
	    header.len - ADDRESSES, type, len);
}

static void
expect_text(const uint8_t *found, size_t len, const char *want)
{
	if (want == NULL) {
		ck_assert_ptr_null(found);
		return;
	}
	ck_assert_ptr_nonnull(found);
	ck_assert_uint_eq(len, strlen(want));
	ck_assert_mem_eq(found, want, len);
}

static void
expect_tlv(uint8_t type, const char *want)
{
	size_t len = 0;
	const uint8_t *found = find_tlv(type, &len);

	expect_text(found, len, want);
}

/* Of PP2_TYPE_SSL: the bits, the field verify, and the sub-TLV of the name. */
static void
expect_ssl(uint8_t bits, uint8_t verify, const char *name)
{
	size_t len = 0, n = 0;
	const uint8_t *ssl = find_tlv(0x20, &len), *found;

	ck_assert_ptr_nonnull(ssl);
	ck_assert_uint_eq(ssl[0], bits);
	ck_assert_mem_eq(ssl + 1, "\0\0\0", 3);
	ck_assert_uint_eq(ssl[4], verify);
	found = find(ssl + 5, len - 5, 0x22, &n);
	expect_text(found, n, name);
}

/* --- what is in it --- */

START_TEST(none)
{
	service.forward_proxy = FORWARD_PROXY_NONE;
	make(PROXY_TCP);
	ck_assert_uint_eq(header.len, 0);
}
END_TEST

START_TEST(version_1)
{
	service.forward_proxy = FORWARD_PROXY_V1;
	client.tls = &tls;
	make(PROXY_TCP);
	header.text[header.len] = '\0';
	ck_assert_str_eq(
	    header.text, "PROXY TCP4 192.0.2.7 198.51.100.1 4411 443\r\n");
	make(PROXY_LOCAL);
	header.text[header.len] = '\0';
	ck_assert_str_eq(header.text, "PROXY UNKNOWN\r\n");
}
END_TEST

START_TEST(without_tls)
{
	make(PROXY_TCP);
	expect_tlv(0x01, NULL);
	expect_tlv(0x02, NULL);
	expect_tlv(0x20, NULL);
	expect_tlv(PROXY_IDENTITY, NULL);
}
END_TEST

START_TEST(kinds)
{
	make(PROXY_LOCAL);
	ck_assert_uint_eq(header.len, 16);
	ck_assert_int_eq(header.text[12], 0x20);
	make(PROXY_UNKNOWN);
	ck_assert_int_eq(header.text[12], 0x21);
	ck_assert_int_eq(header.text[13], 0);
}
END_TEST

/* "17-SECONDS.MICROSECONDS", and never the same. */
START_TEST(unique_id)
{
	char text[64] = "", *end;
	const uint8_t *id;
	long long seconds;
	size_t len = 0;

	make(PROXY_TCP);
	ck_assert_ptr_nonnull(id = find_tlv(0x05, &len));
	ck_assert_uint_lt(len, sizeof(text));
	memcpy(text, id, len);
	ck_assert_int_eq(strncmp(text, "17-", 3), 0);
	seconds = strtoll(text + 3, &end, 10);
	ck_assert_int_ge(time(NULL), seconds);
	ck_assert_int_le(time(NULL) - seconds, 60);
	ck_assert_int_eq(*end, '.');
	ck_assert_uint_eq(strspn(end + 1, "0123456789"), 6);
	ck_assert_uint_eq(strlen(end), 7);
}
END_TEST

START_TEST(texts_of_tls)
{
	client.tls = &tls;
	strlcpy(tls.texts[TLS_ALPN_NAME], "http/1.1", TLS_TEXT_MAX);
	strlcpy(tls.texts[TLS_SERVER_NAME], "www.example.org", TLS_TEXT_MAX);
	make(PROXY_TCP);
	expect_tlv(0x01, "http/1.1");
	expect_tlv(0x02, "www.example.org");
	expect_tlv(PROXY_IDENTITY, NULL);
	expect_ssl(1, 1, NULL);
}
END_TEST

/* What the relay of a client with a certificate reports. */
static void
set_certificate(const char *verify, const char *name)
{
	client.tls = &tls;
	strlcpy(tls.texts[TLS_CLIENT_VERIFY], verify, TLS_TEXT_MAX);
	strlcpy(tls.texts[TLS_CLIENT_CN], "web1", TLS_TEXT_MAX);
	if (name == NULL)
		return;
	tls.nnames = 1;
	strlcpy(tls.names[0], name, IDENTITY_SIZE);
}

START_TEST(verified_by_ca)
{
	set_certificate("SUCCESS", "web1.example.org");
	service.tls_client_ca = ca;
	make(PROXY_TCP);
	expect_ssl(7, 0, "web1");
	expect_tlv(PROXY_IDENTITY, "web1.example.org");
}
END_TEST

/* The certificate of a pin can have any name. */
START_TEST(no_name_without_a_ca)
{
	set_certificate("SUCCESS", "backup");
	make(PROXY_TCP);
	expect_ssl(7, 0, NULL);
	expect_tlv(PROXY_IDENTITY, "backup");
}
END_TEST

START_TEST(not_verified)
{
	set_certificate("FAILED:unknown CA", NULL);
	service.tls_client_ca = ca;
	make(PROXY_TCP);
	expect_ssl(7, 1, NULL);
	expect_tlv(PROXY_IDENTITY, NULL);
	/* The daemon has removed the names that a relay claimed. */
	set_certificate("SUCCESS", NULL);
	make(PROXY_TCP);
	expect_ssl(7, 1, NULL);
}
END_TEST

/* A relay that an attacker controls may fill all texts. */
START_TEST(longest)
{
	int i;

	set_certificate("SUCCESS", "x");
	service.tls_client_ca = ca;
	memset(tls.names[0], 'x', IDENTITY_SIZE - 1);
	for (i = 0; i < TLS_NTEXTS; i++)
		memset(tls.texts[i], 'x', TLS_TEXT_MAX - 1);
	make(PROXY_TCP);
	ck_assert_uint_le(header.len, PROXY_MAX);
	expect_ssl(7, 0, tls.texts[TLS_CLIENT_CN]);
	expect_tlv(PROXY_IDENTITY, tls.names[0]);
	expect_tlv(0x01, tls.texts[TLS_ALPN_NAME]);
	expect_tlv(0x02, tls.texts[TLS_SERVER_NAME]);
}
END_TEST

/* --- how it is sent --- */

static void
open_pair(int pair[2])
{
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
}

static void
fill(int fd)
{
	static const char text[4096];
	const int size = 1; /* the kernel's minimum */

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	while (send(fd, text, sizeof(text), MSG_DONTWAIT) > 0)
		continue;
	ck_assert_int_eq(errno, EAGAIN);
}

START_TEST(sent_whole)
{
	char got[PROXY_WRITE_MAX];
	int pair[2];

	open_pair(pair);
	make(PROXY_TCP);
	ck_assert_int_eq(forward_header_send(&header, pair[0], -1, &how), 0);
	ck_assert_int_eq(read(pair[1], got, sizeof(got)), (ssize_t)header.len);
	ck_assert_mem_eq(got, header.text, header.len);
	header.len = 0;
	ck_assert_int_eq(forward_header_send(&header, pair[0], -1, &how), 0);
	ck_assert_int_eq(read(pair[1], got, sizeof(got)), -1);
}
END_TEST

START_TEST(target_that_closes)
{
	int pair[2];

	open_pair(pair);
	close(pair[1]);
	make(PROXY_TCP);
	ck_assert_int_eq(forward_header_send(&header, pair[0], -1, &how), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_int_eq(how.kind, OUTCOME_TARGET_RESET);
	ck_assert_int_eq(how.number, 0);
}
END_TEST

START_TEST(target_that_does_not_read)
{
	int pair[2];

	open_pair(pair);
	fill(pair[0]);
	make(PROXY_TCP);
	ck_assert_int_eq(
	    forward_header_send(&header, pair[0], SECOND / 100, &how), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_int_eq(how.kind, OUTCOME_NO_TARGET);
	ck_assert_int_eq(how.number, ETIMEDOUT);
}
END_TEST

/* The target reads later: the header comes after what it had not read. */
START_TEST(target_that_reads_slowly)
{
	char got[8192];
	size_t zeros = 0;
	ssize_t n, i;
	pid_t pid;
	int pair[2];

	open_pair(pair);
	fill(pair[0]);
	make(PROXY_TCP);
	ck_assert_int_ne(pid = fork(), -1);
	if (pid == 0)
		_exit(forward_header_send(&header, pair[0], -1, &how) == -1);
	close(pair[0]);
	/* until the first byte of the header */
	do {
		ck_assert_int_gt(io_wait(pair[1], POLLIN,
				     clock_after(clock_now(), 60 * SECOND)),
		    0);
		ck_assert_int_gt(n = read(pair[1], got, sizeof(got)), 0);
		for (i = 0; i < n && got[i] == '\0'; i++)
			zeros++;
	} while (i == n);
	ck_assert_uint_gt(zeros, 0);
	ck_assert_uint_eq((size_t)(n - i), header.len);
	ck_assert_mem_eq(got + i, header.text, header.len);
	ck_assert_int_eq(unit_wait(pid), 0);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, NULL);
	tcase_add_test(tc, none);
	tcase_add_test(tc, version_1);
	tcase_add_test(tc, without_tls);
	tcase_add_test(tc, kinds);
	tcase_add_test(tc, unique_id);
	tcase_add_test(tc, texts_of_tls);
	tcase_add_test(tc, verified_by_ca);
	tcase_add_test(tc, no_name_without_a_ca);
	tcase_add_test(tc, not_verified);
	tcase_add_test(tc, longest);
	tcase_add_test(tc, sent_whole);
	tcase_add_test(tc, target_that_closes);
	tcase_add_test(tc, target_that_does_not_read);
	tcase_add_test(tc, target_that_reads_slowly);
}

int
main(void)
{
	return unit_run("forward_header", add);
}
