/*
 * check_interpreter.c -- what the kernel executes to run a program.
 */

#include "tests/unit/unit.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "session/interpreter.h"

static char text[INTERPRETER_MAX], why[INTERPRETER_MAX + 128];

START_TEST(scripts)
{
	static const struct {
		const char *script;
		enum interpreter kind;
		const char *text;
	} cases[] = {
		{ "#!/bin/sh\n", INTERPRETER_FOUND, "/bin/sh" },
		{ "#! \t/usr/bin/env perl\n", INTERPRETER_FOUND,
		    "/usr/bin/env" },
		{ "#!/bin/sh", INTERPRETER_FOUND, "/bin/sh" },
		{ "#!/bin/sh\r\n", INTERPRETER_FOUND, "/bin/sh\r" },
		{ "#!\n", INTERPRETER_UNKNOWN, "" },
		{ "echo hello\n", INTERPRETER_UNKNOWN, "" },
		{ "PK\003\004", INTERPRETER_NONE, "" },
		{ "\177ELF", INTERPRETER_NONE, "" },
		{ "", INTERPRETER_NONE, "" },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		unit_write_file("x", cases[i].script);
		text[0] = '\0';
		ck_assert_int_eq(interpreter_find("x", text), cases[i].kind);
		ck_assert_str_eq(text, cases[i].text);
	}
	ck_assert_int_eq(interpreter_find("none", text), INTERPRETER_NONE);
	ck_assert_int_eq(interpreter_find(".", text), INTERPRETER_NONE);
}
END_TEST

START_TEST(a_long_line_is_cut)
{
	char line[600] = "#!/";

	memset(line + 3, 'x', sizeof(line) - 4);
	unit_write_file("x", line);
	ck_assert_int_eq(interpreter_find("x", text), INTERPRETER_FOUND);
	ck_assert_uint_eq(strlen(text), INTERPRETER_MAX - 3);
}
END_TEST

START_TEST(a_dynamic_program)
{
	ck_assert_int_eq(
	    interpreter_find("/bin/true", text), INTERPRETER_FOUND);
	ck_assert_int_eq(access(text, X_OK), 0);
}
END_TEST

/* Whatever its headers say. */
START_TEST(a_broken_program)
{
	char head[200];
	FILE *in = fopen("/bin/true", "r"), *out;
	size_t i;

	ck_assert_ptr_nonnull(in);
	ck_assert_uint_eq(fread(head, 1, sizeof(head), in), sizeof(head));
	fclose(in);
	for (i = 16; i < sizeof(head); i++) {
		head[i] = (char)0xff;
		ck_assert_ptr_nonnull(out = fopen("x", "w"));
		fwrite(head, 1, sizeof(head), out);
		ck_assert_int_eq(fclose(out), 0);
		ck_assert_int_eq(interpreter_find("x", text), INTERPRETER_NONE);
	}
}
END_TEST

START_TEST(reasons_for_a_failed_exec)
{
	static const struct {
		const char *script;
		int error;
		const char *want;
	} cases[] = {
		{ "#!/none/sh\n", ENOENT,
		    "its interpreter /none/sh does not exist" },
		{ "#!/etc/passwd\n", EACCES,
		    "its interpreter /etc/passwd cannot be executed" },
		{ "#!/bin/sh\r\n", ENOENT,
		    "its interpreter \"/bin/sh\" is followed by a carriage "
		    "return: remove it" },
		{ "#!/bin/sh\n", ENOENT, "No such file or directory" },
		{ "#!/none/sh\n", ENOMEM, "Cannot allocate memory" },
		{ "echo\n", ENOEXEC,
		    "Exec format error (a script begins with \"#!\")" },
		{ "PK\003\004", ENOEXEC, "Exec format error" },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		unit_write_file("x", cases[i].script);
		ck_assert_str_eq(
		    interpreter_explain("x", cases[i].error, why, sizeof(why)),
		    cases[i].want);
	}
	ck_assert_str_eq(interpreter_explain("none", ENOENT, why, sizeof(why)),
	    "No such file or directory");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, unit_leave_dir);
	tcase_add_test(tc, scripts);
	tcase_add_test(tc, a_long_line_is_cut);
	tcase_add_test(tc, a_dynamic_program);
	tcase_add_test(tc, a_broken_program);
	tcase_add_test(tc, reasons_for_a_failed_exec);
}

int
main(void)
{
	return unit_run("interpreter", add);
}
