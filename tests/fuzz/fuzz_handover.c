/*
 * fuzz_handover.c -- the state that an image of the daemon leaves to the next:
 * what is read is written as something that reads, and writes, as the same.
 */

#include "fuzz.h"

#include <string.h>

#include "../unit/blank.h"
#include "haild/takeover/handover.h"

/* Read TEXT into S.  Returns whether it is a state. */
static bool
reads(struct server *s, const char *text)
{
	char error[128] = "", *copy = strdup(text);
	int result;

	MUST(copy != NULL);
	blank_server(s);
	result = handover_read(s, copy, error, sizeof(error));
	free(copy);
	MUST((result == 0) == (error[0] == '\0'));
	return result == 0;
}

static char *
written(const struct server *s)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	MUST(out != NULL && handover_write(s, out) == 0 && fclose(out) == 0);
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct server server;
	char *text = malloc(size + 1), *once, *twice;

	MUST(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (reads(&server, text)) {
		once = written(&server);
		MUST(reads(&server, once));
		twice = written(&server);
		MUST(strcmp(once, twice) == 0);
		free(once);
		free(twice);
	}
	free(text);
	return 0;
}
