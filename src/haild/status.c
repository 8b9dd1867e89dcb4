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

static void
send_status(struct server *s, int64_t now)
{
	char text[STATUS_MAX];

	s->status = (struct status_sent) { .at = now,
		.sessions = s->children.live,
		.upgrade_failed = s->upgrade.failed };
	status_describe(s, text, sizeof(text));
	notify_status(&s->notify, text);
}

void
status_ready(struct server *s)
{
	send_status(s, clock_now());
	notify_send(&s->notify, "READY=1");
}

/* Compares numbers: making the text in each turn of the loop costs more. */
int64_t
status_expire(struct server *s, int64_t now)
{
	const struct status_sent *sent = &s->status;

	if (s->notify.fd == -1 ||
	    (!sent->outdated && s->children.live == sent->sessions &&
		s->upgrade.failed == sent->upgrade_failed))
		return -1;
	if (now < sent->at + SECOND)
		return sent->at + SECOND;
	send_status(s, now);
	return -1;
}
