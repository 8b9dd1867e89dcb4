/*
 * pages.h -- memory of pages that only what touches them costs, at a fork, too.
 */

#ifndef PAGES_H
#define PAGES_H

#include <stddef.h>

/* SIZE bytes of zeroes, never given back; NULL with errno. */
void *pages_map(size_t size);

/*
 * The same, and not there in a child: a fork neither copies nor marks it, and
 * what the daemon writes there next is not copied for the child.
 */
void *pages_map_own(size_t size);

#endif
