/*
 * needs.h -- what the parts of containment need of haild and of this system.
 */

#ifndef LOAD_CONTAIN_NEEDS_H
#define LOAD_CONTAIN_NEEDS_H

#include "load/service.h"

/*
 * Put SERVICE out of service if a part of it needs privileges, or a controller
 * of cgroups, that haild does not have.  A preset is one reason for all of its
 * parts.
 */
void needs_check(struct loader *l, struct service *service);

/* Warn once if the kernel has no Landlock scopes, which SERVICE has. */
void needs_check_scopes(struct loader *l, const struct service *service);

#endif
