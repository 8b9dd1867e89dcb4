/*
 * check_ratelimit.c -- so many a second, and a count of the rest.
 */

#include "tests/unit/unit.h"

#include "lib/io.h"
#include "lib/ratelimit.h"

#define START (1000 * SECOND)

START_TEST(events_up_to_the_limit_pass)
{
	struct ratelimit r = { .per_second = 3 };

	ck_assert(ratelimit_pass(&r, START));
	ck_assert(ratelimit_pass(&r, START + 1));
	ck_assert(ratelimit_pass(&r, START + SECOND - 2));
	ck_assert(!ratelimit_pass(&r, START + SECOND - 2));
	ck_assert(!ratelimit_pass(&r, START + SECOND - 1));
	/* the next one, which begins with this */
	ck_assert(ratelimit_pass(&r, START + SECOND));
	ck_assert(ratelimit_pass(&r, START + SECOND));
	ck_assert(ratelimit_pass(&r, START + 2 * SECOND - 1));
	ck_assert(!ratelimit_pass(&r, START + 2 * SECOND - 1));
}
END_TEST

START_TEST(the_count_is_returned_once_after_a_second)
{
	struct ratelimit r = { .per_second = 1 };

	ck_assert(ratelimit_pass(&r, START));
	ck_assert_uint_eq(ratelimit_left_out(&r, START + 5 * SECOND), 0);
	ck_assert(!ratelimit_pass(&r, START));
	ck_assert(!ratelimit_pass(&r, START));
	ck_assert_uint_eq(ratelimit_left_out(&r, START + SECOND - 1), 0);
	ck_assert_uint_eq(ratelimit_left_out(&r, START + SECOND), 2);
	ck_assert_uint_eq(ratelimit_left_out(&r, START + SECOND), 0);
}
END_TEST

START_TEST(a_count_that_is_not_fetched_is_kept)
{
	struct ratelimit r = { .per_second = 1 };

	ck_assert(ratelimit_pass(&r, START));
	ck_assert(!ratelimit_pass(&r, START));
	ck_assert(ratelimit_pass(&r, START + SECOND));
	ck_assert(!ratelimit_pass(&r, START + SECOND));
	ck_assert_uint_eq(ratelimit_left_out(&r, START + SECOND - 1), 0);
	ck_assert_uint_eq(ratelimit_left_out(&r, START + SECOND), 2);
	ck_assert_uint_eq(ratelimit_left_out(&r, START + 2 * SECOND), 0);
}
END_TEST

START_TEST(nothing_passes_at_zero)
{
	struct ratelimit r = { .per_second = 0 };

	ck_assert(!ratelimit_pass(&r, START));
	ck_assert(!ratelimit_pass(&r, START + 2 * SECOND));
	ck_assert_uint_eq(ratelimit_left_out(&r, START + 3 * SECOND), 2);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, events_up_to_the_limit_pass);
	tcase_add_test(tc, the_count_is_returned_once_after_a_second);
	tcase_add_test(tc, a_count_that_is_not_fetched_is_kept);
	tcase_add_test(tc, nothing_passes_at_zero);
}

int
main(void)
{
	return unit_run("ratelimit", add);
}
