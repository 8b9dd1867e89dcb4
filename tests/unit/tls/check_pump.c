/*
 * check_pump.c -- copying, and how the end of each side reaches the other.
 *
 * A child runs the pump; this process acts as the client and as the program.
 */

#include "tests/unit/unit.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "tests/unit/tls/peer.h"
#include "tls/pump.h"

#define LONG_GRACE (600 * SECOND)
#define SHORT_GRACE (SECOND / 5)
#define LARGE (4 << 20) /* more than all the buffers on its way */

/* What the child reports. */
struct reported {
	int notices, what, alert;
	int polls;
};

static struct reported *reported;
static struct peer_cert cert;
static struct peer client;
static int stream, control; /* this process's ends */
static pid_t pump;
static bool wants_reset;
static int64_t hold;	/* of a truncation */
static int send_buffer; /* of the pump's TCP socket; 0: the kernel's choice */

int
ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
    const sigset_t *mask)
{
	struct timespec copy = { 0, 0 };

	reported->polls++;
	if (timeout != NULL)
		copy = *timeout;
	return (int)syscall(__NR_ppoll, fds, n, timeout != NULL ? &copy : NULL,
	    mask, _NSIG / 8);
}

static void
note(void *arg, enum pump_notice what, int alert)
{
	(void)arg;
	reported->notices++;
	reported->what = what;
	reported->alert = alert;
}

/* Here a byte in the control socket reports that the stream was cut. */
static bool
cut(void *arg)
{
	const int *finish = arg;
	char byte;

	return recv(*finish, &byte, 1, MSG_DONTWAIT) > 0;
}

static void
run_pump(struct peer *server, int fd, int finish, int64_t grace)
{
	struct pump p = { .tls = server->tls,
		.net = server->link.fd,
		.stream = fd,
		.control = finish,
		.grace = grace,
		.hold_truncated = hold,
		.reset = wants_reset,
		.cut = cut,
		.notice = note,
		.arg = &finish };

	close(stream);
	close(control);
	close(client.link.fd);
	pump_run(&p);
	_exit(0);
}

static void
start_with(const char *priority, int64_t grace)
{
	int net[2], plain[2], finish[2];
	struct peer server;

	peer_tcp_pair(net);
	if (send_buffer != 0)
		setsockopt(net[0], SOL_SOCKET, SO_SNDBUF, &send_buffer,
		    sizeof(send_buffer));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, plain), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, finish), 0);
	stream = plain[0];
	control = finish[0];
	peer_init(&server, GNUTLS_SERVER | GNUTLS_NO_TICKETS, net[0], &cert,
	    priority);
	peer_init(&client, GNUTLS_CLIENT, net[1], NULL, priority);
	peer_shake(&server, &client);
	memset(reported, 0, sizeof(*reported));
	if ((pump = fork()) == 0)
		run_pump(&server, plain[1], finish[1], grace);
	ck_assert_int_gt(pump, 0);
	close(net[0]);
	close(plain[1]);
	close(finish[1]);
	peer_free(&server);
}

static void
start(int64_t grace)
{
	start_with("NORMAL", grace);
}

/* The pump ended by itself, after this notice. */
static void
ended_with(enum pump_notice what)
{
	ck_assert_int_eq(unit_wait(pump), 0);
	ck_assert_int_eq(reported->notices, 1);
	ck_assert_int_eq(reported->what, (int)what);
}

/* And poll(2) did not return at once for ever. */
static void
ended_soon_with(enum pump_notice what)
{
	ended_with(what);
	ck_assert_int_lt(reported->polls, 100);
}

static void
end(void)
{
	if (stream != -1)
		close(stream);
	if (control != -1)
		close(control);
	close(client.link.fd);
	peer_free(&client);
}

static void
stream_receives(const char *want)
{
	char buf[64];
	ssize_t n;

	ck_assert_int_eq(io_wait(stream, POLLIN, -1) & POLLIN, POLLIN);
	n = io_read(stream, buf, sizeof(buf));
	ck_assert_int_eq(n, (ssize_t)strlen(want));
	ck_assert_int_eq(memcmp(buf, want, (size_t)n), 0);
}

static void
client_receives(const char *want)
{
	char buf[64];
	ssize_t n = peer_receive(&client, buf, sizeof(buf));

	ck_assert_int_eq(n, (ssize_t)strlen(want));
	ck_assert_int_eq(memcmp(buf, want, (size_t)n), 0);
}

static void
client_sees_end(void)
{
	char c;

	ck_assert_int_eq(peer_receive(&client, &c, 1), 0);
}

static void
close_stream(void)
{
	close(stream);
	stream = -1;
}

static void
close_control(void)
{
	close(control);
	control = -1;
}

/* --- ends --- */

START_TEST(half_closed_by_the_client)
{
	start(LONG_GRACE);
	peer_send(&client, "question", 8);
	stream_receives("question");
	gnutls_bye(client.tls, GNUTLS_SHUT_WR);
	stream_receives("");
	io_write_all(stream, "answer", 6);
	client_receives("answer");
	close_stream();
	client_sees_end();
	ended_soon_with(PUMP_CLOSED);
	end();
}
END_TEST

START_TEST(half_closed_by_the_program)
{
	start(LONG_GRACE);
	io_write_all(stream, "hello", 5);
	shutdown(stream, SHUT_WR);
	client_receives("hello");
	client_sees_end();
	peer_send(&client, "late", 4);
	stream_receives("late");
	gnutls_bye(client.tls, GNUTLS_SHUT_WR);
	stream_receives("");
	ended_soon_with(PUMP_CLOSED);
	end();
}
END_TEST

START_TEST(truncated)
{
	start(LONG_GRACE);
	peer_send(&client, "question", 8);
	shutdown(client.link.fd, SHUT_WR);
	stream_receives("question");
	stream_receives("");
	io_write_all(stream, "answer", 6);
	close_stream();
	client_receives("answer");
	client_sees_end();
	ended_soon_with(PUMP_TRUNCATED);
	end();
}
END_TEST

static void
reset_by_client(void)
{
	const struct linger hard = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(client.link.fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(client.link.fd);
	client.link.fd = -1;
}

START_TEST(reset)
{
	start(LONG_GRACE);
	peer_send(&client, "question", 8);
	stream_receives("question");
	reset_by_client();
	stream_receives("");
	ended_soon_with(PUMP_RESET);
	ck_assert_int_eq(send(stream, "x", 1, MSG_NOSIGNAL), -1);
	ck_assert_int_eq(errno, EPIPE);
	end();
}
END_TEST

/* Fill what takes data until it takes no more for a while. */
static void
fill(ssize_t (*put)(const void *data, size_t len))
{
	static char data[1000];

	memset(data, 'd', sizeof(data));
	while (put(data, sizeof(data)) > 0)
		continue;
}

static ssize_t
put_into_client(const void *data, size_t len)
{
	if (tls_link_is_blocked(&client.link)) {
		if (io_wait(client.link.fd, POLLOUT,
			clock_now() + SHORT_GRACE) == 0)
			return -1;
		tls_link_flush(&client.link);
		return 1;
	}
	return gnutls_record_send(client.tls, data, len);
}

static ssize_t
put_into_stream(const void *data, size_t len)
{
	if (io_wait(stream, POLLOUT, clock_now() + SHORT_GRACE) == 0)
		return -1;
	return send(stream, data, len, MSG_DONTWAIT);
}

/* The program does not read, so neither does the pump; it must notice. */
START_TEST(reset_while_the_program_reads_nothing)
{
	start(LONG_GRACE);
	fill(put_into_client);
	reset_by_client();
	/* The program may still read what it was sent; it can write no more. */
	while (send(stream, "x", 1, MSG_NOSIGNAL) == 1)
		continue;
	ck_assert_int_eq(errno, EPIPE);
	close_stream();
	ck_assert_int_eq(unit_wait(pump), 0);
	ck_assert_int_eq(reported->what, PUMP_RESET);
	end();
}
END_TEST

START_TEST(fatal_alert)
{
	start(LONG_GRACE);
	gnutls_alert_send(client.tls, GNUTLS_AL_FATAL, GNUTLS_A_USER_CANCELED);
	stream_receives("");
	ended_soon_with(PUMP_ALERT);
	ck_assert_int_eq(reported->alert, GNUTLS_A_USER_CANCELED);
	end();
}
END_TEST

START_TEST(not_a_record)
{
	char c;

	start(LONG_GRACE);
	io_write_all(client.link.fd,
	    "\x17\x03\x03\x00\x20 and that is not sealed at all.......", 40);
	stream_receives("");
	ended_soon_with(PUMP_BROKEN);
	ck_assert_int_eq(
	    peer_receive(&client, &c, 1), GNUTLS_E_FATAL_ALERT_RECEIVED);
	ck_assert_int_eq(gnutls_alert_get(client.tls), GNUTLS_A_BAD_RECORD_MAC);
	end();
}
END_TEST

/* A later read gets ECONNRESET from the kernel. */
START_TEST(closed_by_the_program_with_unread_input)
{
	start(LONG_GRACE);
	io_write_all(stream, "hello", 5);
	client_receives("hello");
	peer_send(&client, "unread", 6);
	io_wait(stream, POLLIN, -1);
	close_stream();
	client_sees_end();
	/* What the client still sends is discarded. */
	peer_send(&client, "more", 4);
	gnutls_bye(client.tls, GNUTLS_SHUT_WR);
	ended_soon_with(PUMP_CLOSED);
	end();
}
END_TEST

/* --- data --- */

static char large[LARGE];

static void
make_large(void)
{
	size_t i;

	for (i = 0; i < LARGE; i++)
		large[i] = (char)(i * 7 + i / 251);
}

/* Write all of it to the stream in a child. */
static pid_t
write_large(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(io_write_all(stream, large, LARGE) == 0 ? 0 : 1);
	return pid;
}

static void
client_receives_large(void)
{
	static char buf[LARGE];
	size_t got = 0;
	ssize_t n;

	while (got < LARGE) {
		n = peer_receive(&client, buf + got, LARGE - got);
		ck_assert_int_gt(n, 0);
		got += (size_t)n;
	}
	ck_assert_int_eq(memcmp(buf, large, LARGE), 0);
}

static void
stream_receives_large(void)
{
	static char buf[LARGE];
	size_t got = 0;
	ssize_t n;

	while (got < LARGE) {
		n = io_read(stream, buf + got, LARGE - got);
		ck_assert_int_gt(n, 0);
		got += (size_t)n;
	}
	ck_assert_int_eq(memcmp(buf, large, LARGE), 0);
}

/* A client that reads nothing can still send. */
START_TEST(the_client_sends_before_it_reads)
{
	pid_t writer, sender;

	make_large();
	start(LONG_GRACE);
	writer = write_large();
	if ((sender = fork()) == 0)
		_exit(peer_send(&client, large, LARGE) == LARGE ? 0 : 1);
	stream_receives_large();
	ck_assert_int_eq(unit_wait(sender), 0);
	client_receives_large();
	ck_assert_int_eq(unit_wait(writer), 0);
	close_stream();
	client_sees_end();
	kill(pump, SIGKILL);
	unit_wait(pump);
	end();
}
END_TEST

/* A program that reads nothing can still send. */
START_TEST(the_program_sends_before_it_reads)
{
	pid_t writer, sender;

	make_large();
	start(LONG_GRACE);
	if ((sender = fork()) == 0)
		_exit(peer_send(&client, large, LARGE) == LARGE ? 0 : 1);
	writer = write_large();
	client_receives_large();
	ck_assert_int_eq(unit_wait(writer), 0);
	stream_receives_large();
	ck_assert_int_eq(unit_wait(sender), 0);
	kill(pump, SIGKILL);
	unit_wait(pump);
	end();
}
END_TEST

START_TEST(large_over_tls_1_2)
{
	pid_t writer;

	make_large();
	start_with("NORMAL:-VERS-ALL:+VERS-TLS1.2", LONG_GRACE);
	writer = write_large();
	client_receives_large();
	ck_assert_int_eq(unit_wait(writer), 0);
	close_stream();
	client_sees_end();
	gnutls_bye(client.tls, GNUTLS_SHUT_WR);
	ended_with(PUMP_CLOSED);
	end();
}
END_TEST

/* --- keys --- */

START_TEST(new_keys)
{
	pid_t writer;

	make_large();
	start(LONG_GRACE);
	writer = write_large();
	/* While the other direction is blocked. */
	ck_assert_int_eq(
	    gnutls_session_key_update(client.tls, GNUTLS_KU_PEER), 0);
	peer_send(&client, "after", 5);
	stream_receives("after");
	client_receives_large();
	ck_assert_int_eq(unit_wait(writer), 0);
	close_stream();
	client_sees_end();
	kill(pump, SIGKILL);
	unit_wait(pump);
	end();
}
END_TEST

START_TEST(a_flood_of_new_keys)
{
	int i;

	start(LONG_GRACE);
	for (i = 0; i < 50; i++)
		gnutls_session_key_update(client.tls, 0);
	stream_receives("");
	ended_with(PUMP_BROKEN);
	end();
}
END_TEST

START_TEST(renegotiation)
{
	int result;

	start_with("NORMAL:-VERS-ALL:+VERS-TLS1.2", LONG_GRACE);
	result = gnutls_handshake(client.tls);
	/* The alert may have come already. */
	if (result != GNUTLS_E_FATAL_ALERT_RECEIVED)
		ck_assert_int_eq(result, GNUTLS_E_AGAIN);
	stream_receives("");
	ended_with(PUMP_BROKEN);
	end();
}
END_TEST

/* --- the end of the session --- */

START_TEST(what_is_left_is_passed_on)
{
	char buf[1000];
	ssize_t n, got = 0, put = 0;

	start(LONG_GRACE);
	memset(large, 'd', LARGE);
	while ((n = put_into_stream(large, 1000)) > 0)
		put += n;
	close_stream();
	close_control();
	while ((n = peer_receive(&client, buf, sizeof(buf))) > 0)
		got += n;
	ck_assert_int_eq(n, 0);
	ck_assert_int_eq(got, put);
	gnutls_bye(client.tls, GNUTLS_SHUT_WR);
	ended_with(PUMP_CLOSED);
	end();
}
END_TEST

/* A session that was not complete must not look as if it were. */
START_TEST(what_is_cut_has_no_end)
{
	char buf[10];

	start(LONG_GRACE);
	io_write_all(stream, "part", 4);
	ck_assert_int_eq(send(control, "c", 1, 0), 1);
	client_receives("part");
	ck_assert_int_eq(peer_receive(&client, buf, sizeof(buf)),
	    GNUTLS_E_PREMATURE_TERMINATION);
	/* The session waits for that, and may exit then. */
	ck_assert(io_wait(stream, 0, clock_now() + 10 * SECOND) & POLLHUP);
	ck_assert_int_eq(peer_send(&client, "x", 1), 1);
	shutdown(client.link.fd, SHUT_WR);
	ck_assert_int_eq(unit_wait(pump), 0);
	ck_assert_int_eq(reported->notices, 0);
	end();
}
END_TEST

/* The session has ended after all. */
START_TEST(an_end_is_not_cut)
{
	char buf[10];

	start(LONG_GRACE);
	io_write_all(stream, "all", 3);
	close_stream();
	ck_assert_int_eq(send(control, "c", 1, 0), 1);
	client_receives("all");
	ck_assert_int_eq(peer_receive(&client, buf, sizeof(buf)), 0);
	gnutls_bye(client.tls, GNUTLS_SHUT_WR);
	ended_with(PUMP_CLOSED);
	end();
}
END_TEST

/* Another process has the stream open still. */
START_TEST(the_grace_is_over)
{
	start(SHORT_GRACE);
	io_write_all(stream, "hello", 5);
	client_receives("hello");
	close_control();
	client_sees_end();
	ck_assert_int_eq(unit_wait(pump), 0);
	ck_assert_int_eq(reported->notices, 0);
	ck_assert_int_lt(reported->polls, 20);
	end();
}
END_TEST

/* hail does this when the reader of its output has gone. */
START_TEST(what_nobody_takes_ends_it)
{
	wants_reset = true;
	start(LONG_GRACE);
	close_stream();
	close_control();
	client_sees_end();
	ck_assert_int_eq(peer_send(&client, "x", 1), 1);
	ck_assert_int_eq(unit_wait(pump), 0);
	end();
}
END_TEST

/* The client reads nothing, and must not get a proper end. */
START_TEST(the_grace_is_over_for_a_slow_client)
{
	char buf[1000];
	ssize_t n;

	start(SHORT_GRACE);
	fill(put_into_stream);
	close_stream();
	close_control();
	ck_assert_int_eq(unit_wait(pump), 0);
	while ((n = peer_receive(&client, buf, sizeof(buf))) > 0)
		continue;
	ck_assert_int_eq(n, GNUTLS_E_PREMATURE_TERMINATION);
	end();
}
END_TEST

/* Data that the kernel has accepted still reaches a slow client. */
START_TEST(the_kernel_takes_what_is_left)
{
	char buf[1000];
	ssize_t n, got = 0, put = 0;

	send_buffer = 4096;
	start(SHORT_GRACE);
	while ((n = put_into_stream(large, 1000)) > 0)
		put += n;
	close_stream();
	close_control();
	ck_assert_int_eq(unit_wait(pump), 0);
	while ((n = peer_receive(&client, buf, sizeof(buf))) > 0)
		got += n;
	ck_assert_int_eq(n, 0);
	ck_assert_int_eq(got, put);
	end();
}
END_TEST

/* No daemon: the other program closes, and the client does not answer. */
START_TEST(closed_by_the_program_alone)
{
	start(SHORT_GRACE);
	close_stream();
	client_sees_end();
	ck_assert_int_eq(unit_wait(pump), 0);
	ck_assert_int_lt(reported->polls, 20);
	end();
}
END_TEST

/* The program has closed, so the end need not be hidden from it. */
START_TEST(truncated_after_the_program_has_closed)
{
	hold = LONG_GRACE;
	start(LONG_GRACE);
	close_stream();
	client_sees_end();
	shutdown(client.link.fd, SHUT_WR);
	ended_soon_with(PUMP_TRUNCATED);
	end();
}
END_TEST

/* No state makes poll(2) return at once for ever: one side has closed. */
START_TEST(idle_half_closed)
{
	int before;

	start(LONG_GRACE);
	shutdown(client.link.fd, SHUT_WR);
	stream_receives("");
	io_write_all(stream, "a", 1);
	client_receives("a");
	before = reported->polls;
	io_wait(stream, POLLIN, clock_now() + SHORT_GRACE);
	io_write_all(stream, "b", 1);
	client_receives("b");
	ck_assert_int_lt(reported->polls - before, 10);
	close_stream();
	client_sees_end();
	ended_with(PUMP_TRUNCATED);
	end();
}
END_TEST

static void
set_up(void)
{
	const struct peer_spec spec = { .cn = "server" };

	reported = mmap(NULL, sizeof(*reported), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(reported != MAP_FAILED);
	peer_cert_make(&cert, &spec, NULL);
}

static void
tear_down(void)
{
	peer_cert_free(&cert);
	munmap(reported, sizeof(*reported));
}

static void
add(TCase *tc)
{
	tcase_set_timeout(tc, 20);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, half_closed_by_the_client);
	tcase_add_test(tc, half_closed_by_the_program);
	tcase_add_test(tc, truncated);
	tcase_add_test(tc, reset);
	tcase_add_test(tc, reset_while_the_program_reads_nothing);
	tcase_add_test(tc, fatal_alert);
	tcase_add_test(tc, not_a_record);
	tcase_add_test(tc, closed_by_the_program_with_unread_input);
	tcase_add_test(tc, the_client_sends_before_it_reads);
	tcase_add_test(tc, the_program_sends_before_it_reads);
	tcase_add_test(tc, large_over_tls_1_2);
	tcase_add_test(tc, new_keys);
	tcase_add_test(tc, a_flood_of_new_keys);
	tcase_add_test(tc, renegotiation);
	tcase_add_test(tc, what_is_left_is_passed_on);
	tcase_add_test(tc, what_is_cut_has_no_end);
	tcase_add_test(tc, an_end_is_not_cut);
	tcase_add_test(tc, the_grace_is_over);
	tcase_add_test(tc, what_nobody_takes_ends_it);
	tcase_add_test(tc, the_grace_is_over_for_a_slow_client);
	tcase_add_test(tc, the_kernel_takes_what_is_left);
	tcase_add_test(tc, closed_by_the_program_alone);
	tcase_add_test(tc, truncated_after_the_program_has_closed);
	tcase_add_test(tc, idle_half_closed);
}

int
main(void)
{
	return unit_run("pump", add);
}
