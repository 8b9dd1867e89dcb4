/*
 * pages.h -- lazy anonymous mappings: only pages that are used cost memory, and
 * only these are copied by a fork.
 */

#ifndef PAGES_H
#define PAGES_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

/* Map SIZE bytes of zeroes, never freed.  Returns NULL with errno. */
void *pages_map(size_t size);

/*
 * The same with MADV_DONTFORK: children do not have it, so a fork does not copy
 * its page tables, and the daemon's next write to it causes no page fault.
 */
void *pages_map_own(size_t size);

/*
 * The same for a table, at most PAGES_TABLES of them, that a child of
 * pages_fork has, for which this is fork(2).
 */
#define PAGES_TABLES 16
void *pages_map_table(size_t size);
pid_t pages_fork(void);

/*
 * A table that is empty gives its pages back, so that a burst of sessions costs
 * memory only while it lasts.  It waits for a second, since it may be used
 * again at once.
 *
 * pages_rest, called for an empty table, returns when that second ends.  USES
 * is the number of entries added so far: if it has changed, the second begins
 * again.  pages_release gives the SIZE bytes at P back: they are zeroes again.
 */
struct pages_rest {
	int64_t at;
	uint32_t uses;
};
int64_t pages_rest(struct pages_rest *r, uint32_t uses, int64_t now);
void pages_release(void *p, size_t size);

#endif
