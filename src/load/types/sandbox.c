/*
 * sandbox.c -- kinds of values of the settings of containment.
 */

#include "load/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "contain/capabilities.h"
#include "lib/number.h"
#include "load/text/suggest.h"
#include "load/text/value.h"
#include "load/types/rules.h"

#define CPU_MAX 8191 /* what kernels can be built for */

static const int64_t minus_one = -1;

/* --- numbers --- */

static bool
size_parse(const struct reading *r, void *field)
{
	struct limit limit;
	int64_t n;

	if (r->text != NULL) {
		if (strchr(r->text, ':') != NULL ||
		    !value_parse_limit(r->text, &limit) ||
		    limit.hard > INT64_MAX)
			return false;
		n = (int64_t)limit.hard;
	} else if (!value_get_number(r->v, &n))
		return false;
	if (n < r->s->min || n > r->s->max)
		return false;
	*(int64_t *)field = n;
	return true;
}

static void
size_print(const void *field, FILE *out)
{
	fprintf(out, "\"%" PRId64 "\"", *(const int64_t *)field);
}

const struct type type_size = {
	"a size of at least 64K, such as 67108864, \"64M\"", size_parse,
	size_print, .size = sizeof(int64_t), .always = true, .none = &minus_one
};

/* "50%", "12.5%", in hundredths of a percent. */
static bool
quota_parse(const struct reading *r, void *field)
{
	const char *p = r->text, *point;
	uint64_t whole, decimals = 0;

	if (p == NULL || !number_read(&p, (uint64_t)r->s->max, &whole))
		return false;
	if (*p == '.') {
		point = p++;
		if (!number_read(&p, 99, &decimals) || p - point > 3)
			return false;
		if (p - point == 2)
			decimals *= 10;
	}
	if (strcmp(p, "%") != 0)
		return false;
	whole = whole * 100 + decimals;
	if (whole < (uint64_t)r->s->min || whole > (uint64_t)r->s->max)
		return false;
	*(int64_t *)field = (int64_t)whole;
	return true;
}

static void
quota_print(const void *field, FILE *out)
{
	int64_t n = *(const int64_t *)field;

	fprintf(out, "\"%" PRId64, n / 100);
	if (n % 100 != 0)
		fprintf(out, ".%02d", (int)(n % 100));
	fputs("%\"", out);
}

const struct type type_quota = {
	"a share of one CPU of at least 1%, such as \"50%\", \"200%\"",
	quota_parse, quota_print, .size = sizeof(int64_t), .always = true,
	.none = &minus_one
};

/* --- paths --- */

static const char *
check_mount(const char *path, size_t len)
{
	size_t i;

	if (len == 0 || path[0] != '/')
		return " is not an absolute path";
	for (i = 0; i + 2 < len; i++)
		if (strncmp(path + i, "/..", 3) == 0 &&
		    (i + 3 == len || path[i + 3] == '/'))
			return " must not contain \"..\"";
	return NULL;
}

const char *
text_check_mount_path(const char *text)
{
	text += text[0] == '-';
	return check_mount(text, strlen(text));
}

const char *
text_check_bind(const char *text)
{
	const char *why, *colon;

	text += text[0] == '-';
	if ((colon = strchr(text, ':')) == NULL)
		return check_mount(text, strlen(text));
	if ((why = check_mount(text, (size_t)(colon - text))) != NULL ||
	    (why = check_mount(colon + 1, strlen(colon + 1))) != NULL)
		return why;
	return strchr(colon + 1, ':') != NULL
	    ? " is neither SOURCE nor SOURCE:DESTINATION"
	    : NULL;
}

/* --- capabilities --- */

int
text_capability(const char *name)
{
	const char *known;
	unsigned int i;

	for (i = 0; (known = capability_name(i)) != NULL; i++)
		if (strcasecmp(known, name) == 0)
			return (int)i;
	return -1;
}

const char *
text_check_capability(const char *text)
{
	static char why[SUGGEST_TEXT_MAX + 64];
	struct suggestion guess;
	char upper[64], more[SUGGEST_TEXT_MAX], *p;
	unsigned int i;

	if (text_capability(text) != -1)
		return NULL;
	strlcpy(upper, text, sizeof(upper));
	for (p = upper; *p != '\0'; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	suggest_begin(&guess, upper);
	for (i = 0; capability_name(i) != NULL; i++)
		suggest_name(&guess, capability_name(i));
	snprintf(why, sizeof(why), " is not a capability%s",
	    suggest_print(&guess, more, sizeof(more)));
	return why;
}

/* --- ranges --- */

/* "N" or "N-M". */
static bool
read_range(const char *text, uint64_t max, uint64_t *first, uint64_t *last)
{
	if (!number_read(&text, max, first))
		return false;
	*last = *first;
	if (*text == '-') {
		text++;
		if (!number_read(&text, max, last))
			return false;
	}
	return *text == '\0' && *first <= *last;
}

bool
text_cpus(const char *text, unsigned int *first, unsigned int *last)
{
	uint64_t a, b;

	if (!read_range(text, CPU_MAX, &a, &b))
		return false;
	*first = (unsigned int)a;
	*last = (unsigned int)b;
	return true;
}

const char *
text_check_cpus(const char *text)
{
	unsigned int first, last;

	return text_cpus(text, &first, &last)
	    ? NULL
	    : " is neither a CPU nor a range of CPUs, such as \"2-3\"";
}

bool
text_pool(const char *text, uid_t *first, uid_t *last)
{
	uint64_t a, b;

	if (strncmp(text, TEXT_POOL, strlen(TEXT_POOL)) != 0 ||
	    strchr(text, '-') == NULL ||
	    !read_range(text + strlen(TEXT_POOL), UINT32_MAX, &a, &b))
		return false;
	*first = (uid_t)a;
	*last = (uid_t)b;
	return true;
}

/* Below 1000 are the system's users; the others mean "nobody" or "none". */
const char *
text_check_user(const char *text)
{
	static const uid_t special[] = { 65534, 65535, UINT32_MAX };
	uid_t first, last;
	size_t i;

	if (strncmp(text, TEXT_POOL, strlen(TEXT_POOL)) != 0)
		return NULL;
	if (!text_pool(text, &first, &last))
		return " is not a pool of user IDs, such as "
		       "\"pool:200000-200255\"";
	if (first < 1000)
		return ": a pool begins at user ID 1000 or above";
	for (i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (first <= special[i] && special[i] <= last)
			return ": a pool must not contain the user IDs 65534, "
			       "65535 and 4294967295";
	return NULL;
}
