/*
 * escape.h -- what the parts of the program escape share.
 *
 * An attempt gets its arguments, NULL for each that is missing.  It returns 0
 * if it succeeds, or -1 with errno.
 */

#ifndef ESCAPE_H
#define ESCAPE_H

#include <sys/types.h>

typedef int attempt_fn(char **args);

struct attempt {
	const char *name;
	attempt_fn *fn;
};

/* escape_kernel.c: interfaces of the kernel. */
extern const struct attempt kernel_attempts[];
/* escape_neighbour.c: another session. */
extern const struct attempt neighbour_attempts[];
/* escape_network.c: what sessions share in one network. */
extern const struct attempt network_attempts[];
/* escape_outlive.c: processes that outlive their session. */
extern const struct attempt outlive_attempts[];

/*
 * Be the session that is attacked: have all that others could reach, named by
 * TOKEN, a number; print "ready", and serve until the end of standard input.
 */
int be_victim(const char *token);

/* Its part in escape_network.c. */
void be_in_network(const char *token);

#endif
