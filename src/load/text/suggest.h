/*
 * suggest.h -- the name that was probably meant.  Pure.
 */

#ifndef SUGGEST_H
#define SUGGEST_H

#include <stddef.h>

#define SUGGEST_TEXT_MAX 96

/* How much a written name may differ from the best one. */
struct suggestion {
	const char *written;
	const char *best; /* NULL: none is near */
	size_t distance;
};

/* Start with what was WRITTEN. */
void suggest_begin(struct suggestion *s, const char *written);

/* Compare it with a name that exists. */
void suggest_name(struct suggestion *s, const char *name);

/* What the setting NAME of another program is here; NULL: not known. */
const char *suggest_foreign(const char *name);

/* "; did you mean \"NAME\"?" into BUF, or "" if none is near.  Returns BUF. */
const char *suggest_print(const struct suggestion *s, char *buf, size_t size);

#endif
