#include "load/memory.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/log.h"

static void __attribute__((noreturn)) no_memory(void)
{
	fatal(EX_OSERR, "cannot build the configuration");
}

void *
memory_resize(void *p, size_t n, size_t size)
{
	if ((p = reallocarray(p, n, size)) == NULL)
		no_memory();
	return p;
}

char *
memory_strdup(const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		no_memory();
	return copy;
}

char *
memory_printf(const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n == -1)
		no_memory();
	return text;
}

FILE *
memory_open(char **text)
{
	static size_t size; /* not used, but required */
	FILE *f = open_memstream(text, &size);

	if (f == NULL)
		no_memory();
	return f;
}

void
memory_close(FILE *f)
{
	if (fclose(f) == EOF)
		no_memory();
}
