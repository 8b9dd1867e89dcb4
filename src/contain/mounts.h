/*
 * mounts.h -- change mounts of this process's namespace.
 *
 * The functions of Linux 5.2 for mounts work on descriptors, so that no path is
 * looked up twice; the C library may not declare them all.
 */

#ifndef MOUNTS_H
#define MOUNTS_H

#include <stdbool.h>

/*
 * Copy the mount of PATH from there, with all mounts below it.  PATH may have
 * no symbolic link.  Returns a descriptor for mounts_attach, or -1 with errno.
 */
int mounts_copy(const char *path);

/*
 * A new file system of TYPE, with OPTIONS: names and values in turn, NULL ends
 * them.  FLAGS are MOUNT_ATTR_*.  Returns as mounts_copy does.
 */
int mounts_make(
    const char *type, const char *const *options, unsigned int flags);

/*
 * Attach MOUNT at PATH, without symbolic links, in place of the mounts at PATH
 * and below it.  Returns 0, or -1 with errno.
 */
int mounts_attach(int mount, const char *path);

/* Attach MOUNT at NAME in the directory DIR.  Returns 0, or -1 with errno. */
int mounts_attach_at(int mount, int dir, const char *name);

/*
 * Make the mount at PATH read-only, with BELOW also all below it.  Returns 0,
 * or -1 with errno.
 */
int mounts_protect(const char *path, bool below);

/*
 * Take out the mount at PATH and all below it.  Where that is not possible,
 * since the mounts belong to another user namespace, they stay.
 */
void mounts_drop(const char *path);

/* Whether PATH is DIRECTORY or below it. */
bool mounts_is_in(const char *path, const char *directory);

#endif
