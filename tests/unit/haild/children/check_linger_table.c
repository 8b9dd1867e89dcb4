/*
 * check_linger_table.c -- clients read all that was sent to them, and no reset.
 */

#include "tests/unit/unit.h"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "haild/children/linger_table.h"
#include "lib/addr.h"
#include "lib/io.h"

#define NOW (1000 * SECOND)
#define FILES 10000

static const struct linger_name refused, session = { 7, 42 }, later = { 7, 43 };
static struct linger_table table;
static int listening;
static struct addr bound;

static void
enter(void)
{
	ck_assert_int_eq(linger_table_create(&table, FILES), 0);
	ck_assert_int_eq(addr_from_numeric(&bound, "127.0.0.1", 0), 0);
	listening = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(listening, &bound.sa, bound.len), 0);
	ck_assert_int_eq(listen(listening, 16), 0);
	ck_assert_int_eq(getsockname(listening, &bound.sa, &bound.len), 0);
}

static void
leave(void)
{
	close(table.epoll);
	close(listening);
}

/* A client that was sent "busy\n"; *THEIRS is the table's copy. */
static int
client(int *theirs)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(connect(fd, &bound.sa, bound.len), 0);
	*theirs = accept(listening, NULL, NULL);
	ck_assert_int_ne(*theirs, -1);
	ck_assert_int_eq(write(*theirs, "busy\n", 5), 5);
	return fd;
}

/* Let epoll watch what drains. */
static void
look(int64_t added)
{
	linger_table_expire(&table, added + LINGER_LOOK);
}

/* Handle an event, if one comes. */
static void
serve(void)
{
	struct epoll_event event;

	if (epoll_wait(table.epoll, &event, 1, 10000) == 1)
		linger_table_ready(&table, event.data.ptr);
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

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

START_TEST(a_client_that_has_sent_reads_the_answer)
{
	int theirs, copy, fd = client(&theirs);

	copy = dup(theirs); /* the program's */
	ck_assert_int_eq(write(fd, "GET /\r\n", 7), 7);
	linger_table_add(&table, &session, theirs, NOW);
	ck_assert_uint_eq(table.held, 1);
	ck_assert(!linger_table_is_empty(&table));
	close(copy);
	ck_assert_int_eq(linger_table_expire(&table, NOW), -1);
	linger_table_end(&table, &session, NOW);
	ck_assert_uint_eq(table.held, 0);
	/* and sends more, before it reads */
	ck_assert_int_eq(write(fd, "x", 1), 1);
	look(NOW);
	ck_assert_uint_eq(table.drains[LINGER_SESSION], 1);
	ck_assert_int_eq(write(fd, "y", 1), 1);
	serve();
	expect(fd, "busy\n");
	close(fd);
	serve();
	ck_assert(linger_table_is_empty(&table));
	ck_assert(!is_open(theirs));
	ck_assert_int_eq(linger_table_expire(&table, NOW), -1);
}
END_TEST

/* Before the end the socket is only held: it is the program's to close. */
START_TEST(a_socket_that_is_held_stays_as_it_is)
{
	int theirs, fd = client(&theirs);
	char buf[8];

	linger_table_add(&table, &session, theirs, NOW);
	linger_table_expire(&table, NOW + 3600 * SECOND);
	ck_assert(is_open(theirs));
	ck_assert_int_eq(write(theirs, "more\n", 5), 5);
	linger_table_end(&table, &later, NOW);
	linger_table_end(&table, &(struct linger_name) { 8, 42 }, NOW);
	linger_table_end(&table, &refused, NOW);
	linger_table_end(&table, &(struct linger_name) { UINT32_MAX, 42 }, NOW);
	ck_assert_uint_eq(table.held, 1);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	ck_assert_int_eq(io_read(theirs, buf, sizeof(buf)), 1);
	linger_table_end(&table, &session, NOW);
	expect(fd, "busy\nmore\n");
	close(fd);
}
END_TEST

/*
 * A slot of the daemon's that was used again: in a message, sockets come before
 * ends.
 */
START_TEST(an_end_that_was_not_reported)
{
	int first, second, a = client(&first), b = client(&second);

	ck_assert_int_eq(write(a, "GET /\r\n", 7), 7);
	linger_table_add(&table, &session, first, NOW);
	linger_table_add(&table, &later, second, NOW);
	ck_assert_uint_eq(table.held, 1);
	ck_assert_uint_eq(table.drains[LINGER_SESSION], 1);
	expect(a, "busy\n");
	linger_table_end(&table, &session, NOW);
	ck_assert_uint_eq(table.held, 1);
	linger_table_end(&table, &later, NOW);
	ck_assert_uint_eq(table.held, 0);
	close(a);
	close(b);
}
END_TEST

/* epoll must not wake for a copy of what was closed. */
START_TEST(a_copy_elsewhere_causes_no_event)
{
	int theirs, fd = client(&theirs), copy = dup(theirs);

	ck_assert_int_ge(copy, 0);
	linger_table_add(&table, &refused, theirs, NOW);
	look(NOW);
	linger_table_expire(&table, NOW + LINGER_REFUSED_TIME);
	ck_assert(linger_table_is_empty(&table));
	ck_assert_int_eq(write(fd, "x", 1), 1);
	ck_assert_int_eq(io_wait(copy, POLLIN, -1), POLLIN);
	ck_assert_int_eq(io_wait(table.epoll, POLLIN, 0), 0);
	close(copy);
	close(fd);
}
END_TEST

START_TEST(a_client_that_has_closed_is_not_waited_for)
{
	int theirs, fd = client(&theirs);

	shutdown(fd, SHUT_WR);
	ck_assert_int_eq(io_wait(theirs, POLLIN, -1), POLLIN);
	linger_table_add(&table, &refused, theirs, NOW);
	ck_assert_int_eq(linger_table_expire(&table, NOW), NOW + LINGER_LOOK);
	look(NOW);
	ck_assert(linger_table_is_empty(&table));
	expect(fd, "busy\n");
	close(fd);
}
END_TEST

static const struct {
	enum linger_kind kind;
	int64_t time;
} kinds[] = { { LINGER_SESSION, LINGER_TIME },
	{ LINGER_REFUSED, LINGER_REFUSED_TIME } };

START_TEST(a_client_that_stays_is_closed_in_time)
{
	int64_t end = NOW + kinds[_i].time;
	int theirs, fd = client(&theirs);

	linger_table_add(&table,
	    kinds[_i].kind == LINGER_SESSION ? &session : &refused, theirs,
	    NOW);
	linger_table_end(&table, &session, NOW);
	look(NOW);
	ck_assert_int_eq(linger_table_expire(&table, end - 1), end);
	ck_assert_uint_eq(table.drains[kinds[_i].kind], 1);
	ck_assert_int_eq(linger_table_expire(&table, end), -1);
	ck_assert(linger_table_is_empty(&table));
	ck_assert(!is_open(theirs));
	expect(fd, "busy\n");
	close(fd);
}
END_TEST

/* A refused client that sends without end is not read for ever. */
START_TEST(a_client_that_goes_on_sending_is_closed)
{
	static char much[LINGER_REFUSED_BYTES];
	int theirs, fd = client(&theirs);
	struct timeval patience = { .tv_sec = 10 };

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	linger_table_add(&table, &refused, theirs, NOW);
	look(NOW);
	while (!linger_table_is_empty(&table)) {
		if (write(fd, much, sizeof(much)) == -1)
			break;
		serve();
	}
	ck_assert(linger_table_is_empty(&table));
	close(fd);
}
END_TEST

START_TEST(the_number_of_sockets_is_limited)
{
	int theirs[LINGER_REFUSED_MAX + 2], fds[LINGER_REFUSED_MAX + 2], i;

	for (i = 0; i < LINGER_REFUSED_MAX + 2; i++) {
		fds[i] = client(&theirs[i]);
		linger_table_add(&table, &refused, theirs[i], NOW + i);
	}
	ck_assert_uint_eq(table.drains[LINGER_REFUSED], LINGER_REFUSED_MAX);
	/* the oldest made way */
	look(NOW + LINGER_REFUSED_MAX + 2);
	ck_assert_int_eq(
	    linger_table_expire(&table, NOW), NOW + 2 + LINGER_REFUSED_TIME);
	for (i = 0; i < LINGER_REFUSED_MAX + 2; i++) {
		expect(fds[i], "busy\n");
		close(fds[i]);
	}
	while (!linger_table_is_empty(&table))
		serve();
}
END_TEST

/* First those that drain make way; then sessions do without. */
START_TEST(without_descriptors)
{
	enum { N = 4 };
	struct linger_name name = { 0, 1 };
	int theirs[N], fds[N], i, more;

	for (i = 0; i < N; i++) {
		name.slot = (uint32_t)i;
		fds[i] = client(&theirs[i]);
		linger_table_add(&table, &name, theirs[i], NOW);
	}
	linger_table_end(&table, &(struct linger_name) { 0, 1 }, NOW);
	/* as many as it has now, and the reserve */
	table.files = 16 + 4 + LINGER_BATCH;
	ck_assert(is_open(theirs[0]));
	name.slot = N;
	more = dup(theirs[0]);
	linger_table_add(&table, &name, more, NOW);
	ck_assert(!is_open(theirs[0]));
	ck_assert(is_open(more));
	ck_assert_uint_eq(table.held, N);
	ck_assert_uint_eq(table.dropped, 0);
	name.slot = N + 1;
	more = dup(more);
	linger_table_add(&table, &name, more, NOW);
	ck_assert(!is_open(more));
	ck_assert_uint_eq(table.held, N);
	ck_assert_uint_eq(table.dropped, 1);
	for (i = 0; i < N; i++)
		close(fds[i]);
}
END_TEST

START_TEST(a_client_that_has_reset_is_closed)
{
	struct linger l = { .l_onoff = 1 };
	int theirs, fd = client(&theirs);

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	close(fd);
	ck_assert_int_gt(io_wait(theirs, POLLIN, -1), 0);
	linger_table_add(&table, &refused, theirs, NOW);
	ck_assert(linger_table_is_empty(&table));
	ck_assert(!is_open(theirs));
}
END_TEST

START_TEST(a_unix_socket_drains_too)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(write(pair[0], "x", 1), 1);
	ck_assert_int_eq(write(pair[1], "busy\n", 5), 5);
	linger_table_add(&table, &refused, pair[1], NOW);
	look(NOW);
	ck_assert_uint_eq(table.drains[LINGER_REFUSED], 1);
	expect(pair[0], "busy\n");
	close(pair[0]);
	serve();
	ck_assert(linger_table_is_empty(&table));
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, a_client_that_has_sent_reads_the_answer);
	tcase_add_test(tc, a_socket_that_is_held_stays_as_it_is);
	tcase_add_test(tc, an_end_that_was_not_reported);
	tcase_add_test(tc, a_copy_elsewhere_causes_no_event);
	tcase_add_test(tc, a_client_that_has_closed_is_not_waited_for);
	tcase_add_loop_test(tc, a_client_that_stays_is_closed_in_time, 0, 2);
	tcase_add_test(tc, a_client_that_goes_on_sending_is_closed);
	tcase_add_test(tc, the_number_of_sockets_is_limited);
	tcase_add_test(tc, without_descriptors);
	tcase_add_test(tc, a_client_that_has_reset_is_closed);
	tcase_add_test(tc, a_unix_socket_drains_too);
}

int
main(void)
{
	return unit_run("linger_table", add);
}
