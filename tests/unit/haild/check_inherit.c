/*
 * check_inherit.c -- sockets that a supervisor opened: how many, and which are
 * good.
 */

#include "tests/unit/supervisor.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "haild/inherit.h"

static const struct {
	const char *fds, *pid;
	int n;
	const char *logged;
} counts[] = {
	{ NULL, NULL, 0, "" },
	{ NULL, OURS, 0, "" },
	{ "1", NULL, 0, "" },
	{ "1", "1", 0, "" },
	{ "nonsense", "1", 0, "" },
	{ "0", OURS, 0, "" },
	{ "1", OURS, 1, "" },
	{ "1000", OURS, 1000, "" },
	{ "1001", OURS, -1,
	    "test: LISTEN_FDS: \"1001\" is not a number from 0 to 1000\n" },
	{ "4294967297", OURS, -1,
	    "test: LISTEN_FDS: \"4294967297\" is not a number from 0 to "
	    "1000\n" },
	{ "-1", OURS, -1,
	    "test: LISTEN_FDS: \"-1\" is not a number from 0 to 1000\n" },
	{ "", OURS, 0, "" },
	{ "+1", OURS, -1,
	    "test: LISTEN_FDS: \"+1\" is not a number from 0 to 1000\n" },
	{ "1 ", OURS, -1,
	    "test: LISTEN_FDS: \"1 \" is not a number from 0 to 1000\n" },
	{ "one", OURS, -1,
	    "test: LISTEN_FDS: \"one\" is not a number from 0 to 1000\n" },
	{ "1", "", 0, "" },
	{ "1", "0x1", -1, "test: LISTEN_PID: \"0x1\" is not a process ID\n" },
	{ "1", "99999999999", -1,
	    "test: LISTEN_PID: \"99999999999\" is not a process ID\n" },
};

static char *names[LISTEN_FDS_MAX];

START_TEST(how_many)
{
	int i;

	set("LISTEN_FDS", counts[_i].fds);
	set_pid("LISTEN_PID", counts[_i].pid);
	ck_assert_int_eq(listen_fds(names), counts[_i].n);
	ck_assert_str_eq(logged(), counts[_i].logged);
	for (i = 0; i < LISTEN_FDS_MAX; i++)
		free(names[i]);
	ck_assert_ptr_null(getenv("LISTEN_FDS"));
	ck_assert_ptr_null(getenv("LISTEN_PID"));
	ck_assert_int_eq(listen_fds(names), 0);
}
END_TEST

#define LONG50 "01234567890123456789012345678901234567890123456789"
#define LONG250 LONG50 LONG50 LONG50 LONG50 LONG50

static const struct {
	const char *fds, *text;
	const char *names[3];
	const char *logged;
} named[] = {
	/* as systemd does without the variable */
	{ "2", NULL, { "unknown", "unknown" }, "" },
	{ "1", "web", { "web" }, "" },
	{ "3", "web:b/c d:web", { "web", "b/c d", "web" }, "" },
	{ "1", LONG250 "12345", { LONG250 "12345" }, "" },
	/* some without a name */
	{ "3", ":a:", { NULL, "a", NULL }, "" },
	{ "1", "", { NULL }, "" },
	{ "2", "a\tb:c", { NULL, "c" },
	    "test: LISTEN_FDNAMES: invalid name of descriptor 3\n" },
	{ "2", "c:" LONG250 "123456", { "c", NULL },
	    "test: LISTEN_FDNAMES: invalid name of descriptor 4\n" },
	/* not as many as sockets */
	{ "2", "a", { NULL },
	    "test: LISTEN_FDNAMES: 1 name for 2 sockets: ignored\n" },
	{ "1", "a:b", { NULL },
	    "test: LISTEN_FDNAMES: 2 names for 1 socket: ignored\n" },
	{ "2", "", { NULL },
	    "test: LISTEN_FDNAMES: 1 name for 2 sockets: ignored\n" },
	{ "0", "a:b", { NULL }, "" },
};

START_TEST(what_their_names_are)
{
	int i, n;

	set("LISTEN_FDS", named[_i].fds);
	set_pid("LISTEN_PID", OURS);
	set("LISTEN_FDNAMES", named[_i].text);
	ck_assert_int_eq(n = listen_fds(names), atoi(named[_i].fds));
	ck_assert_str_eq(logged(), named[_i].logged);
	ck_assert_ptr_null(getenv("LISTEN_FDNAMES"));
	for (i = 0; i < 3; i++) {
		ck_assert_pstr_eq(names[i], named[_i].names[i]);
		free(names[i]);
	}
	for (; i < LISTEN_FDS_MAX; i++)
		ck_assert_ptr_null(names[i]);
}
END_TEST

/* FD is good, and becomes what the daemon wants. */
static void
check_good(int fd)
{
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(fcntl(fd, F_SETFL, 0), 0);
	ck_assert_ptr_null(listen_fd_prepare(fd));
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(fd, F_GETFL), O_RDWR | O_NONBLOCK);
	/* once more harms nothing */
	ck_assert_ptr_null(listen_fd_prepare(fd));
	close(fd);
}

static void
check_bad(int fd, const char *why)
{
	int fl = fcntl(fd, F_GETFL), fdflags = fcntl(fd, F_GETFD);

	ck_assert_str_eq(listen_fd_prepare(fd), why);
	ck_assert_int_eq(fcntl(fd, F_GETFL), fl);
	ck_assert_int_eq(fcntl(fd, F_GETFD), fdflags);
	close(fd);
}

START_TEST(sockets_that_listen)
{
	check_good(socket(AF_INET, SOCK_STREAM, 0));
	check_good(socket(AF_INET6, SOCK_STREAM, 0));
	check_good(bound(SOCK_STREAM, "stream"));
}
END_TEST

START_TEST(what_is_no_listening_socket)
{
	int fds[2], fd;

	check_bad(-1, "is not open");
	ck_assert_int_ge(fd = dup(0), 0);
	close(fd);
	check_bad(fd, "is not open");
	check_bad(open("/dev/null", O_RDWR), "is not a socket");
	check_bad(open(".", O_PATH), "is not a socket");
	ck_assert_int_eq(pipe(fds), 0);
	check_bad(fds[0], "is not a socket");
	check_bad(socket(AF_NETLINK, SOCK_RAW, 0),
	    "is neither an IP nor a Unix-domain socket");
	check_bad(
	    bound(SOCK_DGRAM, "dgram"), "is neither a stream nor a UDP socket");
	fd = bound(SOCK_SEQPACKET, "packets");
	ck_assert_int_eq(listen(fd, 1), 0);
	check_bad(fd, "is neither a stream nor a UDP socket");
	check_bad(socket(AF_INET, SOCK_STREAM, 0), "does not listen");
	check_bad(bound(SOCK_STREAM, "stream"), "does not listen");
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	check_bad(fds[0], "does not listen");
}
END_TEST

START_TEST(sockets_of_udp)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	ck_assert_ptr_null(listen_fd_prepare(fd));
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(fd, F_GETFL), O_RDWR | O_NONBLOCK);
	ck_assert_int_eq(fcntl(fd, F_SETFL, 0), 0);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons(9);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	check_bad(fd, "is connected");
	check_bad(socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE),
	    "is neither a stream nor a UDP socket");
}
END_TEST

START_TEST(a_socket_still_accepts)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0), client;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_ptr_null(listen_fd_prepare(fd));
	ck_assert_int_eq(accept(fd, NULL, NULL), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	client = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(
	    connect(client, (struct sockaddr *)&sin, sizeof(sin)), 0);
	ck_assert_int_eq(
	    io_wait(fd, POLLIN, clock_now() + 10 * SECOND), POLLIN);
	ck_assert_int_ge(accept(fd, NULL, NULL), 0);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, unit_leave_dir);
	tcase_add_loop_test(tc, how_many, 0, COUNT(counts));
	tcase_add_loop_test(tc, what_their_names_are, 0, COUNT(named));
	tcase_add_test(tc, sockets_that_listen);
	tcase_add_test(tc, what_is_no_listening_socket);
	tcase_add_test(tc, sockets_of_udp);
	tcase_add_test(tc, a_socket_still_accepts);
}

int
main(void)
{
	return unit_run("inherit", add);
}
