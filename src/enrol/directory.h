/*
 * directory.h -- read and replace the files of enrolment.
 *
 * A process that changes a file holds the lock.  It writes all new files beside
 * the old ones and then renames them.  So a full disk changes nothing, and a
 * crash leaves each file either old or new.
 *
 * These functions log why they fail.
 */

#ifndef ENROL_DIRECTORY_H
#define ENROL_DIRECTORY_H

#include <sys/types.h>

#include <stddef.h>

struct directory {
	const char *path;
	int fd;
	int lock; /* or -1 */
};

/* A new version of a file, and its text, which the caller frees. */
struct draft {
	const char *name;
	mode_t mode;
	char *text;
	size_t len;
};

/*
 * Open the directory PATH.  Root becomes its owner permanently, so that
 * symbolic links there cannot make root write elsewhere; any other user must be
 * its owner.  Returns 0 or -1.
 */
int directory_open(struct directory *d, const char *path);

/* Wait for the lock, at most 10 s.  Returns 0 or -1. */
int directory_lock(struct directory *d);

/* Close the directory and release the lock. */
void directory_close(struct directory *d);

/*
 * Read the file NAME in the directory, or any file if NAME begins with a
 * slash.  A file of the directory that does not exist is empty.  Returns the
 * bytes, to be freed, and their number in *LEN; or NULL.
 */
char *directory_read(const struct directory *d, const char *name, size_t *len);

/*
 * Write N files to disk, then rename them in order.  Returns 0, or -1; the
 * files that were renamed before a failure stay renamed.
 */
int directory_replace(
    const struct directory *d, const struct draft *drafts, size_t n);

#endif
