/*
 * check_files.c -- where a configuration comes from: files, the command line.
 */

#include "tests/unit/unit.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/build.h"

/* --- files ---------------------------------------------------------------- */

START_TEST(missing_file)
{
	ck_assert_ptr_null(build_files(false));
	ck_assert_str_eq(errors, "test.conf: No such file or directory");
}
END_TEST

START_TEST(unreadable_file)
{
	bool root = geteuid() == 0;

	unit_write_file("test.conf", "x: { " M "}");
	ck_assert_int_eq(chmod("test.conf", 0), 0);
	/* Root reads everything, so it is somebody else for the call. */
	if (root)
		ck_assert_int_eq(seteuid(65534), 0);
	ck_assert_ptr_null(build_files(false));
	if (root)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_str_eq(errors, "test.conf: Permission denied");
}
END_TEST

START_TEST(empty_file)
{
	static const struct refused cases[] = {
		{ "", "test.conf: is empty" },
		{ "\n", "test.conf: no service is configured" },
		{ "max-sessions = 3", "test.conf: no service is configured" },
	};

	REFUSE(cases, false);
}
END_TEST

START_TEST(directory_is_not_read)
{
	ck_assert_int_eq(mkdir("test.conf", 0755), 0);
	ck_assert_ptr_null(build_files(false));
	ck_assert_str_eq(errors, "test.conf: is a directory");
}
END_TEST

START_TEST(fifo_is_not_waited_for)
{
	ck_assert_int_eq(mkfifo("test.conf", 0644), 0);
	ck_assert_ptr_null(build_files(false));
	ck_assert_str_eq(errors, "test.conf: is not a regular file");
}
END_TEST

START_TEST(world_writable_file_is_refused_under_root_alone)
{
	unit_write_file("test.conf", "x: { " M "}");
	ck_assert_int_eq(chmod("test.conf", 0666), 0);
	ck_assert_ptr_null(build_files(true));
	ck_assert_str_eq(
	    errors, "test.conf: is writable by everyone: chmod o-w it");
	ck_assert_ptr_nonnull(build_files(false));
}
END_TEST

/* Files may be added to it. */
START_TEST(world_writable_directory_is_refused_under_root_alone)
{
	unit_write_file("test.conf", "x: { " M "}");
	ck_assert_int_eq(mkdir("conf.d", 0755), 0);
	ck_assert_ptr_nonnull(build_files(true));
	ck_assert_int_eq(chmod("conf.d", 01777), 0);
	ck_assert_ptr_null(build_files(true));
	ck_assert_str_eq(
	    errors, "conf.d: is writable by everyone: chmod o-w it");
	ck_assert_ptr_nonnull(build_files(false));
}
END_TEST

START_TEST(symbolic_links)
{
	unit_write_file("real", "x: { " M "}");
	ck_assert_int_eq(symlink("real", "test.conf"), 0);
	ck_assert_ptr_nonnull(build_files(false));
	ck_assert_ptr_nonnull(build_files(true));
}
END_TEST

START_TEST(symbolic_links_of_strangers)
{
	unit_write_file("real", "x: { " M "}");
	ck_assert_int_eq(symlink("real", "test.conf"), 0);
	ck_assert_int_eq(lchown("test.conf", 1, 1), 0);
	ck_assert_ptr_null(build_files(false));
	ck_assert_str_eq(errors, "test.conf: is a symbolic link of uid 1");
}
END_TEST

START_TEST(nul_byte)
{
	FILE *f = fopen("test.conf", "w");

	ck_assert_ptr_nonnull(f);
	fwrite("max-sessions = 3\n\0", 1, 18, f);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_ptr_null(build_files(false));
	ck_assert_str_eq(errors, "test.conf: contains a NUL byte");
}
END_TEST

START_TEST(too_large_file)
{
	unit_write_file("test.conf", "x: { " M "}");
	ck_assert_int_eq(truncate("test.conf", (4 << 20) + 1), 0);
	ck_assert_ptr_null(build_files(false));
	ck_assert_str_eq(errors, "test.conf: is larger than 4 MB");
}
END_TEST

START_TEST(files_of_the_directory)
{
	unit_write_file("test.conf", "max-sessions = 3");
	ck_assert_int_eq(mkdir("conf.d", 0755), 0);
	ck_assert_int_eq(mkdir("conf.d/dir.conf", 0755), 0);
	unit_write_file("conf.d/empty.conf", "");
	unit_write_file("conf.d/.hidden.conf", "@");
	unit_write_file("conf.d/other", "@");
	unit_write_file("conf.d/.conf", "@");
	unit_write_file("conf.d/x.conf.dpkg-old", "@");
	ck_assert_ptr_null(build_files(false));
	ck_assert_str_eq(errors,
	    "conf.d/dir.conf: is a directory\n"
	    "conf.d/empty.conf: is empty");
}
END_TEST

START_TEST(files_are_read_in_order_and_defaults_hold_in_all)
{
	const struct config *config;

	ck_assert_int_eq(mkdir("conf.d", 0755), 0);
	unit_write_file(
	    "conf.d/20.conf", "\nc: { listen = [\"*:3\"] message = \"\" }");
	unit_write_file(
	    "conf.d/10.conf", "b: { listen = [\"*:2\"] message = \"\" }");
	unit_write_file("conf.d/30.conf", "nice = 3");
	config = good("a: { listen = [\"*:1\"] message = \"\" }", false);
	ck_assert_uint_eq(config->nservices, 3);
	ck_assert_str_eq(config->services[0].name, "a");
	ck_assert_str_eq(config->services[0].file, "test.conf");
	ck_assert_str_eq(config->services[1].name, "b");
	ck_assert_str_eq(config->services[1].file, "conf.d/10.conf");
	ck_assert_str_eq(config->services[2].name, "c");
	ck_assert_str_eq(config->services[2].file, "conf.d/20.conf");
	ck_assert_int_eq(config->services[2].line, 2);
	ck_assert_int_eq(config->services[0].nice, 3);
	ck_assert_int_eq(config->services[1].nice, 3);
	ck_assert_int_eq(config->services[2].nice, 3);
}
END_TEST

START_TEST(given_twice_in_two_files)
{
	ck_assert_int_eq(mkdir("conf.d", 0755), 0);
	unit_write_file("conf.d/a.conf", "\nnice = 2\nx: { " M "}\n");
	ck_assert_ptr_null(build_text("nice = 1\nx: { " M "}\n", false));
	ck_assert_str_eq(errors,
	    "conf.d/a.conf:2: \"nice\" is already set at test.conf:1\n"
	    "conf.d/a.conf:3: service \"x\" already exists at test.conf:2\n"
	    "conf.d/a.conf:3: listen \"127.0.0.1:80\": service \"x\" already "
	    "listens on \"127.0.0.1:80\"");
}
END_TEST

/* --- the command line ----------------------------------------------------- */

START_TEST(command_line_with_a_message)
{
	const struct config_source source = { .listen = "127.0.0.1:80",
		.message = "a \"b\" \\ c\n" };
	const struct config *config = build(&source);
	const struct service *s;

	ck_assert_ptr_nonnull(config);
	ck_assert_uint_eq(config->nservices, 1);
	s = &config->services[0];
	ck_assert_str_eq(s->name, "message");
	ck_assert_str_eq(s->file, "command line");
	ck_assert_str_eq(s->message, "a \"b\" \\ c\n");
	ck_assert_str_eq(s->listen[0], "127.0.0.1:80");
	ck_assert_int_eq(s->handler, HANDLER_MESSAGE);
	ck_assert_int_eq(s->backlog, 4096);
}
END_TEST

START_TEST(command_line_with_a_program)
{
	char arg0[] = "/bin/sh", arg1[] = "-c", arg2[] = "echo \"\\x41\"";
	char *const exec[] = { arg0, arg1, arg2, NULL };
	const struct config_source source = {
		.listen = "*:80", .user = "nobody", .exec = exec, .root = true
	};
	const struct config *config = build(&source);
	const struct service *s;

	ck_assert_msg(config != NULL, "%s", errors);
	s = &config->services[0];
	ck_assert_str_eq(s->name, "sh");
	ck_assert_str_eq(s->exec[0], "/bin/sh");
	ck_assert_str_eq(s->exec[1], "-c");
	ck_assert_str_eq(s->exec[2], "echo \"\\x41\"");
	ck_assert_ptr_null(s->exec[3]);
	ck_assert_str_eq(s->identity->name, "nobody");
}
END_TEST

START_TEST(command_line_with_odd_names)
{
	static const struct {
		const char *program, *name;
	} cases[] = {
		{ "[", "program" },
		{ "7z", "program" },
		{ "g++", "program" },
		{ "x.sh", "program" },
		{ "a b", "program" },
		{ "a-b_c9", "a-b_c9" },
		{ "listen", "listen" },
	};
	char path[4096], *text, *cwd = getcwd(NULL, 0);
	char *const exec[] = { path, NULL };
	const struct config_source source = { .listen = "*:80", .exec = exec };
	const struct config *config;
	size_t i;

	ck_assert_ptr_nonnull(cwd);
	for (i = 0; i < COUNT(cases); i++) {
		snprintf(path, sizeof(path), "%s/%s", cwd, cases[i].program);
		unit_write_file(path, "");
		ck_assert_int_eq(chmod(path, 0755), 0);
		config = build(&source);
		ck_assert_msg(config != NULL, "%s", errors);
		ck_assert_str_eq(config->services[0].name, cases[i].name);
		ck_assert_str_eq(config->services[0].exec[0], path);
		/* -T of it can be put in a file. */
		text = build_print(config);
		good(text, false);
		free(text);
	}
	free(cwd);
}
END_TEST

START_TEST(command_line_errors_have_no_line)
{
	char arg0[] = "no-such-program", missing[] = "/nonexistent";
	char *const relative[] = { arg0, NULL };
	char *const gone[] = { missing, NULL };
	struct config_source source = { .listen = "nonsense", .message = "" };

	ck_assert_ptr_null(build(&source));
	ck_assert_str_eq(errors,
	    "command line: listen \"nonsense\" has no port: write "
	    "\"nonsense:PORT\"");
	source = (struct config_source) { .listen = "*:80", .exec = gone };
	ck_assert_ptr_null(build(&source));
	ck_assert_str_eq(errors,
	    "command line: \"exec\": /nonexistent: No such file or "
	    "directory");
	source.exec = relative;
	ck_assert_ptr_null(build(&source));
	ck_assert_str_eq(
	    errors, "command line: cannot find \"no-such-program\" in PATH");
	source = (struct config_source) { .listen = "*:80",
		.message = "",
		.user = "no-such-user",
		.root = true };
	ck_assert_ptr_null(build(&source));
	ck_assert_str_eq(
	    errors, "command line: user \"no-such-user\" does not exist");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, build_leave);
	tcase_add_test(tc, missing_file);
	tcase_add_test(tc, unreadable_file);
	tcase_add_test(tc, empty_file);
	tcase_add_test(tc, directory_is_not_read);
	tcase_add_test(tc, fifo_is_not_waited_for);
	tcase_add_test(tc, world_writable_file_is_refused_under_root_alone);
	tcase_add_test(
	    tc, world_writable_directory_is_refused_under_root_alone);
	tcase_add_test(tc, symbolic_links);
	/* Only root can make a link of somebody else. */
	UNIT_ADD_IF(
	    geteuid() == 0, tc, symbolic_links_of_strangers, "needs root");
	tcase_add_test(tc, nul_byte);
	tcase_add_test(tc, too_large_file);
	tcase_add_test(tc, files_of_the_directory);
	tcase_add_test(tc, files_are_read_in_order_and_defaults_hold_in_all);
	tcase_add_test(tc, given_twice_in_two_files);
	tcase_add_test(tc, command_line_with_a_message);
	tcase_add_test(tc, command_line_with_a_program);
	tcase_add_test(tc, command_line_with_odd_names);
	tcase_add_test(tc, command_line_errors_have_no_line);
}

int
main(void)
{
	return unit_run("files", add);
}
