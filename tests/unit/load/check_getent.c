/*
 * check_getent.c -- ask getent(1), the real one.
 */

#include "tests/unit/unit.h"

#include <sys/wait.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "load/getent.h"

static void
ask(const char *database, const char *key, const char *want)
{
	char *text = getent(database, key);

	ck_assert_ptr_nonnull(text);
	ck_assert_msg(strncmp(text, want, strlen(want)) == 0, "%s", text);
	free(text);
	/* and it is not left to somebody else */
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}

START_TEST(what_is_known)
{
	ask("passwd", "root", "root:");
	ask("passwd", "0", "root:");
	ask("group", "0", "root:");
	ask("initgroups", "root", "root ");
	ask("ahosts", "127.0.0.1", "127.0.0.1 ");
}
END_TEST

START_TEST(what_is_not_known_is_no_text)
{
	char *text;

	text = getent("passwd", "no-such-user");
	ck_assert_str_eq(text, "");
	free(text);
	/* Nor is anything of that an option, or two words. */
	text = getent("passwd", "--help");
	ck_assert_str_eq(text, "");
	free(text);
	text = getent("passwd", "root root");
	ck_assert_str_eq(text, "");
	free(text);
}
END_TEST

START_TEST(what_cannot_be_asked_is_an_error)
{
	errno = 0;
	ck_assert_ptr_null(getent("no-such-database", "x"));
	ck_assert_int_eq(errno, EIO);
}
END_TEST

START_TEST(a_line_is_whole)
{
	char *text = getent("passwd", "root");

	ck_assert_ptr_nonnull(text);
	ck_assert_ptr_nonnull(strchr(text, '\n'));
	ck_assert_ptr_eq(strchr(text, '\n') + 1, text + strlen(text));
	free(text);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, what_is_known);
	tcase_add_test(tc, what_is_not_known_is_no_text);
	tcase_add_test(tc, what_cannot_be_asked_is_an_error);
	tcase_add_test(tc, a_line_is_whole);
}

int
main(void)
{
	return unit_run("getent", add);
}
