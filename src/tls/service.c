/*
 * service.c -- load the TLS settings and files of each service.
 */

#include "tls/service.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/nailgun.h"

/* --- priority --- */

/* X25519 first; FFDHE is left out, because it is slow. */
#define GROUPS                                                        \
	"-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:" \
	"+GROUP-SECP521R1:+GROUP-X448"
/* TLS 1.2 without CBC; TLS 1.3 has only AEAD. */
#define CIPHERS ":-MAC-ALL:+AEAD"
#define ONLY_1_3 ":-VERS-ALL:+VERS-TLS1.3"
/*
 * Key exchange by RSA needs decryption, which the signer does not do.  Nor does
 * it sign with SHA-1, which GnuTLS still accepts for TLS 1.2.
 */
#define SINCE_1_2                                            \
	":-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-DHE-RSA" \
	":-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1"

const char *
tls_priority_make(
    gnutls_priority_t *priority, enum tls_minimum minimum, const char *text)
{
	bool append = text == NULL || strchr("+-!%", *text) != NULL;
	const char *where;
	char *all;
	int result;

	if (asprintf(&all, "%s%s%s%s", append ? GROUPS CIPHERS : text,
		append && text != NULL && *text != '\0' ? ":" : "",
		append && text != NULL ? text : "",
		minimum == TLS_MINIMUM_1_2 ? SINCE_1_2 : ONLY_1_3) == -1)
		return strerror(ENOMEM);
	/* Not "@SYSTEM": it fails where /etc/gnutls/config is absent. */
	result = gnutls_priority_init2(priority, all, &where,
	    append ? GNUTLS_PRIORITY_INIT_DEF_APPEND : 0);
	free(all);
	return result < 0 ? gnutls_strerror(result) : NULL;
}

/* --- the parts of a service --- */

struct loading {
	const struct service *from;
	struct tls_service *to;
};

/* Log the reason.  Returns -1. */
static int
fail(const struct loading *l, const char *setting, const char *value,
    const char *why)
{
	log_errx("%s:%d: %s: cannot use %s \"%s\": %s", l->from->file,
	    l->from->line, l->from->name, setting, value, why);
	return -1;
}

static size_t
count(const char *const *list)
{
	size_t n = 0;

	if (list != NULL)
		while (list[n] != NULL)
			n++;
	return n;
}

static int
load_certificates(const struct loading *l)
{
	size_t n = count(l->from->tls_certificate), i;
	struct tls_certificate *c = calloc(n + 1, sizeof(*c));
	const char *why;

	l->to->certificates = c;
	if (n == 0 || c == NULL)
		return fail(l, "tls-certificate", "",
		    n == 0 ? "none is configured" : strerror(errno));
	l->to->ncertificates = n;
	for (i = 0; i < n; i++) {
		why = tls_certificate_load(&c[i], l->from->tls_certificate[i]);
		if (why != NULL)
			return fail(l, "tls-certificate",
			    l->from->tls_certificate[i], why);
		c[i].key = (uint32_t)i;
	}
	return 0;
}

static int
load_crls(const struct loading *l)
{
	size_t n = count(l->from->tls_client_crl), i;
	const char *path, *why;

	for (i = 0; i < n; i++) {
		path = l->from->tls_client_crl[i];
		why = tls_authorities_add_crls(
		    l->to->authorities, &l->to->crls, path);
		if (why != NULL)
			return fail(l, "tls-client-crl", path, why);
	}
	return 0;
}

static int
load_authorities(const struct loading *l)
{
	size_t n = count(l->from->tls_client_ca), i;
	const char *path, *why;
	int result;

	if (n == 0)
		return 0;
	result = gnutls_x509_trust_list_init(&l->to->authorities, 0);
	if (result < 0)
		return fail(l, "tls-client-ca", "", gnutls_strerror(result));
	for (i = 0; i < n; i++) {
		path = l->from->tls_client_ca[i];
		why = tls_authorities_add(l->to->authorities, path);
		if (why != NULL)
			return fail(l, "tls-client-ca", path, why);
	}
	l->to->limits_names = tls_authorities_limit_names(l->to->authorities);
	return load_crls(l);
}

static int
add_alpn(const struct loading *l, const char *name)
{
	gnutls_datum_t *d = &l->to->alpn[l->to->nalpn];

	d->size = (unsigned int)strlen(name);
	if ((d->data = (unsigned char *)strdup(name)) == NULL)
		return fail(l, "tls-alpn", name, strerror(errno));
	l->to->nalpn++;
	return 0;
}

static int
load_alpn(const struct loading *l)
{
	size_t n = count(l->from->tls_alpn), i;
	bool has_own = false;

	if (n > TLS_ALPN_MAX)
		return fail(l, "tls-alpn", l->from->tls_alpn[TLS_ALPN_MAX],
		    "more than 8 protocols");
	for (i = 0; i < n; i++) {
		if (add_alpn(l, l->from->tls_alpn[i]) == -1)
			return -1;
		if (strcmp(l->from->tls_alpn[i], NAILGUN_ALPN) == 0)
			has_own = true;
	}
	l->to->needs_alpn = n > 0;
	if (l->from->handler != HANDLER_COMMANDS || has_own)
		return 0;
	return add_alpn(l, NAILGUN_ALPN);
}

/*
 * Open the directory of PATH once.  If it cannot be opened, clients are refused
 * until it exists and haild is reloaded.
 */
static int
open_identities(struct tls_identities *t, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *directory;

	t->directory = -1;
	t->path = strdup(path);
	t->name = strdup(slash == NULL ? path : slash + 1);
	directory = slash == NULL ? strdup(".")
				  : strndup(path, (size_t)(slash - path) + 1);
	if (t->path == NULL || t->name == NULL || directory == NULL) {
		free(directory);
		return -1;
	}
	t->directory = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (t->directory == -1)
		log_warn("cannot open the directory %s of \"identities\"",
		    directory);
	free(directory);
	return 0;
}

static int
load_identities(const struct loading *l)
{
	size_t n = count(l->from->identities), i;
	struct tls_identities *t = calloc(n + 1, sizeof(*t));

	if (t == NULL)
		return fail(l, "identities", "", strerror(errno));
	l->to->identities = t;
	if (n > TLS_IDENTITIES_MAX)
		return fail(l, "identities",
		    l->from->identities[TLS_IDENTITIES_MAX],
		    "more than 8 files");
	for (i = 0; i < n; i++) {
		l->to->nidentities++;
		if (open_identities(&t[i], l->from->identities[i]) == -1)
			return fail(l, "identities", l->from->identities[i],
			    strerror(errno));
	}
	return 0;
}

static int
load_rest(const struct loading *l)
{
	const struct service *s = l->from;
	const char *why;
	int result;

	why = tls_priority_make(&l->to->priority,
	    (enum tls_minimum)s->tls_minimum, s->tls_priority);
	if (why != NULL)
		return fail(l, "tls-priority",
		    s->tls_priority != NULL ? s->tls_priority : "", why);
	result = gnutls_certificate_allocate_credentials(&l->to->credentials);
	if (result < 0)
		return fail(l, "tls", "true", gnutls_strerror(result));
	l->to->minimum = (enum tls_minimum)s->tls_minimum;
	l->to->client = (enum tls_client)s->tls_client;
	l->to->kills = s->on_truncation == TRUNCATION_KILL;
	l->to->forwards = s->handler == HANDLER_FORWARD;
	if (s->busy == NULL)
		return 0;
	if ((l->to->busy = malloc(s->busy_len + 1)) == NULL)
		return fail(l, "busy-message", "", strerror(errno));
	memcpy(l->to->busy, s->busy, s->busy_len);
	l->to->busy_len = s->busy_len;
	return 0;
}

static int
load(const struct loading *l)
{
	if ((l->to->name = strdup(l->from->name)) == NULL)
		return fail(l, "tls", "true", strerror(errno));
	return load_certificates(l) == -1 || load_authorities(l) == -1 ||
		load_alpn(l) == -1 || load_identities(l) == -1 ||
		load_rest(l) == -1
	    ? -1
	    : 0;
}

static void
free_identities(struct tls_service *s)
{
	size_t i;

	for (i = 0; i < s->nidentities; i++) {
		if (s->identities[i].directory != -1)
			close(s->identities[i].directory);
		free(s->identities[i].name);
		free(s->identities[i].path);
	}
	free(s->identities);
}

static void
free_service(struct tls_service *s)
{
	size_t i;

	for (i = 0; i < s->ncertificates; i++)
		tls_certificate_free(&s->certificates[i]);
	free(s->certificates);
	for (i = 0; i < s->nalpn; i++)
		free(s->alpn[i].data);
	gnutls_priority_deinit(s->priority);
	if (s->credentials != NULL)
		gnutls_certificate_free_credentials(s->credentials);
	gnutls_x509_trust_list_deinit(s->authorities, 1);
	tls_crls_free(&s->crls);
	free_identities(s);
	free(s->busy);
	free(s->name);
}

void
tls_services_free(struct tls_service *all, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (all[i].name != NULL)
			free_service(&all[i]);
	free(all);
}

struct tls_service *
tls_services_load(const struct config *config)
{
	struct tls_service *all = calloc(config->nservices + 1, sizeof(*all));
	size_t i;

	if (all == NULL) {
		log_err("cannot load certificates");
		return NULL;
	}
	for (i = 0; i < config->nservices; i++) {
		const struct loading l = { &config->services[i], &all[i] };

		if (tls_service_is_served(l.from) && load(&l) == -1) {
			tls_services_free(all, i + 1);
			return NULL;
		}
	}
	return all;
}

bool
tls_service_is_served(const struct service *s)
{
	return s->tls && !s->disable && s->missing == NULL;
}
