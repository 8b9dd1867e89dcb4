/*
 * check_systemd.c -- a supervisor of the test's own: its socket, its variables.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "haild/systemd.h"

/* --- what all of them need -------------------------------------------------
 */

static void
enter(void)
{
	int fd;

	unit_enter_dir();
	ck_assert_int_ge(
	    fd = open("log", O_RDWR | O_CREAT | O_APPEND, 0600), 0);
	ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	close(fd);
	log_init("test", LOG_TO_STDERR | LOG_PLAIN, LOG_DAEMON, LOG_DEBUG);
}

/* What was logged since the last time. */
static const char *
logged(void)
{
	static char text[4096];
	ssize_t n = pread(STDERR_FILENO, text, sizeof(text) - 1, 0);

	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	ck_assert_int_eq(ftruncate(STDERR_FILENO, 0), 0);
	return text;
}

/* NULL removes it. */
static void
set(const char *name, const char *value)
{
	ck_assert_int_eq(
	    value == NULL ? unsetenv(name) : setenv(name, value, 1), 0);
}

static const char *
number(long long n)
{
	static char text[32];

	snprintf(text, sizeof(text), "%lld", n);
	return text;
}

/* A Unix socket of TYPE, bound to PATH or to the abstract name behind '@'. */
static int
bound(int type, const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
	size_t len = strlen(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_uint_lt(len, sizeof(sun.sun_path));
	memcpy(sun.sun_path, path, len);
	if (path[0] == '@')
		sun.sun_path[0] = '\0';
	ck_assert_int_eq(
	    bind(fd, (struct sockaddr *)&sun,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
	    0);
	return fd;
}

/* --- notify -----------------------------------------------------------------
 */

static struct notify notify;

/* Start to tell a supervisor in this directory; returns its socket. */
static int
supervise(void)
{
	char path[64], cwd[48];
	int fd;

	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	snprintf(path, sizeof(path), "%s/notify", cwd);
	fd = bound(SOCK_DGRAM, path);
	set("NOTIFY_SOCKET", path);
	ck_assert_int_eq(notify_open(&notify), 0);
	return fd;
}

/* The next message; "" when there is none. */
static const char *
told(int fd)
{
	static char text[65536];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	if (n == -1)
		ck_assert_int_eq(errno, EAGAIN);
	text[n == -1 ? 0 : n] = '\0';
	return text;
}

START_TEST(messages)
{
	int fd = supervise();

	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	ck_assert_int_eq(notify_ready(&notify), 0);
	ck_assert_str_eq(told(fd), "READY=1");
	ck_assert_int_eq(notify_stopping(&notify), 0);
	ck_assert_str_eq(told(fd), "STOPPING=1");
	ck_assert_int_eq(notify_watchdog(&notify), 0);
	ck_assert_str_eq(told(fd), "WATCHDOG=1");
	ck_assert_int_eq(notify_status(&notify, "%d services", 3), 0);
	ck_assert_str_eq(told(fd), "STATUS=3 services");
	ck_assert_int_eq(notify_send(&notify, "READY=1\nMAINPID=%d", 12), 0);
	ck_assert_str_eq(told(fd), "READY=1\nMAINPID=12");
	ck_assert_str_eq(told(fd), "");
	ck_assert_str_eq(logged(), "");
}
END_TEST

START_TEST(a_reload_has_its_time)
{
	int fd = supervise(), end = 0;
	int64_t before = clock_now() / 1000, usec;

	ck_assert_int_eq(notify_reloading(&notify), 0);
	ck_assert_int_eq(
	    sscanf(told(fd), "RELOADING=1\nMONOTONIC_USEC=%" SCNd64 "%n", &usec,
		&end),
	    1);
	ck_assert_int_gt(end, 0);
	ck_assert_int_ge(usec, before);
	ck_assert_int_le(usec, clock_now() / 1000);
}
END_TEST

START_TEST(a_status_is_one_line)
{
	int fd = supervise();

	notify_status(&notify, "%s", "a\nREADY=1\t\x1b[m\x7f\xc3\xbc~ ");
	ck_assert_str_eq(told(fd), "STATUS=a?READY=1??[m???~ ");
	notify_status(&notify, "%s", "");
	ck_assert_str_eq(told(fd), "STATUS=");
}
END_TEST

START_TEST(what_is_too_long)
{
	char text[NOTIFY_MAX + 1], want[NOTIFY_MAX];
	int fd = supervise();

	memset(text, 'x', sizeof(text));
	/* a status is cut */
	text[NOTIFY_MAX] = '\0';
	ck_assert_int_eq(notify_status(&notify, "%s", text), 0);
	memset(want, 'x', sizeof(want));
	memcpy(want, "STATUS=", 7);
	want[NOTIFY_MAX - 1] = '\0';
	ck_assert_str_eq(told(fd), want);
	/* other messages are not sent */
	ck_assert_int_eq(notify_send(&notify, "%s", text), -1);
	ck_assert_int_eq(errno, EMSGSIZE);
	text[NOTIFY_MAX - 1] = '\0';
	ck_assert_int_eq(notify_send(&notify, "%s", text), 0);
	ck_assert_str_eq(told(fd), text);
	ck_assert_str_eq(told(fd), "");
}
END_TEST

START_TEST(an_abstract_name)
{
	char name[108];
	int fd;

	snprintf(name, sizeof(name), "@haild-test-%ld", (long)getpid());
	fd = bound(SOCK_DGRAM, name);
	set("NOTIFY_SOCKET", name);
	ck_assert_int_eq(notify_open(&notify), 0);
	ck_assert_int_eq(notify_ready(&notify), 0);
	ck_assert_str_eq(told(fd), "READY=1");
	notify_close(&notify);

	/* as long as may be: 107 bytes */
	memset(name + strlen(name), 'x', sizeof(name) - strlen(name));
	name[107] = '\0';
	fd = bound(SOCK_DGRAM, name);
	set("NOTIFY_SOCKET", name);
	ck_assert_int_eq(notify_open(&notify), 0);
	ck_assert_int_eq(notify_ready(&notify), 0);
	ck_assert_str_eq(told(fd), "READY=1");
}
END_TEST

START_TEST(nobody_to_tell)
{
	set("NOTIFY_SOCKET", NULL);
	ck_assert_int_eq(notify_open(&notify), 0);
	ck_assert_int_eq(notify.fd, -1);
	ck_assert_int_eq(notify_ready(&notify), 0);
	ck_assert_int_eq(notify_status(&notify, "x"), 0);
	notify_close(&notify);
	notify_close(&notify);
	ck_assert_str_eq(logged(), "");
}
END_TEST

START_TEST(addresses_that_are_none)
{
	static const char *const bad[] = { "", "/", "@", "notify", "./notify",
		"vsock:2:1234", " /run/notify", "\n/x" };
	char path[109];
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		set("NOTIFY_SOCKET", bad[i]);
		ck_assert_int_eq(notify_open(&notify), -1);
		ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
		ck_assert_int_eq(notify.fd, -1);
		ck_assert_int_eq(notify_ready(&notify), 0);
		ck_assert_ptr_nonnull(strstr(logged(),
		    "\" is not a socket's address (/PATH or @NAME)\n"));
	}
	memset(path, '/', sizeof(path));
	path[108] = '\0';
	set("NOTIFY_SOCKET", path);
	ck_assert_int_eq(notify_open(&notify), -1);
	path[107] = '\0';
	set("NOTIFY_SOCKET", path);
	ck_assert_int_eq(notify_open(&notify), 0);

	logged();
	set("NOTIFY_SOCKET", "tcp:\n1");
	ck_assert_int_eq(notify_open(&notify), -1);
	ck_assert_str_eq(logged(),
	    "test: NOTIFY_SOCKET: \"tcp:\\n1\" is not a socket's address "
	    "(/PATH or @NAME)\n");
}
END_TEST

START_TEST(a_supervisor_that_is_not_there_costs_nothing)
{
	int fd;

	set("NOTIFY_SOCKET", "/nonexistent/notify");
	ck_assert_int_eq(notify_open(&notify), 0);
	ck_assert_int_eq(notify_ready(&notify), -1);
	ck_assert_int_eq(errno, ENOENT);
	notify_close(&notify);

	/* gone, and back */
	fd = supervise();
	close(fd);
	ck_assert_int_eq(notify_ready(&notify), -1);
	ck_assert_int_eq(errno, ECONNREFUSED);
	ck_assert_int_eq(unlink("notify"), 0);
	ck_assert_int_eq(notify_watchdog(&notify), -1);
	ck_assert_int_eq(errno, ENOENT);
	fd = bound(SOCK_DGRAM, "notify");
	ck_assert_int_eq(notify_ready(&notify), 0);
	ck_assert_str_eq(told(fd), "READY=1");
	ck_assert_str_eq(logged(), "");
}
END_TEST

START_TEST(a_supervisor_that_does_not_read_never_blocks)
{
	int fd = supervise(), sent = 0;

	while (notify_watchdog(&notify) == 0 && sent < 1000000)
		sent++;
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_gt(sent, 0);
	for (; sent > 0; sent--)
		ck_assert_str_eq(told(fd), "WATCHDOG=1");
	ck_assert_int_eq(notify_ready(&notify), 0);
	ck_assert_str_eq(told(fd), "READY=1");
	ck_assert_str_eq(logged(), "");
}
END_TEST

START_TEST(its_socket_is_not_inherited)
{
	supervise();
	ck_assert_int_eq(fcntl(notify.fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_ne(fcntl(notify.fd, F_GETFL) & O_NONBLOCK, 0);
	notify_close(&notify);
	ck_assert_int_eq(notify.fd, -1);
}
END_TEST

START_TEST(a_socket_that_cannot_be_made)
{
	int first;

	set("NOTIFY_SOCKET", "/run/notify");
	ck_assert_int_ge(first = dup(0), 0);
	while (dup(0) != -1)
		;
	ck_assert_int_eq(notify_open(&notify), -1);
	ck_assert_int_eq(notify.fd, -1);
	ck_assert_str_eq(logged(),
	    "test: NOTIFY_SOCKET: cannot create a socket: Too many open "
	    "files\n");
	close_range((unsigned int)first, ~0U, 0);
}
END_TEST

/* --- the watchdog -----------------------------------------------------------
 */

#define OURS "ours" /* stands for the number of this process */

static const struct {
	const char *usec, *pid;
	int64_t timeout; /* in ns */
	const char *logged;
} watchdogs[] = {
	{ NULL, NULL, 0, "" },
	{ NULL, OURS, 0, "" },
	{ "30000000", NULL, 30 * SECOND, "" },
	{ "30000000", OURS, 30 * SECOND, "" },
	{ "30000000", "1", 0, "" },
	{ "1", OURS, 1000, "" },
	{ "9223372036854775", NULL, INT64_C(9223372036854775000), "" },
	{ "9223372036854776", NULL, 0,
	    "test: WATCHDOG_USEC: \"9223372036854776\" is not a time\n" },
	{ "18446744073709551615", NULL, 0,
	    "test: WATCHDOG_USEC: \"18446744073709551615\" is not a time\n" },
	{ "0", NULL, 0, "test: WATCHDOG_USEC: \"0\" is not a time\n" },
	{ "-1", NULL, 0, "test: WATCHDOG_USEC: \"-1\" is not a time\n" },
	{ "", NULL, 0, "test: WATCHDOG_USEC: \"\" is not a time\n" },
	{ " 1", NULL, 0, "test: WATCHDOG_USEC: \" 1\" is not a time\n" },
	{ "1s", NULL, 0, "test: WATCHDOG_USEC: \"1s\" is not a time\n" },
	{ "1", "", 0, "test: WATCHDOG_PID: \"\" is not a process ID\n" },
	{ "1", "x", 0, "test: WATCHDOG_PID: \"x\" is not a process ID\n" },
	{ "1", "-1", 0, "test: WATCHDOG_PID: \"-1\" is not a process ID\n" },
	{ "x", "1", 0, "" },
};

START_TEST(watchdog)
{
	const char *pid = watchdogs[_i].pid;

	if (pid != NULL && strcmp(pid, OURS) == 0)
		pid = number(getpid());
	set("WATCHDOG_USEC", watchdogs[_i].usec);
	set("WATCHDOG_PID", pid);
	ck_assert_int_eq(watchdog_timeout(), watchdogs[_i].timeout);
	ck_assert_str_eq(logged(), watchdogs[_i].logged);
	ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
	ck_assert_ptr_null(getenv("WATCHDOG_PID"));
	ck_assert_int_eq(watchdog_timeout(), 0);
}
END_TEST

/* --- sockets ----------------------------------------------------------------
 */

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
	{ "", OURS, -1,
	    "test: LISTEN_FDS: \"\" is not a number from 0 to 1000\n" },
	{ "+1", OURS, -1,
	    "test: LISTEN_FDS: \"+1\" is not a number from 0 to 1000\n" },
	{ "1 ", OURS, -1,
	    "test: LISTEN_FDS: \"1 \" is not a number from 0 to 1000\n" },
	{ "one", OURS, -1,
	    "test: LISTEN_FDS: \"one\" is not a number from 0 to 1000\n" },
	{ "1", "", -1, "test: LISTEN_PID: \"\" is not a process ID\n" },
	{ "1", "0x1", -1, "test: LISTEN_PID: \"0x1\" is not a process ID\n" },
	{ "1", "99999999999", -1,
	    "test: LISTEN_PID: \"99999999999\" is not a process ID\n" },
};

START_TEST(how_many)
{
	const char *pid = counts[_i].pid;

	if (pid != NULL && strcmp(pid, OURS) == 0)
		pid = number(getpid());
	set("LISTEN_FDS", counts[_i].fds);
	set("LISTEN_PID", pid);
	set("LISTEN_FDNAMES", "a:b");
	ck_assert_int_eq(listen_fds(), counts[_i].n);
	ck_assert_str_eq(logged(), counts[_i].logged);
	ck_assert_ptr_null(getenv("LISTEN_FDS"));
	ck_assert_ptr_null(getenv("LISTEN_PID"));
	ck_assert_ptr_null(getenv("LISTEN_FDNAMES"));
	ck_assert_int_eq(listen_fds(), 0);
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
	tcase_add_test(tc, messages);
	tcase_add_test(tc, a_reload_has_its_time);
	tcase_add_test(tc, a_status_is_one_line);
	tcase_add_test(tc, what_is_too_long);
	tcase_add_test(tc, an_abstract_name);
	tcase_add_test(tc, nobody_to_tell);
	tcase_add_test(tc, addresses_that_are_none);
	tcase_add_test(tc, a_supervisor_that_is_not_there_costs_nothing);
	tcase_add_test(tc, a_supervisor_that_does_not_read_never_blocks);
	tcase_add_test(tc, its_socket_is_not_inherited);
	tcase_add_test(tc, a_socket_that_cannot_be_made);
	tcase_add_loop_test(tc, watchdog, 0, COUNT(watchdogs));
	tcase_add_loop_test(tc, how_many, 0, COUNT(counts));
	tcase_add_test(tc, sockets_that_listen);
	tcase_add_test(tc, what_is_no_listening_socket);
	tcase_add_test(tc, sockets_of_udp);
	tcase_add_test(tc, a_socket_still_accepts);
}

int
main(void)
{
	return unit_run("systemd", add);
}
