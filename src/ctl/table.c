#include "ctl/table.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "control/protocol.h"
#include "ctl/format.h"

#define GAP "  " /* between columns */

void
table_begin(
    struct table *t, const struct table_column *columns, size_t ncolumns)
{
	*t = (struct table) { .columns = columns, .ncolumns = ncolumns };
}

/* Returns a copy of TEXT as format_put writes it, allocated. */
static char *
make_safe(const char *text)
{
	char *safe = NULL;
	size_t len;
	FILE *out = open_memstream(&safe, &len);

	if (out == NULL)
		err(CONTROL_FAILED, NULL);
	format_put(text, out);
	if (fclose(out) == EOF)
		err(CONTROL_FAILED, NULL);
	return safe;
}

void
table_add(struct table *t, const char *text)
{
	if (t->ncells == t->size) {
		t->size = t->size > 0 ? 2 * t->size : 64;
		t->cells = reallocarray(t->cells, t->size, sizeof(*t->cells));
		if (t->cells == NULL)
			err(CONTROL_FAILED, NULL);
	}
	t->cells[t->ncells++] =
	    make_safe(text == NULL || *text == '\0' ? "-" : text);
}

void
table_add_number(struct table *t, long long n)
{
	char text[32];

	snprintf(text, sizeof(text), n == -1 ? "-" : "%lld", n);
	table_add(t, text);
}

static void
print_row(
    const struct table *t, char *const *cells, const size_t *widths, FILE *out)
{
	size_t i, pad, blanks = 0;

	for (i = 0; i < t->ncolumns; i++) {
		pad = widths[i] - strlen(cells[i]);
		if (i > 0)
			blanks += strlen(GAP);
		if (t->columns[i].align == TABLE_RIGHT)
			blanks += pad;
		fprintf(out, "%*s%s", (int)blanks, "", cells[i]);
		blanks = t->columns[i].align == TABLE_LEFT ? pad : 0;
	}
	fputc('\n', out);
}

void
table_print(const struct table *t, FILE *out)
{
	char *titles[TABLE_COLUMNS_MAX];
	size_t widths[TABLE_COLUMNS_MAX] = { 0 }, column = 0, i, len;

	for (i = 0; i < t->ncolumns; i++) {
		titles[i] = (char *)t->columns[i].title;
		widths[i] = strlen(titles[i]);
	}
	for (i = 0; i < t->ncells; i++) {
		len = strlen(t->cells[i]);
		if (len > widths[column])
			widths[column] = len;
		column = column + 1 < t->ncolumns ? column + 1 : 0;
	}
	print_row(t, titles, widths, out);
	for (i = 0; i < t->ncells; i += t->ncolumns)
		print_row(t, t->cells + i, widths, out);
}

void
table_free(struct table *t)
{
	size_t i;

	for (i = 0; i < t->ncells; i++)
		free(t->cells[i]);
	free(t->cells);
}
