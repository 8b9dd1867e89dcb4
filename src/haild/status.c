#include "haild/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "haild/state.h"
#include "lib/io.h"

void
status_describe(const struct server *s, char *buf, size_t size)
{
	const char *before = "; out of service: ";
	const struct service_stats *t;

	snprintf(buf, size, "%zu service%s, %" PRIu32 " session%s", s->nserved,
	    s->nserved == 1 ? "" : "s", s->children.live,
	    s->children.live == 1 ? "" : "s");
	TAILQ_FOREACH(t, &s->all_stats, entry) {
		if (!t->out)
			continue;
		strlcat(buf, before, size);
		strlcat(buf, t->name, size);
		before = ", ";
	}
	if (s->trouble != NULL) {
		strlcat(buf, "; last reload failed: ", size);
		strlcat(buf, s->trouble, size);
	}
	if (s->upgrade.failed)
		strlcat(buf, "; last upgrade failed", size);
}

/* Compares numbers: making the text in each turn of the loop costs more. */
static bool
has_changed(const struct server *s)
{
	const struct status_sent *sent = &s->supervise.sent;

	return s->nserved != sent->nserved ||
	    s->children.live != sent->sessions ||
	    s->upgrade.failed != sent->upgrade_failed ||
	    s->supervise.changes != sent->changes;
}

/* Describe the status, which is about to be sent. */
static const char *
take_status(struct server *s, char buf[STATUS_MAX])
{
	s->supervise.sent = (struct status_sent) { s->nserved, s->children.live,
		s->upgrade.failed, s->supervise.changes };
	status_describe(s, buf, STATUS_MAX);
	return buf;
}

void
status_ready(struct server *s)
{
	char text[STATUS_MAX];

	if (s->supervise.notify.fd != -1)
		supervise_ready(
		    &s->supervise, take_status(s, text), clock_now());
}

void
status_expire(struct server *s, int64_t now)
{
	int64_t next = status_next(s);
	char text[STATUS_MAX];

	if (next != -1 && now >= next)
		supervise_status(&s->supervise, take_status(s, text), now);
}

int64_t
status_next(const struct server *s)
{
	return s->supervise.notify.fd == -1 || !has_changed(s)
	    ? -1
	    : s->supervise.status_at + SECOND;
}
