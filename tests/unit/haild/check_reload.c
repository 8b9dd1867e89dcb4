/*
 * check_reload.c -- what a configuration is to the one before it: how they
 * differ, what a retry reads, and what may be missing when.
 */

#include "tests/unit/unit.h"

#include <sys/stat.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/arena.h"
#include "config/config.h"
#include "load/loader.h"

/* Two at a time, which build.h has not. */
static struct arena arenas[2];
static char problems[4096];

static void
note(void *arg UNUSED, bool error, const char *text)
{
	if (!error)
		return;
	strlcat(problems, text, sizeof(problems));
	ck_assert_uint_lt(
	    strlcat(problems, "\n", sizeof(problems)), sizeof(problems));
}

/* Build SOURCE in arena WHICH. */
static const struct config *
build_in(unsigned int which, const struct config_source *source)
{
	struct arena *arena = &arenas[which];

	if (arena->base != NULL)
		arena_destroy(arena);
	problems[0] = '\0';
	ck_assert_int_eq(arena_create(arena, which), 0);
	ck_assert_int_eq(arena_open(arena), 0);
	return config_build(source, arena, note, NULL, NULL);
}

static const struct config *
text_in(unsigned int which, const char *text)
{
	const struct config_source source = { .file = "test.conf" };
	const struct config *config;

	unit_write_file("test.conf", text);
	config = build_in(which, &source);
	ck_assert_msg(config != NULL, "%s\n%s", text, problems);
	return config;
}

static void
leave(void)
{
	int i;

	for (i = 0; i < 2; i++)
		if (arenas[i].base != NULL)
			arena_destroy(&arenas[i]);
	unit_leave_dir();
}

/* --- how two differ ---------------------------------------------------------
 */

/* A service NAME at PORT, and MORE in it. */
#define SERVICE(name, port, more)                                         \
	name ": { listen = [\"127.0.0.1:" port "\"] message = \"\" " more \
	     "}"                                                          \
	     "\n"
#define ONE SERVICE("one", "1", "")
#define TWO SERVICE("two", "2", "")
#define THREE SERVICE("three", "3", "")

static const char *
difference(const char *before, const char *after)
{
	static char text[256];
	const struct config *old = text_in(0, before);

	config_diff(old, text_in(1, after), text, sizeof(text));
	return text;
}

START_TEST(the_same_is_nothing)
{
	ck_assert_str_eq(difference(ONE TWO, ONE TWO), "nothing");
	/* in another order, written in another way */
	ck_assert_str_eq(difference(ONE TWO, TWO ONE), "nothing");
	ck_assert_str_eq(difference(ONE, "// x\n\n" ONE), "nothing");
	ck_assert_str_eq(difference(SERVICE("one", "1", "kill-grace = \"60s\""),
			     SERVICE("one", "1", "kill-grace = \"1m\"")),
	    "nothing");
	/* a default that is written down */
	ck_assert_str_eq(
	    difference(ONE, SERVICE("one", "1", "max-sessions = 256")),
	    "nothing");
}
END_TEST

START_TEST(differences_are_told_in_words)
{
	ck_assert_str_eq(difference(ONE, ONE TWO), "added two");
	ck_assert_str_eq(difference(ONE TWO, ONE), "removed two");
	ck_assert_str_eq(
	    difference(ONE, SERVICE("one", "9", "")), "changed one");
	ck_assert_str_eq(
	    difference(ONE, SERVICE("one", "1", "max-sessions = 2")),
	    "changed one");
	ck_assert_str_eq(
	    difference(ONE, SERVICE("ONE", "1", "")), "added ONE; removed one");
	ck_assert_str_eq(difference(ONE, ONE TWO THREE), "added two, three");
	ck_assert_str_eq(
	    difference(ONE TWO SERVICE("x", "7", "") SERVICE("y", "8", ""),
		THREE SERVICE("one", "4", "") SERVICE("two", "5", "")),
	    "added three; changed one, two; removed x, y");
	/* what holds for all of them */
	ck_assert_str_eq(difference(ONE TWO, "kill-grace = 1\n" ONE TWO),
	    "changed one, two");
	ck_assert_str_eq(
	    difference(ONE, SERVICE("one", "1", "disable = true") TWO),
	    "added two; changed one");
}
END_TEST

START_TEST(differences_are_cut_to_their_room)
{
	const struct config *old = text_in(0, ONE);
	const struct config *new = text_in(1, TWO THREE);
	char text[12];

	config_diff(old, new, text, sizeof(text));
	ck_assert_str_eq(text, "added two, ");
}
END_TEST

START_TEST(the_builder_tells_the_difference)
{
	struct config_source source = { .file = "test.conf" };
	const struct config *config;

	ck_assert_ptr_null(text_in(0, ONE)->changes);
	source.previous = text_in(0, ONE);
	unit_write_file("test.conf", ONE TWO);
	ck_assert_ptr_nonnull(config = build_in(1, &source));
	ck_assert_str_eq(config->changes, "added two");
}
END_TEST

/* --- a retry reads what was read before -------------------------------------
 */

START_TEST(texts_are_read_again_without_the_files)
{
	struct config_source source = { .file = "test.conf", .dir = "conf.d" };
	const struct config *config;

	ck_assert_int_eq(mkdir("conf.d", 0755), 0);
	unit_write_file("test.conf", "max-sessions = 77\n" ONE);
	unit_write_file("conf.d/b.conf", THREE);
	unit_write_file("conf.d/a.conf", TWO);
	ck_assert_ptr_nonnull(config = build_in(0, &source));
	ck_assert_uint_eq(config->ntexts, 3);
	ck_assert_str_eq(config->texts[0].name, "test.conf");
	ck_assert_str_eq(config->texts[1].name, "conf.d/a.conf");
	ck_assert_str_eq(config->texts[1].text, TWO);

	/* Somebody edits, and has not said that it is to be used. */
	unit_write_file("test.conf", "nonsense");
	ck_assert_int_eq(unlink("conf.d/a.conf"), 0);
	unit_write_file("conf.d/c.conf", "nonsense");
	source.again = source.previous = config;
	config = build_in(1, &source);
	ck_assert_msg(config != NULL, "%s", problems);
	ck_assert_str_eq(config->changes, "nothing");
	ck_assert_int_eq(config->max_sessions, 77);
	ck_assert_uint_eq(config->nservices, 3);
	ck_assert_str_eq(config->services[1].file, "conf.d/a.conf");
	/* and it can be read once more, from the copy */
	source.again = source.previous = config;
	config = build_in(0, &source);
	ck_assert_msg(config != NULL, "%s", problems);
	ck_assert_uint_eq(config->ntexts, 3);
	ck_assert_str_eq(config->texts[1].text, TWO);
}
END_TEST

/* The one-liner has no file: it is made of its options each time. */
START_TEST(options_are_read_again)
{
	struct config_source source = { .listen = "127.0.0.1:1",
		.message = "hello\n" };
	const struct config *config = build_in(0, &source);

	ck_assert_msg(config != NULL, "%s", problems);
	source.again = source.previous = config;
	config = build_in(1, &source);
	ck_assert_msg(config != NULL, "%s", problems);
	ck_assert_str_eq(config->changes, "nothing");
	ck_assert_str_eq(config->services[0].message, "hello\n");
}
END_TEST

/* --- what may be missing ----------------------------------------------------
 */

#define GONE                                                              \
	"gone: {\n\tlisten = [\"127.0.0.1:4\"]\n\texec = [\"/nosuch\"]\n" \
	"\tdirectory = \"/none\"\n}\n"

static const char gone_errors[] =
    "test.conf:5: \"directory\": /none: No such file or directory%s\n"
    "test.conf:4: \"exec\": /nosuch: No such file or directory%s\n";

static void
check_problems(const char *behind)
{
	char want[512];

	snprintf(want, sizeof(want), gone_errors, behind, behind);
	ck_assert_str_eq(problems, want);
}

START_TEST(a_start_bears_what_is_missing)
{
	struct config_source source = { .file = "test.conf", .tolerant = true };
	const struct config *config;

	unit_write_file("test.conf", ONE GONE);
	ck_assert_ptr_nonnull(config = build_in(0, &source));
	check_problems("; \"gone\" is out of service");
	ck_assert_ptr_null(config->services[0].missing);
	/* the first reason is the one that is kept */
	ck_assert_str_eq(config->services[1].missing,
	    "\"directory\": /none: No such file or directory");
}
END_TEST

START_TEST(a_check_does_not)
{
	const struct config_source source = { .file = "test.conf" };

	unit_write_file("test.conf", ONE GONE);
	ck_assert_ptr_null(build_in(0, &source));
	check_problems("");
}
END_TEST

START_TEST(nor_does_a_strict_start)
{
	const struct config_source source = { .file = "test.conf",
		.tolerant = true };

	/* wherever it stands, also in another line than the first */
	unit_write_file("test.conf", ONE GONE "strict-start = true\n");
	ck_assert_ptr_null(build_in(0, &source));
	check_problems("");
	unit_write_file("test.conf", ONE GONE "strict-start = false\n");
	ck_assert_ptr_nonnull(build_in(0, &source));
}
END_TEST

START_TEST(a_mistake_stops_a_start_all_the_same)
{
	const struct config_source source = { .file = "test.conf",
		.tolerant = true };

	unit_write_file("test.conf", ONE GONE "nosuch = 1\n");
	ck_assert_ptr_null(build_in(0, &source));
	ck_assert_ptr_nonnull(
	    strstr(problems, "test.conf:7: unknown setting \"nosuch\"\n"));
	ck_assert_ptr_nonnull(strstr(problems, "is out of service\n"));
}
END_TEST

START_TEST(a_retry_finds_what_has_come)
{
	struct config_source source = { .file = "test.conf", .tolerant = true };
	const struct config *config;
	char cwd[64], text[512];

	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	snprintf(text, sizeof(text),
	    "late: { listen = [\"127.0.0.1:4\"] exec = [\"%s/prog\"] }\n", cwd);
	unit_write_file("test.conf", text);
	ck_assert_ptr_nonnull(config = build_in(0, &source));
	ck_assert_ptr_nonnull(config->services[0].missing);
	unit_write_file("prog", "");
	ck_assert_int_eq(unlink("test.conf"), 0);
	source.again = source.previous = config;
	/* there, but without its bit */
	ck_assert_ptr_nonnull(config = build_in(1, &source));
	ck_assert_ptr_nonnull(
	    strstr(config->services[0].missing, "is not executable"));
	ck_assert_int_eq(chmod("prog", 0755), 0);
	ck_assert_ptr_nonnull(config = build_in(1, &source));
	ck_assert_ptr_null(config->services[0].missing);
	ck_assert_str_eq(problems, "");
}
END_TEST

/* Who was not found must never be taken for who we are. */
START_TEST(an_unknown_user_puts_out_of_service)
{
	const struct config_source source = {
		.file = "test.conf", .root = true, .tolerant = true
	};
	const struct config *config;

	unit_write_file("test.conf",
	    "a: { listen = [\"127.0.0.1:1\"] exec = [\"/bin/sh\"]\n"
	    "user = \"nosuch-user\" }\n"
	    "b: { listen = [\"127.0.0.1:2\"] exec = [\"/bin/sh\"]\n"
	    "user = \"root\" group = \"nosuch-group\" }\n");
	ck_assert_ptr_nonnull(config = build_in(0, &source));
	ck_assert_str_eq(problems,
	    "test.conf:2: user \"nosuch-user\" does not exist; \"a\" is out of "
	    "service\n"
	    "test.conf:4: group \"nosuch-group\" does not exist; \"b\" is out "
	    "of service\n");
	ck_assert_str_eq(
	    config->services[0].missing, "user \"nosuch-user\" does not exist");
	ck_assert_str_eq(config->services[1].missing,
	    "group \"nosuch-group\" does not exist");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, leave);
	tcase_add_test(tc, the_same_is_nothing);
	tcase_add_test(tc, differences_are_told_in_words);
	tcase_add_test(tc, differences_are_cut_to_their_room);
	tcase_add_test(tc, the_builder_tells_the_difference);
	tcase_add_test(tc, texts_are_read_again_without_the_files);
	tcase_add_test(tc, options_are_read_again);
	tcase_add_test(tc, a_start_bears_what_is_missing);
	tcase_add_test(tc, a_check_does_not);
	tcase_add_test(tc, nor_does_a_strict_start);
	tcase_add_test(tc, a_mistake_stops_a_start_all_the_same);
	tcase_add_test(tc, a_retry_finds_what_has_come);
	tcase_add_test(tc, an_unknown_user_puts_out_of_service);
}

int
main(void)
{
	return unit_run("reload", add);
}
