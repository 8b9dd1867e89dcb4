/*
 * check_connect.c -- the order of addresses, and the race between them.
 */

#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/connect.h"
#include "lib/io.h"

#define LONG (60 * SECOND) /* only a failure takes so long */

static struct addr
address(const char *host, unsigned int port)
{
	struct addr a;

	ck_assert_int_eq(addr_from_numeric(&a, host, port), 0);
	return a;
}

/* Listen on any port of HOST, which A gets. */
static int
listen_on(struct addr *a, const char *host, int backlog)
{
	socklen_t len = sizeof(a->in);
	int fd;

	*a = address(host, 0);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(bind(fd, &a->sa, a->len), 0);
	ck_assert_int_eq(listen(fd, backlog), 0);
	ck_assert_int_eq(getsockname(fd, &a->sa, &len), 0);
	return fd;
}

/*
 * Make A an address that never answers: the kernel drops connection requests
 * when the queue is full.
 */
static void
black_hole(struct addr *a)
{
	int fd, tries;

	listen_on(a, "127.0.0.1", 0);
	for (tries = 0; tries < 16; tries++) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		ck_assert_int_ne(fd, -1);
		ck_assert_int_eq(connect(fd, &a->sa, a->len), -1);
		ck_assert_int_eq(errno, EINPROGRESS);
		if (io_wait(fd, POLLOUT, clock_now() + 2 * SECOND) == 0)
			return;
	}
	ck_abort_msg("the queue does not fill up");
}

/* An address that refuses: bound, so that no other process gets it. */
static void
refusing(struct addr *a, const char *host)
{
	socklen_t len = sizeof(a->in);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*a = address(host, 0);
	ck_assert_int_eq(bind(fd, &a->sa, a->len), 0);
	ck_assert_int_eq(getsockname(fd, &a->sa, &len), 0);
}

static int
count_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

/* Collect the reports of progress, one per line. */
static void
note(void *arg, const char *what)
{
	strlcat(arg, what, CONNECT_ERROR_MAX);
	strlcat(arg, "\n", CONNECT_ERROR_MAX);
}

/* FAMILIES "64" is an IPv6, then an IPv4 address; WANTED adds their positions.
 */
static void
interleaved(const char *families, const char *wanted)
{
	struct addr list[16];
	char got[64] = "", host[16];
	size_t i, n = strlen(families);

	for (i = 0; i < n; i++) {
		snprintf(host, sizeof(host),
		    families[i] == '6' ? "::%zu" : "127.0.0.%zu", i + 1);
		list[i] = address(host, 1);
	}
	connect_interleave(list, n);
	for (i = 0; i < n; i++) {
		addr_print_host(&list[i], host, sizeof(host));
		strlcat(
		    got, strchr(host, ':') != NULL ? "6" : "4", sizeof(got));
		strlcat(got, host + strlen(host) - 1, sizeof(got));
	}
	ck_assert_str_eq(got, wanted);
}

START_TEST(families_take_turns)
{
	interleaved("", "");
	interleaved("4", "41");
	interleaved("666", "616263");
	interleaved("64", "6142");
	interleaved("6644", "61436244");
	interleaved("4466", "41634264");
	interleaved("66664", "6145626364");
	interleaved("644446", "614266434445");
	interleaved("4646", "41624364");
}
END_TEST

START_TEST(a_refused_address_is_passed_over)
{
	char told[CONNECT_ERROR_MAX] = "", wanted[2 * CONNECT_ERROR_MAX];
	struct connect_how how = {
		.deadline = clock_now() + LONG, .progress = note, .arg = told
	};
	struct connect_result result;
	struct addr list[2];
	char a[ADDR_TEXT_MAX], b[ADDR_TEXT_MAX];
	int before;

	refusing(&list[0], "127.0.0.1");
	listen_on(&list[1], "127.0.0.2", 16);
	before = count_descriptors();
	ck_assert_int_eq(connect_addrs(&result, list, 2, &how), CONNECT_OK);
	ck_assert(addr_equal(&result.addr, &list[1]));
	ck_assert_int_eq(count_descriptors(), before + 1);
	ck_assert(fcntl(result.fd, F_GETFD) & FD_CLOEXEC);
	ck_assert(!(fcntl(result.fd, F_GETFL) & O_NONBLOCK));
	addr_print(&list[0], a, sizeof(a));
	addr_print(&list[1], b, sizeof(b));
	snprintf(wanted, sizeof(wanted),
	    "trying %s\n%s: Connection refused\ntrying %s\nconnected to %s\n",
	    a, a, b, b);
	ck_assert_str_eq(told, wanted);
}
END_TEST

START_TEST(a_silent_address_does_not_hold_up_the_next)
{
	struct connect_how how = { .deadline = clock_now() + LONG };
	struct connect_result result;
	struct addr list[3];
	int before;

	black_hole(&list[0]);
	list[1] = list[0];
	listen_on(&list[2], "127.0.0.2", 16);
	before = count_descriptors();
	ck_assert_int_eq(connect_addrs(&result, list, 3, &how), CONNECT_OK);
	ck_assert(addr_equal(&result.addr, &list[2]));
	ck_assert_int_eq(count_descriptors(), before + 1);
	ck_assert_int_lt(clock_now(), how.deadline);
}
END_TEST

START_TEST(each_refusal_is_named)
{
	struct connect_how how = { .deadline = -1 };
	struct connect_result result;
	char a[ADDR_TEXT_MAX], b[ADDR_TEXT_MAX], wanted[CONNECT_ERROR_MAX];
	struct addr list[2];
	int before;

	refusing(&list[0], "127.0.0.1");
	refusing(&list[1], "127.0.0.2");
	before = count_descriptors();
	ck_assert_int_eq(connect_addrs(&result, list, 2, &how), CONNECT_FAILED);
	snprintf(wanted, sizeof(wanted),
	    "cannot connect: %s: Connection refused; %s: Connection refused",
	    addr_print(&list[0], a, sizeof(a)),
	    addr_print(&list[1], b, sizeof(b)));
	ck_assert_str_eq(result.error, wanted);
	ck_assert_int_eq(result.fd, -1);
	ck_assert_int_eq(count_descriptors(), before);
}
END_TEST

START_TEST(the_deadline_ends_it)
{
	struct connect_how how = { 0 };
	struct connect_result result;
	char a[ADDR_TEXT_MAX], b[ADDR_TEXT_MAX], wanted[CONNECT_ERROR_MAX];
	struct addr list[2];
	int before;

	black_hole(&list[0]);
	refusing(&list[1], "127.0.0.2");
	before = count_descriptors();
	/* long enough for the second attempt, which starts after 250 ms */
	how.deadline = clock_now() + 2 * SECOND;
	ck_assert_int_eq(
	    connect_addrs(&result, list, 2, &how), CONNECT_TIMED_OUT);
	ck_assert_int_ge(clock_now(), how.deadline);
	snprintf(wanted, sizeof(wanted),
	    "timed out: %s: no answer; %s: Connection refused",
	    addr_print(&list[0], a, sizeof(a)),
	    addr_print(&list[1], b, sizeof(b)));
	ck_assert_str_eq(result.error, wanted);
	ck_assert_int_eq(count_descriptors(), before);
}
END_TEST

START_TEST(the_source_address_is_used)
{
	struct addr source = address("127.0.0.3", 0), server, peer;
	struct connect_how how = { .source = &source, .deadline = -1 };
	struct connect_result result;
	char port[ADDR_PORT_MAX], text[ADDR_TEXT_MAX];
	socklen_t len = sizeof(peer.in);
	int listener;

	listener = listen_on(&server, "127.0.0.1", 16);
	snprintf(port, sizeof(port), "%u", addr_port(&server));
	ck_assert_int_eq(
	    connect_host(&result, "127.0.0.1", port, &how), CONNECT_OK);
	ck_assert_int_ne(accept(listener, &peer.sa, &len), -1);
	ck_assert_str_eq(
	    addr_print_host(&peer, text, sizeof(text)), "127.0.0.3");
	/* and so is its family */
	ck_assert_int_eq(
	    connect_host(&result, "::1", port, &how), CONNECT_UNRESOLVED);
}
END_TEST

START_TEST(a_long_list_is_truncated)
{
	struct connect_how how = { .deadline = -1 };
	struct connect_result result;
	struct addr list[100];
	size_t i;

	for (i = 0; i < 100; i++)
		if (i == 0)
			refusing(&list[i], "127.0.0.1");
		else
			list[i] = list[0];
	ck_assert_int_eq(
	    connect_addrs(&result, list, 100, &how), CONNECT_FAILED);
	ck_assert_uint_eq(strlen(result.error), sizeof(result.error) - 1);
}
END_TEST

START_TEST(a_path_that_is_too_long_is_an_error)
{
	struct connect_how how = { .deadline = -1 };
	struct connect_result result;
	char path[ADDR_PATH_MAX + 2];

	memset(path, 'p', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_eq(connect_path(&result, path, &how), CONNECT_FAILED);
	ck_assert_str_eq(result.error, "cannot connect: File name too long");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, families_take_turns);
	tcase_add_test(tc, a_refused_address_is_passed_over);
	tcase_add_test(tc, a_silent_address_does_not_hold_up_the_next);
	tcase_add_test(tc, each_refusal_is_named);
	tcase_add_test(tc, the_deadline_ends_it);
	tcase_add_test(tc, the_source_address_is_used);
	tcase_add_test(tc, a_long_list_is_truncated);
	tcase_add_test(tc, a_path_that_is_too_long_is_an_error);
}

int
main(void)
{
	return unit_run("connect", add);
}
