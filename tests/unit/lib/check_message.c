/*
 * check_message.c -- typed messages.  Both ends are in this process.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "lib/message.h"

enum { NUMBER = 1, TEXT, EMPTY, PIPES, SOCKETS };

static const struct message_kind kinds[] = {
	{ NUMBER, 4, 4, 0 },
	{ TEXT, 1, 8, 0 },
	{ EMPTY, 0, 0, 0 },
	{ PIPES, 0, 8, 2 },
	{ SOCKETS, 0, 8, MESSAGE_ANY_FDS },
	{ 0, 0, 0, 0 },
};
#define ALL                                                             \
	(MESSAGE_BIT(NUMBER) | MESSAGE_BIT(TEXT) | MESSAGE_BIT(EMPTY) | \
	    MESSAGE_BIT(PIPES) | MESSAGE_BIT(SOCKETS))

static int near, far;
static struct message m;
static char payload[16];

static void
enter(void)
{
	int pair[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	near = pair[0];
	far = pair[1];
}

static void
leave(void)
{
	close(near);
	close(far);
}

static enum message_result
receive(uint32_t expected)
{
	return message_receive(
	    near, kinds, expected, &m, payload, sizeof(payload), MSG_DONTWAIT);
}

/* The lowest descriptor that is free: the same if none stayed open. */
static int
lowest(void)
{
	int fd = dup(near);

	close(fd);
	return fd;
}

START_TEST(one_after_the_other)
{
	ck_assert_int_eq(receive(ALL), MESSAGE_NONE);
	ck_assert_int_eq(message_send(far, NUMBER, "1234", 4, 0), 0);
	ck_assert_int_eq(message_send(far, EMPTY, NULL, 0, 0), 0);
	ck_assert_int_eq(message_send(far, TEXT, "12345678", 8, 0), 0);
	ck_assert_int_eq(receive(ALL), MESSAGE_OK);
	ck_assert_uint_eq(m.type, NUMBER);
	ck_assert_uint_eq(m.length, 4);
	ck_assert_mem_eq(payload, "1234", 4);
	ck_assert_int_eq(receive(ALL), MESSAGE_OK);
	ck_assert_uint_eq(m.type, EMPTY);
	ck_assert_uint_eq(m.length, 0);
	ck_assert_int_eq(receive(MESSAGE_BIT(TEXT)), MESSAGE_OK);
	ck_assert_uint_eq(m.length, 8);
	close(far);
	ck_assert_int_eq(receive(ALL), MESSAGE_END);
}
END_TEST

START_TEST(peeked_at_it_stays)
{
	message_send(far, NUMBER, "1234", 4, 0);
	ck_assert_int_eq(message_receive(near, kinds, ALL, &m, payload,
			     sizeof(payload), MSG_DONTWAIT | MSG_PEEK),
	    MESSAGE_OK);
	ck_assert_int_eq(receive(ALL), MESSAGE_OK);
	ck_assert_int_eq(receive(ALL), MESSAGE_NONE);
}
END_TEST

START_TEST(not_expected)
{
	message_send(far, NUMBER, "1234", 4, 0);
	ck_assert_int_eq(receive(ALL & ~MESSAGE_BIT(NUMBER)), MESSAGE_BAD);
	message_send(far, NUMBER, "1234", 4, 0);
	ck_assert_int_eq(receive(0), MESSAGE_BAD);
}
END_TEST

START_TEST(unknown_types)
{
	static const uint32_t types[] = { 0, 6, 31, 32, 33, UINT32_MAX };

	message_send(far, types[_i], "1234", 4, 0);
	ck_assert_int_eq(receive(UINT32_MAX), MESSAGE_BAD);
}
END_TEST

START_TEST(sizes)
{
	message_send(far, NUMBER, "123", 3, 0);
	ck_assert_int_eq(receive(ALL), MESSAGE_BAD);
	message_send(far, NUMBER, "12345", 5, 0);
	ck_assert_int_eq(receive(ALL), MESSAGE_BAD);
	message_send(far, TEXT, NULL, 0, 0);
	ck_assert_int_eq(receive(ALL), MESSAGE_BAD);
	message_send(far, TEXT, "123456789", 9, 0);
	ck_assert_int_eq(receive(ALL), MESSAGE_BAD);
	/* longer than the receiver has room for */
	message_send(far, TEXT, "12345678901234567890", 20, 0);
	ck_assert_int_eq(receive(ALL), MESSAGE_BAD);
	/* a kind that is larger than this receiver's room */
	message_send(far, TEXT, "12345678", 8, 0);
	ck_assert_int_eq(
	    message_receive(near, kinds, ALL, &m, payload, 4, MSG_DONTWAIT),
	    MESSAGE_BAD);
}
END_TEST

/* The length in the header counts, too. */
START_TEST(raw_packets)
{
	static const struct {
		uint32_t type, length;
		char rest[4];
	} wrong[] = { { NUMBER, 3, "abc" }, { NUMBER, 5, "abc" },
		{ NUMBER, UINT32_MAX, "abc" } };

	send(far, &wrong[_i], sizeof(wrong[_i]), 0);
	ck_assert_int_eq(receive(ALL), MESSAGE_BAD);
	send(far, &wrong[_i], 7, 0);
	ck_assert_int_eq(receive(ALL), MESSAGE_BAD);
}
END_TEST

START_TEST(with_descriptors)
{
	int fds[2], got;

	ck_assert_int_eq(pipe(fds), 0);
	got = lowest();
	ck_assert_int_eq(message_send_fds(far, PIPES, "x", 1, fds, 2, 0), 0);
	ck_assert_int_eq(receive(ALL), MESSAGE_OK);
	ck_assert_int_eq(m.fds[0], got);
	ck_assert(fcntl(m.fds[0], F_GETFD) & FD_CLOEXEC);
	ck_assert(fcntl(m.fds[1], F_GETFD) & FD_CLOEXEC);
	ck_assert_int_eq(write(m.fds[1], "y", 1), 1);
	ck_assert_int_eq(read(fds[0], payload, 2), 1);
}
END_TEST

START_TEST(with_any_number_of_descriptors)
{
	int fds[MESSAGE_FDS_MAX], before = lowest();
	unsigned int i, n;

	for (i = 0; i < MESSAGE_FDS_MAX; i++)
		fds[i] = near;
	for (n = 0; n <= MESSAGE_FDS_MAX; n += MESSAGE_FDS_MAX / 2) {
		ck_assert_int_eq(
		    message_send_fds(far, SOCKETS, "x", 1, fds, n, 0), 0);
		ck_assert_int_eq(receive(ALL), MESSAGE_OK);
		ck_assert_uint_eq(m.nfds, n);
		for (i = 0; i < n; i++)
			close(m.fds[i]);
	}
	ck_assert_int_eq(lowest(), before);
}
END_TEST

START_TEST(wrong_descriptors_are_closed)
{
	static const struct {
		uint32_t type;
		unsigned int nfds;
		const char *payload;
	} wrong[] = { { NUMBER, 1, "1234" }, { NUMBER, 4, "1234" },
		{ PIPES, 0, "1234" }, { PIPES, 1, "1234" },
		{ PIPES, 3, "1234" }, { PIPES, 4, "1234" }, { 9, 2, "1234" } };
	int fds[MESSAGE_FDS_MAX] = { near, far, near, far };
	int before = lowest();

	ck_assert_int_eq(message_send_fds(far, wrong[_i].type,
			     wrong[_i].payload, 4, fds, wrong[_i].nfds, 0),
	    0);
	ck_assert_int_eq(receive(UINT32_MAX), MESSAGE_BAD);
	ck_assert_int_eq(lowest(), before);
}
END_TEST

/* With more than the receiver has room for, the kernel sets MSG_CTRUNC. */
START_TEST(too_many_descriptors)
{
	enum { MANY = MESSAGE_FDS_MAX + 1 };
	struct message_header header = { PIPES, 0 };
	struct iovec part = { &header, sizeof(header) };
	char control[CMSG_SPACE(MANY * sizeof(int))] = "";
	struct msghdr msg = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	int fds[MANY], before = lowest(), i;

	for (i = 0; i < MANY; i++)
		fds[i] = near;
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(cmsg), fds, sizeof(fds));
	ck_assert_int_gt(sendmsg(far, &msg, 0), 0);
	ck_assert_int_eq(receive(ALL), MESSAGE_BAD);
	ck_assert_int_eq(lowest(), before);
	errno = 0;
	ck_assert_int_eq(
	    message_send_fds(far, PIPES, NULL, 0, fds, MANY, 0), -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(a_peer_that_is_gone)
{
	signal(SIGPIPE, SIG_DFL);
	close(near);
	ck_assert_int_eq(message_send(far, EMPTY, NULL, 0, 0), -1);
	ck_assert_int_eq(errno, EPIPE);
	near = dup(far);
}
END_TEST

START_TEST(no_room_now)
{
	int n = 0;

	while (message_send(far, NUMBER, "1234", 4, MSG_DONTWAIT) == 0)
		ck_assert_int_lt(n++, 100000);
	ck_assert_int_eq(errno, EAGAIN);
}
END_TEST

/* Not the end of the connection, although recvmsg(2) returns 0. */
START_TEST(an_empty_packet_with_descriptors)
{
	char control[CMSG_SPACE(sizeof(int))] = "";
	struct msghdr msg = { .msg_control = control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	int before = lowest();

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &near, sizeof(int));
	ck_assert_int_eq(sendmsg(far, &msg, 0), 0);
	ck_assert_int_eq(receive(ALL), MESSAGE_BAD);
	ck_assert_int_eq(lowest(), before);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, one_after_the_other);
	tcase_add_test(tc, peeked_at_it_stays);
	tcase_add_test(tc, not_expected);
	tcase_add_loop_test(tc, unknown_types, 0, 6);
	tcase_add_test(tc, sizes);
	tcase_add_loop_test(tc, raw_packets, 0, 3);
	tcase_add_test(tc, with_descriptors);
	tcase_add_test(tc, with_any_number_of_descriptors);
	tcase_add_loop_test(tc, wrong_descriptors_are_closed, 0, 7);
	tcase_add_test(tc, too_many_descriptors);
	tcase_add_test(tc, an_empty_packet_with_descriptors);
	tcase_add_test(tc, a_peer_that_is_gone);
	tcase_add_test(tc, no_room_now);
}

int
main(void)
{
	return unit_run("message", add);
}
