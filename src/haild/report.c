#include "haild/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "contain/confine.h"
#include "lib/io.h"
#include "lib/log.h"

#define PLURAL(n) ((n) == 1 ? "" : "s")

void
report_serving(const struct server *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->listeners.n; i++)
		n += s->listeners.list[i].service != NULL;
	log_named(LOG_INFO, "serving",
	    "haild %s serving %zu service%s on %zu listener%s", PACKAGE_VERSION,
	    s->nserved, PLURAL(s->nserved), n, PLURAL(n));
}

static uint32_t
sessions(const struct server *s)
{
	return s->children.live - s->children.unreapable;
}

/* ", N unreapable", unless there are none. */
static const char *
print_unreapable(unsigned int n, char *buf, size_t size)
{
	*buf = '\0';
	if (n > 0)
		snprintf(buf, size, ", %u unreapable", n);
	return buf;
}

void
report_summary(const struct server *s)
{
	char text[32], leaves[LEAVES_TEXT_MAX];
	const struct service_stats *t;

	log_named(LOG_INFO, "summary",
	    "summary: %zu service%s, %u session%s, %lu lost messages%s",
	    s->nserved, PLURAL(s->nserved), sessions(s), PLURAL(sessions(s)),
	    logger_counts_add(&s->logger.tally, log_lost()).all,
	    print_unreapable(s->children.unreapable, text, sizeof(text)));
	log_named(LOG_INFO, "summary", "summary: %u source%s in the table",
	    s->admission.sources.count, PLURAL(s->admission.sources.count));
	log_named(LOG_INFO, "summary", "summary: containment: %s%s",
	    leaves_print(&s->containment.leaves, leaves, sizeof(leaves)),
	    landlock_version() < LANDLOCK_SCOPES ? "; no Landlock scopes" : "");
	TAILQ_FOREACH(t, &s->all_stats, entry)
		log_service(LOG_INFO, "summary", t->name,
		    "summary: %s: %u live, %" PRIu64 " accepted, %" PRIu64
		    " refused, %" PRIu64 " failed%s%s",
		    t->name, t->usage.live, t->accepted, t->refused, t->failed,
		    print_unreapable(t->unreapable, text, sizeof(text)),
		    t->out	     ? ", out of service"
			: t->drained ? ", drained"
				     : "");
}

void
report_accept_error(struct server *s, const struct listener *l, int error)
{
	char text[ADDR_TEXT_MAX];

	if (ratelimit_pass(&s->accept_errors, clock_now()))
		log_service(LOG_WARNING, "accept-error", l->service->name,
		    "%s: cannot accept on %s: %s", l->service->name,
		    addr_print(&l->addr, text, sizeof(text)), strerror(error));
}

static int64_t
when_due(const struct ratelimit *r)
{
	return r->left_out == 0 ? -1 : r->left_out_since + SECOND;
}

int64_t
report_left_out(struct server *s, int64_t now)
{
	char kinds[320];
	unsigned long n;

	if ((n = refusals_left_out(&s->refusals, now, kinds, sizeof(kinds))) >
	    0)
		log_named(LOG_INFO, "refusals-left-out",
		    "%lu more refusals not logged: %s", n, kinds);
	if ((n = ratelimit_left_out(&s->accept_errors, now)) > 0)
		log_warnx("%lu more accept errors not logged", n);
	return clock_sooner(
	    when_due(&s->refusals.lines), when_due(&s->accept_errors));
}

/* --- the status --- */

/* Append "; drained: a, b" to BUF, if any services are. */
static void
add_drained(const struct server *s, char *buf, size_t size)
{
	const char *before = "; drained: ";
	const struct service_stats *t;

	TAILQ_FOREACH(t, &s->all_stats, entry) {
		if (!t->drained)
			continue;
		strlcat(buf, before, size);
		strlcat(buf, t->name, size);
		before = ", ";
	}
}

void
report_out(const struct server *s, char *buf, size_t size)
{
	const char *before = "; out of service: ";
	const struct service_stats *t;

	TAILQ_FOREACH(t, &s->all_stats, entry) {
		if (!t->out)
			continue;
		strlcat(buf, before, size);
		strlcat(buf, t->name, size);
		before = ", ";
	}
}

void
status_describe(const struct server *s, char *buf, size_t size)
{
	char text[32];

	snprintf(buf, size, "%zu service%s, %" PRIu32 " session%s%s",
	    s->nserved, PLURAL(s->nserved), sessions(s), PLURAL(sessions(s)),
	    print_unreapable(s->children.unreapable, text, sizeof(text)));
	add_drained(s, buf, size);
	report_out(s, buf, size);
	if (s->trouble != NULL) {
		strlcat(buf, "; last reload failed: ", size);
		strlcat(buf, s->trouble, size);
	}
	if (s->upgrade.failed)
		strlcat(buf, "; last upgrade failed", size);
}

void
status_send(struct server *s, int64_t now)
{
	char text[STATUS_MAX];

	s->status = (struct status_sent) { .at = now,
		.sessions = sessions(s),
		.upgrade_failed = s->upgrade.failed };
	status_describe(s, text, sizeof(text));
	notify_status(&s->notify, text);
}

void
status_ready(struct server *s)
{
	status_send(s, clock_now());
	notify_send(&s->notify, "READY=1");
}

/* Compares numbers: making the text in each turn of the loop costs more. */
int64_t
status_expire(struct server *s, int64_t now)
{
	const struct status_sent *sent = &s->status;

	if (s->notify.fd == -1 ||
	    (!sent->outdated && sessions(s) == sent->sessions &&
		s->upgrade.failed == sent->upgrade_failed))
		return -1;
	if (now < sent->at + SECOND)
		return sent->at + SECOND;
	status_send(s, now);
	return -1;
}
