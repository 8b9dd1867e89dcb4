/*
 * check_forward_connect.c -- which target gets the client, and what is told of
 * those that do not.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "session/channel.h"
#include "session/forward_connect.h"

#define LONG (60 * SECOND) /* only a failure takes so long */

static struct forward_target list[4];
static char texts[4][ADDR_TEXT_MAX];
static struct forward_targets targets;
static int client[2]; /* ours, and its own */
static struct outcome outcome;
static char text[REPORT_MAX];

static void
set_up(void)
{
	unit_enter_dir();
	memset(list, 0, sizeof(list));
	targets = (struct forward_targets) { .list = list };
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, client), 0);
}

static struct forward_target *
add_target(const struct addr *a)
{
	struct forward_target *t = &list[targets.n];

	addr_print(a, texts[targets.n], ADDR_TEXT_MAX);
	*t = (struct forward_target) { .addr = *a,
		.text = texts[targets.n],
		.path = texts[targets.n],
		.directory = -1 };
	targets.n++;
	return t;
}

/* A socket of HOST, bound to any port, with its address in A. */
static int
bind_any(struct addr *a, const char *host)
{
	int fd;

	ck_assert_int_eq(addr_from_numeric(a, host, 0), 0);
	fd = socket(a->sa.sa_family, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(fd, &a->sa, a->len), 0);
	ck_assert_int_eq(getsockname(fd, &a->sa, &a->len), 0);
	return fd;
}

static int
add_listener(const char *host, int backlog)
{
	struct addr a;
	int fd = bind_any(&a, host);

	ck_assert_int_eq(listen(fd, backlog), 0);
	add_target(&a);
	return fd;
}

/* Bound and not listening, so that no other process gets the port. */
static void
add_refusing(const char *host)
{
	struct addr a;

	bind_any(&a, host);
	add_target(&a);
}

/* With a full queue: the kernel drops requests to connect. */
static void
add_hanging(void)
{
	const struct addr *a = &list[targets.n].addr;
	int fd, tries;

	add_listener("127.0.0.1", 0);
	for (tries = 0; tries < 16; tries++) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		ck_assert_int_eq(connect(fd, &a->sa, a->len), -1);
		if (io_wait(fd, POLLOUT, clock_now() + 2 * SECOND) == 0)
			return;
	}
	ck_abort_msg("the queue does not fill up");
}

/* At PATH; returns the listener. */
static int
listen_at(const char *path, int backlog)
{
	struct addr a;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_int_eq(addr_from_path(&a, path), 0);
	ck_assert_int_eq(bind(fd, &a.sa, a.len), 0);
	ck_assert_int_eq(listen(fd, backlog), 0);
	return fd;
}

/* In the directory of the test. */
static int
add_unix(const char *name, int backlog)
{
	struct forward_target *t;
	struct addr a;

	ck_assert_int_eq(addr_from_path(&a, name), 0);
	t = add_target(&a);
	t->directory = open(".", O_PATH | O_DIRECTORY);
	return backlog == -1 ? -1 : listen_at(name, backlog);
}

static int
connects(int64_t timeout)
{
	return forward_connect(
	    &targets, client[0], timeout, &outcome, text, sizeof(text));
}

static void __attribute__((format(printf, 1, 2)))
expect_text(const char *fmt, ...)
{
	char want[REPORT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(want, sizeof(want), fmt, ap);
	va_end(ap);
	ck_assert_str_eq(text, want);
}

/* Whether a client waits at the listener FD. */
static bool
has_client(int fd)
{
	return io_wait(fd, POLLIN, clock_now() + SECOND) == POLLIN;
}

START_TEST(the_first_that_accepts)
{
	int first, fd;

	add_refusing("127.0.0.1");
	first = add_listener("127.0.0.1", 5);
	add_listener("127.0.0.2", 5);
	fd = connects(LONG);
	ck_assert_int_ne(fd, -1);
	expect_text("to %s", texts[1]);
	ck_assert(has_client(first));
	ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
}
END_TEST

START_TEST(each_failure_is_told)
{
	add_refusing("127.0.0.1");
	add_unix("missing", -1);
	ck_assert_int_eq(connects(LONG), -1);
	ck_assert_uint_eq(outcome.kind, OUTCOME_NO_TARGET);
	ck_assert_int_eq(outcome.number, ENOENT);
	expect_text("%s: Connection refused; %s: No such file or directory",
	    texts[0], "missing");
}
END_TEST

START_TEST(a_target_that_cannot_be_tried)
{
	int last;

	add_refusing("127.0.0.1");
	list[0].error = EACCES;
	ck_assert_int_eq(connects(LONG), -1);
	ck_assert_int_eq(outcome.number, EACCES);
	expect_text("%s: Permission denied", texts[0]);
	last = add_listener("127.0.0.1", 5);
	ck_assert_int_ne(connects(LONG), -1);
	ck_assert(has_client(last));
}
END_TEST

START_TEST(a_loop_is_not_connected_to)
{
	int self = add_listener("127.0.0.1", 5), other;

	list[0].loop = true;
	ck_assert_int_eq(connects(LONG), -1);
	ck_assert_uint_eq(outcome.kind, OUTCOME_NO_TARGET);
	ck_assert_int_eq(outcome.number, 0);
	expect_text("%s: leads back to this service", texts[0]);
	ck_assert_int_eq(io_wait(self, POLLIN, clock_now()), 0);
	other = add_listener("127.0.0.1", 5);
	ck_assert_int_ne(connects(LONG), -1);
	ck_assert(has_client(other));
}
END_TEST

START_TEST(a_target_that_does_not_answer)
{
	int64_t start = clock_now();
	int last;

	add_hanging();
	ck_assert_int_eq(connects(SECOND), -1);
	ck_assert_int_ge(clock_now(), start + SECOND);
	ck_assert_int_eq(outcome.number, ETIMEDOUT);
	expect_text("%s: no answer within 1s", texts[0]);
	last = add_listener("127.0.0.1", 5);
	ck_assert_int_ne(connects(SECOND), -1);
	ck_assert(has_client(last));
}
END_TEST

/* Its queue is full. */
START_TEST(a_unix_socket_that_does_not_answer)
{
	int fd, tries;
	struct addr a;

	add_unix("full", 0);
	ck_assert_int_eq(addr_from_path(&a, "full"), 0);
	for (tries = 0; tries < 8; tries++) {
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (connect(fd, &a.sa, a.len) == -1)
			break;
	}
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(connects(SECOND / 2), -1);
	ck_assert_int_eq(outcome.number, ETIMEDOUT);
	ck_assert_str_eq(text, "full: no answer within 0s");
	/* The client is looked at while it waits. */
	close(client[1]);
	ck_assert_int_eq(connects(LONG), -1);
	ck_assert_uint_eq(outcome.kind, OUTCOME_DISCONNECT);
	ck_assert_str_eq(text, "full: no answer");
}
END_TEST

START_TEST(a_client_that_is_gone)
{
	add_refusing("127.0.0.1");
	add_hanging();
	add_listener("127.0.0.1", 5);
	close(client[1]);
	ck_assert_int_eq(connects(LONG), -1);
	ck_assert_uint_eq(outcome.kind, OUTCOME_DISCONNECT);
	ck_assert_int_eq(outcome.number, 0);
	expect_text(
	    "%s: Connection refused; %s: no answer", texts[0], texts[1]);
}
END_TEST

/* It may have sent all, and its half-close is no reason to stop. */
START_TEST(a_client_that_has_left_something)
{
	int last;

	add_hanging();
	last = add_listener("127.0.0.1", 5);
	if (_i == 0)
		ck_assert_int_eq(send(client[1], "x", 1, 0), 1);
	else
		ck_assert_int_eq(shutdown(client[1], SHUT_WR), 0);
	if (_i == 0)
		close(client[1]);
	ck_assert_int_ne(connects(SECOND), -1);
	ck_assert(has_client(last));
}
END_TEST

START_TEST(unix_sockets)
{
	struct forward_target *t;
	struct addr a;
	int fd;

	/* As forward_targets.c names it. */
	fd = listen_at("./@at", 5);
	ck_assert_int_eq(addr_from_path(&a, "./@at"), 0);
	t = add_target(&a);
	t->directory = open(".", O_PATH | O_DIRECTORY);
	t->text = "@at";
	ck_assert_int_ne(connects(LONG), -1);
	ck_assert_str_eq(text, "to @at");
	ck_assert(has_client(fd));
	/* It has left the directory. */
	ck_assert_int_eq(access("@at", F_OK), -1);
}
END_TEST

START_TEST(an_abstract_socket)
{
	char name[64];
	struct addr a;
	int fd;

	snprintf(name, sizeof(name), "@haild-test-%ld", (long)getpid());
	fd = listen_at(name, 5);
	ck_assert_int_eq(addr_from_path(&a, name), 0);
	add_target(&a);
	ck_assert_int_ne(connects(LONG), -1);
	expect_text("to %s", name);
	ck_assert(has_client(fd));
}
END_TEST

START_TEST(the_source_address)
{
	struct addr source, peer;
	char host[ADDR_TEXT_MAX];
	socklen_t len = sizeof(peer.in);
	int fd = add_listener("127.0.0.1", 5);

	ck_assert_int_eq(addr_from_numeric(&source, "127.0.0.7", 0), 0);
	targets.source = &source;
	ck_assert_int_ne(connects(LONG), -1);
	ck_assert_int_ne(accept(fd, &peer.sa, &len), -1);
	ck_assert_str_eq(
	    addr_print_host(&peer, host, sizeof(host)), "127.0.0.7");
	/* Not an address of this host. */
	ck_assert_int_eq(addr_from_numeric(&source, "192.0.2.77", 0), 0);
	ck_assert_int_eq(connects(LONG), -1);
	ck_assert_int_eq(outcome.number, EADDRNOTAVAIL);
}
END_TEST

START_TEST(a_long_list_is_cut)
{
	char small[20];

	add_refusing("127.0.0.1");
	add_refusing("127.0.0.1");
	ck_assert_int_eq(forward_connect(&targets, client[0], LONG, &outcome,
			     small, sizeof(small)),
	    -1);
	ck_assert_uint_eq(strlen(small), sizeof(small) - 1);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, set_up, unit_leave_dir);
	tcase_add_test(tc, the_first_that_accepts);
	tcase_add_test(tc, each_failure_is_told);
	tcase_add_test(tc, a_target_that_cannot_be_tried);
	tcase_add_test(tc, a_loop_is_not_connected_to);
	tcase_add_test(tc, a_target_that_does_not_answer);
	tcase_add_test(tc, a_unix_socket_that_does_not_answer);
	tcase_add_test(tc, a_client_that_is_gone);
	tcase_add_loop_test(tc, a_client_that_has_left_something, 0, 2);
	tcase_add_test(tc, unix_sockets);
	tcase_add_test(tc, an_abstract_socket);
	tcase_add_test(tc, the_source_address);
	tcase_add_test(tc, a_long_list_is_cut);
}

int
main(void)
{
	return unit_run("forward_connect", add);
}
