/*
 * check_manual.c -- haild.conf(5) and the table of settings name the same.
 */

#include "tests/unit/unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/settings.h"

#define NAMES_MAX 256

/* The settings that the manual has a paragraph for, in its order. */
static char names[NAMES_MAX][64];
static size_t nnames;

/*
 * ".It Ic NAME ..." of a list that is in no other: a list within the paragraph
 * of a setting is of its values.
 */
static void
read_manual(void)
{
	const char *srcdir = getenv("srcdir");
	char path[4096], line[1024];
	int depth = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/man/haild.conf.5",
	    srcdir != NULL ? srcdir : ".");
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "cannot open %s", path);
	nnames = 0;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, ".Bl", 3) == 0)
			depth++;
		else if (strncmp(line, ".El", 3) == 0)
			depth--;
		else if (depth == 1 &&
		    sscanf(line, ".It Ic %63s", names[nnames]) == 1)
			ck_assert_uint_lt(++nnames, NAMES_MAX);
	}
	ck_assert_int_eq(depth, 0);
	fclose(f);
}

static bool
is_in_manual(const char *name)
{
	size_t i;

	for (i = 0; i < nnames; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool
is_in_table(const char *name)
{
	size_t i;

	for (i = 0; i < nsettings; i++)
		if (strcmp(settings[i].name, name) == 0)
			return true;
	return false;
}

START_TEST(each_setting_is_in_the_manual)
{
	size_t i;

	read_manual();
	for (i = 0; i < nsettings; i++)
		ck_assert_msg(is_in_manual(settings[i].name),
		    "haild.conf(5) has no \".It Ic %s\"", settings[i].name);
}
END_TEST

START_TEST(each_setting_of_the_manual_is_there)
{
	size_t i;

	read_manual();
	ck_assert_uint_gt(nnames, 0);
	for (i = 0; i < nnames; i++)
		ck_assert_msg(is_in_table(names[i]),
		    "haild.conf(5) has \".It Ic %s\", settings[] has not",
		    names[i]);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, each_setting_is_in_the_manual);
	tcase_add_test(tc, each_setting_of_the_manual_is_there);
}

int
main(void)
{
	return unit_run("manual", add);
}
