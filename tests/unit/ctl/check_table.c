/*
 * check_table.c -- aligned columns.
 */

#include "tests/unit/unit.h"

#include <stdlib.h>

#include "ctl/table.h"

static const struct table_column columns[] = { { "ID", TABLE_RIGHT },
	{ "NAME", TABLE_LEFT }, { "SIZE", TABLE_RIGHT },
	{ "NOTE", TABLE_LEFT } };

static char *
print(const struct table *t)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	table_print(t, out);
	fclose(out);
	return text;
}

START_TEST(columns_are_as_wide_as_their_cells)
{
	struct table t;
	char *text;

	table_begin(&t, columns, COUNT(columns));
	table_add_number(&t, 1);
	table_add(&t, "a name");
	table_add_number(&t, -1);
	table_add(&t, "x");
	table_add_number(&t, 123456);
	table_add(&t, NULL);
	table_add_number(&t, 10);
	table_add(&t, "long note");
	text = print(&t);
	ck_assert_str_eq(text,
	    "    ID  NAME    SIZE  NOTE\n"
	    "     1  a name     -  x\n"
	    "123456  -         10  long note\n");
	free(text);
	table_free(&t);
}
END_TEST

START_TEST(an_empty_table_has_titles)
{
	struct table t;
	char *text;

	table_begin(&t, columns, COUNT(columns));
	text = print(&t);
	ck_assert_str_eq(text, "ID  NAME  SIZE  NOTE\n");
	free(text);
	table_free(&t);
}
END_TEST

START_TEST(cells_are_safe_for_a_terminal)
{
	struct table t;
	char *text;

	table_begin(&t, columns + 1, 1);
	table_add(&t, "\033[2J\n");
	text = print(&t);
	ck_assert_str_eq(text, "NAME\n\\033[2J\\n\n");
	free(text);
	table_free(&t);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, columns_are_as_wide_as_their_cells);
	tcase_add_test(tc, an_empty_table_has_titles);
	tcase_add_test(tc, cells_are_safe_for_a_terminal);
}

int
main(void)
{
	return unit_run("table", add);
}
