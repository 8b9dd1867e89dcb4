/*
 * fuzz_tls.h -- for targets with a TLS session: random numbers and time that
 * an input always repeats, certificates, a client whose records the target can
 * change before they are sent, and a way to free what a process would leave to
 * its exit.
 *
 * To be included by one file of a program: it replaces functions of libraries.
 */

#ifndef FUZZ_TLS_H
#define FUZZ_TLS_H

#include <sys/socket.h>
#include <sys/syscall.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/io.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_random.h"
#include "tls/handshake.h"

/* --- time --- */

static int64_t fuzz_time; /* what clock_now returns; 0: the real time */

/* libFuzzer uses CLOCK_REALTIME. */
int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	if (clock != CLOCK_MONOTONIC || fuzz_time == 0)
		return (int)syscall(__NR_clock_gettime, clock, ts);
	ts->tv_sec = fuzz_time / SECOND;
	ts->tv_nsec = fuzz_time % SECOND;
	return 0;
}

/* Byte AT of a stream of data, one for each NAME. */
static uint8_t
fuzz_byte(char name, uint64_t at)
{
	return (uint8_t)(at * 31 + (at >> 8) * 17 + (uint8_t)name);
}

/* --- what the process would leave to its exit --- */

#define FUZZ_TRACKED_MAX 32

static bool fuzz_track; /* the code that is tested runs */
static gnutls_session_t fuzz_session;
static gnutls_x509_crt_t fuzz_crts[FUZZ_TRACKED_MAX];

/* The function NAME of the library; the type is the caller's. */
static void
fuzz_next(const char *name, void *function)
{
	void *found = dlsym(RTLD_NEXT, name);

	MUST(found != NULL);
	memcpy(function, &found, sizeof(found));
}

int
gnutls_init(gnutls_session_t *tls, unsigned int flags)
{
	static int (*next)(gnutls_session_t *, unsigned int);
	int result;

	if (next == NULL)
		fuzz_next("gnutls_init", &next);
	result = next(tls, flags);
	if (fuzz_track) {
		MUST(fuzz_session == NULL);
		fuzz_session = *tls;
	}
	return result;
}

int
gnutls_x509_crt_init(gnutls_x509_crt_t *crt)
{
	static int (*next)(gnutls_x509_crt_t *);
	int result, i = 0;

	if (next == NULL)
		fuzz_next("gnutls_x509_crt_init", &next);
	result = next(crt);
	if (!fuzz_track)
		return result;
	while (i < FUZZ_TRACKED_MAX && fuzz_crts[i] != NULL)
		i++;
	MUST(i < FUZZ_TRACKED_MAX);
	fuzz_crts[i] = *crt;
	return result;
}

void
gnutls_x509_crt_deinit(gnutls_x509_crt_t crt)
{
	static void (*next)(gnutls_x509_crt_t);
	int i;

	if (next == NULL)
		fuzz_next("gnutls_x509_crt_deinit", &next);
	for (i = 0; i < FUZZ_TRACKED_MAX; i++)
		if (fuzz_crts[i] == crt)
			fuzz_crts[i] = NULL;
	next(crt);
}

/* While the stack of the code that is tested still exists. */
static void
fuzz_free_tracked(void)
{
	struct handshake *h;
	int i;

	fuzz_track = false;
	for (i = 0; i < FUZZ_TRACKED_MAX; i++)
		if (fuzz_crts[i] != NULL)
			gnutls_x509_crt_deinit(fuzz_crts[i]);
	if (fuzz_session == NULL)
		return;
	if ((h = gnutls_session_get_ptr(fuzz_session)) != NULL)
		handshake_key_free(&h->key);
	gnutls_deinit(fuzz_session);
	fuzz_session = NULL;
}

/* --- certificates --- */

struct fuzz_spec {
	const char *name;
	bool is_ca;
};

struct fuzz_cert {
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	gnutls_certificate_credentials_t credentials;
};

#define FUZZ_YEAR_2020 1577836800
#define FUZZ_YEAR_2100 4102444800

/* Make one that CA has signed; NULL: itself. */
static void
fuzz_cert_make(struct fuzz_cert *c, const struct fuzz_spec *spec,
    const struct fuzz_cert *ca)
{
	gnutls_datum_t der;

	ca = ca != NULL ? ca : c;
	MUST(gnutls_x509_privkey_init(&c->key) == 0);
	MUST(gnutls_x509_privkey_generate(c->key, GNUTLS_PK_ECDSA,
		 GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0) == 0);
	MUST(gnutls_x509_crt_init(&c->crt) == 0);
	MUST(gnutls_x509_crt_set_version(c->crt, 3) == 0);
	MUST(gnutls_x509_crt_set_serial(c->crt, "\1", 1) == 0);
	gnutls_x509_crt_set_activation_time(c->crt, FUZZ_YEAR_2020);
	gnutls_x509_crt_set_expiration_time(c->crt, FUZZ_YEAR_2100);
	MUST(gnutls_x509_crt_set_key(c->crt, c->key) == 0);
	MUST(gnutls_x509_crt_set_dn_by_oid(c->crt, GNUTLS_OID_X520_COMMON_NAME,
		 0, spec->name, (unsigned int)strlen(spec->name)) == 0);
	MUST(gnutls_x509_crt_set_basic_constraints(c->crt, spec->is_ca, -1) ==
	    0);
	if (!spec->is_ca)
		MUST(gnutls_x509_crt_set_subject_alt_name(c->crt,
			 GNUTLS_SAN_DNSNAME, spec->name,
			 (unsigned int)strlen(spec->name),
			 GNUTLS_FSAN_APPEND) == 0);
	MUST(gnutls_x509_crt_set_key_usage(c->crt,
		 spec->is_ca ? GNUTLS_KEY_KEY_CERT_SIGN
			     : GNUTLS_KEY_DIGITAL_SIGNATURE) == 0);
	MUST(gnutls_x509_crt_sign2(
		 c->crt, ca->crt, ca->key, GNUTLS_DIG_SHA256, 0) == 0);
	/* A trust list needs one that was read. */
	MUST(gnutls_x509_crt_export2(c->crt, GNUTLS_X509_FMT_DER, &der) == 0);
	gnutls_x509_crt_deinit(c->crt);
	MUST(gnutls_x509_crt_init(&c->crt) == 0);
	MUST(gnutls_x509_crt_import(c->crt, &der, GNUTLS_X509_FMT_DER) == 0);
	gnutls_free(der.data);
	MUST(gnutls_certificate_allocate_credentials(&c->credentials) == 0);
	MUST(gnutls_certificate_set_x509_key(
		 c->credentials, &c->crt, 1, c->key) == 0);
}

/* --- the client --- */

#define FUZZ_WIRE_MAX (400 * 1024)
#define FUZZ_DATA_MAX (128 * 1024) /* in each direction */

struct fuzz_client {
	gnutls_session_t tls;
	gnutls_certificate_credentials_t own;
	int fd;
	bool shaken, broken, is_1_2;
	bool bye;    /* it has sent close_notify */
	bool closed; /* it has received one */
	uint64_t sent, sent_before_bye, received;
	size_t used; /* of the records that were not passed on */
	uint8_t wire[FUZZ_WIRE_MAX];
};

static ssize_t
fuzz_push(gnutls_transport_ptr_t arg, const void *data, size_t len)
{
	struct fuzz_client *c = arg;

	if (len > sizeof(c->wire) - c->used)
		c->broken = true;
	else {
		memcpy(c->wire + c->used, data, len);
		c->used += len;
	}
	return (ssize_t)len;
}

static ssize_t
fuzz_pull(gnutls_transport_ptr_t arg, void *data, size_t len)
{
	struct fuzz_client *c = arg;
	ssize_t n = c->fd == -1 ? 0 : recv(c->fd, data, len, MSG_DONTWAIT);

	if (n == -1)
		gnutls_transport_set_errno(c->tls, errno);
	return n;
}

/*
 * OPTIONS: 0 to 3 the versions and groups, 4 and 8 the protocols of ALPN, 16 a
 * server's name, 32 only what extensions must be there.
 */
static void
fuzz_client_open(
    struct fuzz_client *c, const struct fuzz_cert *cert, unsigned int options)
{
	static const char *const priorities[] = {
		"NORMAL",
		"NORMAL:-VERS-ALL:+VERS-TLS1.2",
		"NORMAL:-GROUP-ALL:+GROUP-X25519:+GROUP-SECP384R1",
		"NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0",
	};
	const gnutls_datum_t alpn[] = {
		{ (unsigned char *)(uintptr_t) "hail/1", 6 },
		{ (unsigned char *)(uintptr_t) "h2", 2 },
	};

	MUST(gnutls_init(&c->tls,
		 GNUTLS_CLIENT | GNUTLS_NONBLOCK |
		     (options & 32 ? GNUTLS_NO_EXTENSIONS : 0)) == 0);
	if (gnutls_priority_set_direct(c->tls, priorities[options & 3], NULL) !=
	    0) {
		c->broken = true;
		return;
	}
	if (cert == NULL)
		MUST(gnutls_certificate_allocate_credentials(&c->own) == 0);
	MUST(gnutls_credentials_set(c->tls, GNUTLS_CRD_CERTIFICATE,
		 cert != NULL ? cert->credentials : c->own) == 0);
	if (options & 12)
		gnutls_alpn_set_protocols(c->tls, options & 4 ? alpn : alpn + 1,
		    options & 8 && options & 4 ? 2 : 1, 0);
	if (options & 16)
		gnutls_server_name_set(
		    c->tls, GNUTLS_NAME_DNS, "server.example.org", 18);
	gnutls_transport_set_ptr(c->tls, c);
	gnutls_transport_set_push_function(c->tls, fuzz_push);
	gnutls_transport_set_pull_function(c->tls, fuzz_pull);
}

static void
fuzz_client_close(struct fuzz_client *c)
{
	gnutls_deinit(c->tls);
	if (c->own != NULL)
		gnutls_certificate_free_credentials(c->own);
}

static bool
fuzz_client_is_open(const struct fuzz_client *c)
{
	return c->shaken && !c->broken && !c->bye;
}

/* Go on with the handshake, as far as possible. */
static void
fuzz_client_step(struct fuzz_client *c)
{
	int n;

	if (c->shaken || c->broken)
		return;
	n = gnutls_handshake(c->tls);
	c->shaken = n == 0;
	c->broken |= n < 0 && gnutls_error_is_fatal(n);
	c->is_1_2 = gnutls_protocol_get_version(c->tls) == GNUTLS_TLS1_2;
}

static void
fuzz_client_send(struct fuzz_client *c, size_t n)
{
	uint8_t buf[4096];
	size_t i, len;

	for (; n > 0 && fuzz_client_is_open(c); n -= len) {
		len = n < sizeof(buf) ? n : sizeof(buf);
		if (c->sent + len > FUZZ_DATA_MAX)
			return;
		for (i = 0; i < len; i++)
			buf[i] = fuzz_byte('c', c->sent + i);
		if (gnutls_record_send(c->tls, buf, len) != (ssize_t)len) {
			c->broken = true;
			return;
		}
		c->sent += len;
	}
}

static void
fuzz_client_bye(struct fuzz_client *c)
{
	if (!fuzz_client_is_open(c))
		return;
	gnutls_bye(c->tls, GNUTLS_SHUT_WR);
	c->bye = true;
	c->sent_before_bye = c->sent;
}

/* Read what has come: data NAME, MOST bytes at most. */
static void
fuzz_client_read(struct fuzz_client *c, char name, uint64_t most)
{
	uint8_t buf[4096];
	ssize_t n, i;

	while (c->shaken && !c->broken && !c->closed) {
		n = gnutls_record_recv(c->tls, buf, sizeof(buf));
		if (n == GNUTLS_E_AGAIN)
			return;
		c->closed = n == 0;
		c->broken |= n < 0 && gnutls_error_is_fatal((int)n);
		for (i = 0; i < n; i++)
			MUST(buf[i] == fuzz_byte(name, c->received++));
		MUST(c->received <= most);
	}
}

/* --- its records on their way --- */

/* The length of the record at AT, which may still be incomplete. */
static size_t
fuzz_record(const struct fuzz_client *c, size_t at)
{
	const uint8_t *r = c->wire + at;
	size_t len;

	if (c->used < at + 5)
		return c->used - at;
	len = 5 + ((size_t)r[3] << 8 | r[4]);
	return len < c->used - at ? len : c->used - at;
}

static void
fuzz_wire_remove(struct fuzz_client *c, size_t at, size_t n)
{
	memmove(c->wire + at, c->wire + at + n, c->used - at - n);
	c->used -= n;
}

static void
fuzz_wire_insert(
    struct fuzz_client *c, size_t at, const uint8_t *data, size_t n)
{
	if (n > sizeof(c->wire) - c->used)
		return;
	memmove(c->wire + at + n, c->wire + at, c->used - at);
	memcpy(c->wire + at, data, n);
	c->used += n;
}

/* Send the first N bytes, as far as the socket takes them. */
static void
fuzz_wire_pass(struct fuzz_client *c, size_t n)
{
	ssize_t sent;

	if (n > c->used)
		n = c->used;
	if (n == 0)
		return;
	sent = c->fd == -1
	    ? (ssize_t)n
	    : send(c->fd, c->wire, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent == -1 && errno != EAGAIN)
		sent = (ssize_t)n;
	if (sent > 0)
		fuzz_wire_remove(c, 0, (size_t)sent);
}

static void
fuzz_wire_repeat(struct fuzz_client *c)
{
	static uint8_t copy[FUZZ_WIRE_MAX];
	size_t n = fuzz_record(c, 0);

	memcpy(copy, c->wire, n);
	fuzz_wire_insert(c, 0, copy, n);
}

/* Move the first record behind the second. */
static void
fuzz_wire_swap(struct fuzz_client *c)
{
	static uint8_t copy[FUZZ_WIRE_MAX];
	size_t n = fuzz_record(c, 0), second;

	memcpy(copy, c->wire, n);
	fuzz_wire_remove(c, 0, n);
	second = fuzz_record(c, 0);
	fuzz_wire_insert(c, second, copy, n);
}

/* Make two records of the first, whose fragment is cut at N. */
static void
fuzz_wire_split(struct fuzz_client *c, size_t n)
{
	size_t len = fuzz_record(c, 0);
	uint8_t header[5];

	if (len < 7)
		return;
	n = 1 + n % (len - 6);
	memcpy(header, c->wire, 3);
	header[3] = (uint8_t)((len - 5 - n) >> 8);
	header[4] = (uint8_t)(len - 5 - n);
	c->wire[3] = (uint8_t)(n >> 8);
	c->wire[4] = (uint8_t)n;
	fuzz_wire_insert(c, 5 + n, header, sizeof(header));
}

/* Change a bit of the first record, one of the first or last 128 bytes. */
static void
fuzz_wire_flip(struct fuzz_client *c, size_t n)
{
	size_t len = fuzz_record(c, 0), at = n & 127;

	if (len == 0)
		return;
	at %= len;
	if (n & 128)
		at = len - 1 - at;
	c->wire[at] ^= (uint8_t)(1U << (n % 7));
}

/* Without the last N bytes; the header still has the old length. */
static void
fuzz_wire_cut(struct fuzz_client *c, size_t n)
{
	size_t len = fuzz_record(c, 0);

	n = n < len ? n : len;
	fuzz_wire_remove(c, len - n, n);
}

#endif
