/*
 * check_logger.c -- a stream of bytes becomes lines.
 */

#include "unit.h"

#include <string.h>

#include "logger.h"

/* What was emitted, each line with a '|' behind it. */
static char lines[8192];
static struct line line;

static void
collect(void *arg, const char *text)
{
	ck_assert_ptr_eq(arg, lines);
	ck_assert_uint_le(strlen(text), LOGGER_LINE_MAX);
	strlcat(lines, text, sizeof(lines));
	ck_assert_uint_lt(strlcat(lines, "|", sizeof(lines)), sizeof(lines));
}

static void
feed(const char *data, size_t len)
{
	line_feed(&line, data, len, collect, lines);
}

static void
feed_text(const char *text)
{
	feed(text, strlen(text));
}

START_TEST(lines_are_split)
{
	feed_text("one\ntwo\nthree");
	ck_assert_str_eq(lines, "one|two|");
	line_end(&line, collect, lines);
	ck_assert_str_eq(lines, "one|two|three|");
	line_end(&line, collect, lines);
	ck_assert_str_eq(lines, "one|two|three|");
}
END_TEST

START_TEST(chunks_may_end_anywhere)
{
	static const char text[] = "one\n\ntwo\nthree\n";
	size_t i, j;

	for (i = 0; i < sizeof(text); i++)
		for (j = i; j < sizeof(text); j++) {
			lines[0] = '\0';
			feed(text, i);
			feed(text + i, j - i);
			feed(text + j, strlen(text + j));
			ck_assert_str_eq(lines, "one|two|three|");
			ck_assert_uint_eq(line.used, 0);
		}
}
END_TEST

START_TEST(empty_lines_are_left_out)
{
	feed_text("\n\n\n");
	line_end(&line, collect, lines);
	ck_assert_str_eq(lines, "");
}
END_TEST

START_TEST(nul_becomes_a_question_mark)
{
	feed("a\0b\n\0\n", 6);
	ck_assert_str_eq(lines, "a?b|?|");
}
END_TEST

START_TEST(other_bytes_are_kept)
{
	feed_text("\r\x1b\xff\n");
	ck_assert_str_eq(lines, "\r\x1b\xff|");
}
END_TEST

START_TEST(long_lines_are_cut)
{
	char text[LOGGER_LINE_MAX + 2], want[LOGGER_LINE_MAX + 8];

	memset(text, 'x', sizeof(text));
	memset(want, 'x', sizeof(want));

	/* as long as may be: one line, and no empty one behind it */
	feed(text, LOGGER_LINE_MAX);
	ck_assert_str_eq(lines, "");
	feed_text("\n");
	strlcpy(want + LOGGER_LINE_MAX, "|", 8);
	ck_assert_str_eq(lines, want);

	/* one byte more */
	lines[0] = '\0';
	feed(text, LOGGER_LINE_MAX + 1);
	ck_assert_str_eq(lines, want);
	feed_text("\n");
	strlcpy(want + LOGGER_LINE_MAX, "|x|", 8);
	ck_assert_str_eq(lines, want);

	/* the cut at the boundary of two chunks */
	lines[0] = '\0';
	feed(text, LOGGER_LINE_MAX);
	feed(text, 1);
	line_end(&line, collect, lines);
	ck_assert_str_eq(lines, want);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, lines_are_split);
	tcase_add_test(tc, chunks_may_end_anywhere);
	tcase_add_test(tc, empty_lines_are_left_out);
	tcase_add_test(tc, nul_becomes_a_question_mark);
	tcase_add_test(tc, other_bytes_are_kept);
	tcase_add_test(tc, long_lines_are_cut);
}

int
main(void)
{
	return unit_run("logger", add);
}
