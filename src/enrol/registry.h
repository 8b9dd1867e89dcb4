/*
 * registry.h -- search and edit the text of a file of identities
 * (config/identity.h).  Other lines, such as comments, stay as they are.  Pure.
 */

#ifndef ENROL_REGISTRY_H
#define ENROL_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "config/identity.h"

/* The bytes of a file. */
struct registry {
	const char *text;
	size_t len;
};

/*
 * Write TEXT in lower case to NAME.  Returns whether it is a host name, the
 * only kind of identity that clients are enrolled with.
 */
bool registry_make_name(char name[IDENTITY_SIZE], const char *text);

/* Whether TEXT is "sha256:" and the base64 of 32 bytes. */
bool registry_is_pin(const char *text);

/*
 * Read the next line with an identity from byte *AT on, and move *AT after it.
 * Returns false at the end.
 */
bool registry_next(
    const struct registry *r, size_t *at, struct identity_line *line);

/* Whether a line has NAME, in any case. */
bool registry_has_name(const struct registry *r, const char *name);

/* Whether a line, even an expired one, has PIN.  NAME gets its name. */
bool registry_find_pin(
    const struct registry *r, const char *pin, char name[IDENTITY_SIZE]);

/* Write the file with an additional line "NAME PIN" to OUT. */
void registry_print_with(
    const struct registry *r, const char *name, const char *pin, FILE *out);

/* Write the file without the lines that have NAME.  Returns their number. */
size_t registry_print_without(
    const struct registry *r, const char *name, FILE *out);

#endif
