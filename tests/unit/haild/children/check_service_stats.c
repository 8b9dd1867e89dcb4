/*
 * check_service_stats.c -- the counts of a service.
 */

#include "tests/unit/unit.h"

#include <stdint.h>

#include "haild/children/service_stats.h"
#include "lib/io.h"

#define MS (SECOND / 1000)

static struct service_stats_list all;
static struct service_stats *stats;

static void
begin(void)
{
	TAILQ_INIT(&all);
	stats = service_stats_get(&all, "a");
	ck_assert_ptr_nonnull(stats);
}

static uint64_t
sum(const uint64_t *list, size_t n)
{
	uint64_t all_of_them = 0;

	while (n-- > 0)
		all_of_them += list[n];
	return all_of_them;
}

/* A failed fork is no refusal. */
START_TEST(refusals_are_counted_by_reason)
{
	int reason;

	begin();
	for (reason = REFUSED_NOT + 1; reason < NREFUSALS; reason++) {
		service_stats_refused(stats, (enum refusal_reason)reason);
		ck_assert_uint_eq(stats->counts.refusals[reason],
		    reason == REFUSED_FORK ? 0 : 1);
		ck_assert_uint_eq(
		    stats->refused, sum(stats->counts.refusals, NREFUSALS));
	}
	ck_assert_uint_eq(stats->failed, 1);
	ck_assert_uint_eq(stats->refused, NREFUSALS - 2);
}
END_TEST

START_TEST(each_duration_has_its_bucket)
{
	static const struct {
		int64_t duration;
		size_t bucket;
	} cases[] = {
		{ 0, 0 },
		{ MS, 0 },
		{ MS + 1, 1 },
		{ 5 * MS, 1 },
		{ SECOND, 6 },
		{ SECOND + 1, 7 },
		{ 3600 * SECOND, DURATION_BUCKETS - 2 },
		{ 3600 * SECOND + 1, DURATION_BUCKETS - 1 },
		{ INT64_MAX, DURATION_BUCKETS - 1 },
	};
	struct session_use use = { 0, -1, -1, -1 };
	uint64_t before;
	size_t i;

	begin();
	for (i = 0; i < COUNT(cases); i++) {
		before = stats->counts.durations[cases[i].bucket];
		use.duration = cases[i].duration;
		service_stats_ended(stats, OUTCOME_EXIT, &use);
		ck_assert_msg(
		    stats->counts.durations[cases[i].bucket] == before + 1,
		    "case %zu", i);
	}
	ck_assert_uint_eq(stats->counts.outcomes[OUTCOME_EXIT], COUNT(cases));
	ck_assert_uint_eq(sum(stats->counts.outcomes, NOUTCOMES),
	    sum(stats->counts.durations, DURATION_BUCKETS));
	/* It would have been too large. */
	ck_assert_int_eq(stats->counts.duration, INT64_MAX);
}
END_TEST

START_TEST(what_is_not_known_is_not_added)
{
	begin();
	service_stats_ended(stats, OUTCOME_STOP,
	    &(struct session_use) { 2 * SECOND, SECOND, 10, 20 });
	service_stats_ended(
	    stats, OUTCOME_EXIT, &(struct session_use) { SECOND, -1, -1, -1 });
	service_stats_add_bytes(stats, 5, INT64_MAX);
	service_stats_add_bytes(stats, 0, INT64_MAX);
	ck_assert_int_eq(stats->counts.duration, 3 * SECOND);
	ck_assert_int_eq(stats->counts.cpu, SECOND);
	ck_assert_uint_eq(stats->counts.bytes_in, 15);
	service_stats_add_bytes(stats, 0, INT64_MAX);
	ck_assert_uint_eq(stats->counts.bytes_out, UINT64_MAX);
	ck_assert_uint_eq(stats->counts.outcomes[OUTCOME_STOP], 1);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, refusals_are_counted_by_reason);
	tcase_add_test(tc, each_duration_has_its_bucket);
	tcase_add_test(tc, what_is_not_known_is_not_added);
}

int
main(void)
{
	return unit_run("service_stats", add);
}
