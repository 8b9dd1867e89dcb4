#include "load/value.h"

#include <inttypes.h>
#include <libutil.h>
#include <stdlib.h>
#include <string.h>

#include "lib/io.h"

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

int
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
			return -1;
		d = strtod(text, NULL);
	} else if (config_setting_type(v) == CONFIG_TYPE_FLOAT)
		d = config_setting_get_float(v);
	else if (value_get_number(v, n))
		d = (double)*n;
	else
		return -1;
	if (!(d >= 0 && d < 1e15))
		return -1;
	*n = (int64_t)(d * 100 + 0.001); /* 4.35 is a little less than that */
	return 0;
}

int
value_parse_duration(const char *text, int64_t *seconds)
{
	size_t digits = strspn(text, "0123456789"), i;
	int64_t n;

	if (digits == 0 || digits > 12)
		return -1;
	n = strtoll(text, NULL, 10);
	text += digits;
	if (*text == '\0') {
		*seconds = n;
		return 0;
	}
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (text[0] == units[i].letter && text[1] == '\0') {
			*seconds = n * units[i].seconds;
			return 0;
		}
	return -1;
}

const char *
value_format_duration(int64_t ns, char *buf, size_t size)
{
	int64_t seconds = ns / SECOND;
	size_t i;

	if (ns == -1) {
		strlcpy(buf, "none", size);
		return buf;
	}
	for (i = 0; i < sizeof(units) / sizeof(units[0]) - 1; i++)
		if (seconds > 0 && seconds % units[i].seconds == 0)
			break;
	snprintf(buf, size, "%" PRId64 "%c", seconds / units[i].seconds,
	    units[i].letter);
	return buf;
}

static int
parse_size(const char *text, rlim_t *n)
{
	size_t digits;
	uint64_t u;

	if (strcmp(text, "unlimited") == 0) {
		*n = RLIM_INFINITY;
		return 0;
	}
	/*
	 * expand_number also accepts signs, blanks, other bases and text
	 * after the unit: "1K1", "010", "0x10".
	 */
	digits = strspn(text, "0123456789");
	if (digits == 0 || strchr("KMGTPEkmgtpe", text[digits]) == NULL ||
	    (text[digits] != '\0' && text[digits + 1] != '\0'))
		return -1;
	text += strspn(text, "0") - (strspn(text, "0") == digits);
	if (expand_number(text, &u) == -1)
		return -1;
	if (u >= RLIM_INFINITY)
		return -1;
	*n = u;
	return 0;
}

int
value_parse_limit(const char *text, struct limit *limit)
{
	struct limit found = { .set = true };
	char soft[32];
	size_t len = strcspn(text, ":");

	if (len >= sizeof(soft))
		return -1;
	memcpy(soft, text, len);
	soft[len] = '\0';
	if (parse_size(soft, &found.soft) == -1)
		return -1;
	found.hard = found.soft;
	if (text[len] == ':' && parse_size(text + len + 1, &found.hard) == -1)
		return -1;
	if (found.soft > found.hard)
		return -1;
	*limit = found;
	return 0;
}

static const char *
format_size(rlim_t n, char *buf, size_t size)
{
	if (n == RLIM_INFINITY)
		strlcpy(buf, "unlimited", size);
	else
		snprintf(buf, size, "%ju", (uintmax_t)n);
	return buf;
}

const char *
value_format_limit(const struct limit *limit, char *buf, size_t size)
{
	char soft[32], hard[32];

	format_size(limit->soft, soft, sizeof(soft));
	format_size(limit->hard, hard, sizeof(hard));
	if (limit->soft == limit->hard)
		strlcpy(buf, soft, size);
	else
		snprintf(buf, size, "%s:%s", soft, hard);
	return buf;
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
