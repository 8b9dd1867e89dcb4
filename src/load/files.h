/*
 * files.h -- the texts of a configuration: files that can be trusted, or the
 * options of the one-liner, as libconfig's trees.
 */

#ifndef FILES_H
#define FILES_H

#include "load/loader.h"

struct file {
	struct text text; /* in the arena; "" if it could not be read */
	config_t tree;	  /* of an inetd.conf: its translation's */
};

struct files {
	struct file *list;
	size_t n;
};

/*
 * Read every file of the source.  One that could not be read or parsed has been
 * reported and has an empty tree.  Then, once the top level is known, the
 * inetd.conf that it names; and l->config gets all the texts.
 */
void files_read(struct loader *l, struct files *files);
void files_finish(struct loader *l, struct files *files);
void files_free(struct files *files);

/*
 * Find in TEXT what libconfig would accept silently.  Version 1.5 opens
 * whatever
 * @include names (and waits for a FIFO), cuts whole numbers to 32 bits, ends a
 * string at "\x00", and takes a comment or a string that is never closed for
 * the rest of the file.  Returns NULL if there is nothing of the kind, else the
 * error, with its line, from 1, in *LINE.  Pure.
 */
const char *scan_text(const char *text, int *line);

#endif
