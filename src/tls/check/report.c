#include "tls/check/report.h"

#include <stdarg.h>
#include <stdio.h>

#define LINE_MAX_BYTES 900 /* messages of haild-load have room for this */

static void __attribute__((format(printf, 3, 0))) print_line(
    const struct report *r, const char *kind, const char *fmt, va_list ap)
{
	char text[LINE_MAX_BYTES / 2], line[LINE_MAX_BYTES], *p;

	vsnprintf(text, sizeof(text), fmt, ap);
	snprintf(line, sizeof(line), "\"%s\": %.*s: %s", r->setting,
	    LINE_MAX_BYTES / 2 - 64, r->file, text);
	for (p = line; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	printf("%s: %s\n", kind, line);
}

void
report_error(struct report *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_line(r, "error", fmt, ap);
	va_end(ap);
	r->errors++;
}

void
report_denied(struct report *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_line(r, "denied", fmt, ap);
	va_end(ap);
	r->errors++;
}

void
report_warning(struct report *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_line(r, "warning", fmt, ap);
	va_end(ap);
}

void
report_advice(struct report *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_line(r, "advice", fmt, ap);
	va_end(ap);
}
