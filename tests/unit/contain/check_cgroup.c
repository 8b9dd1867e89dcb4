/*
 * check_cgroup.c -- cgroups: how their files are read and written, in a
 * directory that has such files, and how processes are started and killed in
 * the real ones, where this process may make some.
 */

#include "tests/unit/unit.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contain/cgroup.h"
#include "lib/io.h"
#include "lib/process.h"

/* --- finding the own cgroup --- */

#define V1 "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"

static int found;
static char path[PATH_MAX];

/*
 * What cgroup_find says where mountinfo has MOUNTS, and this process is in OWN;
 * the directory EXISTS.  In both, "%" is the directory of the test.
 */
static const char *
find(const char *mounts, const char *own, const char *exists)
{
	char cwd[PATH_MAX], text[2 * PATH_MAX], file[PATH_MAX];
	const char *at = strchr(mounts, '%');
	size_t len;

	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	if (at == NULL)
		strlcpy(text, mounts, sizeof(text));
	else
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - mounts),
		    mounts, cwd, at + 1);
	unit_write_file("mountinfo", text);
	snprintf(text, sizeof(text), "3:cpu:/x\n0::%s\n", own);
	unit_write_file("cgroup", text);
	if (exists != NULL) {
		snprintf(text, sizeof(text), "mkdir -p '%s'", exists);
		ck_assert_int_eq(system(text), 0);
		snprintf(file, sizeof(file), "%s/cgroup.procs", exists);
		unit_write_file(file, "");
	}
	found = cgroup_find(".", path, sizeof(path));
	len = strlen(cwd);
	return found == 0 && strncmp(path, cwd, len) == 0 ? path + len : "";
}

START_TEST(the_own_cgroup_is_below_the_mount)
{
	ck_assert_str_eq(
	    find(V1 "41 31 0:38 / %/v2 rw - cgroup2 cgroup2 rw\n",
		"/system.slice/haild.service", "v2/system.slice/haild.service"),
	    "/v2/system.slice/haild.service");
}
END_TEST

START_TEST(the_root_has_no_slash_at_the_end)
{
	ck_assert_str_eq(find("41 31 0:38 / %/v2 rw shared:4 - cgroup2 none "
			      "rw,nsdelegate\n",
			     "/", "v2"),
	    "/v2");
}
END_TEST

/* A container without a cgroup namespace: its part is mounted. */
START_TEST(the_root_of_the_mount_is_not_in_the_path)
{
	ck_assert_str_eq(
	    find("41 31 0:38 /docker/1f %/v2 rw - cgroup2 cgroup rw\n",
		"/docker/1f/a", "v2/a"),
	    "/v2/a");
	ck_assert_str_eq(
	    find("41 31 0:38 /docker/1f %/v2 rw - cgroup2 cgroup rw\n",
		"/docker/1f", "v2"),
	    "/v2");
}
END_TEST

START_TEST(blanks_of_a_mount_point_are_escaped)
{
	ck_assert_str_eq(find("41 31 0:38 / %/v\\0402 rw - cgroup2 cgroup rw\n",
			     "/a", "v 2/a"),
	    "/v 2/a");
}
END_TEST

static const struct {
	const char *mounts, *own;
} nowhere[] = {
	{ V1, "/" },
	{ "", "/" },
	/* another part of the tree, and one outside of the namespace */
	{ "41 31 0:38 /docker/1 %/v2 rw - cgroup2 cgroup rw\n", "/docker/1f" },
	{ "41 31 0:38 / %/v2 rw - cgroup2 cgroup rw\n", "/../b" },
	/* a mount that another one hides */
	{ "41 31 0:38 / %/hidden rw - cgroup2 cgroup rw\n", "/a" },
	{ "41 31 0:38 / %/v2 rw cgroup2 cgroup rw\n", "/" },
};

START_TEST(elsewhere_there_is_none)
{
	ck_assert_str_eq(find(nowhere[_i].mounts, nowhere[_i].own, "v2"), "");
	ck_assert_int_eq(found, -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(a_directory_without_the_mark_is_not_delegated)
{
	ck_assert(!cgroup_is_delegated("."));
}
END_TEST

/* --- files --- */

static char text[1024];

static const char *
content(const char *file)
{
	ck_assert_int_ge(
	    cgroup_read(AT_FDCWD, ".", file, text, sizeof(text)), 0);
	return text;
}

static int64_t
number(const char *of, const char *key)
{
	unit_write_file("file", of);
	return cgroup_number(AT_FDCWD, ".", "file", key);
}

START_TEST(a_number_is_found_by_its_whole_key)
{
	ck_assert_int_eq(number("oom 3\noom_kill 7\n", "oom_kill"), 7);
	ck_assert_int_eq(number("oom_kill 7\noom 3\n", "oom"), 3);
	ck_assert_int_eq(number("oom_kill 7\n", "oom"), -1);
	ck_assert_int_eq(number("12345678901\n", NULL), 12345678901);
	ck_assert_int_eq(number("max\n", NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(number("", NULL), -1);
	ck_assert_int_eq(number("usage_usec\n", "usage_usec"), -1);
	ck_assert_int_eq(cgroup_number(AT_FDCWD, ".", "none", NULL), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(controllers_are_words)
{
	unit_write_file("cgroup.controllers", "cpuset cpu io memory hugetlb\n");
	ck_assert_uint_eq(
	    cgroup_controllers(AT_FDCWD, ".", "cgroup.controllers"),
	    CGROUP_CPU | CGROUP_MEMORY);
	ck_assert_uint_eq(cgroup_controllers(AT_FDCWD, ".", "none"), 0);
	ck_assert_str_eq(cgroup_print(CGROUP_CPU | CGROUP_PIDS | CGROUP_LEAVES,
			     text, sizeof(text)),
	    "cpu pids");
	ck_assert_str_eq(
	    cgroup_print(CGROUP_LEAVES, text, sizeof(text)), "no controllers");
}
END_TEST

/* A file keeps the last write; a cgroup would add them up. */
START_TEST(only_what_is_there_is_enabled)
{
	unit_write_file("cgroup.controllers", "cpu memory\n");
	unit_write_file("cgroup.subtree_control", "cpu\n");
	cgroup_enable(AT_FDCWD, ".", CGROUP_CPU | CGROUP_MEMORY | CGROUP_PIDS);
	ck_assert_str_eq(content("cgroup.subtree_control"), "+memory");
}
END_TEST

static void
make_limits(void)
{
	unit_write_file("memory.max", "");
	unit_write_file("memory.swap.max", "");
	unit_write_file("memory.oom.group", "");
	unit_write_file("pids.max", "");
	unit_write_file("cpu.max", "");
}

START_TEST(limits_are_written)
{
	const struct cgroup_limits limits = { 1 << 20, 12, 2500, true };

	make_limits();
	ck_assert_int_eq(cgroup_limit(AT_FDCWD, ".", &limits, NULL), 0);
	ck_assert_str_eq(content("memory.max"), "1048576");
	ck_assert_str_eq(content("memory.swap.max"), "0");
	ck_assert_str_eq(content("memory.oom.group"), "1");
	ck_assert_str_eq(content("pids.max"), "12");
	ck_assert_str_eq(content("cpu.max"), "25000 100000");
}
END_TEST

START_TEST(the_kernels_least_quota_is_a_millisecond)
{
	const struct cgroup_limits limits = { .cpu = 1 };

	make_limits();
	ck_assert_int_eq(cgroup_limit(AT_FDCWD, ".", &limits, NULL), 0);
	ck_assert_str_eq(content("cpu.max"), "1000 100000");
}
END_TEST

START_TEST(limits_are_taken_away)
{
	const struct cgroup_limits old = { 1 << 20, 12, 2500, true };
	const struct cgroup_limits none = { -1, 0, -1, false };

	make_limits();
	ck_assert_int_eq(cgroup_limit(AT_FDCWD, ".", &none, &old), 0);
	ck_assert_str_eq(content("memory.max"), "max");
	ck_assert_str_eq(content("memory.swap.max"), "max");
	ck_assert_str_eq(content("memory.oom.group"), "0");
	ck_assert_str_eq(content("pids.max"), "max");
	ck_assert_str_eq(content("cpu.max"), "max 100000");
}
END_TEST

/* Those of a cgroup that was there before an upgrade. */
START_TEST(limits_that_are_not_known_are_replaced)
{
	const struct cgroup_limits old = { .memory = INT64_MAX,
		.tasks = INT64_MAX };
	const struct cgroup_limits limits = { .memory = 4096, .tasks = 3 };
	const struct cgroup_limits none = { -1, -1, -1, false };

	make_limits();
	ck_assert_int_eq(cgroup_limit(AT_FDCWD, ".", &limits, &old), 0);
	ck_assert_str_eq(content("memory.max"), "4096");
	ck_assert_str_eq(content("memory.swap.max"), "0");
	ck_assert_str_eq(content("pids.max"), "3");
	make_limits();
	ck_assert_int_eq(cgroup_limit(AT_FDCWD, ".", &none, &old), 0);
	ck_assert_str_eq(content("memory.max"), "max");
	ck_assert_str_eq(content("memory.swap.max"), "max");
	ck_assert_str_eq(content("pids.max"), "max");
}
END_TEST

START_TEST(equal_limits_are_not_written)
{
	const struct cgroup_limits limits = { 1 << 20, -1, 1, true };
	const struct cgroup_limits none = { -1, -1, -1, false };

	/* There is no such file. */
	ck_assert_int_eq(cgroup_limit(AT_FDCWD, ".", &limits, &limits), 0);
	ck_assert_int_eq(cgroup_limit(AT_FDCWD, ".", &none, NULL), 0);
}
END_TEST

START_TEST(a_limit_without_its_controller_fails)
{
	static const struct cgroup_limits limits[] = { { .memory = 1 },
		{ .tasks = 1 }, { .cpu = 1 } };

	ck_assert_int_eq(cgroup_limit(AT_FDCWD, ".", &limits[_i], NULL), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

/* A kernel can be built without swap: then there is no such file. */
START_TEST(memory_is_limited_without_swap)
{
	const struct cgroup_limits limits = { .memory = 4096 };

	unit_write_file("memory.max", "");
	ck_assert_int_eq(cgroup_limit(AT_FDCWD, ".", &limits, NULL), 0);
	ck_assert_str_eq(content("memory.max"), "4096");
}
END_TEST

/* Without O_NONBLOCK, open(2) of a FIFO waits for its reader. */
START_TEST(a_write_does_not_wait)
{
	ck_assert_int_eq(mkfifo("memory.max", 0600), 0);
	ck_assert_int_eq(cgroup_write(AT_FDCWD, ".", "memory.max", "1"), -1);
	ck_assert_int_eq(errno, ENXIO);
}
END_TEST

/* --- before Linux 5.14 --- */

START_TEST(without_cgroup_kill_each_process_is_killed)
{
	char pids[64];
	pid_t pid, below;
	int status;

	ck_assert_int_eq(mkdir("leaf", 0755), 0);
	ck_assert_int_eq(mkdir("leaf/below", 0755), 0);
	if ((pid = fork()) == 0)
		poll(NULL, 0, -1);
	if ((below = fork()) == 0)
		poll(NULL, 0, -1);
	/* 0 would be this process group. */
	snprintf(pids, sizeof(pids), "0\n%ld\n", (long)pid);
	unit_write_file("leaf/cgroup.procs", pids);
	unit_write_file("leaf/cgroup.freeze", "");
	snprintf(pids, sizeof(pids), "%ld\n", (long)below);
	unit_write_file("leaf/below/cgroup.procs", pids);
	ck_assert_int_eq(cgroup_kill(AT_FDCWD, "leaf"), 0);
	ck_assert_str_eq(content("leaf/cgroup.freeze"), "1");
	status = unit_wait(pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	status = unit_wait(below);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}
END_TEST

/* --- real ones --- */

static int top = -1;
static char name[64];

/* Make a cgroup of the test's own below that of this process. */
static bool
make_top(void)
{
	char own[PATH_MAX];

	if (cgroup_find("/proc/self", own, sizeof(own)) == -1)
		return false;
	snprintf(name, sizeof(name), "haild-check-%ld", (long)getpid());
	if ((top = open(own, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1 ||
	    mkdirat(top, name, 0755) == -1)
		return false;
	return cgroup_remove(top, name) == 0;
}

static void
setup_leaf(void)
{
	snprintf(name, sizeof(name), "haild-check-%ld", (long)getpid());
	ck_assert_int_eq(mkdirat(top, name, 0755), 0);
}

static void
remove_leaf(void)
{
	int64_t deadline = clock_now() + 10 * SECOND;

	while (cgroup_remove(top, name) == -1 && errno == EBUSY &&
	    clock_now() < deadline) {
		cgroup_kill(top, name);
		poll(NULL, 0, 1);
	}
}

static pid_t
start(bool join)
{
	int leaf = openat(top, name, O_PATH | O_DIRECTORY | O_CLOEXEC), fds[2];
	pid_t pid;
	char c;

	ck_assert_int_ne(leaf, -1);
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	if ((pid = cgroup_fork(join ? -1 : leaf)) == 0) {
		if (join && cgroup_join(leaf, ".") == -1)
			_exit(2);
		if (write(fds[1], "", 1) != 1)
			_exit(3);
		poll(NULL, 0, -1);
	}
	ck_assert_int_gt(pid, 0);
	close(leaf);
	close(fds[1]);
	ck_assert_int_eq(io_read(fds[0], &c, 1), 1);
	close(fds[0]);
	return pid;
}

START_TEST(a_process_is_started_counted_and_killed)
{
	siginfo_t info = { 0 };
	pid_t pid;

	ck_assert(!cgroup_is_populated(top, name));
	pid = start(_i == 1);
	ck_assert(cgroup_is_populated(top, name));
	ck_assert_int_ge(cgroup_number(top, name, "cpu.stat", "usage_usec"), 0);
	ck_assert_int_eq(cgroup_remove(top, name), -1);
	ck_assert_int_eq(errno, EBUSY);
	ck_assert_int_eq(cgroup_kill(top, name), 0);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	ck_assert_int_eq(info.si_code, CLD_KILLED);
	/* The daemon looks before it reaps: a zombie does not count. */
	ck_assert(!cgroup_is_populated(top, name));
	ck_assert_int_eq(cgroup_remove(top, name), 0);
	unit_wait(pid);
	ck_assert_int_eq(faccessat(top, name, F_OK, 0), -1);
}
END_TEST

START_TEST(cgroups_below_are_removed_too)
{
	char below[PATH_MAX];

	snprintf(below, sizeof(below), "%s/a", name);
	ck_assert_int_eq(mkdirat(top, below, 0755), 0);
	strlcat(below, "/b", sizeof(below));
	ck_assert_int_eq(mkdirat(top, below, 0755), 0);
	ck_assert_int_eq(cgroup_remove(top, name), 0);
	ck_assert_int_eq(faccessat(top, name, F_OK, 0), -1);
}
END_TEST

START_TEST(those_with_processes_stay)
{
	char below[PATH_MAX], full[PATH_MAX];
	pid_t pid;

	snprintf(below, sizeof(below), "%s/empty", name);
	ck_assert_int_eq(mkdirat(top, below, 0755), 0);
	snprintf(full, sizeof(full), "%s/full", name);
	ck_assert_int_eq(mkdirat(top, full, 0755), 0);
	if ((pid = fork()) == 0)
		poll(NULL, 0, -1);
	ck_assert_int_eq(cgroup_move(top, full, pid), 0);
	ck_assert_int_eq(cgroup_prune(top, name), -1);
	ck_assert_int_eq(faccessat(top, below, F_OK, 0), -1);
	ck_assert_int_eq(faccessat(top, full, F_OK, 0), 0);
	ck_assert_int_eq(cgroup_kill(top, name), 0);
	unit_wait(pid);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, unit_leave_dir);
	tcase_add_test(tc, the_own_cgroup_is_below_the_mount);
	tcase_add_test(tc, the_root_has_no_slash_at_the_end);
	tcase_add_test(tc, the_root_of_the_mount_is_not_in_the_path);
	tcase_add_test(tc, blanks_of_a_mount_point_are_escaped);
	tcase_add_loop_test(
	    tc, elsewhere_there_is_none, 0, (int)COUNT(nowhere));
	tcase_add_test(tc, a_directory_without_the_mark_is_not_delegated);
	tcase_add_test(tc, a_number_is_found_by_its_whole_key);
	tcase_add_test(tc, controllers_are_words);
	tcase_add_test(tc, only_what_is_there_is_enabled);
	tcase_add_test(tc, limits_are_written);
	tcase_add_test(tc, the_kernels_least_quota_is_a_millisecond);
	tcase_add_test(tc, limits_are_taken_away);
	tcase_add_test(tc, limits_that_are_not_known_are_replaced);
	tcase_add_test(tc, equal_limits_are_not_written);
	tcase_add_loop_test(tc, a_limit_without_its_controller_fails, 0, 3);
	tcase_add_test(tc, memory_is_limited_without_swap);
	tcase_add_test(tc, a_write_does_not_wait);
	tcase_add_test(tc, without_cgroup_kill_each_process_is_killed);
	if (!make_top()) {
		unit_skip("a_process_is_started_counted_and_killed",
		    "needs a writable cgroup v2");
		unit_skip("cgroups_below_are_removed_too",
		    "needs a writable cgroup v2");
		unit_skip(
		    "those_with_processes_stay", "needs a writable cgroup v2");
		return;
	}
	tcase_add_checked_fixture(tc, setup_leaf, remove_leaf);
	if (unit_is_valgrind()) /* which does not know clone3(2) */
		unit_skip("a_process_is_started_counted_and_killed",
		    "cannot run under valgrind");
	tcase_add_loop_test(tc, a_process_is_started_counted_and_killed,
	    unit_is_valgrind() ? 1 : 0, 2);
	tcase_add_test(tc, cgroups_below_are_removed_too);
	tcase_add_test(tc, those_with_processes_stay);
}

int
main(void)
{
	return unit_run("cgroup", add);
}
