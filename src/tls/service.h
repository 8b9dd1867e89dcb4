/*
 * service.h -- the TLS settings and files of a service, as the keeper and its
 * relays have them.
 *
 * They are copied from the configuration, which is then unmapped: values of
 * "environment" may be secret.
 */

#ifndef TLS_SERVICE_H
#define TLS_SERVICE_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "config/config.h"
#include "tls/authorities.h"
#include "tls/certificate.h"

#define TLS_ALPN_MAX 8
#define TLS_IDENTITIES_MAX 8 /* files */

/* A directory of "identities", opened once, and the name of a file in it. */
struct tls_identities {
	int directory; /* -1: it cannot be opened */
	char *name, *path;
};

struct tls_service {
	char *name; /* NULL: a service without TLS */
	enum tls_minimum minimum;
	enum tls_client client;
	gnutls_priority_t priority;
	/* Empty: the handshake adds what chooses the certificate. */
	gnutls_certificate_credentials_t credentials;
	struct tls_certificate *certificates;
	size_t ncertificates;
	gnutls_datum_t alpn[TLS_ALPN_MAX + 1]; /* NAILGUN_ALPN after them */
	unsigned int nalpn;
	bool needs_alpn;		      /* "tls-alpn" is set */
	gnutls_x509_trust_list_t authorities; /* CAs and CRLs; NULL: none */
	struct tls_crls crls;		      /* the CRLs' dates */
	bool limits_names; /* an authority has name constraints */
	struct tls_identities *identities;
	size_t nidentities;
	char *busy; /* or NULL */
	size_t busy_len;
	bool kills;    /* the daemon ends sessions whose data is truncated */
	bool forwards; /* and those whose client resets the connection */
};

/* Whether S has TLS and is neither disabled nor out of service. */
bool tls_service_is_served(const struct service *s);

/*
 * Load all services of CONFIG that have TLS, each at its index; other entries
 * have no name.  Returns NULL after the reason was logged.  Never reads a
 * private key.
 */
struct tls_service *tls_services_load(const struct config *config);

/* Free all N of them. */
void tls_services_free(struct tls_service *all, size_t n);

/*
 * Make the priorities for TEXT, "tls-priority" (NULL: the default).  TEXT is
 * appended to the default if it begins with a sign ("-GROUP-X25519"), and
 * replaces it otherwise.  In both cases versions and key exchange are set
 * here.  Returns NULL, or why TEXT cannot be used.
 */
const char *tls_priority_make(
    gnutls_priority_t *priority, enum tls_minimum minimum, const char *text);

/*
 * The certificate for NAME, which the client asks for (NULL: none): the first
 * with exactly that name, otherwise the first with a wildcard that covers it,
 * otherwise the first of all.  Among certificates with the same names, the
 * first whose key has one of the client's N ALGORITHMS (N 0: any).  Returns
 * NULL if none has.
 */
const struct tls_certificate *tls_service_choose(
    const struct tls_service *service, const char *name,
    const gnutls_pk_algorithm_t *algorithms, int n);

#endif
