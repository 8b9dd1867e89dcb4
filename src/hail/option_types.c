#include "hail/option_types.h"

#include <ctype.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "hail/pin.h"
#include "lib/io.h"
#include "lib/number.h"

enum options_result
option_wrong(const struct option_parser *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->err, p->size, fmt, ap);
	va_end(ap);
	return OPTIONS_WRONG;
}

static enum options_result
wrong_argument(const struct option_parser *p, const struct option_row *row,
    const char *problem)
{
	if (row->letter >= OPTION_LONG)
		return option_wrong(
		    p, "--%s: \"%s\" %s", row->name, optarg, problem);
	return option_wrong(p, "-%c: \"%s\" %s", row->letter, optarg, problem);
}

int64_t
options_seconds(const char *text)
{
	int64_t fraction = 0, unit = SECOND;
	uint64_t whole = 0;
	const char *p = text;

	if (*p != '.' && !number_read(&p, 999999999, &whole))
		return -1;
	if (*p == '.')
		for (p++; isdigit((unsigned char)*p); p++) {
			unit /= 10; /* 0 after 9 digits: less than a ns */
			fraction += (*p - '0') * unit;
		}
	if (*p != '\0' || strcmp(text, ".") == 0)
		return -1;
	return (int64_t)whole * SECOND + fraction;
}

/* 0 is no limit; for -q it means "at once". */
enum options_result
option_set_seconds(const struct option_parser *p, const struct option_row *row)
{
	int64_t n = options_seconds(optarg);

	if (n == -1)
		return wrong_argument(p, row, "is not a number of seconds");
	if (n == 0 && row->letter != 'q')
		n = -1;
	memcpy((char *)p->o + row->value, &n, sizeof(n));
	return OPTIONS_RUN;
}

enum options_result
option_set_flag(const struct option_parser *p, const struct option_row *row)
{
	const bool on = true;

	memcpy((char *)p->o + row->value, &on, sizeof(on));
	return OPTIONS_RUN;
}

enum options_result
option_set_family(const struct option_parser *p, const struct option_row *row)
{
	if (p->o->family != AF_UNSPEC && p->o->family != (int)row->value)
		return option_wrong(p, "-4 and -6 are mutually exclusive");
	p->o->family = (int)row->value;
	return OPTIONS_RUN;
}

enum options_result
option_set_port(const struct option_parser *p, const struct option_row *row)
{
	if (optarg[0] == '\0' ||
	    strlcpy(p->o->port, optarg, ADDR_PORT_MAX) >= ADDR_PORT_MAX)
		return wrong_argument(p, row, "is not a port");
	return OPTIONS_RUN;
}

enum options_result
option_set_source(const struct option_parser *p, const struct option_row *row)
{
	if (addr_from_numeric(&p->o->source, optarg, 0) == -1)
		return wrong_argument(p, row, "is not an IPv4 or IPv6 address");
	return OPTIONS_RUN;
}

enum options_result
option_set_variable(const struct option_parser *p, const struct option_row *row)
{
	if (optarg[0] == '\0' || optarg[0] == '=')
		return wrong_argument(p, row, "has no name");
	if (p->o->n_variables == OPTIONS_VARIABLES_MAX)
		return option_wrong(p, "-e: at most %d variables can be sent",
		    OPTIONS_VARIABLES_MAX);
	p->o->variables[p->o->n_variables++] = optarg;
	return OPTIONS_RUN;
}

/* 0 would turn every failure into a success. */
enum options_result
option_set_fail_status(
    const struct option_parser *p, const struct option_row *row)
{
	int64_t n;

	if (!number_parse(optarg, 1, 255, &n))
		return wrong_argument(p, row, "is not a number from 1 to 255");
	p->o->fail_status = (int)n;
	return OPTIONS_RUN;
}

enum options_result
option_set_text(const struct option_parser *p, const struct option_row *row)
{
	if (optarg[0] == '\0')
		return wrong_argument(p, row, "is empty");
	memcpy((char *)p->o + row->value, &optarg, sizeof(optarg));
	return OPTIONS_RUN;
}

enum options_result
option_set_pin(const struct option_parser *p, const struct option_row *row)
{
	if (!pin_is_valid(optarg))
		return wrong_argument(p, row,
		    "is not a pin: \"sha256:\" and 44 characters of base64");
	if (p->o->n_pins == OPTIONS_PINS_MAX)
		return option_wrong(
		    p, "--pin: at most %d pins", OPTIONS_PINS_MAX);
	p->o->pins[p->o->n_pins++] = optarg;
	return OPTIONS_RUN;
}
