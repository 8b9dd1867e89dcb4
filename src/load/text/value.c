#include "load/text/value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/io.h"
#include "lib/number.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DURATION_MAX UINT64_C(999999999999) /* in any unit */

static const struct {
	char letter;
	int64_t seconds;
} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };

bool
value_get_number(const config_setting_t *v, int64_t *n)
{
	int type = config_setting_type(v);

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
		return false;
	*n = config_setting_get_int64(v);
	return true;
}

bool
value_get_hundredths(const config_setting_t *v, int64_t *n)
{
	const char *text = config_setting_get_string(v);
	size_t digits, decimals;
	double d;

	if (text != NULL) {
		digits = strspn(text, "0123456789");
		decimals = text[digits] != '.'
		    ? 0
		    : 1 + strspn(text + digits + 1, "0123456789");
		if (digits == 0 || decimals == 1 ||
		    text[digits + decimals] != '\0')
			return false;
		d = strtod(text, NULL);
	} else if (config_setting_type(v) == CONFIG_TYPE_FLOAT)
		d = config_setting_get_float(v);
	else if (value_get_number(v, n))
		d = (double)*n;
	else
		return false;
	if (!(d >= 0 && d < 1e15))
		return false;
	*n = (int64_t)(d * 100 + 0.001); /* 4.35 is a little less than that */
	return true;
}

bool
value_parse_duration(const char *text, int64_t *seconds)
{
	uint64_t n;
	size_t i;

	if (!number_read(&text, DURATION_MAX, &n))
		return false;
	*seconds = (int64_t)n;
	if (*text == '\0')
		return true;
	for (i = 0; i < COUNT(units); i++)
		if (text[0] == units[i].letter && text[1] == '\0') {
			*seconds *= units[i].seconds;
			return true;
		}
	return false;
}

void
value_print_duration(int64_t ns, FILE *out)
{
	int64_t seconds = ns / SECOND;
	size_t i;

	for (i = 0; i < COUNT(units) - 1; i++)
		if (seconds > 0 && seconds % units[i].seconds == 0)
			break;
	fprintf(out, "\"%" PRId64 "%c\"", seconds / units[i].seconds,
	    units[i].letter);
}

/* Read a size at *TEXT, and move *TEXT past it. */
static bool
read_size(const char **text, rlim_t *n)
{
	static const char letters[] = "KMGTPEkmgtpe", any[] = "unlimited";
	const char *letter;
	uint64_t size;
	int shift = 0;

	if (strncmp(*text, any, strlen(any)) == 0) {
		*text += strlen(any);
		*n = RLIM_INFINITY;
		return true;
	}
	if (!number_read(text, UINT64_MAX, &size))
		return false;
	if (**text != '\0' && (letter = strchr(letters, **text)) != NULL) {
		shift = 10 * (1 + (int)(letter - letters) % 6);
		++*text;
	}
	if (size > UINT64_MAX >> shift || size << shift >= RLIM_INFINITY)
		return false;
	*n = size << shift;
	return true;
}

bool
value_parse_limit(const char *text, struct limit *limit)
{
	struct limit found = { .set = true };

	if (!read_size(&text, &found.soft))
		return false;
	found.hard = found.soft;
	if (*text == ':') {
		text++;
		if (!read_size(&text, &found.hard))
			return false;
	}
	if (*text != '\0' || found.soft > found.hard)
		return false;
	*limit = found;
	return true;
}

static void
print_size(rlim_t n, FILE *out)
{
	if (n == RLIM_INFINITY)
		fputs("unlimited", out);
	else
		fprintf(out, "%ju", (uintmax_t)n);
}

void
value_print_limit(const struct limit *limit, FILE *out)
{
	fputc('"', out);
	print_size(limit->soft, out);
	if (limit->soft != limit->hard) {
		fputc(':', out);
		print_size(limit->hard, out);
	}
	fputc('"', out);
}

void
value_print_string(const char *text, FILE *out)
{
	static const char special[] = "\"\\\f\n\r\t";
	static const char letters[] = "\"\\fnrt";
	const unsigned char *p;
	const char *at;

	fputc('"', out);
	for (p = (const unsigned char *)text; *p != '\0'; p++)
		if ((at = strchr(special, *p)) != NULL)
			fprintf(out, "\\%c", letters[at - special]);
		else if (*p < ' ' || *p == 0x7f)
			fprintf(out, "\\x%02x", *p);
		else
			fputc(*p, out);
	fputc('"', out);
}

const char *
value_list_words(const char *const *words, char *buf, size_t size)
{
	size_t used = 0, i;

	for (i = 0; words[i] != NULL && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s\"%s\"",
		    i == 0		       ? ""
			: words[i + 1] != NULL ? ", "
					       : " or ",
		    words[i]);
	return buf;
}

void
value_print_strings(const char *const *list, FILE *out)
{
	size_t i;

	fputc('[', out);
	for (i = 0; list[i] != NULL; i++) {
		if (i > 0)
			fputs(", ", out);
		value_print_string(list[i], out);
	}
	fputc(']', out);
}
