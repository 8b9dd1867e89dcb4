#include "ctl/format.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <vis.h>

#include "lib/escape.h"
#include "lib/io.h"
#include "lib/number.h"

#define YEAR INT64_C(31536000) /* seconds */

const char *
format_duration(int64_t ns, char buf[FORMAT_MAX])
{
	int64_t s = ns / SECOND;

	if (ns < 0)
		strlcpy(buf, "-", FORMAT_MAX);
	else if (s < 60)
		snprintf(buf, FORMAT_MAX, "%" PRId64 "s", s);
	else if (s < 3600)
		snprintf(buf, FORMAT_MAX, "%" PRId64 "m%02" PRId64 "s", s / 60,
		    s % 60);
	else if (s < 86400)
		snprintf(buf, FORMAT_MAX, "%" PRId64 "h%02" PRId64 "m",
		    s / 3600, s / 60 % 60);
	else
		snprintf(buf, FORMAT_MAX, "%" PRId64 "d%02" PRId64 "h",
		    s / 86400, s / 3600 % 24);
	return buf;
}

const char *
format_bytes(int64_t n, char buf[FORMAT_MAX])
{
	static const char units[] = "KMGTPE";
	const char *unit = units;
	int64_t tenths;

	if (n < 0) {
		strlcpy(buf, "-", FORMAT_MAX);
		return buf;
	}
	if (n < 1000) {
		snprintf(buf, FORMAT_MAX, "%" PRId64, n);
		return buf;
	}
	while (n >= INT64_C(1000) * 1024) {
		n /= 1024;
		unit++;
	}
	tenths = n * 10 / 1024;
	if (tenths < 100)
		snprintf(buf, FORMAT_MAX, "%" PRId64 ".%" PRId64 "%c",
		    tenths / 10, tenths % 10, *unit);
	else
		snprintf(buf, FORMAT_MAX, "%" PRId64 "%c", tenths / 10, *unit);
	return buf;
}

const char *
format_time(int64_t seconds, char buf[FORMAT_MAX])
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (seconds <= 0 || localtime_r(&t, &tm) == NULL ||
	    strftime(buf, FORMAT_MAX, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		strlcpy(buf, "-", FORMAT_MAX);
	return buf;
}

bool
format_read_time(const char *text, int64_t *ns)
{
	static const struct {
		const char *unit;
		int64_t seconds;
	} units[] = { { "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 },
		{ "d", 86400 } };
	uint64_t n;
	size_t i;

	if (!number_read(&text, (uint64_t)YEAR, &n) || n == 0)
		return false;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(text, units[i].unit) == 0) {
			*ns = (int64_t)n * units[i].seconds * SECOND;
			return (int64_t)n <= YEAR / units[i].seconds;
		}
	return false;
}

void
format_put(const char *text, FILE *out)
{
	char escaped[8];

	for (; *text != '\0'; text++) {
		if (*text == '\\')
			strlcpy(escaped, "\\", sizeof(escaped));
		else
			vis(escaped, *text, ESCAPE_FLAGS, text[1]);
		fputs(escaped, out);
	}
}
