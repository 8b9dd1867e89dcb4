/*
 * check_containment.c -- what a session is given, and why a client is refused.
 *
 * Directories take the place of cgroups, as in check_leaves.c.
 */

#include "tests/unit/unit.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "haild/children/service_stats.h"
#include "haild/containment/containment.h"
#include "lib/log.h"

static char name[] = "x";
static struct containment x;
static struct service_stats stats = { .name = name };
static struct child child;
static struct grant grant;

static struct service service;

static void
enter(void)
{
	unit_enter_dir();
	log_init("check", 0, LOG_DAEMON, LOG_DEBUG);
	memset(&x, 0, sizeof(x));
	x.leaves.has = CGROUP_LEAVES;
	x.leaves.table = calloc(LEAVES_MAX, sizeof(*x.leaves.table));
	x.leaves.dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	x.trees.network = -1;
	ck_assert_ptr_nonnull(x.leaves.table);
	child = (struct child) { .stats = &stats };
	service = (struct service) {
		.name = name, .handler = HANDLER_EXEC, .contained.tree = NO_TREE
	};
}

static void
leave(void)
{
	close(x.leaves.dir);
	free(x.leaves.table);
	unit_leave_dir();
}

static struct refusal
give(int which)
{
	struct refusal why =
	    containment_grant(&x, &service, &child, which, &grant);

	if (why.reason == REFUSED_NOT)
		containment_started(&x, &grant);
	return why;
}

/* Without limits it is in that of its session, if there is one. */
START_TEST(a_strict_command_has_a_leaf)
{
	service.handler = HANDLER_COMMAND;
	child.leaves[CONTAINED_SESSION] = 1;
	ck_assert_int_eq(give(CONTAINED_PROGRAM).reason, REFUSED_NOT);
	ck_assert_uint_eq(child.leaves[CONTAINED_PROGRAM], 0);
	service.sandbox = SANDBOX_STRICT;
	ck_assert_int_eq(give(CONTAINED_PROGRAM).reason, REFUSED_NOT);
	ck_assert_uint_eq(child.leaves[CONTAINED_PROGRAM], 0);

	child.leaves[CONTAINED_SESSION] = 0;
	ck_assert_int_eq(give(CONTAINED_PROGRAM).reason, REFUSED_NOT);
	ck_assert_uint_ne(child.leaves[CONTAINED_PROGRAM], 0);
	x.leaves.has = 0;
	ck_assert_int_eq(give(CONTAINED_PROGRAM).reason, REFUSED_LEAF);
	service.sandbox = SANDBOX_BASIC;
	ck_assert_int_eq(give(CONTAINED_PROGRAM).reason, REFUSED_NOT);
}
END_TEST

START_TEST(a_full_service_is_told_from_a_failure)
{
	struct refusal why;
	int uid;

	x.leaves.join = true;
	service.service_tasks_max = 7;
	ck_assert_int_eq(mkdir(name, 0755), 0);
	unit_write_file("x/pids.max", "");
	unit_write_file("x/pids.current", "7\n");
	why = give(CONTAINED_SESSION);
	ck_assert_int_eq(why.reason, REFUSED_TASKS);
	ck_assert_int_eq(why.number, 7);

	uid = unit_forbid(name);
	why = give(CONTAINED_SESSION);
	unit_allow(name, uid);
	ck_assert_int_eq(why.reason, REFUSED_LEAF);
	ck_assert_int_eq(why.number, EACCES);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, a_strict_command_has_a_leaf);
	tcase_add_test(tc, a_full_service_is_told_from_a_failure);
}

int
main(void)
{
	return unit_run("containment", add);
}
