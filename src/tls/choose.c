/*
 * choose.c -- the certificate for the name that a client asks for.
 *
 * The library's own choice, with %SERVER_PRECEDENCE and TLS 1.2, sends a
 * certificate of another name if it prefers its algorithm.
 */

#include <string.h>

#include "tls/service.h"

static bool
is_exactly(const char *pattern, const char *name)
{
	return strcasecmp(pattern, name) == 0;
}

/* "*.example.org" covers one label (RFC 6125, 6.4.3). */
static bool
is_covered(const char *pattern, const char *name)
{
	const char *dot = strchr(name, '.');

	return pattern[0] == '*' && pattern[1] == '.' && dot != NULL &&
	    dot != name && strcasecmp(pattern + 1, dot) == 0;
}

static bool
has_name(const struct tls_certificate *c, const char *name,
    bool (*matches)(const char *, const char *))
{
	size_t i;

	for (i = 0; i < c->nnames; i++)
		if (matches(c->names[i], name))
			return true;
	return false;
}

static bool
can_sign(const struct tls_certificate *c,
    const gnutls_pk_algorithm_t *algorithms, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (algorithms[i] == c->algorithm)
			return true;
	return n <= 0;
}

/* Whether B has each name of A. */
static bool
are_names_of(const struct tls_certificate *a, const struct tls_certificate *b)
{
	size_t i;

	for (i = 0; i < a->nnames; i++)
		if (!has_name(b, a->names[i], is_exactly))
			return false;
	return true;
}

static const struct tls_certificate *
find_named(const struct tls_service *service, const char *name,
    bool (*matches)(const char *, const char *),
    const gnutls_pk_algorithm_t *algorithms, int n, bool *known)
{
	const struct tls_certificate *c;
	size_t i;

	for (i = 0; i < service->ncertificates; i++) {
		c = &service->certificates[i];
		if (!has_name(c, name, matches))
			continue;
		*known = true;
		if (can_sign(c, algorithms, n))
			return c;
	}
	return NULL;
}

/* The first pair, or one with the same names. */
static const struct tls_certificate *
find_default(const struct tls_service *service,
    const gnutls_pk_algorithm_t *algorithms, int n)
{
	const struct tls_certificate *first = service->certificates, *c;
	size_t i;

	for (i = 0; i < service->ncertificates; i++) {
		c = &service->certificates[i];
		if (can_sign(c, algorithms, n) && are_names_of(c, first) &&
		    are_names_of(first, c))
			return c;
	}
	return NULL;
}

const struct tls_certificate *
tls_service_choose(const struct tls_service *service, const char *name,
    const gnutls_pk_algorithm_t *algorithms, int n)
{
	const struct tls_certificate *c;
	bool known = false;

	if (name == NULL || *name == '\0')
		return find_default(service, algorithms, n);
	c = find_named(service, name, is_exactly, algorithms, n, &known);
	if (!known)
		c = find_named(
		    service, name, is_covered, algorithms, n, &known);
	return known ? c : find_default(service, algorithms, n);
}
