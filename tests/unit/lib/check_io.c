/*
 * check_io.c -- reading, writing and waiting, done to the end.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"

#define BIG (1 << 20)

static int fds[2];
static volatile sig_atomic_t ticks;

/* A byte that tells its place, so that nothing lost or twice goes unseen. */
static char
byte_at(size_t i)
{
	return (char)(i ^ i >> 8 ^ i >> 16);
}

static char big[BIG], got[BIG];

static void
fill_big(void)
{
	size_t i;

	for (i = 0; i < BIG; i++)
		big[i] = byte_at(i);
}

/* Without SA_RESTART: what io.c must go on after. */
static void
interrupt_at(int sig, void (*handler)(int))
{
	struct sigaction sa = { .sa_handler = handler };

	ck_assert_int_eq(sigaction(sig, &sa, NULL), 0);
}

static void
start_ticks(void (*handler)(int))
{
	struct itimerval it = { { 0, 1000 }, { 0, 1000 } };

	interrupt_at(SIGALRM, handler);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &it, NULL), 0);
}

static void
stop_ticks(void)
{
	struct itimerval it = { 0 };

	ck_assert_int_eq(setitimer(ITIMER_REAL, &it, NULL), 0);
}

static void
count_tick(int sig UNUSED)
{
	ticks++;
}

/* The third interruption causes the event. */
static void
write_at_third_tick(int sig UNUSED)
{
	if (++ticks == 3 && write(fds[1], "x", 1) != 1)
		abort();
}

START_TEST(write_all_fills_a_pipe_again_and_again)
{
	size_t used = 0;
	ssize_t n;
	pid_t pid;
	int status;

	fill_big();
	ck_assert_int_eq(pipe(fds), 0);
	interrupt_at(SIGUSR1, count_tick);
	if ((pid = fork()) == 0)
		_exit(io_write_all(fds[1], big, BIG) == 0 ? 0 : 1);
	ck_assert_int_gt(pid, 0);
	close(fds[1]);
	while ((n = read(fds[0], got + used, BIG - used)) > 0) {
		used += (size_t)n;
		kill(pid, SIGUSR1); /* it waits for room: interrupt it */
	}
	ck_assert_uint_eq(used, BIG);
	ck_assert_mem_eq(big, got, BIG);
	status = unit_wait(pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

/* The third interruption makes room. */
static void
read_at_third_tick(int sig UNUSED)
{
	if (++ticks == 3 && read(fds[0], got, sizeof(got)) <= 0)
		abort();
}

START_TEST(write_all_goes_on_after_a_signal)
{
	ck_assert_int_eq(pipe2(fds, O_NONBLOCK), 0);
	ck_assert_int_eq(io_write_all(fds[1], big, BIG), -1);
	ck_assert_int_eq(fcntl(fds[1], F_SETFL, 0), 0);
	start_ticks(read_at_third_tick);
	ck_assert_int_eq(io_write_all(fds[1], big, 1), 0);
	stop_ticks();
	ck_assert_int_ge(ticks, 3);
}
END_TEST

START_TEST(write_all_returns_the_error)
{
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe2(fds, O_NONBLOCK), 0);
	ck_assert_int_eq(io_write_all(fds[1], big, BIG), -1);
	ck_assert_int_eq(errno, EAGAIN);
	close(fds[0]);
	ck_assert_int_eq(io_write_all(fds[1], big, 1), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_int_eq(io_write_all(fds[1], big, 0), 0);
}
END_TEST

START_TEST(read_goes_on_after_a_signal)
{
	char c = 0;

	ck_assert_int_eq(pipe(fds), 0);
	start_ticks(write_at_third_tick);
	ck_assert_int_eq(io_read(fds[0], &c, 1), 1);
	stop_ticks();
	ck_assert_int_ge(ticks, 3);
	ck_assert_int_eq(c, 'x');
	close(fds[1]);
	ck_assert_int_eq(io_read(fds[0], &c, 1), 0);
	ck_assert_int_eq(io_read(-1, &c, 1), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

START_TEST(wait_ends_at_the_deadline)
{
	int64_t deadline;

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(io_wait(fds[0], POLLIN, clock_now() - SECOND), 0);
	ck_assert_int_eq(io_wait(fds[0], POLLIN, 0), 0);
	deadline = clock_now() + SECOND / 50;
	ck_assert_int_eq(io_wait(fds[0], POLLIN, deadline), 0);
	ck_assert_int_ge(clock_now(), deadline);
	/* ... not sooner, and not later, for all the signals in between */
	start_ticks(count_tick);
	deadline = clock_now() + SECOND / 50;
	ck_assert_int_eq(io_wait(fds[0], POLLIN, deadline), 0);
	stop_ticks();
	ck_assert_int_ge(clock_now(), deadline);
	ck_assert_int_gt(ticks, 0);
}
END_TEST

START_TEST(wait_ends_at_the_event)
{
	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(io_wait(fds[1], POLLOUT, -1), POLLOUT);
	start_ticks(write_at_third_tick);
	ck_assert_int_eq(io_wait(fds[0], POLLIN, -1), POLLIN);
	stop_ticks();
	ck_assert_int_ge(ticks, 3);
	/* an event is found even after the deadline */
	ck_assert_int_eq(io_wait(fds[0], POLLIN, 0), POLLIN);
	close(fds[1]);
	ck_assert(io_wait(fds[0], POLLIN, -1) & POLLHUP);
}
END_TEST

static void
tcp_pair(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	int l = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(l, (struct sockaddr *)&in, len), 0);
	ck_assert_int_eq(listen(l, 1), 0);
	ck_assert_int_eq(getsockname(l, (struct sockaddr *)&in, &len), 0);
	fds[1] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(fds[1], (struct sockaddr *)&in, len), 0);
	fds[0] = accept(l, NULL, NULL);
	ck_assert_int_ge(fds[0], 0);
	close(l);
}

/* The client sends more than buffers hold before it reads a byte. */
static void
stubborn_client(void)
{
	size_t used = 0;
	ssize_t n;

	close(fds[0]);
	signal(SIGPIPE, SIG_IGN);
	if (io_write_all(fds[1], big, BIG) == -1 ||
	    io_write_all(fds[1], big, BIG) == -1)
		_exit(1);
	while ((n = io_read(fds[1], got + used, BIG - used)) > 0)
		used += (size_t)n;
	_exit(n == 0 && used == 10000 && memcmp(big, got, used) == 0 ? 0 : 2);
}

START_TEST(lingering_delivers_all_to_a_peer_that_still_sends)
{
	pid_t pid;
	int status;

	fill_big();
	tcp_pair();
	if ((pid = fork()) == 0)
		stubborn_client();
	ck_assert_int_gt(pid, 0);
	close(fds[1]);
	/* it has begun to send: a close now would be a reset */
	ck_assert_int_eq(io_wait(fds[0], POLLIN, -1), POLLIN);
	ck_assert_int_eq(io_write_all(fds[0], big, 10000), 0);
	io_close_lingering(fds[0], 600 * SECOND);
	ck_assert_int_eq(fcntl(fds[0], F_GETFD), -1);
	status = unit_wait(pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

START_TEST(lingering_has_an_end)
{
	int64_t start;

	tcp_pair();
	start = clock_now();
	io_close_lingering(fds[0], SECOND / 50);
	ck_assert_int_ge(clock_now() - start, SECOND / 50);
	ck_assert_int_eq(fcntl(fds[0], F_GETFD), -1);
}
END_TEST

/* With bytes unread, or a peer that goes on, nothing is closed. */
START_TEST(closing_unread)
{
	tcp_pair();
	ck_assert(!io_close_unread(fds[0], SECOND / 50));
	ck_assert_int_ne(fcntl(fds[0], F_GETFD), -1);
	ck_assert_int_eq(io_write_all(fds[1], "x", 1), 0);
	ck_assert(!io_close_unread(fds[0], 600 * SECOND));
	close(fds[1]);
	io_close_lingering(fds[0], 600 * SECOND);
	ck_assert_int_eq(fcntl(fds[0], F_GETFD), -1);

	tcp_pair();
	close(fds[1]);
	ck_assert(io_close_unread(fds[0], 600 * SECOND));
	ck_assert_int_eq(fcntl(fds[0], F_GETFD), -1);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, closing_unread);
	tcase_add_test(tc, write_all_fills_a_pipe_again_and_again);
	tcase_add_test(tc, write_all_goes_on_after_a_signal);
	tcase_add_test(tc, write_all_returns_the_error);
	tcase_add_test(tc, read_goes_on_after_a_signal);
	tcase_add_test(tc, wait_ends_at_the_deadline);
	tcase_add_test(tc, wait_ends_at_the_event);
	tcase_add_test(tc, lingering_delivers_all_to_a_peer_that_still_sends);
	tcase_add_test(tc, lingering_has_an_end);
}

int
main(void)
{
	return unit_run("io", add);
}
