/*
 * top_columns.h -- what "top" can sort sessions by.  Pure.
 */

#ifndef CTL_TOP_COLUMNS_H
#define CTL_TOP_COLUMNS_H

#include "control/answer.h"

#define TOP_COLUMNS 6

/* COMPARE returns a number as strcmp(3) does. */
struct top_column {
	char key;
	const char *name;
	int (*compare)(
	    const struct answer_session *a, const struct answer_session *b);
};

/* The first one is that of the start. */
extern const struct top_column top_columns[TOP_COLUMNS];

#endif
