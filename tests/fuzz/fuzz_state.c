/*
 * fuzz_state.c -- the state that an upgrade hands over: what is read is written
 * as a state that reads, and writes, as the same.
 */

#include "fuzz.h"

#include <string.h>

#include "../unit/blank.h"

static struct parts parts;

/* Whether TEXT is a state. */
static bool
reads(const char *text)
{
	char error[128] = "", *copy = strdup(text);
	int result;

	MUST(copy != NULL);
	blank_parts(&parts);
	result = state_read(&parts.takeover, copy, error, sizeof(error));
	free(copy);
	MUST((result == 0) == (error[0] == '\0'));
	return result == 0;
}

static char *
written(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	MUST(out != NULL && state_write(&parts.takeover, out) == 0 &&
	    fclose(out) == 0);
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *once, *twice;

	MUST(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (reads(text)) {
		once = written();
		MUST(reads(once));
		twice = written();
		MUST(strcmp(once, twice) == 0);
		free(once);
		free(twice);
	}
	free(text);
	return 0;
}
