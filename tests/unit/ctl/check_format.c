/*
 * check_format.c -- times, sizes and texts for people.
 */

#include "tests/unit/unit.h"

#include <stdlib.h>

#include "ctl/format.h"
#include "lib/io.h"

START_TEST(durations)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {
		{ -1, "-" },
		{ 0, "0s" },
		{ SECOND - 1, "0s" },
		{ 59 * SECOND, "59s" },
		{ 192 * SECOND, "3m12s" },
		{ 3600 * SECOND, "1h00m" },
		{ 86399 * SECOND, "23h59m" },
		{ 86400 * SECOND, "1d00h" },
		{ INT64_MAX, "106751d23h" },
	};
	char text[FORMAT_MAX];
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		ck_assert_str_eq(
		    format_duration(cases[i].ns, text), cases[i].text);
}
END_TEST

START_TEST(sizes)
{
	static const struct {
		int64_t n;
		const char *text;
	} cases[] = {
		{ -1, "-" },
		{ 0, "0" },
		{ 999, "999" },
		{ 1000, "0.9K" },
		{ 1024, "1.0K" },
		{ 10240, "10K" },
		{ 1023999, "999K" },
		{ 1024000, "0.9M" },
		{ 1258291, "1.1M" },
		{ INT64_MAX, "7.9E" },
	};
	char text[FORMAT_MAX];
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		ck_assert_str_eq(format_bytes(cases[i].n, text), cases[i].text);
}
END_TEST

START_TEST(wall_times)
{
	char text[FORMAT_MAX];

	setenv("TZ", "UTC", 1);
	ck_assert_str_eq(format_time(-1, text), "-");
	ck_assert_str_eq(format_time(0, text), "-");
	ck_assert_str_eq(format_time(1796029874, text), "2026-11-30 09:11:14");
	ck_assert_str_eq(format_time(INT64_MAX, text), "-");
}
END_TEST

START_TEST(times_are_read)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = { { "1", 1 }, { "10s", 10 }, { "2m", 120 }, { "1h", 3600 },
		{ "365d", 31536000 } };
	static const char *const bad[] = { "", "0", "-1", "1x", "s", "1.5",
		"366d", "99999999999999999999", "1 s" };
	int64_t ns;
	size_t i;

	for (i = 0; i < COUNT(good); i++) {
		ck_assert(format_read_time(good[i].text, &ns));
		ck_assert_int_eq(ns, good[i].seconds * SECOND);
	}
	for (i = 0; i < COUNT(bad); i++)
		ck_assert_msg(!format_read_time(bad[i], &ns), "%s", bad[i]);
}
END_TEST

START_TEST(only_printable_characters_reach_a_terminal)
{
	char all[256], *text;
	size_t i, len;
	FILE *out = open_memstream(&text, &len);

	for (i = 0; i < 255; i++)
		all[i] = (char)(i + 1);
	all[255] = '\0';
	format_put(all, out);
	fclose(out);
	for (i = 0; i < len; i++)
		ck_assert_msg(text[i] >= ' ' && text[i] <= '~', "%d", text[i]);
	free(text);
	out = open_memstream(&text, &len);
	format_put("a\033[31m\\n\n", out);
	fclose(out);
	ck_assert_str_eq(text, "a\\033[31m\\n\\n");
	free(text);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, durations);
	tcase_add_test(tc, sizes);
	tcase_add_test(tc, wall_times);
	tcase_add_test(tc, times_are_read);
	tcase_add_test(tc, only_printable_characters_reach_a_terminal);
}

int
main(void)
{
	return unit_run("format", add);
}
