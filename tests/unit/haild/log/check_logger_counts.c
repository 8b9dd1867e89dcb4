/* check_logger_counts.c -- what loggers count reaches the daemon, and adds up.
 */

#include "tests/unit/unit.h"

#include <signal.h>
#include <sys/wait.h>

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "haild/log/logger_counts.h"

static struct logger_tally t;

/* A logger that leaves out N lines, and ends by a signal. */
static void
run_logger(unsigned long n)
{
	pid_t pid;

	ck_assert_int_eq(logger_counts_begin(&t), 0);
	ck_assert_int_ge(pid = fork(), 0);
	if (pid == 0) {
		logger_counts_publish(t.page, n);
		abort();
	}
	logger_counts_forked(&t);
	ck_assert(WIFSIGNALED(unit_wait(pid)));
}

START_TEST(counts_outlive_a_logger)
{
	t = (struct logger_tally) { 0 };
	ck_assert_uint_eq(logger_counts_get(&t).left_out, 0);
	run_logger(5);
	ck_assert_uint_eq(logger_counts_get(&t).left_out, 5);
	logger_counts_end(&t);
	ck_assert_ptr_null(t.page);
	logger_counts_end(&t);
	ck_assert_uint_eq(logger_counts_get(&t).left_out, 5);
	run_logger(2);
	ck_assert_uint_eq(logger_counts_get(&t).left_out, 7);
	logger_counts_end(&t);
	ck_assert_uint_eq(logger_counts_get(&t).left_out, 7);
}
END_TEST

START_TEST(a_false_count_is_bounded)
{
	t = (struct logger_tally) { .ended = { .left_out = 3 } };
	run_logger(ULONG_MAX);
	ck_assert_uint_eq(logger_counts_get(&t).left_out, LOGGER_COUNT_MAX);
	logger_counts_end(&t);
	run_logger(1);
	ck_assert_uint_eq(logger_counts_get(&t).left_out, LOGGER_COUNT_MAX);
	logger_counts_end(&t);
}
END_TEST

START_TEST(only_the_logger_has_the_page)
{
	pid_t pid;

	t = (struct logger_tally) { 0 };
	run_logger(5);
	ck_assert_int_ge(pid = fork(), 0);
	if (pid == 0) {
		/* The address sanitizer would exit instead. */
		signal(SIGSEGV, SIG_DFL);
		logger_counts_publish(t.page, 9);
		_exit(0);
	}
	ck_assert(WIFSIGNALED(unit_wait(pid)));
	ck_assert_uint_eq(logger_counts_get(&t).left_out, 5);
	logger_counts_end(&t);
}
END_TEST

/* What the log of a logger lost is added to what the daemon's has. */
START_TEST(lost_lines_are_added)
{
	const struct log_lost own = { .all = 7,
		.stderr_all = 2,
		.syslog_untold = 1 },
			      more = { .all = 10, .stderr_all = 4 };
	struct log_lost sum;

	t = (struct logger_tally) { 0 };
	ck_assert_int_eq(logger_counts_begin(&t), 0);
	log_add_lost(&more);
	logger_counts_publish(t.page, 0);
	ck_assert_uint_eq(logger_counts_get(&t).to_syslog, 6);
	ck_assert_uint_eq(logger_counts_get(&t).to_stderr, 4);
	logger_counts_end(&t);
	sum = logger_counts_add(&t, own);
	ck_assert_uint_eq(sum.all, 17);
	ck_assert_uint_eq(sum.stderr_all, 6);
	ck_assert_uint_eq(sum.syslog_untold, 1);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, counts_outlive_a_logger);
	tcase_add_test(tc, a_false_count_is_bounded);
	tcase_add_test(tc, only_the_logger_has_the_page);
	tcase_add_test(tc, lost_lines_are_added);
}

int
main(void)
{
	return unit_run("logger_counts", add);
}
