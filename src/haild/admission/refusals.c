/*
 * refusals.c -- which refusals get a line, and how many of each kind did not.
 */

#include "haild/admission/refusals.h"

#include <stdio.h>
#include <string.h>

static const char *const words[NREASONS] = { "access", "total limit",
	"service limit", "source limit", "service rate", "source rate", "load",
	"proxy", "fork", "table full", "other" };

static size_t
kind_of(const char *reason)
{
	size_t i;

	for (i = 0; i < NREASONS - 1; i++)
		if (strncmp(reason, words[i], strlen(words[i])) == 0)
			break;
	return i;
}

bool
refusals_pass(struct refusals *r, const char *reason, int64_t now)
{
	if (ratelimit_pass(&r->lines, now))
		return true;
	r->left_out[kind_of(reason)]++;
	return false;
}

unsigned long
refusals_left_out(struct refusals *r, int64_t now, char *buf, size_t size)
{
	unsigned long total = ratelimit_left_out(&r->lines, now);
	char text[64];
	size_t i, most;

	buf[0] = '\0';
	if (total == 0)
		return 0;
	for (;;) {
		most = 0;
		for (i = 1; i < NREASONS; i++)
			if (r->left_out[i] > r->left_out[most])
				most = i;
		if (r->left_out[most] == 0)
			return total;
		snprintf(text, sizeof(text), "%s%lu %s",
		    buf[0] == '\0' ? "" : ", ", r->left_out[most], words[most]);
		strlcat(buf, text, size);
		r->left_out[most] = 0;
	}
}
