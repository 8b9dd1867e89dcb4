#include "tests/unit/tls/peer.h"

#include "tests/unit/unit.h"

#include <sys/socket.h>

#include <netinet/in.h>

#include <gnutls/abstract.h>

#include <string.h>
#include <unistd.h>

#include "lib/io.h"

/* --- certificates --- */

#define HOUR 3600

static void
set_name(gnutls_x509_crt_t crt, gnutls_x509_subject_alt_name_t type,
    const char *name)
{
	if (name != NULL)
		ck_assert_int_eq(
		    gnutls_x509_crt_set_subject_alt_name(crt, type, name,
			(unsigned int)strlen(name), GNUTLS_FSAN_APPEND),
		    0);
}

static void
set_names(gnutls_x509_crt_t crt, const struct peer_spec *spec)
{
	if (spec->cn != NULL)
		gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME,
		    0, spec->cn, (unsigned int)strlen(spec->cn));
	set_name(crt, GNUTLS_SAN_DNSNAME, spec->dns);
	set_name(crt, GNUTLS_SAN_URI, spec->uri);
	set_name(crt, GNUTLS_SAN_RFC822NAME, spec->email);
}

static void
set_usage(gnutls_x509_crt_t crt, const struct peer_spec *spec)
{
	gnutls_x509_crt_set_basic_constraints(crt, spec->is_ca, -1);
	gnutls_x509_crt_set_key_usage(crt,
	    spec->is_ca ? GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN
			: GNUTLS_KEY_DIGITAL_SIGNATURE);
	if (spec->purpose != NULL)
		gnutls_x509_crt_set_key_purpose_oid(crt, spec->purpose, 0);
}

static unsigned int
bits_of(const struct peer_spec *spec)
{
	if (spec->bits != 0)
		return spec->bits;
	return (unsigned int)GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
}

static bool
read_again(struct peer_cert *c)
{
	gnutls_datum_t der;
	int result;

	ck_assert_int_eq(
	    gnutls_x509_crt_export2(c->crt, GNUTLS_X509_FMT_DER, &der), 0);
	gnutls_x509_crt_deinit(c->crt);
	ck_assert_int_eq(gnutls_x509_crt_init(&c->crt), 0);
	result = gnutls_x509_crt_import(c->crt, &der, GNUTLS_X509_FMT_DER);
	gnutls_free(der.data);
	return result == 0;
}

bool
peer_cert_sign(struct peer_cert *c, const struct peer_cert *ca,
    gnutls_digest_algorithm_t digest)
{
	ck_assert_int_eq(
	    gnutls_x509_crt_sign2(c->crt, ca->crt, ca->key, digest, 0), 0);
	return read_again(c);
}

void
peer_cert_make(struct peer_cert *c, const struct peer_spec *spec,
    const struct peer_cert *ca)
{
	gnutls_pk_algorithm_t type =
	    spec->type != 0 ? spec->type : GNUTLS_PK_ECDSA;
	gnutls_digest_algorithm_t digest =
	    spec->digest != 0 ? spec->digest : GNUTLS_DIG_SHA256;
	unsigned char serial = spec->serial != 0 ? spec->serial : 1;
	time_t now = time(NULL);

	ck_assert_int_eq(gnutls_x509_privkey_init(&c->key), 0);
	ck_assert_int_eq(
	    gnutls_x509_privkey_generate(c->key, type, bits_of(spec), 0), 0);
	ck_assert_int_eq(gnutls_x509_crt_init(&c->crt), 0);
	gnutls_x509_crt_set_version(c->crt, 3);
	gnutls_x509_crt_set_serial(c->crt, &serial, 1);
	gnutls_x509_crt_set_activation_time(
	    c->crt, now + (spec->begins != 0 ? spec->begins : -HOUR));
	gnutls_x509_crt_set_expiration_time(
	    c->crt, now + (spec->ends != 0 ? spec->ends : HOUR));
	ck_assert_int_eq(gnutls_x509_crt_set_key(c->crt, c->key), 0);
	set_names(c->crt, spec);
	set_usage(c->crt, spec);
	ck_assert(peer_cert_sign(c, ca != NULL ? ca : c, digest));
}

void
peer_cert_free(struct peer_cert *c)
{
	gnutls_x509_crt_deinit(c->crt);
	gnutls_x509_privkey_deinit(c->key);
	memset(c, 0, sizeof(*c));
}

/* --- sessions --- */

void
peer_init(struct peer *p, unsigned int flags, int fd,
    const struct peer_cert *cert, const char *priority)
{
	gnutls_certificate_allocate_credentials(&p->credentials);
	if (cert != NULL) {
		gnutls_x509_crt_t crt = cert->crt;

		ck_assert_int_eq(gnutls_certificate_set_x509_key(
				     p->credentials, &crt, 1, cert->key),
		    0);
	}
	ck_assert_int_eq(gnutls_init(&p->tls, flags), 0);
	ck_assert_int_eq(gnutls_priority_set_direct(p->tls, priority, NULL), 0);
	gnutls_credentials_set(p->tls, GNUTLS_CRD_CERTIFICATE, p->credentials);
	tls_link_attach(&p->link, p->tls, fd);
}

void
peer_free(struct peer *p)
{
	gnutls_deinit(p->tls);
	gnutls_certificate_free_credentials(p->credentials);
}

/* One step.  Returns whether it is done. */
static bool
shake(struct peer *p)
{
	int n = gnutls_handshake(p->tls);

	ck_assert_msg(n == 0 || !gnutls_error_is_fatal(n), "handshake: %s",
	    gnutls_strerror(n));
	ck_assert(!p->link.ended);
	return n == 0;
}

void
peer_shake(struct peer *a, struct peer *b)
{
	bool a_done = false, b_done = false;

	while (!a_done || !b_done) {
		struct pollfd ways[2] = {
			{ .fd = a_done ? -1 : a->link.fd, .events = POLLIN },
			{ .fd = b_done ? -1 : b->link.fd, .events = POLLIN },
		};

		a_done = a_done || shake(a);
		b_done = b_done || shake(b);
		if (!a_done || !b_done)
			io_poll(ways, 2, -1);
	}
}

static void
flush(struct peer *p)
{
	while (tls_link_is_blocked(&p->link)) {
		io_wait(p->link.fd, POLLOUT, -1);
		tls_link_flush(&p->link);
	}
}

ssize_t
peer_send(struct peer *p, const void *data, size_t len)
{
	const char *from = data;
	size_t left = len;
	ssize_t n;

	while (left > 0) {
		n = gnutls_record_send(p->tls, from, left);
		if (n < 0)
			return n;
		from += n;
		left -= (size_t)n;
		flush(p);
	}
	return (ssize_t)len;
}

ssize_t
peer_receive(struct peer *p, void *data, size_t size)
{
	ssize_t n;

	for (;;) {
		n = gnutls_record_recv(p->tls, data, size);
		if (n != GNUTLS_E_AGAIN && n != GNUTLS_E_INTERRUPTED)
			return n;
		if (p->link.ended)
			return GNUTLS_E_PREMATURE_TERMINATION;
		io_wait(p->link.fd, POLLIN, -1);
	}
}

void
peer_tcp_pair(int pair[2])
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ne(listener, -1);
	ck_assert_int_eq(
	    bind(listener, (struct sockaddr *)&sin, sizeof(sin)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	getsockname(listener, (struct sockaddr *)&sin, &len);
	pair[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(
	    connect(pair[0], (struct sockaddr *)&sin, sizeof(sin)), 0);
	pair[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ne(pair[1], -1);
	close(listener);
}
