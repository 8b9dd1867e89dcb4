/*
 * check_forward_pump.c -- copying between a client and a target: ends, resets,
 * stalls, counts.  The pump is a child; this process is client and target.
 */

#include "tests/unit/unit.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "session/channel.h"
#include "session/forward_pump.h"

#define BIG ((size_t)8 << 20)
#define PATIENCE (60 * SECOND)

/* The kinds of sockets of client and target, for loop tests. */
enum { TCP_TCP, TCP_UNIX, UNIX_TCP, UNIX_UNIX, KINDS };

static bool
client_is_tcp(int kinds)
{
	return kinds == TCP_TCP || kinds == TCP_UNIX;
}

static bool
target_is_tcp(int kinds)
{
	return kinds == TCP_TCP || kinds == UNIX_TCP;
}

/* What the child tells at its end. */
struct result {
	enum outcome_kind kind;
	int signal;
	uint64_t in, out;
	int splices; /* calls that moved bytes */
};

static int client, target, channel; /* this process's ends */
static int results;
static pid_t pid;

/* --- splice(2), of the child --- */

static enum { WORKS, FAILS_TO_READ, FAILS_TO_WRITE } splicing;
static int splices;

ssize_t
splice(int in, off64_t *in_at, int out, off64_t *out_at, size_t len,
    unsigned int flags)
{
	bool reads = len == 256 * 1024;
	ssize_t n;

	if ((reads && splicing == FAILS_TO_READ) ||
	    (!reads && splicing == FAILS_TO_WRITE)) {
		errno = EINVAL;
		return -1;
	}
	n = syscall(__NR_splice, in, in_at, out, out_at, len, flags);
	splices += n > 0;
	return n;
}

/* --- sockets --- */

/* PAIR[0] is accepted. */
static void
tcp_pair(int pair[2])
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, len), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	pair[1] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(pair[1], (struct sockaddr *)&a, len), 0);
	pair[0] = accept(fd, NULL, NULL);
	ck_assert_int_ne(pair[0], -1);
	close(fd);
}

static void
make_pair(int pair[2], bool tcp)
{
	if (tcp)
		tcp_pair(pair);
	else
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
}

static void
run_child(struct forward_pump *p, int out, rlim_t files)
{
	const struct rlimit limit = { files, files };
	struct result r;

	close(client);
	close(target);
	close(channel);
	if (files > 0)
		setrlimit(RLIMIT_NOFILE, &limit);
	forward_pump_prepare(p);
	if (write(out, "", 1) != 1)
		_exit(1);
	memset(&r, 0, sizeof(r)); /* the padding is written, too */
	r.kind = forward_pump(p);
	r.signal = p->signal;
	r.in = p->in;
	r.out = p->out;
	r.splices = splices;
	_exit(write(out, &r, sizeof(r)) == sizeof(r) ? 0 : 1);
}

/* FILES: the limit of descriptors; 0: do not change it. */
static void
start_with(int kinds, int64_t idle, rlim_t files)
{
	struct forward_pump p = { .idle = idle, .keepalive = 600 * SECOND };
	int clients[2], targets[2], channels[2], out[2];
	char ready;

	signal(SIGPIPE, SIG_IGN);
	make_pair(clients, client_is_tcp(kinds));
	make_pair(targets, target_is_tcp(kinds));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, channels), 0);
	ck_assert_int_eq(pipe(out), 0);
	client = clients[1];
	target = targets[1];
	channel = channels[1];
	results = out[0];
	p.client = clients[0];
	p.target = targets[0];
	p.channel = channels[0];
	if ((pid = fork()) == 0)
		run_child(&p, out[1], files);
	ck_assert_int_gt(pid, 0);
	close(clients[0]);
	close(targets[0]);
	close(channels[0]);
	close(out[1]);
	/* From then on it catches signals. */
	ck_assert_int_eq(read(results, &ready, 1), 1);
}

static void
start(int kinds, int64_t idle)
{
	start_with(kinds, idle, 0);
}

static struct result
finish(void)
{
	struct result r;

	ck_assert(io_wait(results, POLLIN, clock_now() + PATIENCE) > 0);
	ck_assert_int_eq(read(results, &r, sizeof(r)), sizeof(r));
	ck_assert_int_eq(unit_wait(pid), 0);
	return r;
}

static void
expect(enum outcome_kind kind, uint64_t in, uint64_t out)
{
	struct result r = finish();

	ck_assert_int_eq(r.kind, kind);
	ck_assert_uint_eq(r.in, in);
	ck_assert_uint_eq(r.out, out);
}

static void
say(int fd, const char *text)
{
	ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
}

/* What FD receives next is TEXT. */
static void
hear(int fd, const char *text)
{
	char buf[64];

	ck_assert(io_wait(fd, POLLIN, clock_now() + PATIENCE) > 0);
	ck_assert_int_eq(
	    recv(fd, buf, strlen(text), MSG_WAITALL), (int)strlen(text));
	ck_assert_int_eq(memcmp(buf, text, strlen(text)), 0);
}

/* The errno of what FD receives next, 0 at an end. */
static int
end_of(int fd)
{
	char byte;
	ssize_t n;

	ck_assert(io_wait(fd, POLLIN, clock_now() + PATIENCE) > 0);
	n = recv(fd, &byte, 1, MSG_DONTWAIT);
	ck_assert_msg(n <= 0, "a byte more");
	return n == 0 ? 0 : errno;
}

static void
reset(int fd)
{
	const struct linger none = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(fd);
}

/* --- ends --- */

START_TEST(the_client_ends_first)
{
	start(_i, -1);
	say(client, "ping");
	shutdown(client, SHUT_WR);
	hear(target, "ping");
	ck_assert_int_eq(end_of(target), 0);
	say(target, "pong!");
	hear(client, "pong!");
	shutdown(target, SHUT_WR);
	ck_assert_int_eq(end_of(client), 0);
	expect(OUTCOME_EXIT, 4, 5);
}
END_TEST

START_TEST(the_target_ends_first)
{
	start(_i, -1);
	say(target, "hello");
	shutdown(target, SHUT_WR);
	hear(client, "hello");
	ck_assert_int_eq(end_of(client), 0);
	say(client, "bye");
	hear(target, "bye");
	close(client);
	ck_assert_int_eq(end_of(target), 0);
	expect(OUTCOME_EXIT, 3, 5);
}
END_TEST

/* It has closed both directions: what the client still sends is refused. */
START_TEST(a_target_that_closes_has_answered)
{
	start(_i, -1);
	say(client, "request");
	hear(target, "request");
	say(target, "answer");
	close(target);
	say(client, "more");
	say(client, "and more");
	hear(client, "answer");
	ck_assert_int_eq(end_of(client), 0);
	/* It would be reset here if the rest were not discarded. */
	say(client, "rest");
	close(client);
	ck_assert_int_eq(finish().out, 6);
}
END_TEST

/* --- resets --- */

START_TEST(a_reset_client)
{
	start(_i, -1);
	say(client, "half of");
	hear(target, "half of");
	say(client, " it");
	if (client_is_tcp(_i))
		reset(client);
	else {
		/* Unread data is what makes this a reset. */
		say(target, "unread");
		ck_assert(io_wait(client, POLLIN, clock_now() + PATIENCE) > 0);
		close(client);
	}
	hear(target, " it");
	ck_assert_int_eq(end_of(target), target_is_tcp(_i) ? ECONNRESET : 0);
	expect(OUTCOME_DISCONNECT, 10, client_is_tcp(_i) ? 0 : 6);
}
END_TEST

START_TEST(a_reset_target)
{
	start(_i, -1);
	say(target, "half of");
	hear(client, "half of");
	say(target, " it");
	if (target_is_tcp(_i))
		reset(target);
	else {
		say(client, "unread");
		ck_assert(io_wait(target, POLLIN, clock_now() + PATIENCE) > 0);
		close(target);
	}
	hear(client, " it");
	ck_assert_int_eq(end_of(client), client_is_tcp(_i) ? ECONNRESET : 0);
	expect(OUTCOME_TARGET_RESET, target_is_tcp(_i) ? 0 : 6, 10);
}
END_TEST

/* The client's end was passed on; then its reset comes. */
START_TEST(a_reset_after_the_end)
{
	start(TCP_TCP, -1);
	say(client, "all of it");
	shutdown(client, SHUT_WR);
	hear(target, "all of it");
	ck_assert_int_eq(end_of(target), 0);
	reset(client);
	/* It cannot get an answer. */
	ck_assert(io_wait(target, 0, clock_now() + PATIENCE) & POLLERR);
	expect(OUTCOME_DISCONNECT, 9, 0);
}
END_TEST

/* The session learns of it when it writes, not when it reads. */
START_TEST(a_client_that_refuses_the_answer)
{
	start(TCP_TCP, -1);
	close(client);
	ck_assert_int_eq(end_of(target), 0);
	while (write(target, "answer", 6) == 6)
		usleep(1000);
	ck_assert(errno == ECONNRESET || errno == EPIPE);
	ck_assert_int_eq(finish().kind, OUTCOME_DISCONNECT);
}
END_TEST

/* The same of a target, which has not ended: the client must not see an end. */
START_TEST(a_target_that_is_reset_while_it_is_written_to)
{
	static char junk[1 << 20];
	int error = 0;

	start(TCP_TCP, -1);
	fcntl(client, F_SETFL, O_NONBLOCK);
	while (write(client, junk, sizeof(junk)) > 0)
		continue;
	reset(target);
	ck_assert(io_wait(client, POLLIN, clock_now() + PATIENCE) > 0);
	error = end_of(client);
	ck_assert_int_eq(error, ECONNRESET);
	ck_assert_int_eq(finish().kind, OUTCOME_TARGET_RESET);
}
END_TEST

/* The other side does not read, so what was read cannot be passed on. */
START_TEST(a_reset_beside_a_stall)
{
	static char junk[1 << 20];

	start(TCP_TCP, -1);
	fcntl(client, F_SETFL, O_NONBLOCK);
	while (io_wait(client, POLLOUT, clock_now() + SECOND / 2) > 0)
		ck_assert_int_gt(write(client, junk, sizeof(junk)), 0);
	reset(client);
	ck_assert_int_eq(finish().kind, OUTCOME_DISCONNECT);
}
END_TEST

/* A transfer that is cut: all that was sent before arrives, and no end. */
START_TEST(a_truncated_answer)
{
	static char buf[1 << 16];
	uint64_t got = 0;
	struct result r;
	ssize_t n;
	int i;

	start(_i, -1);
	for (i = 0; i < 16; i++)
		ck_assert_int_eq(write(target, buf, 1000), 1000);
	if (target_is_tcp(_i))
		reset(target);
	else {
		say(client, "unread");
		ck_assert(io_wait(target, POLLIN, clock_now() + PATIENCE) > 0);
		close(target);
	}
	while ((n = read(client, buf, sizeof(buf))) > 0)
		got += (uint64_t)n;
	if (client_is_tcp(_i)) {
		ck_assert_int_eq(n, -1);
		ck_assert_int_eq(errno, ECONNRESET);
	}
	r = finish();
	ck_assert_int_eq(r.kind, OUTCOME_TARGET_RESET);
	ck_assert_uint_eq(r.out, got);
	if (!target_is_tcp(_i))
		ck_assert_uint_eq(got, 16000);
}
END_TEST

/* --- timeouts, signals, counts --- */

START_TEST(silence)
{
	start(_i, SECOND / 5);
	say(client, "x");
	hear(target, "x");
	ck_assert_int_eq(end_of(client), client_is_tcp(_i) ? ECONNRESET : 0);
	ck_assert_int_eq(end_of(target), target_is_tcp(_i) ? ECONNRESET : 0);
	expect(OUTCOME_IDLE_TIMEOUT, 1, 0);
}
END_TEST

/* Fill the session and the kernel from FD until no byte moves any more. */
static void
stall(int fd)
{
	static char junk[1 << 20];

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (io_wait(fd, POLLOUT, clock_now() + PATIENCE) == POLLOUT &&
	    write(fd, junk, sizeof(junk)) > 0)
		continue;
}

START_TEST(a_client_that_does_not_read_is_idle)
{
	struct result r;

	start(_i, SECOND / 2);
	stall(target);
	r = finish();
	ck_assert_int_eq(r.kind, OUTCOME_IDLE_TIMEOUT);
	ck_assert_uint_gt(r.out, 0);
	ck_assert_uint_eq(r.in, 0);
}
END_TEST

START_TEST(a_target_that_does_not_read_is_idle)
{
	struct result r;

	start(_i, SECOND / 2);
	stall(client);
	r = finish();
	ck_assert_int_eq(r.kind, OUTCOME_IDLE_TIMEOUT);
	ck_assert_uint_gt(r.in, 0);
	ck_assert_uint_eq(r.out, 0);
}
END_TEST

/* The next message of the channel. */
static struct channel_bytes
counts(void)
{
	struct channel_bytes b;
	struct message m;

	ck_assert(io_wait(channel, POLLIN, clock_now() + PATIENCE) > 0);
	ck_assert_int_eq(message_receive(channel, channel_kinds,
			     MESSAGE_BIT(CHANNEL_BYTES), &m, &b, sizeof(b), 0),
	    MESSAGE_OK);
	return b;
}

START_TEST(a_signal)
{
	struct channel_bytes b;
	struct result r;

	start(TCP_TCP, -1);
	say(client, "four");
	hear(target, "four");
	kill(pid, SIGTERM);
	b = counts();
	ck_assert_uint_eq(b.in, 4);
	ck_assert_uint_eq(b.out, 0);
	ck_assert_int_eq(end_of(client), ECONNRESET);
	ck_assert_int_eq(end_of(target), ECONNRESET);
	r = finish();
	ck_assert_int_eq(r.kind, OUTCOME_SIGNAL);
	ck_assert_int_eq(r.signal, SIGTERM);
}
END_TEST

/* ppoll(2) never waits, and lets no signal in. */
START_TEST(a_signal_while_bytes_move)
{
	static char junk[1 << 16];
	pid_t copier;

	start(TCP_TCP, -1);
	if ((copier = fork()) == 0) {
		while (read(target, junk, sizeof(junk)) > 0)
			continue;
		_exit(0);
	}
	close(target);
	ck_assert_int_eq(write(client, junk, sizeof(junk)), sizeof(junk));
	kill(pid, SIGTERM);
	while (write(client, junk, sizeof(junk)) > 0)
		continue;
	ck_assert_int_eq(unit_wait(copier), 0);
	ck_assert_int_eq(finish().kind, OUTCOME_SIGNAL);
}
END_TEST

/* The daemon knows from the relay that the client is gone. */
START_TEST(a_hangup)
{
	start(UNIX_TCP, -1);
	say(client, "part");
	kill(pid, SIGHUP);
	hear(target, "part");
	ck_assert_int_eq(end_of(target), ECONNRESET);
	expect(OUTCOME_DISCONNECT, 4, 0);
}
END_TEST

START_TEST(counts_come_once_a_second)
{
	struct channel_bytes b;
	int64_t begun = clock_now();

	start(TCP_UNIX, -1);
	say(client, "12345");
	hear(target, "12345");
	b = counts();
	ck_assert_int_ge(clock_now() - begun, SECOND);
	ck_assert_uint_eq(b.in, 5);
	say(target, "6");
	hear(client, "6");
	close(client);
	close(target);
	b = counts();
	ck_assert_uint_eq(b.in, 5);
	ck_assert_uint_eq(b.out, 1);
	expect(OUTCOME_EXIT, 5, 1);
}
END_TEST

/* A daemon that does not read gets one message and the last one. */
START_TEST(counts_do_not_pile_up)
{
	struct channel_bytes b;
	int i;

	start(UNIX_UNIX, -1);
	for (i = 0; i < 5; i++) {
		say(client, "x");
		hear(target, "x");
		usleep(500000);
	}
	close(client);
	close(target);
	expect(OUTCOME_EXIT, 5, 0);
	b = counts();
	ck_assert_uint_lt(b.in, 5);
	ck_assert_uint_eq(counts().in, 5);
	ck_assert_int_eq(recv(channel, &b, sizeof(b), MSG_DONTWAIT), 0);
}
END_TEST

/* --- much --- */

struct end {
	int fd;
	size_t sent, got;
	bool ended;
	unsigned int seed;
};

static unsigned char
byte_at(size_t at, unsigned int seed)
{
	return (unsigned char)(at * 31 + (at >> 8) * 7 + (at >> 16) + seed);
}

static void
send_some(struct end *e, unsigned int seed)
{
	static unsigned char buf[1 << 17];
	size_t n = (size_t)(rand_r(&e->seed) % (int)sizeof(buf)) + 1, i;
	ssize_t sent;

	if (rand_r(&e->seed) % 4 == 0)
		n = n % 7 + 1;
	if (n > BIG - e->sent)
		n = BIG - e->sent;
	for (i = 0; i < n; i++)
		buf[i] = byte_at(e->sent + i, seed);
	if ((sent = send(e->fd, buf, n, MSG_DONTWAIT)) > 0)
		e->sent += (size_t)sent;
	if (e->sent == BIG)
		shutdown(e->fd, SHUT_WR);
}

static void
receive_some(struct end *e, unsigned int seed)
{
	static unsigned char buf[1 << 17];
	size_t n = (size_t)(rand_r(&e->seed) % (int)sizeof(buf)) + 1, i;
	ssize_t got = recv(e->fd, buf, n, MSG_DONTWAIT);
	bool right = true;

	ck_assert_msg(got != -1 || errno == EAGAIN, "%s", strerror(errno));
	for (i = 0; got > 0 && i < (size_t)got; i++)
		right = right && buf[i] == byte_at(e->got + i, seed);
	ck_assert_msg(right, "a wrong byte after %zu", e->got);
	e->got += got > 0 ? (size_t)got : 0;
	e->ended = got == 0;
}

/* BIG bytes in each direction, in random pieces. */
static struct result
move_much(int kinds, rlim_t files)
{
	struct end ends[2] = { { .seed = 1 }, { .seed = 2 } };
	struct pollfd fds[2];
	int i;

	start_with(kinds, 10 * SECOND, files);
	ends[0].fd = client;
	ends[1].fd = target;
	for (;;) {
		for (i = 0; i < 2; i++) {
			fds[i].events = (short)((ends[i].ended ? 0 : POLLIN) |
			    (ends[i].sent < BIG ? POLLOUT : 0));
			fds[i].fd = fds[i].events != 0 ? ends[i].fd : -1;
		}
		if (fds[0].fd == -1 && fds[1].fd == -1)
			break;
		ck_assert_int_gt(io_poll(fds, 2, clock_now() + PATIENCE), 0);
		for (i = 0; i < 2; i++) {
			if ((fds[i].revents & POLLOUT) != 0)
				send_some(&ends[i], (unsigned int)i);
			if ((fds[i].revents & POLLIN) != 0)
				receive_some(&ends[i], (unsigned int)!i);
		}
	}
	ck_assert_uint_eq(ends[0].got, BIG);
	ck_assert_uint_eq(ends[1].got, BIG);
	return finish();
}

START_TEST(much)
{
	struct result r = move_much(_i, 0);

	ck_assert_int_eq(r.kind, OUTCOME_EXIT);
	ck_assert_uint_eq(r.in, BIG);
	ck_assert_uint_eq(r.out, BIG);
	ck_assert_int_gt(r.splices, 0);
}
END_TEST

START_TEST(much_without_splice)
{
	struct result r;

	splicing = _i < KINDS ? FAILS_TO_READ : FAILS_TO_WRITE;
	r = move_much(_i % KINDS, 0);
	ck_assert_int_eq(r.kind, OUTCOME_EXIT);
	ck_assert_uint_eq(r.in, BIG);
	ck_assert_uint_eq(r.out, BIG);
}
END_TEST

START_TEST(much_without_descriptors)
{
	struct result r = move_much(TCP_TCP, 3);

	ck_assert_int_eq(r.kind, OUTCOME_EXIT);
	ck_assert_uint_eq(r.in, BIG);
	ck_assert_uint_eq(r.out, BIG);
	ck_assert_int_eq(r.splices, 0);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, the_client_ends_first, 0, KINDS);
	tcase_add_loop_test(tc, the_target_ends_first, 0, KINDS);
	tcase_add_loop_test(tc, a_target_that_closes_has_answered, 0, KINDS);
	tcase_add_loop_test(tc, a_reset_client, 0, KINDS);
	tcase_add_loop_test(tc, a_reset_target, 0, KINDS);
	tcase_add_test(tc, a_reset_after_the_end);
	tcase_add_test(tc, a_client_that_refuses_the_answer);
	tcase_add_test(tc, a_target_that_is_reset_while_it_is_written_to);
	tcase_add_test(tc, a_reset_beside_a_stall);
	tcase_add_loop_test(tc, a_truncated_answer, 0, KINDS);
	tcase_add_loop_test(tc, silence, 0, KINDS);
	tcase_add_loop_test(tc, a_client_that_does_not_read_is_idle, 0, KINDS);
	tcase_add_loop_test(tc, a_target_that_does_not_read_is_idle, 0, KINDS);
	tcase_add_test(tc, a_signal);
	tcase_add_test(tc, a_signal_while_bytes_move);
	tcase_add_test(tc, a_hangup);
	tcase_add_test(tc, counts_come_once_a_second);
	tcase_add_test(tc, counts_do_not_pile_up);
	tcase_add_loop_test(tc, much, 0, KINDS);
	tcase_add_loop_test(tc, much_without_splice, 0, 2 * KINDS);
	UNIT_ADD_IF(!unit_is_valgrind(), tc, much_without_descriptors,
	    "cannot run under valgrind");
}

int
main(void)
{
	return unit_run("forward_pump", add);
}
