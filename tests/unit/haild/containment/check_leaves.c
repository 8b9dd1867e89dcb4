/*
 * check_leaves.c -- the cgroups of sessions: used again or not, limits, and
 * what a session has used.
 *
 * Directories take the place of cgroups; a test makes the files that it needs,
 * and so they cannot be removed.
 */

#include "tests/unit/unit.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "haild/containment/leaves.h"
#include "lib/io.h"
#include "lib/log.h"

static struct leaves l;
static struct grant grant;
static struct leaf_account used;

static const struct service plain = { .handler = HANDLER_EXEC,
	.memory_max = -1,
	.tasks_max = -1,
	.cpu_quota = -1,
	.service_memory_max = -1,
	.service_tasks_max = -1 };

static void
enter(void)
{
	unit_enter_dir();
	log_init("check", 0, LOG_DAEMON, LOG_DEBUG);
	l = (struct leaves) { .due = -1, .has = CGROUP_LEAVES };
	l.table = calloc(LEAVES_MAX, sizeof(*l.table));
	l.dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_ptr_nonnull(l.table);
	ck_assert_int_ne(l.dir, -1);
}

static void
leave(void)
{
	close(l.dir);
	free(l.table);
	unit_leave_dir();
}

/* Take a leaf for SERVICE, and have no descriptor of it. */
static uint32_t
take(const struct service *service)
{
	uint32_t leaf;

	grant = NO_GRANT;
	ck_assert_int_eq(leaves_take(&l, "x", service, &leaf, &grant), 0);
	ck_assert_int_eq(leaf != 0, grant.leaf != -1);
	leaves_started(&l, &grant);
	return leaf;
}

/* The file NAME of the cgroup of LEAF, which the kernel would make. */
static void
put(uint32_t leaf, const char *name, const char *text)
{
	char path[LEAF_PATH_MAX], file[LEAF_PATH_MAX + 64];

	snprintf(file, sizeof(file), "%s/%s",
	    leaf_path(leaf_pools_at(&l, leaf), path), name);
	unit_write_file(file, text);
}

static const char *
get(uint32_t leaf, const char *name)
{
	static char text[64];
	char path[LEAF_PATH_MAX];

	ck_assert_int_ge(
	    cgroup_read(l.dir, leaf_path(leaf_pools_at(&l, leaf), path), name,
		text, sizeof(text)),
	    0);
	return text;
}

static bool
give_back(uint32_t leaf, bool keep)
{
	used = NO_ACCOUNT;
	return leaves_return(&l, leaf, keep, false, &used);
}

START_TEST(an_empty_one_is_used_again)
{
	uint32_t leaf = take(&plain), second = take(&plain);

	ck_assert_uint_ne(leaf, second);
	put(leaf, "cgroup.events", "populated 0\nfrozen 0\n");
	put(leaf, "cpu.stat", "usage_usec 5000\nuser_usec 1\n");
	ck_assert(give_back(leaf, false));
	ck_assert_int_eq(used.cpu, 5000000);
	ck_assert_int_eq(used.memory_peak, -1);
	ck_assert_uint_eq(take(&plain), leaf);
	put(leaf, "cpu.stat", "usage_usec 7000\n");
	give_back(leaf, false);
	ck_assert_int_eq(used.cpu, 2000000);
}
END_TEST

/* As root's programs can: no process could start in it. */
START_TEST(a_changed_one_is_not_used_again)
{
	uint32_t leaf = take(&plain), second;
	char path[LEAF_PATH_MAX + 8];

	put(leaf, "cpu.stat", "usage_usec 5\n");
	leaf_path(leaf_pools_at(&l, leaf), path);
	strlcat(path, "/sub", sizeof(path));
	ck_assert_int_eq(mkdir(path, 0755), 0);
	give_back(leaf, false);
	ck_assert_uint_ne(second = take(&plain), leaf);

	l.has |= CGROUP_PIDS;
	put(second, "cpu.stat", "usage_usec 5\n");
	put(second, "cgroup.subtree_control", "\n");
	give_back(second, false);
	ck_assert_uint_eq(take(&plain), second);
	put(second, "cgroup.subtree_control", "pids\n");
	give_back(second, false);
	ck_assert_uint_ne(leaf = take(&plain), second);

	put(leaf, "cpu.stat", "usage_usec 5\n");
	leaves_spoil(&l, leaf);
	give_back(leaf, false);
	ck_assert_uint_ne(take(&plain), leaf);
}
END_TEST

/* The end of a PID namespace proves it, so the file is not read. */
START_TEST(one_that_is_known_to_be_empty_is_used_again)
{
	uint32_t leaf = take(&plain);

	put(leaf, "cgroup.events", "populated 1\nfrozen 0\n");
	put(leaf, "cpu.stat", "usage_usec 5000\n");
	used = NO_ACCOUNT;
	ck_assert(leaves_return(&l, leaf, false, true, &used));
	ck_assert_int_eq(used.cpu, 5000000);
	ck_assert_uint_eq(take(&plain), leaf);
}
END_TEST

START_TEST(what_is_used_is_added)
{
	uint32_t leaf = take(&plain);

	put(leaf, "cpu.stat", "usage_usec 5\n");
	used = (struct leaf_account) { 1000, -1, false, false };
	leaves_return(&l, leaf, false, false, &used);
	ck_assert_int_eq(used.cpu, 6000);
}
END_TEST

START_TEST(what_is_in_it_is_killed)
{
	uint32_t leaf = take(&plain);

	put(leaf, "cgroup.events", "populated 1\n");
	put(leaf, "cgroup.kill", "");
	put(leaf, "cpu.stat", "usage_usec 5\n");
	ck_assert(!give_back(leaf, false));
	ck_assert_str_eq(get(leaf, "cgroup.kill"), "1");
	/* Once killed, it kills what is cloned into it. */
	ck_assert_uint_ne(take(&plain), leaf);
	ck_assert_int_ne(l.due, -1);
}
END_TEST

START_TEST(leftovers_are_kept)
{
	uint32_t leaf = take(&plain);

	put(leaf, "cgroup.events", "populated 1\n");
	put(leaf, "cgroup.kill", "");
	ck_assert(!give_back(leaf, true));
	leaf_pools_expire(&l, l.due);
	ck_assert_str_eq(get(leaf, "cgroup.kill"), "");
	ck_assert_uint_ne(take(&plain), leaf);
}
END_TEST

START_TEST(one_that_is_not_used_again_is_removed)
{
	uint32_t leaf = take(&plain);
	char path[LEAF_PATH_MAX];

	leaf_path(leaf_pools_at(&l, leaf), path);
	/* Its processor time cannot be read, so it would be wrong later. */
	give_back(leaf, false);
	ck_assert_int_eq(access(path, F_OK), 0);
	leaf_pools_expire(&l, l.due);
	ck_assert_int_eq(access(path, F_OK), -1);
	/* And the service's, when it has not been used for long. */
	leaf_pools_expire(&l, clock_now() + 2 * LEAF_POOL_IDLE);
	ck_assert_int_eq(access("x", F_OK), -1);
	ck_assert_int_eq(l.due, -1);
	take(&plain);
}
END_TEST

START_TEST(a_leaf_that_was_removed_is_made_again)
{
	uint32_t leaf = take(&plain);
	char path[LEAF_PATH_MAX];

	leaf_path(leaf_pools_at(&l, leaf), path);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(rmdir("x"), 0);
	ck_assert_uint_ne(take(&plain), 0);
}
END_TEST

/* The reason is that of mkdir(2): not that there is none. */
START_TEST(a_leaf_that_cannot_be_made_fails)
{
	struct service strict = plain;
	uint32_t leaf = take(&plain);
	int result, error, uid;

	strict.sandbox = SANDBOX_STRICT;
	uid = unit_forbid("x");
	result = leaves_take(&l, "x", &strict, &leaf, &grant);
	error = errno;
	unit_allow("x", uid);
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(error, EACCES);
}
END_TEST

/* --- limits; without their files they cannot be set --- */

static const struct service limited[] = {
	{ .handler = HANDLER_EXEC, .memory_max = 1 << 20 },
	{ .handler = HANDLER_EXEC, .tasks_max = 2 },
	{ .handler = HANDLER_EXEC, .cpu_quota = 100 },
	{ .handler = HANDLER_EXEC, .service_memory_max = 1 << 20 },
	{ .handler = HANDLER_EXEC, .service_tasks_max = 2 },
};

START_TEST(a_limit_that_cannot_be_set_fails)
{
	uint32_t leaf;

	grant = NO_GRANT;
	ck_assert_int_eq(leaves_take(&l, "x", &limited[_i], &leaf, &grant), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_uint_eq(leaf, 0);
	ck_assert_int_eq(grant.leaf, -1);
	l.has = 0;
	ck_assert_int_eq(leaves_take(&l, "x", &limited[_i], &leaf, &grant), -1);
	ck_assert_int_eq(errno, EOPNOTSUPP);
}
END_TEST

START_TEST(strict_needs_a_leaf)
{
	struct service strict = plain;
	uint32_t leaf;

	strict.sandbox = SANDBOX_STRICT;
	l.has = 0;
	ck_assert_int_eq(leaves_take(&l, "x", &strict, &leaf, &grant), -1);
}
END_TEST

/* One without limits of its own runs in the leaf of its session. */
START_TEST(a_strict_command_needs_one_too)
{
	struct service commands[3] = { plain, plain, { .name = NULL } };
	struct service service = plain;
	uint32_t leaf;

	service.handler = HANDLER_COMMANDS;
	service.sandbox = SANDBOX_STRICT; /* only a default */
	service.commands = commands;
	commands[0].name = "first";
	commands[1].name = "second";
	l.has = 0;
	ck_assert_uint_eq(take(&service), 0);
	service.sandbox = SANDBOX_NONE;
	commands[1].sandbox = SANDBOX_STRICT;
	ck_assert_int_eq(leaves_take(&l, "x", &service, &leaf, &grant), -1);
	ck_assert_int_eq(errno, EOPNOTSUPP);
}
END_TEST

/* Else tasks-max = 1 would leave no room for the session's own processes. */
START_TEST(limits_of_commands_are_not_those_of_their_session)
{
	struct service service = { .handler = HANDLER_COMMANDS,
		.memory_max = 1 << 20,
		.tasks_max = 1,
		.cpu_quota = 100,
		.oom_policy = OOM_KILL };
	uint32_t leaf = take(&service);

	/* There are no files that they could be written to. */
	ck_assert_uint_ne(leaf, 0);
	ck_assert(leaf_pools_at(&l, leaf)->limits.tasks <= 0);
	l.has = 0;
	ck_assert_uint_eq(take(&service), 0);
	service.service_tasks_max = 20;
	ck_assert_int_eq(leaves_take(&l, "x", &service, &leaf, &grant), -1);
}
END_TEST

START_TEST(without_limits_a_session_can_do_without)
{
	l.has = 0;
	ck_assert_uint_eq(take(&plain), 0);
	l.has = CGROUP_LEAVES;
	unit_write_file("x", ""); /* in the way of the service's */
	ck_assert_uint_eq(take(&plain), 0);
	ck_assert(l.warned);
}
END_TEST

/* With the memory controller each is used once: put limits into its files. */
START_TEST(a_limit_is_told_apart)
{
	struct service s = plain;
	char text[16];
	uint32_t leaf;

	l.has |= CGROUP_MEMORY | CGROUP_PIDS;
	ck_assert_int_eq(mkdir("x", 0755), 0);
	unit_write_file("x/memory.max", "old");
	unit_write_file("x/pids.max", "old");
	leaf = take(&plain);
	ck_assert_int_eq(
	    cgroup_read(l.dir, "x", "pids.max", text, sizeof(text)), 3);
	ck_assert_str_eq(text, "max"); /* of before an upgrade */
	/* The host's memory was short, or its number of processes. */
	put(leaf, "memory.events", "oom 0\noom_kill 1\n");
	put(leaf, "memory.peak", "1258291\n");
	put(leaf, "pids.events", "max 3\n");
	put(leaf, "cpu.stat", "usage_usec 1\n");
	give_back(leaf, false);
	ck_assert_int_eq(used.memory_peak, 1258291);
	ck_assert(!used.memory_limit && !used.tasks_limit);
	ck_assert_uint_ne(take(&plain), leaf);

	s.service_memory_max = 4 << 20;
	s.service_tasks_max = 7;
	leaf = take(&s);
	ck_assert_int_eq(
	    cgroup_number(l.dir, "x", "memory.max", NULL), 4 << 20);
	ck_assert_int_eq(cgroup_number(l.dir, "x", "pids.max", NULL), 7);
	put(leaf, "memory.events", "oom 0\noom_kill 1\n");
	put(leaf, "pids.events", "max 3\n");
	unit_write_file("x/" LEAF_OOM, "max 2\noom 1\noom_kill 0\n");
	give_back(leaf, false);
	ck_assert(used.memory_limit && used.tasks_limit);
}
END_TEST

/* The host's OOM killer can kill in sessions with limits, too. */
START_TEST(a_kill_for_the_host_is_no_limit)
{
	struct service s = plain;
	uint32_t leaf, other;

	l.has |= CGROUP_MEMORY;
	ck_assert_int_eq(mkdir("x", 0755), 0);
	unit_write_file("x/memory.max", "");
	s.service_memory_max = 4 << 20;
	leaf = take(&s);
	put(leaf, "memory.events", "oom 0\noom_kill 1\n");
	unit_write_file("x/" LEAF_OOM, "max 2\noom 0\noom_kill 0\n");
	give_back(leaf, false);
	ck_assert(!used.memory_limit);

	/* Later the service's limit is reached by another session. */
	leaf = take(&s);
	unit_write_file("x/" LEAF_OOM, "max 2\noom 1\noom_kill 0\n");
	put(leaf, "memory.events", "oom_kill 1\n");
	give_back(leaf, false);
	ck_assert(used.memory_limit);
	leaf = take(&s);
	put(leaf, "memory.events", "oom_kill 1\n");
	give_back(leaf, false);
	ck_assert(!used.memory_limit);

	/* And by one that goes on. */
	unit_write_file("x/" LEAF_OOM, "max 2\noom 2\noom_kill 0\n");
	leaf = take(&s);
	put(leaf, "memory.events", "oom_kill 1\n");
	give_back(leaf, false);
	ck_assert(!used.memory_limit);

	/* The session's own limit. */
	other = take(&s);
	put(other, "memory.events", "oom_kill 1\n");
	put(other, LEAF_OOM, "max 9\noom 1\noom_kill 1\n");
	give_back(other, false);
	ck_assert(used.memory_limit);
}
END_TEST

/* What a service has after an upgrade, until its next session. */
START_TEST(a_limit_that_is_not_known_is_read)
{
	const struct leaf from = { .number = 12, .oom = _i == 2 };
	uint32_t leaf;

	l.has |= CGROUP_MEMORY | CGROUP_PIDS;
	ck_assert_int_eq(mkdir("x", 0755), 0);
	ck_assert_int_eq(mkdir("x/12", 0755), 0);
	unit_write_file("x/memory.max", _i == 0 ? "max\n" : "4096\n");
	unit_write_file("x/pids.max", _i == 0 ? "max\n" : "20\n");
	unit_write_file("x/" LEAF_OOM, "oom 1\n");
	leaf = leaves_restore(&l, "x", &from);
	put(leaf, "memory.events", "oom_kill 1\n");
	put(leaf, "pids.events", "max 3\n");
	give_back(leaf, false);
	ck_assert(used.memory_limit == (_i == 1));
	ck_assert(used.tasks_limit == (_i > 0));
}
END_TEST

/* The kernel forgets limits when a controller is disabled. */
START_TEST(one_that_has_lost_its_limits_is_not_used_again)
{
	struct service s = plain;
	uint32_t leaf = take(&s), other = take(&s);

	put(leaf, "pids.max", "");
	put(leaf, "cpu.stat", "usage_usec 5\n");
	put(other, "cpu.stat", "usage_usec 5\n");
	give_back(leaf, false);
	s.tasks_max = 2;
	ck_assert_uint_eq(take(&s), leaf);
	ck_assert_str_eq(get(leaf, "pids.max"), "2");
	leaf_pools_renew(&l);
	give_back(other, false);
	ck_assert_uint_ne(take(&plain), other);
	give_back(leaf, false);
	ck_assert_uint_ne(take(&plain), leaf);
}
END_TEST

START_TEST(a_full_service_is_refused)
{
	struct service s = plain;
	uint32_t leaf;

	l.has |= CGROUP_PIDS;
	l.join = true;
	s.service_tasks_max = 7;
	ck_assert_int_eq(mkdir("x", 0755), 0);
	unit_write_file("x/pids.max", "");
	unit_write_file("x/pids.current", "6\n");
	ck_assert_uint_ne(take(&s), 0);
	ck_assert(grant.join);
	unit_write_file("x/pids.current", "7\n");
	ck_assert_int_eq(leaves_take(&l, "x", &s, &leaf, &grant), -1);
	ck_assert_int_eq(errno, EDQUOT);
}
END_TEST

/* --- upgrade --- */

START_TEST(a_live_one_is_found_again)
{
	struct leaf from = { .number = 12, .cpu = 3000, .denied = 1 };
	uint32_t leaf;

	ck_assert_int_eq(mkdir("x", 0755), 0);
	ck_assert_int_eq(mkdir("x/12", 0755), 0);
	ck_assert_int_eq(mkdir("x/7", 0755), 0);
	l.search = true;
	leaf = leaves_restore(&l, "x", &from);
	ck_assert_uint_ne(leaf, 0);
	/* One that was free, and one whose processes are kept. */
	leaf_pools_expire(&l, clock_now());
	ck_assert_int_eq(access("x/7", F_OK), -1);
	ck_assert_int_eq(access("x/12", F_OK), 0);
	put(leaf, "cpu.stat", "usage_usec 5\n");
	put(leaf, "cgroup.events", "populated 1\n");
	put(leaf, "cgroup.kill", "");
	ck_assert(!give_back(leaf, false));
	ck_assert_int_eq(used.cpu, 2000);
	ck_assert_str_eq(get(leaf, "cgroup.kill"), "1");
	/* No number comes again. */
	ck_assert_uint_gt(leaf_pools_at(&l, take(&plain))->number, 12);
}
END_TEST

START_TEST(without_cgroups_it_is_not)
{
	const struct leaf from = { .number = 12 };

	close(l.dir);
	l.dir = 0;
	l.has = 0;
	ck_assert_uint_eq(leaves_restore(&l, "x", &from), 0);
	ck_assert_int_eq(leaf_pools_expire(&l, clock_now()), -1);
}
END_TEST

START_TEST(the_status_has_the_reason)
{
	char text[LEAVES_TEXT_MAX];

	strlcpy(l.base, "/sys/fs/cgroup/haild.7", sizeof(l.base));
	l.has |= CGROUP_CPU | CGROUP_PIDS;
	ck_assert_str_eq(leaves_print(&l, text, sizeof(text)),
	    "cgroup /sys/fs/cgroup/haild.7, cpu pids");
	strlcpy(l.reason, "why", sizeof(l.reason));
	l.join = true;
	ck_assert_str_eq(leaves_print(&l, text, sizeof(text)),
	    "cgroup /sys/fs/cgroup/haild.7, cpu pids, without clone3(2): why");
	l.has = 0;
	ck_assert_str_eq(
	    leaves_print(&l, text, sizeof(text)), "no cgroups: why");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, an_empty_one_is_used_again);
	tcase_add_test(tc, a_changed_one_is_not_used_again);
	tcase_add_test(tc, one_that_is_known_to_be_empty_is_used_again);
	tcase_add_test(tc, what_is_used_is_added);
	tcase_add_test(tc, what_is_in_it_is_killed);
	tcase_add_test(tc, leftovers_are_kept);
	tcase_add_test(tc, one_that_is_not_used_again_is_removed);
	tcase_add_test(tc, a_leaf_that_was_removed_is_made_again);
	tcase_add_test(tc, a_leaf_that_cannot_be_made_fails);
	tcase_add_loop_test(
	    tc, a_limit_that_cannot_be_set_fails, 0, (int)COUNT(limited));
	tcase_add_test(tc, strict_needs_a_leaf);
	tcase_add_test(tc, a_strict_command_needs_one_too);
	tcase_add_test(tc, limits_of_commands_are_not_those_of_their_session);
	tcase_add_test(tc, without_limits_a_session_can_do_without);
	tcase_add_test(tc, a_limit_is_told_apart);
	tcase_add_test(tc, a_kill_for_the_host_is_no_limit);
	tcase_add_loop_test(tc, a_limit_that_is_not_known_is_read, 0, 3);
	tcase_add_test(tc, one_that_has_lost_its_limits_is_not_used_again);
	tcase_add_test(tc, a_full_service_is_refused);
	tcase_add_test(tc, a_live_one_is_found_again);
	tcase_add_test(tc, without_cgroups_it_is_not);
	tcase_add_test(tc, the_status_has_the_reason);
}

int
main(void)
{
	return unit_run("leaves", add);
}
