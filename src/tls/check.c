#include "tls/check.h"

#include <gnutls/gnutls.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "tls/check/chain.h"
#include "tls/check/authority.h"
#include "tls/check/key.h"

/*
 * The value of the Nth argument "NAME=VALUE" with that NAME, from 0; or NULL.
 */
static const char *
argument(char *const *argv, const char *name, unsigned int n)
{
	size_t len = strlen(name);

	for (; *argv != NULL; argv++)
		if (strncmp(*argv, name, len) == 0 && (*argv)[len] == '=' &&
		    n-- == 0)
			return *argv + len + 1;
	return NULL;
}

static unsigned int
check_authorities(char *const *argv, struct chain *cas)
{
	struct report r = { .setting = "tls-client-ca" };
	unsigned int i;

	for (i = 0; (r.file = argument(argv, "client-ca", i)) != NULL; i++)
		authority_check_ca(&r, cas);
	r.setting = "tls-client-crl";
	for (i = 0; (r.file = argument(argv, "client-crl", i)) != NULL; i++)
		authority_check_crl(&r, cas);
	return r.errors;
}

static unsigned int
check_pairs(char *const *argv, struct known_cas *known)
{
	struct report r = { .setting = "tls-certificate" };
	struct report key = { .setting = "tls-key" };
	struct chain certs;
	unsigned int i;
	time_t expiry;
	bool read;

	for (i = 0; (r.file = argument(argv, "certificate", i)) != NULL; i++) {
		read = chain_read(&r, &certs) == 0;
		if (read) {
			chain_check(&r, &certs, known);
			if ((expiry = chain_expiry(&certs)) >= 0)
				printf(
				    "expires: %u %jd\n", i, (intmax_t)expiry);
		}
		key.file = argument(argv, "key", i);
		if (key.file != NULL)
			check_key(&key, read ? certs.list[0] : NULL, r.file);
		chain_free(&certs);
	}
	return r.errors + key.errors;
}

/* Whether PRIORITY allows a version that "tls-minimum" allows. */
static bool
has_version(gnutls_priority_t priority, bool with_1_2)
{
	const unsigned int *list;
	int i, n = gnutls_priority_protocol_list(priority, &list);

	for (i = 0; i < n; i++)
		if (list[i] == GNUTLS_TLS1_3 ||
		    (with_1_2 && list[i] == GNUTLS_TLS1_2))
			return true;
	return false;
}

/* As in the relay, a text that begins with a sign is added to the default. */
static int
make_priority(gnutls_priority_t *priority, const char *text, const char **where)
{
	char *all;
	int result;

	if (asprintf(&all, "%s%s",
		text[0] != '\0' && strchr("+-!%", text[0]) != NULL ? "NORMAL:"
								   : "",
		text) == -1)
		return GNUTLS_E_MEMORY_ERROR;
	result = gnutls_priority_init2(priority, all, where, 0);
	/* The wrong word is at the same distance from the end of TEXT. */
	if (result < 0 && *where != NULL)
		*where = text + strlen(text) -
		    (strlen(*where) <= strlen(text) ? strlen(*where) : 0);
	free(all);
	return result;
}

static unsigned int
check_priority(char *const *argv)
{
	struct report r = { .setting = "tls-priority" };
	gnutls_priority_t priority;
	const char *where = NULL;
	int error;

	if ((r.file = argument(argv, "priority", 0)) == NULL)
		return 0;
	if (r.file[0] == '\0') {
		r.file = "\"\"";
		report_error(&r, "is empty");
		return r.errors;
	}
	error = make_priority(&priority, r.file, &where);
	if (error < 0 && (where == NULL || *where == '\0'))
		report_error(&r, "%s", gnutls_strerror(error));
	else if (error < 0)
		report_error(&r, "unknown word \"%.*s\": see gnutls-cli --list",
		    (int)strcspn(where, ":"), where);
	else if (!has_version(priority, argument(argv, "minimum", 0) != NULL))
		report_error(
		    &r, "allows no version that \"tls-minimum\" allows");
	if (error >= 0)
		gnutls_priority_deinit(priority);
	return r.errors;
}

int
tls_check(char *const *argv)
{
	struct known_cas known = { .system = NULL };
	unsigned int errors;

	errors = check_authorities(argv, &known.clients);
	errors += check_pairs(argv, &known);
	errors += check_priority(argv);
	chain_free_known(&known);
	if (fflush(stdout) == EOF)
		return EX_IOERR;
	return errors > 0 ? EX_CONFIG : EXIT_SUCCESS;
}
