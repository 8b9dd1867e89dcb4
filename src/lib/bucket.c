#include "lib/bucket.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/io.h"
#include "lib/number.h"

static const struct {
	char letter;
	int64_t period;
} units[] = { { 's', SECOND }, { 'm', 60 * SECOND }, { 'h', 3600 * SECOND } };
#define NUNITS (sizeof(units) / sizeof(units[0]))

int
rate_parse(struct rate *r, const char *text)
{
	uint64_t count, burst;
	size_t i = 0;

	if (!number_read(&text, RATE_MAX, &count) || *text++ != '/')
		return -1;
	while (i < NUNITS && *text != units[i].letter)
		i++;
	if (i == NUNITS)
		return -1;
	text++;
	burst = count;
	if (*text == ':') {
		text++;
		if (!number_read(&text, RATE_MAX, &burst))
			return -1;
	}
	if (*text != '\0' || count == 0 || burst == 0)
		return -1;
	*r = (struct rate) { (int64_t)count, units[i].period, (int64_t)burst };
	return 0;
}

const char *
rate_print(const struct rate *r, char *buf, size_t size)
{
	size_t i;

	for (i = 0; i < NUNITS - 1; i++)
		if (units[i].period == r->period)
			break;
	snprintf(buf, size, "%" PRId64 "/%c", r->count, units[i].letter);
	if (r->burst != r->count)
		snprintf(buf + strlen(buf), size - strlen(buf), ":%" PRId64,
		    r->burst);
	return buf;
}

struct rate
rate_half(const struct rate *r)
{
	struct rate half = { r->count / 2, r->period, r->burst / 2 };

	if (half.burst == 0)
		half.burst = 1;
	if (half.count > 0)
		return half;
	half.count = 1;
	if (r->period < units[NUNITS - 1].period) {
		half.count = 30;
		half.period = 60 * r->period;
	}
	return half;
}

/* The time between two tokens. */
static int64_t
interval(const struct rate *r)
{
	return r->period / r->count;
}

int64_t
bucket_bound(const struct rate *r, int64_t full_at, int64_t now)
{
	int64_t empty = now + r->burst * interval(r);

	return full_at > empty ? empty : full_at;
}

int64_t
bucket_ready(const struct rate *r, int64_t full_at, int64_t now)
{
	return (full_at > now ? full_at : now) - (r->burst - 1) * interval(r);
}

bool
bucket_take(const struct rate *r, int64_t *full_at, int64_t now)
{
	if (bucket_ready(r, *full_at, now) > now)
		return false;
	*full_at = (*full_at > now ? *full_at : now) + interval(r);
	return true;
}

void
bucket_return(const struct rate *r, int64_t *full_at)
{
	*full_at = *full_at > interval(r) ? *full_at - interval(r) : 0;
}
