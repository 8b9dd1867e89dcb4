/*
 * check_datagrams.c -- built-in services over UDP: which clients get answers,
 * how often, and from which address (fault 70).
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "session/datagrams.h"

#define NOW (1000 * SECOND)

static struct datagrams *d;

/* haild listens on 7000 and 7002. */
static void
enter(void)
{
	static const uint16_t ports[] = { 7000, 7002 };

	ck_assert_ptr_nonnull(d = datagrams_create(ports, COUNT(ports)));
}

static bool
answered(const char *host, unsigned int port, int64_t now)
{
	struct addr a;

	ck_assert_int_eq(addr_from_numeric(&a, host, port), 0);
	return datagrams_may_answer(d, &a, now);
}

START_TEST(ports_of_services_are_not_answered)
{
	static const struct {
		const char *host;
		unsigned int port;
		bool answered;
	} from[] = {
		{ "192.0.2.1", 1024, true },
		{ "192.0.2.1", 65535, true },
		{ "192.0.2.1", 1023, false },
		{ "192.0.2.1", 7, false },
		{ "192.0.2.1", 0, false },
		{ "192.0.2.1", 2049, false },
		{ "192.0.2.1", 7000, false }, /* perhaps ourselves */
		{ "192.0.2.1", 7001, true },
		{ "127.0.0.1", 7002, false },
		{ "224.0.0.1", 4411, false },
		{ "239.255.255.255", 4411, false },
		{ "2001:db8::1", 4411, true },
		{ "2001:db8::1", 7000, false },
		{ "ff02::1", 4411, false },
	};
	size_t i;

	for (i = 0; i < COUNT(from); i++)
		ck_assert_msg(answered(from[i].host, from[i].port, NOW) ==
			from[i].answered,
		    "%s %u", from[i].host, from[i].port);
}
END_TEST

START_TEST(answers_are_bounded)
{
	int i;

	for (i = 0; i < DATAGRAMS_RATE; i++) {
		ck_assert(answered("192.0.2.1", 4411, NOW));
		ck_assert(answered("2001:db8::1", 4411, NOW));
	}
	ck_assert(!answered("192.0.2.1", 4412, NOW));
	ck_assert(!answered("2001:db8::2", 4411, NOW)); /* of the same /64 */
	ck_assert(answered("192.0.2.2", 4411, NOW));
	ck_assert(answered("2001:db8:0:1::1", 4411, NOW));
	/* a datagram that is not answered takes none */
	for (i = 0; i < 1000; i++)
		ck_assert(!answered("192.0.2.1", 4411, NOW));
	ck_assert(answered("192.0.2.1", 4411, NOW + SECOND / DATAGRAMS_RATE));
	ck_assert(!answered("192.0.2.1", 4411, NOW + SECOND / DATAGRAMS_RATE));
}
END_TEST

/* As with very many forged addresses. */
START_TEST(many_sources_do_not_lift_the_bound)
{
	char host[32];
	int i, n = 0;

	for (i = 0; i < DATAGRAMS_RATE; i++)
		answered("192.0.2.1", 4411, NOW);
	for (i = 0; i < 300000; i++) {
		snprintf(host, sizeof(host), "10.%d.%d.%d", i >> 16,
		    i >> 8 & 255, i & 255);
		n += answered(host, 4411, NOW);
	}
	ck_assert(!answered("192.0.2.1", 4411, NOW));
	ck_assert_int_lt(n, 300000); /* of all together, too */
}
END_TEST

/* --- on sockets --- */

static int server; /* a socket for "echo" */
static pid_t pid;  /* who serves it */

/* Bind to HOST; to IPv4 too, if BOTH. */
static void
bind_server(const char *host, bool both)
{
	int off = !both;
	struct addr a;

	ck_assert_int_eq(addr_from_numeric(&a, host, 0), 0);
	server = socket(a.sa.sa_family, SOCK_DGRAM, 0);
	ck_assert_int_ne(server, -1);
	if (a.sa.sa_family == AF_INET6)
		ck_assert_int_eq(setsockopt(server, IPPROTO_IPV6, IPV6_V6ONLY,
				     &off, sizeof(off)),
		    0);
	ck_assert_int_eq(bind(server, &a.sa, a.len), 0);
	ck_assert_int_eq(datagrams_prepare(d, server), 0);
}

static void
start(void)
{
	if ((pid = fork()) == 0) {
		datagrams_serve(
		    d, builtin_find("echo"), server, clock_now() + 60 * SECOND);
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
}

static void
stop(void)
{
	kill(pid, SIGKILL);
	unit_wait(pid);
	close(server);
}

static struct addr
server_at(const char *host)
{
	struct addr bound = { .len = sizeof(bound) }, a;

	ck_assert_int_eq(getsockname(server, &bound.sa, &bound.len), 0);
	ck_assert_int_eq(addr_from_numeric(&a, host, addr_port(&bound)), 0);
	return a;
}

/* A client; connected to HOST, if that is not NULL, it sees nobody else. */
static int
client_of(const char *from, const char *host)
{
	struct addr a, to;
	int fd;

	ck_assert_int_eq(addr_from_numeric(&a, from, 0), 0);
	fd = socket(a.sa.sa_family, SOCK_DGRAM, 0);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(bind(fd, &a.sa, a.len), 0);
	if (host != NULL) {
		to = server_at(host);
		ck_assert_int_eq(connect(fd, &to.sa, to.len), 0);
	}
	return fd;
}

static void
expect_answer(int fd, const char *text)
{
	char buf[64];
	ssize_t n;

	ck_assert_int_eq(io_wait(fd, POLLIN, clock_now() + 20 * SECOND), 1);
	n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
	ck_assert_int_eq(n, (ssize_t)strlen(text));
	ck_assert_mem_eq(buf, text, strlen(text));
}

/*
 * RFC 1122, section 4.1.3.5.  The first datagram is there before the service
 * is, as when it makes haild start it.
 */
static void
expect_answers_from(const char *from, const char *host)
{
	int fd = client_of(from, host);

	ck_assert_int_eq(send(fd, "first", 5, 0), 5);
	start();
	expect_answer(fd, "first");
	ck_assert_int_eq(send(fd, "second", 6, 0), 6);
	expect_answer(fd, "second");
	close(fd);
	stop();
}

START_TEST(answers_come_from_where_the_client_asked)
{
	bind_server("0.0.0.0", false);
	expect_answers_from("127.0.0.9", "127.0.0.5");
	bind_server("127.0.0.1", false);
	expect_answers_from("127.0.0.9", "127.0.0.1");
}
END_TEST

START_TEST(answers_on_a_socket_for_both_families)
{
	struct addr a;
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	addr_from_numeric(&a, "::1", 0);
	if (fd == -1 || bind(fd, &a.sa, a.len) == -1)
		return; /* this machine has no IPv6 */
	close(fd);
	bind_server("::", true);
	expect_answers_from("127.0.0.9", "127.0.0.5");
	bind_server("::", true);
	expect_answers_from("::1", "::1");
}
END_TEST

/* An inherited socket can report more than the address. */
START_TEST(other_control_messages_do_no_harm)
{
	int on = 1;

	bind_server("0.0.0.0", false);
	ck_assert_int_eq(
	    setsockopt(server, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on)), 0);
	expect_answers_from("127.0.0.9", "127.0.0.5");
}
END_TEST

START_TEST(a_broadcast_is_not_answered)
{
	int fd, on = 1;
	struct addr to;

	bind_server("0.0.0.0", false);
	fd = client_of("127.0.0.9", NULL);
	ck_assert_int_eq(
	    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)), 0);
	to = server_at("127.255.255.255");
	sendto(fd, "all", 3, 0, &to.sa, to.len);
	start();
	to = server_at("127.0.0.5");
	sendto(fd, "one", 3, 0, &to.sa, to.len);
	expect_answer(fd, "one");
	/* now that the service tells them apart by itself */
	to = server_at("127.255.255.255");
	sendto(fd, "all", 3, 0, &to.sa, to.len);
	to = server_at("127.0.0.5");
	sendto(fd, "two", 3, 0, &to.sa, to.len);
	expect_answer(fd, "two");
	close(fd);
	stop();
}
END_TEST

/* It ends in time, however many datagrams come. */
START_TEST(a_busy_service_ends)
{
	int fd;

	bind_server("127.0.0.1", false);
	if ((pid = fork()) == 0) {
		datagrams_serve(d, builtin_find("discard"), server,
		    clock_now() + SECOND / 5);
		_exit(0);
	}
	fd = client_of("127.0.0.9", "127.0.0.1");
	while (waitpid(pid, NULL, WNOHANG) == 0)
		send(fd, "x", 1, MSG_DONTWAIT);
	close(fd);
	close(server);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, NULL);
	tcase_add_test(tc, ports_of_services_are_not_answered);
	tcase_add_test(tc, answers_are_bounded);
	tcase_add_test(tc, many_sources_do_not_lift_the_bound);
	tcase_add_test(tc, answers_come_from_where_the_client_asked);
	tcase_add_test(tc, answers_on_a_socket_for_both_families);
	tcase_add_test(tc, other_control_messages_do_no_harm);
	tcase_add_test(tc, a_broadcast_is_not_answered);
	tcase_add_test(tc, a_busy_service_ends);
}

int
main(void)
{
	return unit_run("datagrams", add);
}
