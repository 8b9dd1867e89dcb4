/*
 * trust.h -- whether other users could change what root reads or executes.
 */

#ifndef TRUST_H
#define TRUST_H

#define TRUST_WHY_MAX 1200

/*
 * Check PATH, and each directory and symbolic link on the way to it, as sshd
 * and sudo do: it belongs to root, to this process's user or to the owner of
 * "/", and nobody else may write to it, but for members of root's group.  A
 * directory on the way may have the sticky bit instead: then others cannot
 * replace what is in it.  With ROOT, which must have been checked, PATH is
 * inside that root directory.
 *
 * Returns 0, also if there is no such file, or -1 with the reason in WHY, which
 * continues "PATH: ".
 */
int trust_path(const char *root, const char *path, char why[TRUST_WHY_MAX]);

/*
 * The same for a program to execute, and for what the kernel executes to run
 * it: the interpreter of a script, the dynamic loader of a binary.
 */
int trust_program(const char *root, const char *path, char why[TRUST_WHY_MAX]);

#endif
