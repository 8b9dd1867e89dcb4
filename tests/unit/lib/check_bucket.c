/*
 * check_bucket.c -- rates: read and written; buckets by a clock of our own.
 */

#include "tests/unit/unit.h"

#include <stdio.h>

#include "lib/bucket.h"
#include "lib/io.h"

#define START (1000 * SECOND)

static struct rate
parse(const char *text)
{
	struct rate r;

	ck_assert_msg(rate_parse(&r, text) == 0, "%s", text);
	return r;
}

START_TEST(rates_are_read_and_written)
{
	static const struct {
		const char *text, *print;
		struct rate want;
	} cases[] = {
		{ "50/s", "50/s", { 50, SECOND, 50 } },
		{ "300/m", "300/m", { 300, 60 * SECOND, 300 } },
		{ "1/h", "1/h", { 1, 3600 * SECOND, 1 } },
		{ "50/s:100", "50/s:100", { 50, SECOND, 100 } },
		{ "50/s:1", "50/s:1", { 50, SECOND, 1 } },
		{ "050/s:050", "50/s", { 50, SECOND, 50 } },
		{ "1000000/h:1000000", "1000000/h",
		    { 1000000, 3600 * SECOND, 1000000 } },
	};
	char text[64];
	struct rate r;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		r = parse(cases[i].text);
		ck_assert_int_eq(r.count, cases[i].want.count);
		ck_assert_int_eq(r.period, cases[i].want.period);
		ck_assert_int_eq(r.burst, cases[i].want.burst);
		ck_assert_str_eq(
		    rate_print(&r, text, sizeof(text)), cases[i].print);
	}
}
END_TEST

START_TEST(anything_else_is_refused)
{
	static const char *const texts[] = { "", "50", "50/", "/s", "0/s",
		"50/d", "50/ms", "50/s ", " 50/s", "+50/s", "-50/s", "5.5/s",
		"1000001/s", "99999999999999999999/s", "50/s:", "50/s:0",
		"50/s:1000001", "50/s:5:5", "50/s:x", "50s", "none" };
	struct rate r = { 7, 7, 7 };
	size_t i;

	for (i = 0; i < COUNT(texts); i++)
		ck_assert_msg(rate_parse(&r, texts[i]) == -1, "%s", texts[i]);
	ck_assert_int_eq(r.count, 7);
}
END_TEST

/* How many tokens there are at NOW. */
static int
take_all(const struct rate *r, int64_t *full_at, int64_t now)
{
	int n = 0;

	while (bucket_take(r, full_at, now))
		n++;
	return n;
}

START_TEST(a_full_bucket_has_its_burst)
{
	const struct rate r = parse("2/s:5");
	int64_t full_at = 0;

	ck_assert_int_eq(take_all(&r, &full_at, START), 5);
	ck_assert_int_eq(full_at, START + 5 * SECOND / 2);
	ck_assert_int_eq(bucket_ready(&r, full_at, START), START + SECOND / 2);
}
END_TEST

START_TEST(tokens_come_one_by_one)
{
	const struct rate r = parse("2/s:5");
	int64_t full_at = 0, now = START;

	take_all(&r, &full_at, now);
	now += SECOND / 2 - 1;
	ck_assert_int_eq(take_all(&r, &full_at, now), 0);
	now += 1;
	ck_assert_int_eq(take_all(&r, &full_at, now), 1);
	now += SECOND;
	ck_assert_int_eq(take_all(&r, &full_at, now), 2);
	/* never more than the burst, however long it takes */
	now += 3600 * SECOND;
	ck_assert_int_eq(take_all(&r, &full_at, now), 5);
}
END_TEST

START_TEST(a_refusal_takes_no_token)
{
	const struct rate r = parse("1/s");
	int64_t full_at = 0, before;

	ck_assert(bucket_take(&r, &full_at, START));
	before = full_at;
	ck_assert(!bucket_take(&r, &full_at, START));
	ck_assert(!bucket_take(&r, &full_at, START + SECOND - 1));
	ck_assert_int_eq(full_at, before);
	ck_assert(bucket_take(&r, &full_at, START + SECOND));
}
END_TEST

/* Over an hour, with 997 attempts a second: the rate, plus one burst. */
START_TEST(the_rate_holds_in_the_long_run)
{
	const struct rate r = parse("300/m:10");
	int64_t full_at = 0, now;
	int n = 0;

	for (now = START; now < START + 3600 * SECOND; now += SECOND / 997)
		n += bucket_take(&r, &full_at, now);
	ck_assert_int_ge(n, 300 * 60);
	ck_assert_int_le(n, 300 * 60 + 10);
}
END_TEST

/* A reload changes the rate: what the old one left cannot last for ever. */
START_TEST(a_bucket_under_another_rate)
{
	const struct rate slow = parse("1/h:100"), fast = parse("50/s");
	int64_t full_at = 0;

	ck_assert_int_eq(take_all(&slow, &full_at, START), 100);
	ck_assert_int_eq(
	    bucket_bound(&slow, full_at, START), START + 100 * 3600 * SECOND);
	full_at = bucket_bound(&fast, full_at, START);
	ck_assert_int_eq(
	    bucket_ready(&fast, full_at, START), START + SECOND / 50);
	ck_assert_int_eq(take_all(&fast, &full_at, START), 0);
	ck_assert(bucket_take(&fast, &full_at, START + SECOND / 50));
	ck_assert_int_le(full_at, START + 2 * SECOND);
}
END_TEST

/* What one source may take. */
START_TEST(half_of_a_rate)
{
	static const char *const halves[][2] = { { "50/s", "25/s" },
		{ "5/s", "2/s" }, { "4/m:1", "2/m:1" }, { "4/h:9", "2/h:4" },
		{ "1/s", "30/m:1" }, { "1/m:10", "30/h:5" }, { "1/h", "1/h" },
		{ "1/h:10", "1/h:5" } };
	struct rate whole, half;
	char text[64];
	size_t i;

	for (i = 0; i < COUNT(halves); i++) {
		whole = parse(halves[i][0]);
		half = rate_half(&whole);
		ck_assert_str_eq(
		    rate_print(&half, text, sizeof(text)), halves[i][1]);
	}
}
END_TEST

START_TEST(a_token_is_put_back)
{
	const struct rate r = parse("2/s:3");
	int64_t full_at = 0;

	ck_assert_int_eq(take_all(&r, &full_at, START), 3);
	bucket_return(&r, &full_at);
	bucket_return(&r, &full_at);
	ck_assert_int_eq(take_all(&r, &full_at, START), 2);
	/* a full bucket gets no more than it holds */
	full_at = 0;
	bucket_return(&r, &full_at);
	ck_assert_int_eq(take_all(&r, &full_at, START), 3);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, rates_are_read_and_written);
	tcase_add_test(tc, anything_else_is_refused);
	tcase_add_test(tc, a_full_bucket_has_its_burst);
	tcase_add_test(tc, tokens_come_one_by_one);
	tcase_add_test(tc, a_refusal_takes_no_token);
	tcase_add_test(tc, the_rate_holds_in_the_long_run);
	tcase_add_test(tc, a_bucket_under_another_rate);
	tcase_add_test(tc, half_of_a_rate);
	tcase_add_test(tc, a_token_is_put_back);
}

int
main(void)
{
	return unit_run("bucket", add);
}
