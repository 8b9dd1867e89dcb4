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

#endif
