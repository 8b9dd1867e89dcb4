/*
 * deadlines.c -- how long a session may take.
 */

#include "hail/deadlines.h"

#include <stdio.h>

#include "lib/io.h"

void
deadlines_start(struct deadlines *l)
{
	l->last = clock_now();
	l->quit = -1;
}

void
deadlines_moved(struct deadlines *l)
{
	l->last = clock_now();
}

void
deadlines_input_ended(struct deadlines *l)
{
	if (l->quit_after != -1)
		l->quit = clock_now() + l->quit_after;
}

static int64_t
idle_end(const struct deadlines *l)
{
	return l->idle == -1 ? -1 : l->last + l->idle;
}

int64_t
deadlines_next(const struct deadlines *l)
{
	return clock_sooner(l->end, clock_sooner(idle_end(l), l->quit));
}

static bool
is_past(int64_t when)
{
	return when != -1 && clock_now() >= when;
}

bool
deadlines_are_past(const struct deadlines *l, char *err, size_t size)
{
	if (is_past(l->end))
		snprintf(err, size, "timed out: the session took too long");
	else if (is_past(idle_end(l)))
		snprintf(err, size,
		    "timed out: no byte either way for %g seconds",
		    (double)l->idle / (double)SECOND);
	else
		return false;
	return true;
}

bool
deadlines_must_quit(const struct deadlines *l)
{
	return is_past(l->quit);
}
