/*
 * check_reload_result.c -- what the file with the result of a reload says.
 */

#include "tests/unit/unit.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "haild/reload_result.h"

static struct reload_result r;

/* A file with TEXT, as haild-load leaves it. */
static int
errors(const char *text)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	ck_assert_int_gt(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	return fd;
}

static void
blank(void)
{
	memset(&r, 0, sizeof(r));
}

START_TEST(the_result_file_is_beside_the_pid_file)
{
	char path[PATH_MAX], *lengthy = calloc(1, PATH_MAX);

	ck_assert_int_eq(reload_result_path(path, "/run/x.pid"), 0);
	ck_assert_str_eq(path, "/run/x.pid.reload");
	memset(lengthy, 'x', PATH_MAX - 1);
	ck_assert_int_eq(reload_result_path(path, lengthy), -1);
	ck_assert_int_eq(errno, ENAMETOOLONG);
	free(lengthy);
}
END_TEST

START_TEST(a_result_is_read_as_it_was_written)
{
	struct stat st;

	blank();
	r.number = 1234567890123;
	r.failed = true;
	reload_result_fill(&r, errors("a:1: x\nb:2: y\n"), "reload failed: z");
	ck_assert_int_eq(reload_result_write("r", &r), 0);
	ck_assert_int_eq(stat("r", &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(access("r.new", F_OK), -1);
	blank();
	ck_assert_int_eq(reload_result_read("r", &r), 0);
	ck_assert_int_eq(r.number, 1234567890123);
	ck_assert(r.failed);
	ck_assert_str_eq(r.text, "a:1: x\nb:2: y\nreload failed: z\n");
	/* and replaced */
	blank();
	r.number = INT64_MAX;
	reload_result_fill(&r, 0, "reloaded: nothing");
	ck_assert_int_eq(reload_result_write("r", &r), 0);
	blank();
	ck_assert_int_eq(reload_result_read("r", &r), 0);
	ck_assert_int_eq(r.number, INT64_MAX);
	ck_assert(!r.failed);
	ck_assert_str_eq(r.text, "reloaded: nothing\n");
}
END_TEST

/* Whole lines, and the outcome in any case. */
START_TEST(many_errors_leave_room_for_the_outcome)
{
	char text[3 * RELOAD_RESULT_MAX] = "", *end;
	size_t i, length;

	for (i = 0; i < sizeof(text) - 8; i += 7)
		memcpy(text + i, "x:1: y\n", 8);
	blank();
	reload_result_fill(&r, errors(text), "reload failed");
	length = strlen(r.text);
	ck_assert_uint_gt(length, RELOAD_RESULT_MAX - 128);
	end = r.text + length - strlen("y\nreload failed\n");
	ck_assert_str_eq(end, "y\nreload failed\n");
	ck_assert_int_eq(reload_result_write("r", &r), 0);
	ck_assert_int_eq(reload_result_read("r", &r), 0);
	ck_assert_uint_eq(strlen(r.text), length);
	/* one line without an end */
	memset(text, 'x', sizeof(text) - 1);
	blank();
	reload_result_fill(&r, errors(text), "reload failed");
	ck_assert_str_eq(r.text, "reload failed\n");
}
END_TEST

START_TEST(an_invalid_result_is_not_read)
{
	static const char *const wrong[] = { "", "haild-reload", "x 1 ok\n",
		"haild-reload 1\n", "haild-reload 1 fine\n",
		"haild-reload -1 ok\n", "haild-reload x ok\n",
		"haild-reload 99999999999999999999 ok\n", "haild-reload 1 ok" };
	size_t i;

	ck_assert_int_eq(reload_result_read("r", &r), -1);
	for (i = 0; i < COUNT(wrong); i++) {
		unit_write_file("r", wrong[i]);
		ck_assert_msg(
		    reload_result_read("r", &r) == -1, "%s", wrong[i]);
	}
	/* neither waited for nor followed */
	ck_assert_int_eq(unlink("r"), 0);
	ck_assert_int_eq(mkfifo("r", 0600), 0);
	ck_assert_int_eq(reload_result_read("r", &r), -1);
	unit_write_file("good", "haild-reload 1 ok\n");
	ck_assert_int_eq(reload_result_read("good", &r), 0);
	ck_assert_int_eq(symlink("good", "link"), 0);
	ck_assert_int_eq(reload_result_read("link", &r), -1);
}
END_TEST

/* A link at the place of the new file leads nowhere. */
START_TEST(a_symbolic_link_is_not_followed)
{
	unit_write_file("precious", "precious");
	ck_assert_int_eq(symlink("precious", "r.new"), 0);
	ck_assert_int_eq(symlink("precious", "r"), 0);
	blank();
	reload_result_fill(&r, 0, "reloaded: nothing");
	ck_assert_int_eq(reload_result_write("r", &r), 0);
	ck_assert_int_eq(reload_result_read("r", &r), 0);
	ck_assert_int_eq(reload_result_write("none/r", &r), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(reload_result_read("precious", &r), -1);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, unit_leave_dir);
	tcase_add_test(tc, the_result_file_is_beside_the_pid_file);
	tcase_add_test(tc, a_result_is_read_as_it_was_written);
	tcase_add_test(tc, many_errors_leave_room_for_the_outcome);
	tcase_add_test(tc, an_invalid_result_is_not_read);
	tcase_add_test(tc, a_symbolic_link_is_not_followed);
}

int
main(void)
{
	return unit_run("reload_result", add);
}
