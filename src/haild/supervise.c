/*
 * supervise.c -- what a supervisor is told, and when.
 */

#include "haild/supervise.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "haild/state.h"

int
supervise_open(struct supervise *sup)
{
	sup->watchdog = watchdog_timeout();
	return notify_open(&sup->notify);
}

void
supervise_hand_on(const struct supervise *sup)
{
	char path[sizeof(sup->notify.to.sun_path) + 1], number[32];
	size_t len;

	if (sup->notify.fd != -1) {
		/* The length counts: an abstract name has no NUL behind it. */
		len = sup->notify.len - offsetof(struct sockaddr_un, sun_path);
		memcpy(path, sup->notify.to.sun_path, len);
		path[len] = '\0';
		if (path[0] == '\0')
			path[0] = '@';
		setenv("NOTIFY_SOCKET", path, 1);
	}
	if (sup->watchdog == 0)
		return;
	snprintf(number, sizeof(number), "%" PRId64, sup->watchdog / 1000);
	setenv("WATCHDOG_USEC", number, 1);
	snprintf(number, sizeof(number), "%ld", (long)getpid());
	setenv("WATCHDOG_PID", number, 1);
}

static void
describe(const struct server *s, char *buf, size_t size)
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
		strlcat(buf, "; the last reload was refused: ", size);
		strlcat(buf, s->trouble, size);
	}
	if (s->upgrade.refused)
		strlcat(buf, "; the last upgrade was refused", size);
}

static void
say(struct server *s, int64_t now)
{
	struct supervise *sup = &s->supervise;

	describe(s, sup->said, sizeof(sup->said));
	sup->said_at = now;
	notify_status(&sup->notify, "%s", sup->said);
}

void
supervise_ready(struct server *s)
{
	if (s->supervise.notify.fd == -1)
		return;
	say(s, clock_now());
	notify_ready(&s->supervise.notify);
}

void
supervise_reloading(struct server *s)
{
	notify_reloading(&s->supervise.notify);
}

void
supervise_stopping(struct server *s)
{
	notify_stopping(&s->supervise.notify);
}

void
supervise_expire(struct server *s, int64_t now)
{
	struct supervise *sup = &s->supervise;
	char text[sizeof(sup->said)];

	if (sup->watchdog != 0 && now >= sup->patted + sup->watchdog / 2) {
		sup->patted = now;
		notify_watchdog(&sup->notify);
	}
	if (sup->notify.fd == -1 || now < sup->said_at + SECOND)
		return;
	describe(s, text, sizeof(text));
	if (strcmp(text, sup->said) != 0)
		say(s, now);
}

int64_t
supervise_next(const struct server *s)
{
	const struct supervise *sup = &s->supervise;
	char text[sizeof(sup->said)];
	int64_t next = -1;

	if (sup->watchdog != 0)
		next = sup->patted + sup->watchdog / 2;
	if (sup->notify.fd == -1)
		return next;
	describe(s, text, sizeof(text));
	if (strcmp(text, sup->said) != 0)
		next = clock_sooner(next, sup->said_at + SECOND);
	return next;
}
