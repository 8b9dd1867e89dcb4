/*
 * check_admit.c -- who may come in, and with which words others may not.
 */

#include "unit.h"

#include "admit.h"

static struct config config = { .max_sessions = 10 };
static struct service service = { .max_sessions = 3 };
static struct tally tally;
static struct server server = { .config = &config };
static struct listener listener = { .service = &service, .tally = &tally };
static const struct client client;

static void
set_live(unsigned int in_all, unsigned int of_service, enum at_limit at_limit)
{
	server.children.live = in_all;
	tally.live = of_service;
	service.at_limit = at_limit;
}

static const char *
reason(void)
{
	static char text[64];

	text[0] = '\0';
	return admit(&server, &listener, &client, text, sizeof(text)) ? NULL
								      : text;
}

START_TEST(below_the_limits_all_come_in)
{
	set_live(0, 0, AT_LIMIT_WAIT);
	ck_assert(admit_open(&server, &listener));
	ck_assert_ptr_null(reason());
	set_live(9, 2, AT_LIMIT_WAIT);
	ck_assert(admit_open(&server, &listener));
	ck_assert_ptr_null(reason());
	set_live(9, 2, AT_LIMIT_REFUSE);
	ck_assert(admit_open(&server, &listener));
	ck_assert_ptr_null(reason());
}
END_TEST

START_TEST(with_wait_one_child_at_a_time)
{
	service.wait = true;
	set_live(9, 5, AT_LIMIT_WAIT);
	ck_assert(admit_open(&server, &listener));
	listener.loan.pid = 812;
	ck_assert(!admit_open(&server, &listener));
	listener.loan.pid = 0;
	set_live(10, 0, AT_LIMIT_WAIT);
	ck_assert(!admit_open(&server, &listener));
	service.wait = false;
}
END_TEST

START_TEST(at_the_service_limit)
{
	set_live(3, 3, AT_LIMIT_WAIT);
	ck_assert(!admit_open(&server, &listener));
	ck_assert_str_eq(reason(), "service limit 3");
	set_live(3, 3, AT_LIMIT_REFUSE);
	ck_assert(admit_open(&server, &listener));
	ck_assert_str_eq(reason(), "service limit 3");
	/* a reload may have lowered it */
	set_live(5, 5, AT_LIMIT_WAIT);
	ck_assert(!admit_open(&server, &listener));
	ck_assert_str_eq(reason(), "service limit 3");
}
END_TEST

START_TEST(at_the_total_limit)
{
	set_live(10, 0, AT_LIMIT_WAIT);
	ck_assert(!admit_open(&server, &listener));
	ck_assert_str_eq(reason(), "total limit 10");
	set_live(11, 0, AT_LIMIT_REFUSE);
	ck_assert(admit_open(&server, &listener));
	ck_assert_str_eq(reason(), "total limit 10");
	/* both are reached: the total is named */
	set_live(10, 3, AT_LIMIT_REFUSE);
	ck_assert_str_eq(reason(), "total limit 10");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, below_the_limits_all_come_in);
	tcase_add_test(tc, with_wait_one_child_at_a_time);
	tcase_add_test(tc, at_the_service_limit);
	tcase_add_test(tc, at_the_total_limit);
}

int
main(void)
{
	return unit_run("admit", add);
}
