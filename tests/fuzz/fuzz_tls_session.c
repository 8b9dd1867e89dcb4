/*
 * fuzz_tls_session.c -- the report of a relay: if it passes the check, its
 * texts end and its names are printable.
 */

#include "fuzz.h"

#include <string.h>

#include "config/client.h"
#include "config/tls.h"
#include "session/environment.h"

static void
try_environment(const struct tls_session *tls)
{
	struct client client = { .tls = tls };
	struct connection c;
	const char *p;
	size_t i;

	addr_from_numeric(&client.addr, "192.0.2.1", 4411);
	environment_connection(&c, &client, NULL);
	MUST(c.n >= 7 && c.n <= CONNECTION_MAX);
	MUST(c.used <= sizeof(c.text));
	for (i = 0; i < c.n; i++) {
		MUST(strchr(c.variables[i], '=') != NULL);
		for (p = c.variables[i]; *p != '\0'; p++)
			MUST((unsigned char)*p >= 0x20 && *p != 0x7f);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls_session *tls = calloc(1, sizeof(*tls));
	char text[TLS_TEXT_MAX];
	const char *name;

	MUST(tls != NULL);
	memcpy(tls, data, size < sizeof(*tls) ? size : sizeof(*tls));
	if (tls_session_check(tls)) {
		name = tls_session_identity(tls);
		MUST(name == NULL || identity_is_valid(name));
		try_environment(tls);
	}
	/* Any value of a client becomes a valid text. */
	memset(tls, 0, sizeof(*tls));
	addr_from_numeric(&tls->local, "192.0.2.2", 443);
	tls_text_set(tls->texts[TLS_CLIENT_DN], data, size);
	MUST(tls_session_check(tls));
	tls_text_set(
	    text, tls->texts[TLS_CLIENT_DN], strlen(tls->texts[TLS_CLIENT_DN]));
	MUST(strcmp(text, tls->texts[TLS_CLIENT_DN]) == 0);
	free(tls);
	return 0;
}
