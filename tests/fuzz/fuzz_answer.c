/*
 * fuzz_answer.c -- the answer to haildctl, of any version.
 */

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "control/answer.h"

struct seen {
	unsigned int results;
	bool late; /* a record after the result */
	bool changed; /* a record of a kind that may change */
};

static void
take(void *arg, enum answer_kind kind, const void *record)
{
	struct seen *seen = arg;

	MUST(kind < NANSWER_KINDS && record != NULL);
	seen->late |= seen->results > 0;
	seen->results += kind == ANSWER_RESULT;
	seen->changed |= kind != ANSWER_HAILD && kind != ANSWER_MESSAGE &&
	    kind != ANSWER_RESULT;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = { 0 };
	char error[256] = "", *text;
	bool other = false;
	int result;

	if ((text = malloc(size + 1)) == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	result = answer_read(text, take, &seen, &other, error, sizeof(error));
	MUST(!seen.late && seen.results <= 1);
	MUST(!(other && seen.changed));
	MUST(result == 0 ? seen.results == 1 : error[0] != '\0');
	free(text);
	return 0;
}
