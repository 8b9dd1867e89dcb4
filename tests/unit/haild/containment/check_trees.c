/*
 * check_trees.c -- what is accepted as the namespaces of a configuration.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>

#include <fcntl.h>
#include <unistd.h>

#include "contain/tree.h"
#include "haild/containment/trees.h"
#include "lib/log.h"
#include "lib/message.h"

static int pair[2], null[MESSAGE_FDS_MAX];

static void
begin(void)
{
	size_t i;

	log_init("test", 0, LOG_DAEMON, LOG_INFO);
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	for (i = 0; i < MESSAGE_FDS_MAX; i++)
		null[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void
end(void)
{
	size_t i;

	close(pair[0]);
	close(pair[1]);
	for (i = 0; i < MESSAGE_FDS_MAX; i++)
		close(null[i]);
}

static void
send_fds(uint32_t type, unsigned int n)
{
	ck_assert_int_eq(
	    message_send_fds(pair[1], type, NULL, 0, null, n, 0), 0);
}

static void
send_end(uint32_t total)
{
	ck_assert_int_eq(
	    message_send(pair[1], TREES_END, &total, sizeof(total), 0), 0);
}

/* The lowest descriptor that is free: the same again if none has leaked. */
static int
lowest(void)
{
	int fd = dup(pair[0]);

	close(fd);
	return fd;
}

static void
receives(int result, size_t n)
{
	int before = lowest();
	struct trees t;

	ck_assert_int_eq(trees_receive(&t, pair[0]), result);
	ck_assert_uint_eq(t.n, n);
	trees_close(&t);
	ck_assert_int_eq(lowest(), before);
}

START_TEST(complete)
{
	send_end(0);
	receives(0, 0);
	send_fds(TREES_LIST, MESSAGE_FDS_MAX);
	send_fds(TREES_LIST, 3);
	send_fds(TREES_NETWORK, 1);
	send_end(MESSAGE_FDS_MAX + 3);
	receives(0, MESSAGE_FDS_MAX + 3);
}
END_TEST

START_TEST(incomplete)
{
	receives(-1, 0);
	send_fds(TREES_LIST, 3);
	receives(-1, 0);
	send_fds(TREES_LIST, 3);
	send_end(4);
	receives(-1, 0);
}
END_TEST

START_TEST(invalid)
{
	send_fds(TREES_LIST, 0);
	receives(-1, 0);
	send_fds(TREES_LIST, 1);
	send_fds(TREES_LIST, 0);
	receives(-1, 0);
	send_fds(TREES_NETWORK, 2);
	receives(-1, 0);
	send_fds(9, 1);
	receives(-1, 0);
	send_fds(TREES_NETWORK, 1);
	send_fds(TREES_NETWORK, 1);
	receives(-1, 0);
}
END_TEST

/*
 * A number that does not exist, or a network without scopes or with
 * privileges: no descriptor.
 */
START_TEST(what_a_session_is_given)
{
	static const struct identity user = { .uid = 100 }, root = { .uid = 0 };
	struct service s = { .contained.tree = 1,
		.identity = &user,
		.no_new_privileges = true };
	struct trees t = { null, 1, null[1] };
	struct grant g = NO_GRANT;

	trees_grant(&t, &s, &g);
	ck_assert_int_eq(g.tree, -1);
	ck_assert_int_eq(g.network, -1);
	s.contained.tree = 0;
	s.private_network = true;
	trees_grant(&t, &s, &g);
	ck_assert_int_eq(g.tree, null[0]);
	ck_assert_int_eq(g.network, -1);
	s.landlock_scope = true;
	trees_grant(&t, &s, &g);
	ck_assert_int_eq(g.network, null[1]);
	g = NO_GRANT;
	s.contained.capabilities = 1;
	trees_grant(&t, &s, &g);
	ck_assert_int_eq(g.network, -1);
	s.contained.capabilities = 0;
	s.identity = &root;
	trees_grant(&t, &s, &g);
	ck_assert_int_eq(g.network, -1);
	s.identity = &user;
	trees_grant(&(struct trees) { 0 }, &s, &g);
	ck_assert_int_eq(g.network, -1);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, complete);
	tcase_add_test(tc, incomplete);
	tcase_add_test(tc, invalid);
	tcase_add_test(tc, what_a_session_is_given);
}

int
main(void)
{
	return unit_run("trees", add);
}
