/*
 * service.h -- what the keeper and its relays keep of a service: loaded once,
 * before the configuration, in which "environment" values are secrets, is
 * unmapped.
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
	struct tls_certificate *certificates;
	size_t ncertificates;
	gnutls_datum_t alpn[TLS_ALPN_MAX];
	unsigned int nalpn;
	gnutls_x509_trust_list_t authorities; /* with CRLs; NULL: none */
	struct tls_crls crls;		      /* the same, with their dates */
	bool limits_names; /* an authority has name constraints */
	struct tls_identities *identities;
	size_t nidentities;
	char *busy; /* or NULL */
	size_t busy_len;
	bool kills; /* the daemon ends sessions whose data is truncated */
};

/* Whether S has TLS and is neither disabled nor out of service. */
bool tls_service_is_served(const struct service *s);

/*
 * Load all services of CONFIG that have TLS, at their index; others have no
 * name.  Returns NULL after the reason was logged.  Never reads a private key.
 */
struct tls_service *tls_services_load(const struct config *config);

/* Free all N of them. */
void tls_services_free(struct tls_service *all, size_t n);

/*
 * Make the priorities for TEXT, "tls-priority" (NULL: the default).  TEXT is
 * appended to the default if it begins with a sign ("-GROUP-X25519"), and
 * replaces it otherwise; the versions and the exchange of keys, which the
 * signer limits, are ours in both cases.  Returns NULL, or why it cannot be
 * used.
 */
const char *tls_priority_make(
    gnutls_priority_t *priority, enum tls_minimum minimum, const char *text);

/*
 * The certificate for NAME, which the client asked for (NULL: none): the first
 * that has exactly that name, else a wildcard that covers it, else the first
 * pair's name; among those of the same names, the first whose key can sign with
 * one of the client's N ALGORITHMS (N 0: any).  NULL: none can.
 */
const struct tls_certificate *tls_service_choose(
    const struct tls_service *service, const char *name,
    const gnutls_pk_algorithm_t *algorithms, int n);

#endif
