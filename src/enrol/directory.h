/*
 * directory.h -- the files of enrolment: who may change them, and how they
 * change as a whole or not at all.
 *
 * A process that changes a file holds the lock.  It writes all new files next
 * to the old ones first and then renames them, so that a disk that is full
 * changes nothing, and a crash leaves each file old or new.
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

/* A file to come, and its text, which the caller frees. */
struct draft {
	const char *name;
	mode_t mode;
	char *text;
	size_t len;
};

/*
 * Open the directory PATH.  Root becomes its owner for good, so that no
 * symbolic link there can lead root astray; any other user must be its owner.
 * Returns 0 or -1.
 */
int directory_open(struct directory *d, const char *path);

/* Wait for the lock, at most 10 s.  Returns 0 or -1. */
int directory_lock(struct directory *d);

/* Close it, and so give up the lock. */
void directory_close(struct directory *d);

/*
 * Read the file NAME there, or any file whose name begins with a slash.  A file
 * of the directory that does not exist is empty.  Returns its bytes, to be
 * freed, and their number in *LEN; or NULL.
 */
char *directory_read(const struct directory *d, const char *name, size_t *len);

/*
 * Replace N files, the first one first, after all have been written to disk.
 * Returns 0 or -1; then those that were replaced stay so.
 */
int directory_replace(
    const struct directory *d, const struct draft *drafts, size_t n);

#endif
