/*
 * groups.h -- the groups of system calls that systemd.exec(5) names.  Pure.
 */

#ifndef GROUPS_H
#define GROUPS_H

#include <stdbool.h>
#include <stddef.h>

#define GROUPS_NAME_MAX 64 /* of a call, with its '\0' */

/* Takes the name of a call; some calls come more than once. */
typedef void groups_visitor(void *arg, const char *call);

/*
 * Call VISITOR for each call of the group NAME ("@clock"), also those of groups
 * in it.  Returns false if there is no such group.
 */
bool groups_visit(const char *name, groups_visitor *visitor, void *arg);

/* The name of group number I, from 0; NULL after the last. */
const char *groups_name(size_t i);

#endif
