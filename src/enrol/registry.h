/*
 * registry.h -- the text of a file of identities (config/identity.h): what it
 * has, and what it is with a line more or less.  Lines that are not concerned
 * stay as they are, comments too.  Pure.
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
 * Write TEXT, a host name, in lower case to NAME: clients are enrolled with no
 * other kind of identity.  Returns whether it is one.
 */
bool registry_make_name(char name[IDENTITY_SIZE], const char *text);

/* Whether TEXT is "sha256:" and the base64 of 32 bytes. */
bool registry_is_pin(const char *text);

/*
 * Read the next line that is an identity, from byte *AT on, and move *AT behind
 * it.  Returns false at the end.
 */
bool registry_next(
    const struct registry *r, size_t *at, struct identity_line *line);

/* Whether a line has NAME, in any case. */
bool registry_has_name(const struct registry *r, const char *name);

/* Whether a line has PIN, also one that is expired; its name goes to NAME. */
bool registry_find_pin(
    const struct registry *r, const char *pin, char name[IDENTITY_SIZE]);

/* Write the file with "NAME PIN" as one line more to OUT. */
void registry_print_with(
    const struct registry *r, const char *name, const char *pin, FILE *out);

/* Write it without the lines that have NAME; returns how many these are. */
size_t registry_print_without(
    const struct registry *r, const char *name, FILE *out);

#endif
