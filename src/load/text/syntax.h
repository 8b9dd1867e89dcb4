/*
 * syntax.h -- what is wrong with a text that libconfig refuses.
 *
 * libconfig says only "syntax error" and a line.  This parser reads the same
 * grammar, names the wrong token, and guesses the mistake.  Pure.
 */

#ifndef SYNTAX_H
#define SYNTAX_H

#include <stdbool.h>
#include <stddef.h>

struct mistake {
	int line; /* from 1 */
	char text[256];
};

/*
 * Find the first mistake in TEXT, the contents of FILE.  DUPLICATE is the line
 * of a name that libconfig found twice, or 0.  Returns false if it finds no
 * mistake.
 */
bool syntax_find(
    const char *text, const char *file, int duplicate, struct mistake *m);

/*
 * Blank the service in TEXT that has LINE, except its newlines, so that the
 * next mistake can be found: from the line that begins with its name to the
 * next such line.  Returns false if other settings are lost with it.
 */
bool syntax_blank(char *text, int line);

#endif
