#include "hail/invocation.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/nailgun.h"

struct frames {
	FILE *out;
	size_t longest; /* of the payloads */
};

/* Add a frame with A, B and C as its payload. */
static void
add(struct frames *f, enum nailgun_type type, const char *a, const char *b,
    const char *c)
{
	size_t len = strlen(a) + strlen(b) + strlen(c);
	unsigned char header[NAILGUN_HEADER_SIZE];

	nailgun_header(header, type, len);
	fwrite(header, sizeof(header), 1, f->out);
	fprintf(f->out, "%s%s%s", a, b, c);
	if (len > f->longest)
		f->longest = len;
}

static void
add_variable(struct frames *f, const char *text)
{
	const char *value;

	if (strchr(text, '=') != NULL)
		add(f, NAILGUN_ENVIRONMENT, text, "", "");
	else if ((value = getenv(text)) != NULL)
		add(f, NAILGUN_ENVIRONMENT, text, "=", value);
}

char *
invocation_make(size_t *len, char *const *command, const char *const *variables,
    size_t n, char *err, size_t size)
{
	struct frames f = { .longest = 0 };
	char directory[PATH_MAX], *data = NULL;
	bool failed;
	size_t i;

	/* Other servers of the protocol may want it; haild ignores it. */
	if (getcwd(directory, sizeof(directory)) == NULL)
		strlcpy(directory, "/", sizeof(directory));
	if ((f.out = open_memstream(&data, len)) == NULL) {
		snprintf(err, size, "out of memory");
		return NULL;
	}
	for (i = 1; command[i] != NULL; i++)
		add(&f, NAILGUN_ARGUMENT, command[i], "", "");
	for (i = 0; i < n; i++)
		add_variable(&f, variables[i]);
	add(&f, NAILGUN_DIRECTORY, directory, "", "");
	add(&f, NAILGUN_COMMAND, command[0], "", "");
	failed = ferror(f.out);
	if (fclose(f.out) == 0 && !failed && f.longest <= NAILGUN_PAYLOAD_MAX)
		return data;
	free(data);
	if (f.longest > NAILGUN_PAYLOAD_MAX)
		snprintf(err, size,
		    "an argument or variable is too long: %zu bytes, at most "
		    "%u can be sent",
		    f.longest, NAILGUN_PAYLOAD_MAX);
	else
		snprintf(err, size, "out of memory");
	return NULL;
}
