#include "tls/verify.h"

#include <string.h>

#include "tls/identities.h"
#include "tls/names.h"
#include "tls/pin.h"

/* --- by CA --- */

/*
 * The first status that is set decides: a certificate of an unknown CA is not
 * reported as expired.
 */
static const struct {
	unsigned int status;
	enum tls_fault fault;
} statuses[] = {
	{ GNUTLS_CERT_SIGNER_NOT_FOUND, TLS_UNKNOWN_CA },
	{ GNUTLS_CERT_SIGNATURE_FAILURE, TLS_UNVERIFIED },
	{ GNUTLS_CERT_REVOKED, TLS_REVOKED },
	{ GNUTLS_CERT_NOT_ACTIVATED, TLS_NOT_YET_VALID },
	{ GNUTLS_CERT_EXPIRED, TLS_EXPIRED },
	{ GNUTLS_CERT_PURPOSE_MISMATCH, TLS_PURPOSE },
	{ GNUTLS_CERT_INSECURE_ALGORITHM, TLS_WEAK },
};

static enum tls_fault
fault_of(unsigned int status)
{
	size_t i;

	if (status == 0)
		return TLS_FINE;
	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (status & statuses[i].status)
			return statuses[i].fault;
	return TLS_UNVERIFIED;
}

/*
 * A CA with name constraints vouches only for names of some domains, but the
 * library does not apply that to a common name.
 */
static bool
may_be_named(const struct verify *v, gnutls_x509_crt_t *chain, unsigned int n)
{
	bool limited = v->service->limits_names;
	unsigned int i;

	if (!names_are_common(chain[0]))
		return true;
	for (i = 1; i < n && !limited; i++)
		limited = tls_authority_limits_names(chain[i]);
	return !limited;
}

static enum tls_fault
verify_by_ca(struct verify *v, gnutls_x509_crt_t *chain, unsigned int n)
{
	gnutls_typed_vdata_st purpose = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT };
	/* Invalid, until the library has verified it. */
	unsigned int status = GNUTLS_CERT_INVALID;
	enum tls_fault fault;

	if (gnutls_x509_trust_list_verify_crt2(v->service->authorities, chain,
		n, &purpose, 1, GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM),
		&status, NULL) < 0)
		return TLS_UNVERIFIED;
	if ((fault = fault_of(status)) != TLS_FINE)
		return fault;
	if (!tls_crls_are_current(&v->service->crls, chain, n, v->now))
		return TLS_OLD_CRL;
	if (!may_be_named(v, chain, n))
		return TLS_NO_NAME;
	v->nnames = names_of_certificate(v->names, chain[0]);
	v->by_ca = v->nnames > 0;
	return v->nnames > 0 ? TLS_FINE : TLS_NO_NAME;
}

/* --- by pin --- */

static enum tls_fault
verify_by_pin(struct verify *v)
{
	switch (identities_find(
	    v->identities, v->nidentities, v->pin, v->now, v->names[0])) {
	case IDENTITIES_FOUND:
		v->nnames = 1;
		return TLS_FINE;
	case IDENTITIES_UNKNOWN:
		return TLS_UNKNOWN_KEY;
	case IDENTITIES_EXPIRED:
		return TLS_EXPIRED;
	case IDENTITIES_BAD:
		break;
	}
	return TLS_BAD_IDENTITIES;
}

static enum tls_fault
set_pin(struct verify *v, gnutls_x509_crt_t leaf)
{
	gnutls_pubkey_t key;
	int result;

	if (gnutls_pubkey_init(&key) < 0)
		return TLS_INTERNAL;
	result = gnutls_pubkey_import_x509(key, leaf, 0);
	if (result >= 0)
		result = tls_pin_key(key, v->pin);
	gnutls_pubkey_deinit(key);
	return result < 0 ? TLS_INTERNAL : TLS_FINE;
}

/*
 * An expired pin does not exclude a certificate of a CA.  A file that cannot be
 * trusted does, because the key may be in it.
 */
static enum tls_fault
find_names(struct verify *v, gnutls_x509_crt_t *chain, unsigned int n)
{
	enum tls_fault by_pin = verify_by_pin(v), by_ca;

	if (by_pin == TLS_FINE || by_pin == TLS_BAD_IDENTITIES ||
	    v->service->authorities == NULL)
		return by_pin;
	by_ca = verify_by_ca(v, chain, n);
	return by_ca != TLS_FINE && by_pin == TLS_EXPIRED ? by_pin : by_ca;
}

enum tls_fault
verify_client(struct verify *v, gnutls_x509_crt_t *chain, unsigned int n)
{
	enum tls_client client = v->service->client;
	enum tls_fault fault;

	v->nnames = 0;
	v->by_ca = false;
	v->pin[0] = '\0';
	v->why = TLS_NO_CERTIFICATE;
	if (n == 0)
		return client == TLS_CLIENT_REQUIRED || client == TLS_CLIENT_ANY
		    ? TLS_NO_CERTIFICATE
		    : TLS_FINE;
	if ((fault = set_pin(v, chain[0])) != TLS_FINE)
		return fault;
	v->why = find_names(v, chain, n);
	if (v->why == TLS_BAD_IDENTITIES || client != TLS_CLIENT_ANY)
		return v->why;
	return TLS_FINE;
}

/* --- the chain that a client sent --- */

/* Returns the number of certificates, or -1 if one cannot be read. */
static int
import(gnutls_x509_crt_t *chain, const gnutls_datum_t *raw, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (gnutls_x509_crt_init(&chain[i]) < 0)
			break;
		if (gnutls_x509_crt_import(
			chain[i], &raw[i], GNUTLS_X509_FMT_DER) < 0) {
			gnutls_x509_crt_deinit(chain[i]);
			break;
		}
	}
	if (i == n)
		return (int)n;
	while (i-- > 0)
		gnutls_x509_crt_deinit(chain[i]);
	return -1;
}

enum tls_fault
verify_session(struct verify *v, gnutls_session_t tls, gnutls_x509_crt_t *leaf)
{
	gnutls_x509_crt_t chain[VERIFY_CHAIN_MAX];
	const gnutls_datum_t *raw;
	unsigned int n = 0;
	enum tls_fault fault;
	int i;

	*leaf = NULL;
	raw = gnutls_certificate_get_peers(tls, &n);
	if (raw == NULL)
		n = 0;
	if (n > VERIFY_CHAIN_MAX || import(chain, raw, n) == -1)
		return TLS_UNVERIFIED;
	fault = verify_client(v, chain, n);
	for (i = 1; i < (int)n; i++)
		gnutls_x509_crt_deinit(chain[i]);
	if (n > 0)
		*leaf = chain[0];
	return fault;
}
