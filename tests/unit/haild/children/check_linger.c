/*
 * check_linger.c -- refused clients get the words, and no reset.
 */

#include "tests/unit/unit.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "lib/addr.h"
#include "lib/io.h"
#include "haild/children/linger.h"

#define NOW (1000 * SECOND)

static struct linger_list list;
static int listening;
static struct addr bound;

static void
enter(void)
{
	ck_assert_int_eq(linger_create(&list), 0);
	ck_assert_int_eq(addr_from_numeric(&bound, "127.0.0.1", 0), 0);
	listening = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(listening, &bound.sa, bound.len), 0);
	ck_assert_int_eq(listen(listening, 16), 0);
	ck_assert_int_eq(getsockname(listening, &bound.sa, &bound.len), 0);
}

static void
leave(void)
{
	close(list.epoll);
	close(listening);
}

/* A client; *THEIRS is the daemon's end. */
static int
client(int *theirs)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(connect(fd, &bound.sa, bound.len), 0);
	*theirs = accept(listening, NULL, NULL);
	ck_assert_int_ne(*theirs, -1);
	return fd;
}

static void
serve(void)
{
	struct pollfd pfd = { .fd = list.epoll, .events = POLLIN };

	if (io_poll(&pfd, 1, clock_now() + 10 * SECOND) == 1)
		linger_ready(&list);
}

/* Everything that comes, and then the end: not a reset. */
static void
expect(int fd, const char *want)
{
	char buf[64];
	size_t used = 0;
	ssize_t n;

	while ((n = io_read(fd, buf + used, sizeof(buf) - 1 - used)) > 0)
		used += (size_t)n;
	ck_assert_msg(n == 0, "%s", strerror(errno));
	buf[used] = '\0';
	ck_assert_str_eq(buf, want);
}

START_TEST(a_client_that_has_sent_reads_the_message)
{
	int theirs, fd = client(&theirs);

	ck_assert_int_eq(write(fd, "GET /\r\n", 7), 7);
	ck_assert_int_eq(io_wait(theirs, POLLIN, -1), POLLIN);
	linger_send(&list, theirs, "busy\n", NOW);
	ck_assert_uint_eq(list.n, 1);
	/* and sends more, before it reads */
	ck_assert_int_eq(write(fd, "x", 1), 1);
	serve();
	expect(fd, "busy\n");
	close(fd);
	serve();
	ck_assert_uint_eq(list.n, 0);
	ck_assert_int_eq(fcntl(theirs, F_GETFD), -1);
	ck_assert_int_eq(linger_expire(&list, 0), -1);
}
END_TEST

/* A child forked meanwhile has a copy: epoll must not wake the daemon for it.
 */
START_TEST(a_copy_in_a_child_wakes_nobody)
{
	int theirs, fd = client(&theirs), copy = dup(theirs);

	ck_assert_int_ge(copy, 0);
	linger_send(&list, theirs, "busy\n", NOW);
	linger_expire(&list, NOW + LINGER_TIME);
	ck_assert_uint_eq(list.n, 0);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	ck_assert_int_eq(io_wait(copy, POLLIN, -1), POLLIN);
	ck_assert_int_eq(io_wait(list.epoll, POLLIN, 0), 0);
	close(copy);
	close(fd);
}
END_TEST

START_TEST(a_client_that_has_closed_needs_no_place)
{
	int theirs, fd = client(&theirs);

	shutdown(fd, SHUT_WR);
	ck_assert_int_eq(io_wait(theirs, POLLIN, -1), POLLIN);
	linger_send(&list, theirs, "busy\n", NOW);
	ck_assert_uint_eq(list.n, 0);
	expect(fd, "busy\n");
	close(fd);
}
END_TEST

START_TEST(a_client_that_stays_is_closed_after_a_second)
{
	int theirs, fd = client(&theirs);

	linger_send(&list, theirs, "busy\n", NOW);
	ck_assert_int_eq(linger_expire(&list, 0), NOW + LINGER_TIME);
	linger_expire(&list, NOW + LINGER_TIME - 1);
	ck_assert_uint_eq(list.n, 1);
	linger_expire(&list, NOW + LINGER_TIME);
	ck_assert_uint_eq(list.n, 0);
	ck_assert_int_eq(fcntl(theirs, F_GETFD), -1);
	expect(fd, "busy\n");
	close(fd);
}
END_TEST

/* Who sends without end is not read for ever. */
START_TEST(a_client_that_goes_on_sending_is_closed)
{
	static char much[LINGER_BYTES];
	int theirs, fd = client(&theirs);
	struct timeval patience = { .tv_sec = 10 };

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	linger_send(&list, theirs, "busy\n", NOW);
	while (list.n > 0) {
		if (write(fd, much, sizeof(much)) == -1)
			break;
		serve();
	}
	ck_assert_uint_eq(list.n, 0);
	close(fd);
}
END_TEST

START_TEST(there_are_never_too_many)
{
	int theirs[LINGER_MAX + 2], fds[LINGER_MAX + 2], i;

	for (i = 0; i < LINGER_MAX + 2; i++) {
		fds[i] = client(&theirs[i]);
		linger_send(&list, theirs[i], "busy\n", NOW + i);
	}
	ck_assert_uint_eq(list.n, LINGER_MAX);
	/* the oldest made way */
	ck_assert_int_eq(linger_expire(&list, 0), NOW + 2 + LINGER_TIME);
	for (i = 0; i < LINGER_MAX + 2; i++) {
		expect(fds[i], "busy\n");
		close(fds[i]);
	}
	while (list.n > 0)
		serve();
}
END_TEST

START_TEST(a_client_that_cannot_be_sent_to_is_closed)
{
	struct linger l = { .l_onoff = 1 };
	int theirs, fd = client(&theirs);

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	close(fd); /* with a reset */
	ck_assert_int_gt(io_wait(theirs, POLLIN, -1), 0);
	linger_send(&list, theirs, "busy\n", NOW);
	ck_assert_uint_eq(list.n, 0);
	ck_assert_int_eq(fcntl(theirs, F_GETFD), -1);
}
END_TEST

START_TEST(on_a_unix_socket_too)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(write(pair[0], "x", 1), 1);
	linger_send(&list, pair[1], "busy\n", NOW);
	ck_assert_uint_eq(list.n, 1);
	expect(pair[0], "busy\n");
	close(pair[0]);
	serve();
	ck_assert_uint_eq(list.n, 0);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, a_client_that_has_sent_reads_the_message);
	tcase_add_test(tc, a_copy_in_a_child_wakes_nobody);
	tcase_add_test(tc, a_client_that_has_closed_needs_no_place);
	tcase_add_test(tc, a_client_that_stays_is_closed_after_a_second);
	tcase_add_test(tc, a_client_that_goes_on_sending_is_closed);
	tcase_add_test(tc, there_are_never_too_many);
	tcase_add_test(tc, a_client_that_cannot_be_sent_to_is_closed);
	tcase_add_test(tc, on_a_unix_socket_too);
}

int
main(void)
{
	return unit_run("linger", add);
}
