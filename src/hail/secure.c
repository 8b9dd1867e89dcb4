#include "hail/secure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hail/known_hosts.h"
#include "hail/tls_helper.h"
#include "lib/io.h"
#include "lib/nailgun.h"

#define ARGUMENTS_MAX 32
#define IDENTITY_FILE "identity"

struct secure {
	struct connection *c;
	const struct options *o;
	const struct token *token;
	const struct addr *addr;
	const char *label; /* for notes */
	const struct known_hosts
	    *hosts; /* not read if the options ignore them */
	char name[KNOWN_NAME_MAX];
	struct known_key keys[KNOWN_KEYS_MAX];
	int n_keys;
	char *argv[ARGUMENTS_MAX + 1];
	size_t argc;
};

/* --- the arguments of hail-tls --- */

static void __attribute__((format(printf, 2, 3)))
add(struct secure *s, const char *fmt, ...)
{
	va_list ap;

	if (s->argc == ARGUMENTS_MAX) {
		connection_fail(s->c, HAIL_TLS, "too many arguments");
		return;
	}
	va_start(ap, fmt);
	if (vasprintf(&s->argv[s->argc], fmt, ap) == -1) {
		s->argv[s->argc] = NULL;
		connection_fail(s->c, HAIL_TLS, "out of memory");
	} else
		s->argc++;
	va_end(ap);
}

static void
add_verification(struct secure *s)
{
	const struct options *o = s->o;
	size_t i;

	if (o->insecure || o->show_key)
		add(s, "verify=none");
	else if (o->ca != NULL) {
		add(s, "verify=ca");
		add(s, "ca=%s", o->ca);
	} else if (s->token == NULL && o->n_pins == 0 && s->n_keys == 0)
		add(s, "verify=first");
	else
		add(s, "verify=pins");
	if (s->token != NULL)
		add(s, "pin=%s", s->token->pin);
	for (i = 0; i < o->n_pins; i++)
		add(s, "pin=%s", o->pins[i]);
	for (i = 0; s->token == NULL && (int)i < s->n_keys; i++)
		add(s, "pin=%s", s->keys[i].pin);
}

static void
add_identity(struct secure *s)
{
	char path[PATH_MAX], err[sizeof(s->c->error)];

	if (s->o->identity != NULL)
		add(s, "%s=%s", s->token != NULL ? "new-identity" : "identity",
		    s->o->identity);
	else if (!known_hosts_path(path, IDENTITY_FILE)) {
		if (s->token != NULL)
			connection_fail(s->c, HAIL_TLS,
			    "no home directory, so no key can be stored; use "
			    "-i");
	} else if (s->token == NULL)
		add(s, "default-identity=%s", path);
	else if (known_hosts_make_directory(path, err, sizeof(err)) == 0)
		add(s, "new-identity=%s", path);
	else
		connection_fail(s->c, HAIL_TLS, "%s", err);
}

static void
add_arguments(struct secure *s)
{
	const struct options *o = s->o;

	add(s, "hail-tls");
	if (o->server_name != NULL || o->family != AF_UNIX)
		add(s, "name=%s",
		    o->server_name != NULL ? o->server_name : o->host);
	add_verification(s);
	if (o->show_key) {
		add(s, "show=yes");
		return;
	}
	if (o->command != NULL)
		add(s, "alpn=" NAILGUN_ALPN);
	add_identity(s);
}

/* --- known hosts --- */

/* Whether the options ignore the known hosts. */
static bool
ignores_known_hosts(const struct options *o)
{
	return o->family == AF_UNIX || o->insecure || o->show_key ||
	    o->ca != NULL || o->n_pins != 0;
}

static void
find_keys(struct secure *s)
{
	char err[sizeof(s->c->error)];

	known_hosts_name(s->name, s->o->host, s->addr);
	s->n_keys =
	    known_hosts_find(s->hosts, s->name, s->keys, err, sizeof(err));
	if (s->n_keys == -1)
		connection_fail(s->c, HAIL_TLS, "%s", err);
}

/* A token must not add a second key for a server whose key is known. */
static void
check_token(struct secure *s)
{
	int i;

	for (i = 0; i < s->n_keys; i++)
		if (strcmp(s->keys[i].pin, s->token->pin) == 0)
			return;
	if (s->n_keys > 0)
		connection_fail(s->c, HAIL_UNVERIFIED,
		    "line %u of %s has another key for the server than the "
		    "token; if the token is right, remove that line",
		    s->keys[0].line, s->hosts->path);
}

static void
store_key(struct secure *s, const char *pin)
{
	char err[sizeof(s->c->error)];

	if (pin[0] == '\0')
		connection_fail(s->c, HAIL_TLS, "hail-tls reported no key");
	else if (known_hosts_add(s->name, pin, err, sizeof(err)) == -1)
		connection_fail(s->c, HAIL_TLS, "%s", err);
	else
		fprintf(stderr,
		    "hail: %s: first call: stored the server's key %s\n",
		    s->label, pin);
}

/* --- reports of hail-tls --- */

static void
take_ready(struct secure *s, const struct tls_report *r)
{
	if (s->o->show_key) {
		fputs(r->text, stdout);
		return;
	}
	s->c->extended = s->o->command != NULL && r->alpn != 0;
	if (s->o->verbose)
		fprintf(stderr, "hail: %s: %s\n", s->label, r->text);
	if (s->o->insecure)
		fprintf(stderr,
		    "hail: %s: warning: the server is not verified "
		    "(--insecure); its key is %s\n",
		    s->label, r->pin);
	else if (!ignores_known_hosts(s->o) && s->n_keys == 0)
		store_key(s, r->pin);
}

static void
take_wrong_key(struct secure *s, const struct tls_report *r)
{
	if (s->token != NULL)
		connection_fail(s->c, HAIL_UNVERIFIED,
		    "this is not the server that made the token: its key is "
		    "%s, not %s",
		    r->pin, s->token->pin);
	else if (s->n_keys == 0)
		connection_fail(s->c, HAIL_UNVERIFIED,
		    "the server's key is %s, which --pin does not allow",
		    r->pin);
	else
		connection_fail(s->c, HAIL_UNVERIFIED,
		    "the server's key has changed\n"
		    "Either the server has a new key, or another machine "
		    "answers in its place and could read and change all "
		    "data.  Ask the server's administrator which key is "
		    "right.\n"
		    "  stored: %s (line %u of %s)\n"
		    "     now: %s\n"
		    "If the new key is right, remove that line and call again.",
		    s->keys[0].pin, s->keys[0].line, s->hosts->path, r->pin);
}

static void
wait_for_handshake(struct secure *s, int64_t deadline)
{
	struct tls_report r;
	uint32_t type;

	while ((type = tls_helper_wait(s->c, &r, deadline,
		    "no TLS handshake with the server")) == TLS_NOTE)
		fprintf(stderr, "hail: %s: %s\n", s->label, r.text);
	if (type == TLS_READY)
		take_ready(s, &r);
	else if (type == TLS_FAILED && r.wrong_key)
		take_wrong_key(s, &r);
	else if (type != 0)
		connection_fail(s->c,
		    r.status != HAIL_ENDED ? (enum hail_status)r.status
					   : HAIL_TLS,
		    "%s", r.text);
}

/* --- the whole --- */

static void
run_tls(struct secure *s, int64_t deadline)
{
	add_arguments(s);
	if (s->c->status == HAIL_ENDED)
		tls_helper_start(s->c, s->argv);
	if (s->c->status == HAIL_ENDED)
		wait_for_handshake(s, deadline);
	s->c->last_byte = clock_now();
	while (s->argc > 0)
		free(s->argv[--s->argc]);
}

/* HOSTS were read unless O ignores them. */
static void
secure_with(struct connection *c, const struct options *o,
    const struct token *token, const struct addr *addr, const char *name,
    const struct known_hosts *hosts, int64_t deadline)
{
	struct secure s = { .c = c,
		.o = o,
		.token = token,
		.addr = addr,
		.label = name,
		.hosts = hosts };

	if (!ignores_known_hosts(o))
		find_keys(&s);
	if (token != NULL)
		check_token(&s);
	if (c->status == HAIL_ENDED && (o->tls || s.n_keys > 0))
		run_tls(&s, deadline);
}

/* For a call in the clear, only the known hosts are read. */
void
secure(struct connection *c, const struct options *o, const struct token *token,
    const struct addr *addr, const char *name, int64_t deadline)
{
	struct known_hosts hosts;

	hosts.text = NULL;
	if (!ignores_known_hosts(o) &&
	    known_hosts_read(&hosts, o->tls, c->error, sizeof(c->error)) == -1)
		c->status = HAIL_TLS;
	else if (o->tls || hosts.text != NULL)
		secure_with(c, o, token, addr, name, &hosts, deadline);
	free(hosts.text);
}
