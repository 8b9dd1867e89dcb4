/*
 * explain.h -- the explanation of what would happen to a client now: the
 * verdict, the rule that decided, and what its session would have.
 *
 *	explain_client.c  reads the client from the request
 *	explain.c	decides, with the daemon's own functions
 *	explain_rule.c	finds the setting that decided
 *	explain_facts.c	lists what applies to the session
 *
 * Deciding changes the tables of the view, as a client would: they are copies.
 */

#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <limits.h>

#include "commands/match.h"
#include "commands/request.h"
#include "config/access.h"
#include "config/client.h"
#include "haild/admission/admit.h"
#include "haild/control/process.h"
#include "haild/listen/listener.h"
#include "lib/outcome.h"

enum verdict { VERDICT_SERVED, VERDICT_WAITS, VERDICT_REFUSED };

/* The setting that decided; NAME is NULL if none did. */
struct rule {
	const char *name, *value, *where;
	char text[PREFIX_TEXT_MAX]; /* for VALUE */
	char place[PATH_MAX + 16];  /* for WHERE */
};

struct explained {
	const struct control_writer *w;
	const struct service *service;
	const struct service *command; /* NULL: none, or "help" */
	bool has_words;		       /* a command was asked for */
	struct service_stats *stats;
	const struct listener *listener; /* NULL: none for such a client */
	struct client client;
	bool announced; /* by a proxy */
	struct tls_session *tls;
	struct request request;
	struct source_use uses[NUSES]; /* before this client */

	enum verdict verdict;
	struct refusal why;	/* unless REFUSED_NOT, the reason; else: */
	struct outcome outcome; /* unless OUTCOME_NONE, the reason; else: */
	const char *reason;	/* in words; NULL if it is served */
	const char *setting;	/* of such a reason; or NULL */
	struct rule rule;
};

/*
 * Fill e's client, tls and request from those of e->w.  Returns CONTROL_OK, or
 * a status whose reason has been said.
 */
enum control_status explain_read_client(struct explained *e);

/* Fill e->rule, when the verdict is known. */
void explain_find_rule(struct explained *e);

/* Write what applies to the session; FACT writes one. */
void explain_write_facts(const struct explained *e);
void explain_fact(const struct explained *e, const char *section,
    const char *name, const char *value, const char *where);

/* The row NAME of ROWS, or NULL. */
const struct setting_row *explain_find_row(
    const struct setting_row *const *rows, const char *name);

#endif
