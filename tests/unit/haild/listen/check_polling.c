/*
 * check_polling.c -- which listeners are polled, and when that is looked at
 * again.
 */

#include "tests/unit/unit.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "haild/listen/polling.h"
#include "lib/io.h"
#include "lib/log.h"

#define NOW (1000 * SECOND)

static char name[] = "x";
static struct config config;
static struct service service;
static struct service_stats stats;
static struct admission admission;
static struct containment contained;
static struct listener listener;
static struct listeners all = { .list = &listener, .n = 1 };
static struct ratelimit lines;

static void
enter(void)
{
	log_init("test", 0, LOG_DAEMON, LOG_ERR);
	config = (struct config) { .max_sessions = 10, .max_load = -1 };
	service = (struct service) { .name = name, .max_sessions = 3 };
	stats = (struct service_stats) { .name = name };
	memset(&admission, 0, sizeof(admission));
	admission.config = &config;
	listener = (struct listener) { .service = &service, .stats = &stats };
	lines = (struct ratelimit) { .per_second = 10 };
}

static bool
is_polled(int64_t now)
{
	polling_update(
	    &all, &admission, &contained, stats.usage.live, 0, &lines, now);
	return listener.polled;
}

static int64_t
next_at(int64_t now)
{
	return polling_update(
	    &all, &admission, &contained, stats.usage.live, 0, &lines, now);
}

static int64_t
turn_at(int epoll, int64_t now)
{
	return polling_turn(&all, epoll, &admission, &contained,
	    stats.usage.live, 0, &lines, now);
}

/* One that is polled is watched; nothing is looked at before it has to be. */
START_TEST(a_turn_watches_what_is_polled)
{
	int pair[2], epoll = epoll_create1(EPOLL_CLOEXEC);

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	listener.fd = pair[0];
	all.settled = false;
	ck_assert_int_eq(turn_at(epoll, NOW), -1);
	ck_assert(all.settled && listener.watched == epoll);
	polling_ready(&all, epoll);
	ck_assert(!listener.ready);
	ck_assert_int_eq(write(pair[1], "x", 1), 1);
	polling_ready(&all, epoll);
	ck_assert(listener.ready);
	/* At a limit, the caller clears "settled". */
	stats.usage.live = 3;
	turn_at(epoll, NOW);
	ck_assert(listener.polled);
	all.settled = false;
	turn_at(epoll, NOW);
	ck_assert(!listener.polled && listener.watched == 0 && !all.settled);
	listener.ready = false;
	polling_ready(&all, epoll);
	ck_assert(!listener.ready);
	/* Then each turn looks again. */
	stats.usage.live = 0;
	turn_at(epoll, NOW);
	ck_assert(listener.polled && listener.watched == epoll);
	polling_restart(&all, epoll);
	ck_assert(!all.settled && listener.watched == 0);
	turn_at(epoll, NOW);
	ck_assert_int_eq(listener.watched, epoll);
	/* A descriptor that epoll cannot watch. */
	polling_restart(&all, epoll);
	listener.fd = epoll;
	ck_assert(turn_at(epoll, NOW) == NOW + LISTENER_PAUSE);
	ck_assert(!all.settled && listener.paused_until != 0);
	close(pair[0]);
	close(pair[1]);
	close(epoll);
}
END_TEST

/* A keeper that has enough to do, or none. */
START_TEST(tls_makes_clients_wait)
{
	polling_update(&all, &admission, &contained, 0, EAGAIN, &lines, NOW);
	ck_assert(listener.polled);
	service.tls = true;
	polling_update(&all, &admission, &contained, 0, EAGAIN, &lines, NOW);
	ck_assert(!listener.polled && stats.waiting);
	polling_update(&all, &admission, &contained, 0, 0, &lines, NOW);
	ck_assert(listener.polled);
}
END_TEST

START_TEST(a_limit_makes_clients_wait)
{
	ck_assert(is_polled(NOW));
	ck_assert_int_eq(next_at(NOW), -1);
	stats.usage.live = 3;
	ck_assert(!is_polled(NOW));
	ck_assert(stats.waiting);
	ck_assert_int_eq(next_at(NOW), -1);
	/* the end of it is logged after a second */
	stats.usage.live = 2;
	ck_assert(is_polled(NOW + 1));
	ck_assert(stats.waiting);
	ck_assert_int_eq(next_at(NOW + 1), NOW + 1 + SECOND);
	is_polled(NOW + SECOND);
	ck_assert(stats.waiting);
	is_polled(NOW + 1 + SECOND);
	ck_assert(!stats.waiting);
	ck_assert_int_eq(next_at(NOW + 2 * SECOND), -1);
}
END_TEST

/* The only uid of the pool has processes that are being killed. */
START_TEST(a_uid_that_is_not_free_yet_makes_clients_wait)
{
	struct uid_entry entry = { .state = UID_USED };
	struct uid_range range = {
		.first = 100, .n = 1, .busy = 1, .ids = &entry
	};

	service.contained.pool_first = service.contained.pool_last = 100;
	contained.uids.ranges = &range;
	contained.uids.n = 1;
	/* No uid is being checked: waiting could last for ever. */
	ck_assert(is_polled(NOW));
	range.dirty = 1;
	ck_assert(!is_polled(NOW));
	ck_assert(stats.waiting);
	service.at_limit = AT_LIMIT_REFUSE;
	ck_assert(is_polled(NOW));
	service.at_limit = AT_LIMIT_WAIT;
	ck_assert(!is_polled(NOW));
	service.handler = HANDLER_COMMANDS;
	ck_assert(is_polled(NOW));
}
END_TEST

START_TEST(it_is_logged_at_a_bounded_rate)
{
	lines.per_second = 1;
	ratelimit_pass(&lines, NOW);
	stats.usage.live = 3;
	ck_assert(!is_polled(NOW));
	ck_assert(!stats.waiting);
	is_polled(NOW + SECOND);
	ck_assert(stats.waiting);
	stats.usage.live = 0;
	is_polled(NOW + SECOND);
	ratelimit_pass(&lines, NOW + 2 * SECOND);
	is_polled(NOW + 2 * SECOND);
	ck_assert(stats.waiting);
	ck_assert_int_eq(next_at(NOW + 2 * SECOND), NOW + 3 * SECOND);
	is_polled(NOW + 3 * SECOND);
	ck_assert(!stats.waiting);
}
END_TEST

START_TEST(a_pause_is_over_when_it_is)
{
	listener.paused_until = NOW + SECOND;
	ck_assert(!is_polled(NOW + SECOND - 1));
	ck_assert(!stats.waiting);
	ck_assert_int_eq(next_at(NOW), NOW + SECOND);
	ck_assert(is_polled(NOW + SECOND));
	ck_assert_int_eq(listener.paused_until, 0);
}
END_TEST

START_TEST(without_a_service_it_is_not_polled)
{
	ck_assert(is_polled(NOW));
	listener.service = NULL;
	ck_assert(!is_polled(NOW));
	ck_assert_int_eq(next_at(NOW), -1);
}
END_TEST

START_TEST(the_next_token_opens_it_to_the_ns)
{
	service.rate = (struct rate) { 2, SECOND, 2 };
	ck_assert(bucket_take(&service.rate, &stats.usage.full_at, NOW));
	ck_assert(is_polled(NOW));
	ck_assert(bucket_take(&service.rate, &stats.usage.full_at, NOW));
	ck_assert(!is_polled(NOW));
	ck_assert_int_eq(next_at(NOW), NOW + SECOND / 2);
	ck_assert(!is_polled(NOW + SECOND / 2 - 1));
	ck_assert(is_polled(NOW + SECOND / 2));
}
END_TEST

/* A reload made the rate higher: no client waits as long as before. */
START_TEST(a_bucket_is_bound_by_the_new_rate)
{
	service.rate = (struct rate) { 1, 3600 * SECOND, 1 };
	ck_assert(bucket_take(&service.rate, &stats.usage.full_at, NOW));
	service.rate = (struct rate) { 1, SECOND, 1 };
	ck_assert(!is_polled(NOW));
	ck_assert_int_eq(stats.usage.full_at, NOW + SECOND);
	ck_assert(is_polled(NOW + SECOND));
}
END_TEST

/*
 * The child that has the socket used up the rate: it takes all clients, and
 * nothing wakes the daemon.
 */
START_TEST(clients_of_a_wait_socket_do_not_wait)
{
	ck_assert_int_eq(rate_parse(&service.rate, "1/m"), 0);
	service.wait = true;
	ck_assert(bucket_take(&service.rate, &stats.usage.full_at, NOW));
	ck_assert(!is_polled(NOW));
	ck_assert(stats.waiting);
	ck_assert_int_eq(next_at(NOW), NOW + 60 * SECOND);
	ck_assert(is_polled(NOW + 60 * SECOND));
	ck_assert(bucket_take(
	    &service.rate, &stats.usage.full_at, NOW + 60 * SECOND));
	listener.wait_socket.pid = 2;
	ck_assert(!is_polled(NOW + 60 * SECOND));
	ck_assert(stats.waiting);
	ck_assert_int_eq(next_at(NOW + 60 * SECOND), NOW + 61 * SECOND);
	ck_assert(!is_polled(NOW + 61 * SECOND));
	ck_assert(!stats.waiting);
	ck_assert_int_eq(next_at(NOW + 62 * SECOND), NOW + 120 * SECOND);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, NULL);
	tcase_add_test(tc, a_turn_watches_what_is_polled);
	tcase_add_test(tc, tls_makes_clients_wait);
	tcase_add_test(tc, a_limit_makes_clients_wait);
	tcase_add_test(tc, a_uid_that_is_not_free_yet_makes_clients_wait);
	tcase_add_test(tc, it_is_logged_at_a_bounded_rate);
	tcase_add_test(tc, a_pause_is_over_when_it_is);
	tcase_add_test(tc, without_a_service_it_is_not_polled);
	tcase_add_test(tc, the_next_token_opens_it_to_the_ns);
	tcase_add_test(tc, a_bucket_is_bound_by_the_new_rate);
	tcase_add_test(tc, clients_of_a_wait_socket_do_not_wait);
}

int
main(void)
{
	return unit_run("polling", add);
}
