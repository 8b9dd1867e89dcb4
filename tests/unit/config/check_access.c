/*
 * check_access.c -- which clients of a Unix socket a service accepts, by group.
 */

#include "tests/unit/unit.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <grp.h>
#include <unistd.h>

#include "config/access.h"

static gid_t wanted;
static struct service service = { .allow_gids = &wanted, .nallow_gids = 1 };

/* A client in this process's groups, whose own group is another. */
static struct client
client_here(int pair[2])
{
	struct client client = { .cred = { 1, 1, (gid_t)-2 } };

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	client.fd = pair[0];
	return client;
}

/* Exit with 0 if a client in N groups, from 1000 on, is accepted for GID only.
 */
static void
try_groups(size_t n, gid_t gid)
{
	gid_t list[70000];
	struct client client;
	int pair[2];
	size_t i;

	for (i = 0; i < n; i++)
		list[i] = 1000 + (gid_t)i;
	if (setgroups(n, list) == -1)
		_exit(9);
	client = client_here(pair);
	wanted = gid;
	if (!access_user(&service, &client))
		_exit(1);
	wanted = 1000 + (gid_t)n;
	_exit(access_user(&service, &client) ? 2 : 0);
}

static int
result_of(size_t n, gid_t gid)
{
	int status;

	fflush(NULL);
	if (fork() == 0)
		try_groups(n, gid);
	ck_assert_int_ne(wait(&status), -1);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(any_of_its_groups_is_enough)
{
	static const size_t numbers[] = { 1, 64, 65, 1000, 65536 };
	size_t i;

	if (geteuid() != 0)
		return;
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		size_t n = numbers[i];

		ck_assert_int_eq(result_of(n, 1000), 0);
		ck_assert_int_eq(result_of(n, 1000 + (gid_t)n - 1), 0);
	}
}
END_TEST

START_TEST(without_groups_it_is_refused)
{
	struct client client;
	int pair[2];

	wanted = (gid_t)-3;
	client = client_here(pair);
	ck_assert(!access_user(&service, &client));
	close(pair[0]);
	ck_assert(!access_user(&service, &client));
	close(pair[1]);
}
END_TEST

/* The daemon's stack does not grow: there is only room for a little of it. */
START_TEST(the_stack_does_not_grow)
{
	const struct rlimit little = { 128 << 10, 128 << 10 };
	struct client client;
	int pair[2], status;

	fflush(NULL);
	if (fork() == 0) {
		client = client_here(pair);
		wanted = (gid_t)-3;
		if (setrlimit(RLIMIT_STACK, &little) == -1)
			_exit(9);
		_exit(access_user(&service, &client));
	}
	ck_assert_int_ne(wait(&status), -1);
	ck_assert_int_eq(status, 0);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, any_of_its_groups_is_enough);
	tcase_add_test(tc, without_groups_it_is_refused);
	tcase_add_test(tc, the_stack_does_not_grow);
}

int
main(void)
{
	return unit_run("access", add);
}
