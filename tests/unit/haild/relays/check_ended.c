/*
 * check_ended.c -- sessions whose line waits for the last bytes of their relay.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>

#include <unistd.h>

#include "haild/relays/ended.h"
#include "lib/io.h"
#include "lib/log.h"

#define NOW (1000 * SECOND)

static struct relays all;
static struct relay *r;
static int peer, reports;
static struct child reported;

static void
report(const struct ended *e)
{
	reports++;
	reported = e->child;
}

static void
enter(void)
{
	int pair[2];

	log_init("test", 0, LOG_DAEMON, LOG_ERR);
	ck_assert_int_eq(relays_create(&all), 0);
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	peer = pair[1];
	r = relays_reserve(&all, 7, 107, 1, pair[0], NOW);
	relays_started(&all, r, 999999999);
	relays_serving(&all, r);
	reports = 0;
}

static void
leave(void)
{
	close(peer);
	close(all.epoll);
}

static bool
take(struct child *c, uint64_t in, uint64_t out, uint32_t last)
{
	const struct relay_bytes b = { .in = in, .out = out, .last = last };

	return ended_take_bytes(&all, r, c, &b);
}

static bool
hold(void)
{
	const struct ended e = { .report = report, .at = NOW };

	return ended_hold(&all, r, &e);
}

START_TEST(the_last_bytes_end_the_wait)
{
	char byte;

	ck_assert(hold());
	relays_end(&all, r, NOW);
	ck_assert_int_eq(recv(peer, &byte, 1, MSG_DONTWAIT), 0);
	/* The other direction is open. */
	ck_assert_int_eq(send(peer, "x", 1, MSG_NOSIGNAL), 1);
	ck_assert(take(NULL, 1, 2, 0));
	ck_assert_int_eq(reports, 0);
	ck_assert(take(NULL, 3, 4, 1));
	ck_assert_int_eq(reports, 1);
	ck_assert(reported.has_bytes);
	ck_assert_uint_eq(reported.bytes_in, 3);
	ck_assert_uint_eq(reported.bytes_out, 4);
	ck_assert_int_eq(r->channel, 0);
	ck_assert(TAILQ_EMPTY(&all.ended));
}
END_TEST

/* Nor has it the bytes that were reported during the session. */
START_TEST(the_wait_has_an_end)
{
	ck_assert(hold());
	relays_end(&all, r, NOW);
	ck_assert(take(NULL, 1, 2, 0));
	ck_assert_int_eq(ended_expire(&all, NOW), NOW + ENDED_TIME);
	ck_assert_int_eq(reports, 0);
	ck_assert_int_eq(ended_expire(&all, NOW + ENDED_TIME), -1);
	ck_assert_int_eq(reports, 1);
	ck_assert(!reported.has_bytes);
	ck_assert_int_eq(r->channel, 0);
}
END_TEST

START_TEST(it_ends_with_the_relay_or_the_daemon)
{
	ck_assert(hold());
	relays_release(&all, r);
	ck_assert_int_eq(reports, 1);
	leave();
	enter();
	ck_assert(hold());
	ended_report_all(&all);
	ck_assert_int_eq(reports, 1);
	ended_report_all(&all);
	ck_assert_int_eq(reports, 1);
}
END_TEST

START_TEST(a_relay_that_will_not_tell_is_not_waited_for)
{
	struct child c = { 0 };

	ck_assert(take(&c, 5, 6, 1));
	ck_assert(c.has_bytes && c.bytes_in == 5 && c.bytes_out == 6);
	ck_assert(!hold());
	r->gone = 0;
	relays_close_channel(&all, r);
	ck_assert(!hold());
}
END_TEST

START_TEST(numbers_are_bounded)
{
	struct child c = { 0 };

	ck_assert(!take(&c, (uint64_t)INT64_MAX + 1, 0, 0));
	ck_assert(!take(&c, 0, UINT64_MAX, 0));
	ck_assert(!take(&c, 0, 0, 2));
	ck_assert(!c.has_bytes);
	ck_assert(take(&c, INT64_MAX, INT64_MAX, 0));
	ck_assert(c.has_bytes);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, the_last_bytes_end_the_wait);
	tcase_add_test(tc, the_wait_has_an_end);
	tcase_add_test(tc, it_ends_with_the_relay_or_the_daemon);
	tcase_add_test(tc, a_relay_that_will_not_tell_is_not_waited_for);
	tcase_add_test(tc, numbers_are_bounded);
}

int
main(void)
{
	return unit_run("ended", add);
}
