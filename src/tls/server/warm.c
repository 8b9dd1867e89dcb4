#include "tls/server/warm.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <errno.h>
#include <string.h>
#include <time.h>

#define TRIES 16 /* more turns than a handshake takes */

/* Bytes that one side has sent and the other has not read. */
struct pipe {
	unsigned char data[16384];
	size_t used;
};

struct side {
	gnutls_session_t session;
	struct pipe *in, *out;
};

static ssize_t
push(gnutls_transport_ptr_t arg, const void *data, size_t size)
{
	struct side *side = arg;
	struct pipe *p = side->out;

	if (size > sizeof(p->data) - p->used) {
		gnutls_transport_set_errno(side->session, EMSGSIZE);
		return -1;
	}
	memcpy(p->data + p->used, data, size);
	p->used += size;
	return (ssize_t)size;
}

static ssize_t
pull(gnutls_transport_ptr_t arg, void *data, size_t size)
{
	struct side *side = arg;
	struct pipe *p = side->in;

	if (p->used == 0) {
		gnutls_transport_set_errno(side->session, EAGAIN);
		return -1;
	}
	if (size > p->used)
		size = p->used;
	memcpy(data, p->data, size);
	p->used -= size;
	memmove(p->data, p->data + size, p->used);
	return (ssize_t)size;
}

/* A certificate that is valid for a minute, for KEY. */
static int
make_certificate(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	static const char name[] = "keeper";
	time_t now = time(NULL);
	int result;

	(void)((result = gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
		    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0)) < 0 ||
	    (result = gnutls_x509_crt_set_version(crt, 3)) < 0 ||
	    (result = gnutls_x509_crt_set_serial(crt, "\1", 1)) < 0 ||
	    (result = gnutls_x509_crt_set_dn_by_oid(crt,
		 GNUTLS_OID_X520_COMMON_NAME, 0, name, sizeof(name) - 1)) < 0 ||
	    (result = gnutls_x509_crt_set_activation_time(crt, now)) < 0 ||
	    (result = gnutls_x509_crt_set_expiration_time(crt, now + 60)) < 0 ||
	    (result = gnutls_x509_crt_set_key(crt, key)) < 0 ||
	    (result = gnutls_x509_crt_sign2(
		 crt, crt, key, GNUTLS_DIG_SHA256, 0)) < 0);
	return result;
}

static int
set_key(gnutls_certificate_credentials_t credentials)
{
	gnutls_x509_crt_t crt = NULL;
	gnutls_x509_privkey_t key = NULL;
	int result;

	if ((result = gnutls_x509_crt_init(&crt)) >= 0 &&
	    (result = gnutls_x509_privkey_init(&key)) >= 0 &&
	    (result = make_certificate(crt, key)) >= 0)
		result =
		    gnutls_certificate_set_x509_key(credentials, &crt, 1, key);
	if (crt != NULL)
		gnutls_x509_crt_deinit(crt);
	if (key != NULL)
		gnutls_x509_privkey_deinit(key);
	return result;
}

static int
open_side(struct side *side, unsigned int flags,
    gnutls_certificate_credentials_t credentials)
{
	int result = gnutls_init(
	    &side->session, flags | GNUTLS_NO_TICKETS | GNUTLS_NONBLOCK);

	if (result < 0)
		return result;
	gnutls_transport_set_ptr(side->session, side);
	gnutls_transport_set_push_function(side->session, push);
	gnutls_transport_set_pull_function(side->session, pull);
	if ((result = gnutls_set_default_priority(side->session)) < 0)
		return result;
	return gnutls_credentials_set(
	    side->session, GNUTLS_CRD_CERTIFICATE, credentials);
}

static int
shake_hands(struct side sides[2])
{
	int results[2] = { GNUTLS_E_AGAIN, GNUTLS_E_AGAIN }, i;

	for (i = 0; i < TRIES; i++) {
		if (results[i % 2] == GNUTLS_E_AGAIN)
			results[i % 2] = gnutls_handshake(sides[i % 2].session);
		if (results[0] == GNUTLS_E_SUCCESS &&
		    results[1] == GNUTLS_E_SUCCESS)
			return 0;
	}
	return results[0] < 0 ? results[0] : results[1];
}

/* Send a byte each way. */
static int
exchange(struct side sides[2])
{
	char c = 0;
	ssize_t n;
	int i;

	for (i = 0; i < 2; i++) {
		n = gnutls_record_send(sides[i].session, &c, 1);
		if (n >= 0)
			n = gnutls_record_recv(sides[1 - i].session, &c, 1);
		if (n < 0)
			return (int)n;
	}
	return 0;
}

int
tls_warm(void)
{
	gnutls_certificate_credentials_t server = NULL, client = NULL;
	struct pipe pipes[2] = { { .used = 0 }, { .used = 0 } };
	struct side sides[2] = { { NULL, &pipes[0], &pipes[1] },
		{ NULL, &pipes[1], &pipes[0] } };
	int result, i;

	if ((result = gnutls_certificate_allocate_credentials(&server)) >= 0 &&
	    (result = gnutls_certificate_allocate_credentials(&client)) >= 0 &&
	    (result = set_key(server)) >= 0 &&
	    (result = open_side(&sides[0], GNUTLS_CLIENT, client)) >= 0 &&
	    (result = open_side(&sides[1], GNUTLS_SERVER, server)) >= 0 &&
	    (result = shake_hands(sides)) >= 0)
		result = exchange(sides);
	for (i = 0; i < 2; i++)
		if (sides[i].session != NULL)
			gnutls_deinit(sides[i].session);
	if (server != NULL)
		gnutls_certificate_free_credentials(server);
	if (client != NULL)
		gnutls_certificate_free_credentials(client);
	return result;
}
