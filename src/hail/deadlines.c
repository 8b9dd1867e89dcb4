#include "hail/deadlines.h"

#include <stdio.h>

#include "lib/io.h"

void
deadlines_start(struct deadlines *d)
{
	d->last_byte = clock_now();
	d->quit = -1;
}

void
deadlines_moved(struct deadlines *d)
{
	d->last_byte = clock_now();
}

void
deadlines_input_ended(struct deadlines *d)
{
	if (d->quit_after != -1)
		d->quit = clock_now() + d->quit_after;
}

static int64_t
idle_end(const struct deadlines *d)
{
	return d->idle == -1 ? -1 : d->last_byte + d->idle;
}

int64_t
deadlines_next(const struct deadlines *d)
{
	return clock_sooner(d->end, clock_sooner(idle_end(d), d->quit));
}

static bool
is_past(int64_t when)
{
	return when != -1 && clock_now() >= when;
}

bool
deadlines_expired(const struct deadlines *d, char *err, size_t size)
{
	if (is_past(d->end))
		snprintf(
		    err, size, "timed out: the session took too long (-m)");
	else if (is_past(idle_end(d)))
		snprintf(err, size,
		    "timed out: no byte in either direction for %g seconds",
		    (double)d->idle / (double)SECOND);
	else
		return false;
	return true;
}

bool
deadlines_must_quit(const struct deadlines *d)
{
	return is_past(d->quit);
}
