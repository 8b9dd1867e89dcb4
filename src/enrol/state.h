/*
 * state.h -- the identities and open tokens in the directory of enrolment.
 */

#ifndef ENROL_STATE_H
#define ENROL_STATE_H

#include <stdbool.h>

#include "enrol/directory.h"
#include "enrol/arguments.h"
#include "enrol/registry.h"
#include "enrol/token.h"

struct state {
	struct directory directory;
	struct tokens tokens;
	struct registry identities; /* the text is allocated */
	struct registry also[ARGUMENTS_ALSO_MAX];
	size_t nalso;
};

/*
 * Open the directory and read the files that O names.  With LOCK, no other
 * process changes them until this process ends.  Returns a new state, or NULL
 * after the reason was logged.
 */
struct state *state_open(const struct arguments *o, bool lock);

void state_free(struct state *s);

/* Whether NAME is in the file of enrolment or in one of the files of --also. */
bool state_has_name(const struct state *s, const char *name);

/* Whether one of these files has PIN.  NAME gets its name. */
bool state_find_pin(
    const struct state *s, const char *pin, char name[IDENTITY_SIZE]);

/*
 * Write the tokens, and then, with CHANGE, the identities as CHANGE prints
 * them. Returns 0, or -1 after the reason was logged.
 */
typedef void state_change(const struct state *s, const void *arg, FILE *out);
int state_save(const struct state *s, state_change *change, const void *arg);

#endif
