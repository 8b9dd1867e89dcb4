/*
 * check_loan.c -- sockets that children have: when they may be started again.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>

#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "lib/io.h"
#include "haild/listen/wait_socket.h"
#include "lib/log.h"

static char name[] = "tftp";
static const struct service waits = { .name = name, .wait = true };
static const struct service accepts = { .name = name };
static struct service_stats stats = { .name = name };
static struct listener list[2];
static struct listeners all = { list, 2 };

static void
enter(void)
{
	size_t i;

	log_init("test", 0, LOG_DAEMON, LOG_ERR);
	for (i = 0; i < 2; i++) {
		list[i] = (struct listener) {
			.fd = -1, .service = &waits, .stats = &stats
		};
		list[i].fd = socket(AF_UNIX, SOCK_STREAM, 0);
		ck_assert_int_ge(list[i].fd, 0);
	}
}

static void
leave(void)
{
	close(list[0].fd);
	close(list[1].fd);
}

static bool
blocks(const struct listener *l)
{
	return (fcntl(l->fd, F_GETFL) & O_NONBLOCK) == 0;
}

/* One start, which ends at NOW; returns how long the listener rests. */
static int64_t
start(struct listener *l, int64_t now)
{
	l->paused_until = 0;
	wait_socket_taken(l, 800);
	ck_assert_ptr_eq(wait_socket_returned(&all, 800, now), l);
	ck_assert_int_eq(l->wait_socket.pid, 0);
	return l->paused_until == 0 ? 0 : l->paused_until - now;
}

START_TEST(a_child_gives_back_what_it_had)
{
	wait_socket_taken(&list[1], 812);
	ck_assert_int_eq(list[0].wait_socket.pid, 0);
	ck_assert_int_eq(list[1].wait_socket.pid, 812);
	ck_assert_ptr_null(wait_socket_returned(&all, 813, SECOND));
	ck_assert_int_eq(list[1].wait_socket.pid, 812);
	ck_assert_ptr_eq(wait_socket_returned(&all, 812, SECOND), &list[1]);
	ck_assert_int_eq(list[1].wait_socket.pid, 0);
	ck_assert_int_eq(list[1].paused_until, 0);
}
END_TEST

START_TEST(many_starts_are_paced)
{
	static const int64_t pauses[] = { 1, 2, 4, 8, 16, 32, 60, 60 };
	int64_t now = SECOND;
	size_t i;

	for (i = 1; i < WAIT_SOCKET_STARTS; i++)
		ck_assert_int_eq(start(&list[0], now), 0);
	for (i = 0; i < COUNT(pauses); i++)
		ck_assert_int_eq(start(&list[0], now), pauses[i] * SECOND);
	/* each socket for itself */
	ck_assert_int_eq(start(&list[1], now), 0);
	/* and all is forgiven after a minute */
	now += WAIT_SOCKET_PERIOD;
	ck_assert_int_eq(start(&list[0], now), 60 * SECOND);
	ck_assert_int_eq(start(&list[0], now + 1), 0);
}
END_TEST

START_TEST(few_starts_are_not)
{
	int64_t now = SECOND;
	int i;

	for (i = 0; i < 10 * WAIT_SOCKET_STARTS; i++) {
		now += WAIT_SOCKET_PERIOD / (WAIT_SOCKET_STARTS - 2);
		ck_assert_int_eq(start(&list[0], now), 0);
	}
}
END_TEST

/* The child shares the open file description, and may have changed it. */
START_TEST(a_socket_on_loan_blocks)
{
	wait_socket_prepare(&list[0]);
	ck_assert(blocks(&list[0]));
	ck_assert_int_eq(fcntl(list[0].fd, F_SETFL, O_NONBLOCK), 0);
	start(&list[0], SECOND);
	ck_assert(blocks(&list[0]));
	/* a reload has made another service of it meanwhile */
	list[0].service = &accepts;
	start(&list[0], SECOND);
	ck_assert(!blocks(&list[0]));
	list[0].service = NULL;
	start(&list[0], SECOND);
	ck_assert(!blocks(&list[0]));
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, a_child_gives_back_what_it_had);
	tcase_add_test(tc, many_starts_are_paced);
	tcase_add_test(tc, few_starts_are_not);
	tcase_add_test(tc, a_socket_on_loan_blocks);
}

int
main(void)
{
	return unit_run("loan", add);
}
