/*
 * unit.h -- what every unit test shares: one suite, run and reported as TAP.
 */

#ifndef UNIT_H
#define UNIT_H

#include <check.h>

/* Run the tests that ADD puts into the case; returns main's status. */
int unit_run(const char *name, void (*add)(TCase *));

#endif
