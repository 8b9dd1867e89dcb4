/*
 * families.h -- the names of address families.  Pure.
 */

#ifndef FAMILIES_H
#define FAMILIES_H

#include <stddef.h>

/* The number of the family NAME ("AF_INET"), or -1. */
int family_find(const char *name);

/* The name of family I; NULL: there is none of that number. */
const char *family_name(size_t i);

#endif
