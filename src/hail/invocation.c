#include "hail/invocation.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/nailgun.h"

/* A sequence of frames; without DATA they are only measured. */
struct frames {
	char *data;
	size_t len;
	size_t longest; /* of the payloads */
};

/* Add a frame with A, B and C as its payload. */
static void
add(struct frames *f, enum nailgun_type type, const char *a, const char *b,
    const char *c)
{
	size_t len = strlen(a) + strlen(b) + strlen(c);
	char *p;

	if (f->data != NULL) {
		p = f->data + f->len;
		nailgun_header((unsigned char *)p, type, len);
		p = stpcpy(p + NAILGUN_HEADER_SIZE, a);
		p = stpcpy(p, b);
		stpcpy(p, c);
	}
	f->len += NAILGUN_HEADER_SIZE + len;
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

static void
add_all(struct frames *f, char *const *command, const char *const *variables,
    size_t n, const char *directory)
{
	size_t i;

	for (i = 1; command[i] != NULL; i++)
		add(f, NAILGUN_ARGUMENT, command[i], "", "");
	for (i = 0; i < n; i++)
		add_variable(f, variables[i]);
	add(f, NAILGUN_DIRECTORY, directory, "", "");
	add(f, NAILGUN_COMMAND, command[0], "", "");
}

char *
invocation_make(size_t *len, char *const *command, const char *const *variables,
    size_t n, char *err, size_t size)
{
	struct frames f = { .data = NULL };
	char directory[PATH_MAX];

	/* Other servers of the protocol may want it; haild ignores it. */
	if (getcwd(directory, sizeof(directory)) == NULL)
		strlcpy(directory, "/", sizeof(directory));
	add_all(&f, command, variables, n, directory);
	if (f.longest > NAILGUN_PAYLOAD_MAX) {
		snprintf(err, size,
		    "an argument or variable is too long: %zu bytes, at most "
		    "%u can be sent",
		    f.longest, NAILGUN_PAYLOAD_MAX);
		return NULL;
	}
	/* One byte more for the last NUL that stpcpy writes. */
	if ((f.data = malloc(f.len + 1)) == NULL) {
		snprintf(err, size, "out of memory");
		return NULL;
	}
	f.len = 0;
	add_all(&f, command, variables, n, directory);
	*len = f.len;
	return f.data;
}
