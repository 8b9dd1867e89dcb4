/*
 * tls.c -- rules for several settings of TLS.
 */

#include "load/service.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/identity.h"

#define LINES_WRONG_MAX 10 /* of a file of identities, that are reported */

bool
tls_identifies(const struct service *service)
{
	return service->tls && service->tls_client != TLS_CLIENT_NONE &&
	    (service->tls_client_ca != NULL || service->identities != NULL);
}

const char *
tls_missing_need(const struct service *service, unsigned int flags)
{
	if ((flags & (NEEDS_TLS | NEEDS_CLIENT | NEEDS_NAMES)) && !service->tls)
		return "\"tls = true\"";
	if ((flags & (NEEDS_CLIENT | NEEDS_NAMES)) &&
	    service->tls_client == TLS_CLIENT_NONE)
		return "a \"tls-client\" other than \"none\"";
	if ((flags & NEEDS_NAMES) && !tls_identifies(service))
		return "\"tls-client-ca\" or \"identities\"";
	return NULL;
}

static size_t
count(const char *const *list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return n;
}

/* Check that each certificate has a key. */
static void
check_pairs(struct loader *l, const struct service *service)
{
	size_t certificates = count(service->tls_certificate);
	size_t keys = count(service->tls_key);

	if (certificates == 0)
		loader_error_at(l, ORIGIN(l, "tls"),
		    "\"tls\": service \"%s\" needs \"tls-certificate\"",
		    service->name);
	if (keys == 0)
		loader_error_at(l, ORIGIN(l, "tls"),
		    "\"tls\": service \"%s\" needs \"tls-key\"", service->name);
	if (certificates > 0 && keys > 0 && certificates != keys)
		loader_error_at(l, ORIGIN(l, "tls-key"),
		    "\"tls-key\" has %zu file%s, but \"tls-certificate\" has "
		    "%zu: each certificate needs its key, in the same order",
		    keys, keys == 1 ? "" : "s", certificates);
}

/* Check that clients can be verified. */
static void
check_client(struct loader *l, const struct service *service)
{
	if (service->tls_client == TLS_CLIENT_NONE)
		return;
	if (service->tls_client != TLS_CLIENT_ANY && !tls_identifies(service))
		loader_error_at(l, ORIGIN(l, "tls-client"),
		    "\"tls-client\": service \"%s\" needs \"tls-client-ca\" or "
		    "\"identities\" to verify clients",
		    service->name);
	if (service->tls_client_crl != NULL && service->tls_client_ca == NULL)
		loader_error_at(l, ORIGIN(l, "tls-client-crl"),
		    "\"tls-client-crl\": service \"%s\" needs "
		    "\"tls-client-ca\", which signs revocation lists",
		    service->name);
}

void
tls_check(struct loader *l, const struct service *service)
{
	const struct origin *own = &l->own[setting_index("tls")];

	if (!service->tls)
		return;
	if (service->wait && own->file != NULL)
		loader_error_at(l, own,
		    "\"tls\" does not apply to a service with \"wait\"");
	else if (service->wait)
		loader_error_at(l, &l->here,
		    "\"tls\" at the top level cannot apply to service \"%s\": "
		    "with \"wait\", its program accepts the clients; add \"tls "
		    "= false\"",
		    service->name);
	else {
		check_pairs(l, service);
		check_client(l, service);
	}
}

/* --- files of identities --- */

static void
warn_of_lines(struct loader *l, const char *path, FILE *f)
{
	struct identity_line line;
	const char *why;
	char *text = NULL;
	size_t size = 0;
	int number, wrong = 0;
	ssize_t len;

	for (number = 1;
	     wrong < LINES_WRONG_MAX && (len = getline(&text, &size, f)) != -1;
	     number++) {
		len -= len > 0 && text[len - 1] == '\n';
		if (identity_parse_line(&line, text, (size_t)len, &why) != -1)
			continue;
		wrong++;
		loader_report(l, false, ORIGIN(l, "identities"),
		    "\"identities\": %s:%d: %s; this line is ignored", path,
		    number, why);
	}
	free(text);
}

void
tls_warn_of_identities(struct loader *l, const struct service *service)
{
	const char *const *list = service->identities;
	FILE *f;
	int fd;

	for (; list != NULL && *list != NULL; list++) {
		/* A FIFO must not block. */
		fd = open(*list, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd == -1 || (f = fdopen(fd, "r")) == NULL) {
			loader_report(l, false, ORIGIN(l, "identities"),
			    "\"identities\": %s: %s", *list, strerror(errno));
			continue;
		}
		warn_of_lines(l, *list, f);
		fclose(f);
	}
}
