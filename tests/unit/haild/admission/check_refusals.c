/*
 * check_refusals.c -- ten lines a second, and the kinds of what had none.
 */

#include "tests/unit/unit.h"

#include <string.h>

#include "lib/io.h"
#include "haild/admission/refusals.h"

#define NOW (1000 * SECOND)

static char kinds[256];

static void
many(struct refusals *r, const char *reason, int n)
{
	while (n-- > 0)
		ck_assert(!refusals_pass(r, reason, NOW));
}

START_TEST(what_had_no_line_is_told_by_kind)
{
	struct refusals r = { .lines = { .per_second = 10 } };
	int i;

	ck_assert_uint_eq(refusals_left_out(&r, NOW, kinds, sizeof(kinds)), 0);
	for (i = 0; i < 10; i++)
		ck_assert(refusals_pass(&r, "access", NOW));
	many(&r, "access", 20);
	many(&r, "source limit 5", 99);
	many(&r, "source limit 32", 1);
	many(&r, "fork", 1);
	/* not before the second is over */
	ck_assert_uint_eq(
	    refusals_left_out(&r, NOW + SECOND - 1, kinds, sizeof(kinds)), 0);
	ck_assert_str_eq(kinds, "");
	ck_assert_uint_eq(
	    refusals_left_out(&r, NOW + SECOND, kinds, sizeof(kinds)), 121);
	ck_assert_str_eq(kinds, "100 source limit, 20 access, 1 fork");
	ck_assert_uint_eq(
	    refusals_left_out(&r, NOW + 2 * SECOND, kinds, sizeof(kinds)), 0);
	ck_assert(refusals_pass(&r, "access", NOW + 2 * SECOND));
}
END_TEST

/* Who comes all the time must not keep the count from being told. */
START_TEST(it_is_told_while_more_come)
{
	struct refusals r = { .lines = { .per_second = 1 } };
	unsigned long told = 0;
	int64_t now;
	int lines = 0, passed = 0, n = 0;

	for (now = NOW; now < NOW + 10 * SECOND; now += SECOND / 100, n++) {
		passed += refusals_pass(&r, "access", now);
		told += refusals_left_out(&r, now, kinds, sizeof(kinds));
		lines += kinds[0] != '\0';
	}
	ck_assert_int_eq(passed, 10);
	ck_assert_int_ge(lines, 9);
	ck_assert_int_le(lines, 10);
	now += SECOND;
	told += refusals_left_out(&r, now, kinds, sizeof(kinds));
	ck_assert_uint_eq(told, (unsigned long)(n - passed));
}
END_TEST

START_TEST(every_kind_has_its_words)
{
	static const char *const reasons[] = { "access", "total limit 1024",
		"service limit 50", "source limit 5", "service rate",
		"source rate", "load", "proxy: no header", "fork", "table full",
		"what nobody foresaw" };
	struct refusals r = { .lines = { .per_second = 0 } };
	size_t i;

	ck_assert_uint_eq(COUNT(reasons), NREASONS);
	for (i = 0; i < COUNT(reasons); i++)
		many(&r, reasons[i], 1);
	ck_assert_uint_eq(
	    refusals_left_out(&r, NOW + SECOND, kinds, sizeof(kinds)),
	    NREASONS);
	ck_assert_str_eq(kinds,
	    "1 access, 1 total limit, 1 service limit, 1 source limit, "
	    "1 service rate, 1 source rate, 1 load, 1 proxy, 1 fork, "
	    "1 table full, 1 other");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, what_had_no_line_is_told_by_kind);
	tcase_add_test(tc, it_is_told_while_more_come);
	tcase_add_test(tc, every_kind_has_its_words);
}

int
main(void)
{
	return unit_run("refusals", add);
}
