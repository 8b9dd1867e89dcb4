/*
 * check_value.c -- durations, limits and strings, both ways.
 */

#include "tests/unit/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/io.h"
#include "load/text/value.h"

static char buf[64];

static FILE *
open_buf(void)
{
	FILE *out = fmemopen(buf, sizeof(buf), "w");

	ck_assert_ptr_nonnull(out);
	return out;
}

/* What was written, without the quotes around it. */
static const char *
close_buf(FILE *out)
{
	size_t len;

	ck_assert_int_eq(fclose(out), 0);
	len = strlen(buf);
	ck_assert(len >= 2 && buf[0] == '"' && buf[len - 1] == '"');
	buf[len - 1] = '\0';
	return buf + 1;
}

START_TEST(durations_are_read)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} cases[] = {
		{ "0", 0 },
		{ "90", 90 },
		{ "90s", 90 },
		{ "007s", 7 },
		{ "5m", 300 },
		{ "1h", 3600 },
		{ "2d", 172800 },
		{ "999999999999d", INT64_C(999999999999) * 86400 },
	};
	static const char *const bad[] = { "", "s", "10x", "10 s", " 10s",
		"10s ", "-1", "+1", "1.5s", "1h30m", "10S", "none", "0x10",
		"1000000000000" };
	int64_t n;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		ck_assert(value_parse_duration(cases[i].text, &n));
		ck_assert_int_eq(n, cases[i].seconds);
	}
	for (i = 0; i < COUNT(bad); i++)
		ck_assert_msg(!value_parse_duration(bad[i], &n),
		    "\"%s\" is a duration", bad[i]);
}
END_TEST

START_TEST(durations_are_written_in_the_largest_unit)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = {
		{ 0, "0s" },
		{ 1, "1s" },
		{ 59, "59s" },
		{ 60, "1m" },
		{ 90, "90s" },
		{ 3600, "1h" },
		{ 5400, "90m" },
		{ 86400, "1d" },
		{ 365 * 86400, "365d" },
		{ 86401, "86401s" },
	};
	const char *text;
	int64_t n;
	FILE *out;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		out = open_buf();
		value_print_duration(cases[i].seconds * SECOND, out);
		text = close_buf(out);
		ck_assert_str_eq(text, cases[i].text);
		ck_assert(value_parse_duration(text, &n));
		ck_assert_int_eq(n, cases[i].seconds);
	}
}
END_TEST

START_TEST(limits_both_ways)
{
	static const struct {
		const char *text;
		rlim_t soft, hard;
		const char *written;
	} cases[] = {
		{ "0", 0, 0, "0" },
		{ "64", 64, 64, "64" },
		{ "010", 10, 10, "10" },
		{ "000000000000000000000000000000000000000000001", 1, 1, "1" },
		{ "00:0", 0, 0, "0" },
		{ "64K", 65536, 65536, "65536" },
		{ "64k", 65536, 65536, "65536" },
		{ "64K:1M", 65536, 1 << 20, "65536:1048576" },
		{ "1G", 1 << 30, 1 << 30, "1073741824" },
		{ "1T", INT64_C(1) << 40, INT64_C(1) << 40, "1099511627776" },
		{ "1P", INT64_C(1) << 50, INT64_C(1) << 50,
		    "1125899906842624" },
		{ "1E", INT64_C(1) << 60, INT64_C(1) << 60,
		    "1152921504606846976" },
		{ "unlimited", RLIM_INFINITY, RLIM_INFINITY, "unlimited" },
		{ "7:unlimited", 7, RLIM_INFINITY, "7:unlimited" },
		{ "18446744073709551614", UINT64_MAX - 1, UINT64_MAX - 1,
		    "18446744073709551614" },
	};
	struct limit l, again;
	const char *text;
	FILE *out;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		ck_assert_msg(value_parse_limit(cases[i].text, &l),
		    "\"%s\" is no limit", cases[i].text);
		ck_assert(l.set);
		ck_assert_uint_eq(l.soft, cases[i].soft);
		ck_assert_uint_eq(l.hard, cases[i].hard);
		out = open_buf();
		value_print_limit(&l, out);
		text = close_buf(out);
		ck_assert_str_eq(text, cases[i].written);
		ck_assert(value_parse_limit(text, &again));
		ck_assert_uint_eq(again.soft, l.soft);
		ck_assert_uint_eq(again.hard, l.hard);
	}
}
END_TEST

START_TEST(what_is_no_limit_leaves_it_alone)
{
	static const char *const bad[] = { "", ":", "64X", "64:", ":64",
		"2M:1M", "unlimited:1", "64:1:2", "-1", "+1", " 1", "1 ", "1 K",
		"1.5K", "1K1", "1KK", "64b", "64KB", "0x10", "K", "16E",
		"18446744073709551615", "18446744073709551616",
		"99999999999999999999999999999999", "Unlimited", "unlimitedx" };
	struct limit l = { true, 3, 4 };
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		ck_assert_msg(!value_parse_limit(bad[i], &l),
		    "\"%s\" is a limit", bad[i]);
		ck_assert(l.set);
		ck_assert_uint_eq(l.soft, 3);
		ck_assert_uint_eq(l.hard, 4);
	}
}
END_TEST

static char *
print_string(const char *text)
{
	char *string;
	size_t size;
	FILE *out = open_memstream(&string, &size);

	ck_assert_ptr_nonnull(out);
	value_print_string(text, out);
	ck_assert_int_eq(fclose(out), 0);
	return string;
}

START_TEST(strings_are_escaped)
{
	static const struct {
		const char *text, *written;
	} cases[] = {
		{ "", "\"\"" },
		{ "a b", "\"a b\"" },
		{ "\"\\", "\"\\\"\\\\\"" },
		{ "\f\n\r\t", "\"\\f\\n\\r\\t\"" },
		{ "\x01\x1b\x7f", "\"\\x01\\x1b\\x7f\"" },
		{ "\xc3\xbc\xff", "\"\xc3\xbc\xff\"" },
	};
	char *written;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		written = print_string(cases[i].text);
		ck_assert_str_eq(written, cases[i].written);
		free(written);
	}
}
END_TEST

/* The digits of "\xNN" must not swallow what comes next. */
START_TEST(strings_are_read_again)
{
	char text[3] = "", setting[64], *written;
	const char *read;
	config_t tree;
	int c, after;

	for (c = 1; c < 256; c++)
		for (after = '0'; after <= 'f'; after++) {
			text[0] = (char)c;
			text[1] = (char)after;
			written = print_string(text);
			snprintf(setting, sizeof(setting), "x = %s", written);
			config_init(&tree);
			ck_assert_int_eq(
			    config_read_string(&tree, setting), CONFIG_TRUE);
			ck_assert_int_eq(
			    config_lookup_string(&tree, "x", &read),
			    CONFIG_TRUE);
			ck_assert_str_eq(read, text);
			config_destroy(&tree);
			free(written);
		}
}
END_TEST

START_TEST(numbers_are_whole)
{
	static const struct {
		const char *text;
		bool is_number;
		int64_t n;
	} cases[] = {
		{ "x = 7", true, 7 },
		{ "x = -7", true, -7 },
		{ "x = 0x10", true, 16 },
		{ "x = 9223372036854775807L", true, INT64_MAX },
		{ "x = 1.0", false, 0 },
		{ "x = true", false, 0 },
		{ "x = \"7\"", false, 0 },
		{ "x = [7]", false, 0 },
	};
	config_t tree;
	int64_t n;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		config_init(&tree);
		ck_assert_int_eq(
		    config_read_string(&tree, cases[i].text), CONFIG_TRUE);
		ck_assert_msg(value_get_number(config_lookup(&tree, "x"), &n) ==
			cases[i].is_number,
		    "%s", cases[i].text);
		if (cases[i].is_number)
			ck_assert_int_eq(n, cases[i].n);
		config_destroy(&tree);
	}
}
END_TEST

START_TEST(words_are_listed)
{
	static const char *const one[] = { "a", NULL };
	static const char *const two[] = { "a", "b", NULL };
	static const char *const three[] = { "a", "b", "c", NULL };
	char few[6];

	ck_assert_str_eq(value_list_words(one, buf, sizeof(buf)), "\"a\"");
	ck_assert_str_eq(
	    value_list_words(two, buf, sizeof(buf)), "\"a\" or \"b\"");
	ck_assert_str_eq(
	    value_list_words(three, buf, sizeof(buf)), "\"a\", \"b\" or \"c\"");
	ck_assert_str_eq(value_list_words(three, few, sizeof(few)), "\"a\", ");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, durations_are_read);
	tcase_add_test(tc, durations_are_written_in_the_largest_unit);
	tcase_add_test(tc, limits_both_ways);
	tcase_add_test(tc, what_is_no_limit_leaves_it_alone);
	tcase_add_test(tc, strings_are_escaped);
	tcase_add_test(tc, strings_are_read_again);
	tcase_add_test(tc, numbers_are_whole);
	tcase_add_test(tc, words_are_listed);
}

int
main(void)
{
	return unit_run("value", add);
}
