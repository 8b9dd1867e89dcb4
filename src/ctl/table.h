/*
 * table.h -- aligned columns.  Pure.
 *
 * Each column is as wide as its longest cell.  Cells are made safe for a
 * terminal (format_put).
 */

#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 16

struct table_column {
	const char *title;
	enum { TABLE_LEFT, TABLE_RIGHT } align;
};

struct table {
	const struct table_column *columns;
	size_t ncolumns;
	char **cells; /* row by row */
	size_t ncells, size;
};

/* COLUMNS is not copied. */
void table_begin(
    struct table *t, const struct table_column *columns, size_t ncolumns);

/* Append the next cell; NULL or "" is shown as "-". */
void table_add(struct table *t, const char *text);
void table_add_number(struct table *t, long long n); /* -1: "-" */

/* Write the titles and the rows, with no blanks at the ends of lines. */
void table_print(const struct table *t, FILE *out);

void table_free(struct table *t);

#endif
