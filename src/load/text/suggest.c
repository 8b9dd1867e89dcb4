#include "load/text/suggest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LENGTH_MAX 32 /* of names that are compared */

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool
is_same(char a, char b)
{
	if (a == '_')
		a = '-';
	if (b == '_')
		b = '-';
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/*
 * How many letters are to be inserted, removed, replaced or exchanged with the
 * next one (Damerau, Levenshtein).  Case does not count.
 */
static size_t
distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), i, j;
	size_t d[LENGTH_MAX + 1][LENGTH_MAX + 1];

	for (i = 0; i <= n; i++)
		d[i][0] = i;
	for (j = 0; j <= m; j++)
		d[0][j] = j;
	for (i = 1; i <= n; i++)
		for (j = 1; j <= m; j++) {
			d[i][j] =
			    d[i - 1][j - 1] + !is_same(a[i - 1], b[j - 1]);
			d[i][j] =
			    least(d[i][j], least(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && is_same(a[i - 1], b[j - 2]) &&
			    is_same(a[i - 2], b[j - 1]))
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[n][m];
}

const char *
suggest_foreign(const char *name)
{
	static const struct {
		const char *theirs, *ours;
	} names[] = {
		{ "accept-filter", "defer-accept" }, /* nginx */
		{ "accept-proxy", "proxy-from" },    /* HAProxy */
		{ "backend", "forward" },
		{ "balance", "forward-policy" },
		{ "bind", "listen" },
		{ "bind-to-device", "interface" },
		{ "bindtodevice", "interface" }, /* systemd, socat */
		{ "connect", "forward" },
		{ "deferacceptsec", "defer-accept" },
		{ "deferred", "defer-accept" },
		{ "forward-timeout", "connect-timeout" },
		{ "instances", "max-sessions" }, /* xinetd */
		{ "no-access", "deny" },
		{ "only-from", "allow" },
		{ "per-source", "max-per-source" },
		{ "port", "listen" },
		{ "proxy-bind", "forward-source" },
		{ "proxy-connect-timeout", "connect-timeout" },
		{ "proxy-pass", "forward" },
		{ "proxy-protocol", "forward-proxy" },
		{ "proxy-timeout", "idle-timeout" },
		{ "redirect", "forward" },
		{ "resolver", "resolve-interval" },
		{ "send-proxy", "forward-proxy" },
		{ "send-proxy-v2", "forward-proxy" },
		{ "so-bindtodevice", "interface" },
		{ "source", "forward-source" },
		{ "target", "forward" },
		{ "targets", "forward" },
		{ "upstream", "forward" },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(name) <= LENGTH_MAX &&
		    distance(name, names[i].theirs) == 0)
			return names[i].ours;
	return NULL;
}

void
suggest_begin(struct suggestion *s, const char *written)
{
	size_t n = strlen(written);

	*s = (struct suggestion) { .written = written };
	/* One mistake in a short name, two in a longer one; not a whole name.
	 */
	s->distance = n < 3 ? 1 : n < 5 ? 2 : 3;
}

void
suggest_name(struct suggestion *s, const char *name)
{
	size_t n;

	if (strlen(s->written) > LENGTH_MAX || strlen(name) > LENGTH_MAX)
		return;
	n = distance(s->written, name);
	if (n >= s->distance)
		return;
	s->distance = n;
	s->best = name;
}

const char *
suggest_print(const struct suggestion *s, char *buf, size_t size)
{
	buf[0] = '\0';
	if (s->best != NULL)
		snprintf(buf, size, "; did you mean \"%s\"?", s->best);
	return buf;
}
