/*
 * check_openmetrics.c -- metrics are written as OpenMetrics 1.0 and the text
 * format of Prometheus have it.
 */

#include "tests/unit/unit.h"

#include <stdlib.h>

#include "ctl/export/openmetrics.h"

static char *text;
static size_t size;
static struct metric_writer w;

static void
begin(bool openmetrics)
{
	free(text);
	w = (struct metric_writer) { open_memstream(&text, &size),
		openmetrics };
	ck_assert_ptr_nonnull(w.out);
}

static const char *
end(void)
{
	metric_end(&w);
	ck_assert_int_eq(fclose(w.out), 0);
	return text;
}

static const struct metric_label none[] = { { NULL, NULL } };
static const struct metric_family seconds = { "cpu_seconds", METRIC_COUNTER,
	"seconds", "Time." };
static const struct metric_family info = { "build", METRIC_INFO, NULL, "V." };
static const struct metric_family gauge = { "g", METRIC_GAUGE, NULL, "G." };
static const struct metric_family times = { "t_seconds", METRIC_HISTOGRAM,
	"seconds", "T." };

START_TEST(the_forms_differ_in_their_comments)
{
	begin(true);
	metric_begin(&w, &seconds);
	metric_write(&w, &seconds, none, (struct metric_value) { 1, 9 });
	metric_begin(&w, &info);
	metric_write(&w, &info, none, (struct metric_value) { 1, 0 });
	ck_assert_str_eq(end(),
	    "# TYPE cpu_seconds counter\n# UNIT cpu_seconds seconds\n"
	    "# HELP cpu_seconds Time.\ncpu_seconds_total 0.000000001\n"
	    "# TYPE build info\n# HELP build V.\nbuild_info 1\n# EOF\n");
	begin(false);
	metric_begin(&w, &seconds);
	metric_write(
	    &w, &seconds, none, (struct metric_value) { 12000000034, 9 });
	metric_begin(&w, &info);
	metric_write(&w, &info, none, (struct metric_value) { 1, 0 });
	ck_assert_str_eq(end(),
	    "# TYPE cpu_seconds_total counter\n# HELP cpu_seconds_total Time.\n"
	    "cpu_seconds_total 12.000000034\n"
	    "# TYPE build_info gauge\n# HELP build_info V.\nbuild_info 1\n");
}
END_TEST

START_TEST(labels_are_escaped)
{
	begin(true);
	metric_write(&w, &gauge,
	    (const struct metric_label[]) {
		{ "a", "\\ \" \n \t\x7f\xff~" }, { "b", "" }, { NULL, NULL } },
	    (struct metric_value) { INT64_MAX, 0 });
	ck_assert_str_eq(end(),
	    "g{a=\"\\\\ \\\" \\n ???~\",b=\"\"} 9223372036854775807\n"
	    "# EOF\n");
}
END_TEST

START_TEST(buckets_are_cumulative)
{
	static const struct metric_bucket buckets[] = { { 1, 2 }, { 50, 0 },
		{ 500, 3 }, { 1000, 1 }, { 3600000, 0 }, { -1, 4 } };

	begin(false);
	metric_begin(&w, &times);
	metric_write_histogram(&w, &times, none, buckets, COUNT(buckets),
	    (struct metric_value) { 1500000000, 9 });
	ck_assert_str_eq(end(),
	    "# TYPE t_seconds histogram\n# HELP t_seconds T.\n"
	    "t_seconds_bucket{le=\"0.001\"} 2\n"
	    "t_seconds_bucket{le=\"0.05\"} 2\n"
	    "t_seconds_bucket{le=\"0.5\"} 5\nt_seconds_bucket{le=\"1.0\"} 6\n"
	    "t_seconds_bucket{le=\"3600.0\"} 6\n"
	    "t_seconds_bucket{le=\"+Inf\"} 10\n"
	    "t_seconds_sum 1.500000000\nt_seconds_count 10\n");
	begin(false);
	metric_write_histogram(&w, &times,
	    (const struct metric_label[]) { { "a", "b" }, { NULL, NULL } },
	    buckets + 5, 1, (struct metric_value) { 0, 0 });
	ck_assert_str_eq(end(),
	    "t_seconds_bucket{a=\"b\",le=\"+Inf\"} 4\nt_seconds_sum{a=\"b\"} "
	    "0\n"
	    "t_seconds_count{a=\"b\"} 4\n");
}
END_TEST

static void
forget(void)
{
	free(text);
	text = NULL;
}

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, forget);
	tcase_add_test(tc, the_forms_differ_in_their_comments);
	tcase_add_test(tc, labels_are_escaped);
	tcase_add_test(tc, buckets_are_cumulative);
}

int
main(void)
{
	return unit_run("openmetrics", add);
}
