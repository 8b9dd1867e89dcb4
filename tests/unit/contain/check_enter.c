/*
 * check_enter.c -- what a session has of its own, seen by a shell that runs
 * after contain_enter.
 */

#include "tests/unit/unit.h"

#include <sys/stat.h>

#include <linux/capability.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contain/contain.h"
#include "contain/tree.h"
#include "lib/log.h"

static const struct identity root = { .name = "root" },
			     user = { .name = "user", .uid = 100 };

/* The tree of SERVICE, as haild-load makes it. */
static int
make_tree(const struct service *service)
{
	char why[TREE_WHY_MAX], path[64];
	int ready[2], done[2], fd;
	pid_t pid;

	ck_assert_int_eq(pipe(ready) | pipe(done), 0);
	if ((pid = fork()) == 0) {
		close(done[1]);
		if (tree_build(service, -1, &fd, why) != TREE_BUILT) {
			fprintf(stderr, "# %s\n", why);
			_exit(1);
		}
		if (write(ready[1], "", 1) == 1)
			_exit(read(done[0], why, 1) == 0 ? 0 : 1);
	}
	close(ready[1]);
	close(done[0]);
	ck_assert_int_eq(read(ready[0], why, 1), 1);
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	close(done[1]);
	close(ready[0]);
	ck_assert_int_eq(unit_wait(pid), 0);
	ck_assert_int_ge(fd, 0);
	return fd;
}

/* Run SCRIPT as a session; in a PID namespace if SERVICE has one. */
static void
session(const struct service *service, const struct grant *grant,
    const char *script)
{
	pid_t pid;

	if (service->private_pids && unshare(CLONE_NEWPID) == -1)
		_exit(97);
	if ((pid = fork()) == 0) {
		if (contain_enter(service, grant) == -1)
			_exit(99);
		execl("/bin/sh", "sh", "-euc",
		    "no() { if \"$@\" 2>/dev/null; then exit 1; fi; }; eval "
		    "\"$1\"",
		    "sh", script, NULL);
		_exit(98);
	}
	_exit(unit_wait(pid) == 0 ? 0 : 1);
}

static void
sees(const struct service *service, const struct grant *grant,
    const char *script)
{
	pid_t pid = fork();

	if (pid == 0)
		session(service, grant, script);
	ck_assert_msg(unit_wait(pid) == 0, "%s", script);
}

START_TEST(nothing)
{
	const struct service s = { .name = "test", .identity = &root };
	struct grant none = NO_GRANT;
	char here[256], want[300];

	ck_assert_ptr_nonnull(getcwd(here, sizeof(here)));
	snprintf(want, sizeof(want), "test \"$PWD\" = '%s'", here);
	sees(&s, &none, want);
}
END_TEST

START_TEST(a_tmp_of_its_own)
{
	const struct service s = {
		.name = "test", .identity = &root, .private_tmp = true
	};
	struct grant g = NO_GRANT;
	char script[1024];

	g.tree = make_tree(&s);
	unit_write_file("/tmp/haild-check-enter", "");
	sees(&s, &g,
	    "test ! -e /tmp/haild-check-enter; touch /tmp/one; "
	    "test \"$(stat -c %a /tmp /var/tmp /dev/shm | sort -u)\" = 1777; "
	    "test \"$(stat -f -c %T /tmp /var/tmp /dev/shm | sort -u)\" = "
	    "tmpfs; "
	    "touch /dev/shm/two /var/tmp/three; "
	    "grep -q ' /tmp [^ ]*nosuid,nodev' /proc/self/mountinfo; "
	    "grep -q ' /var/tmp [^ ]*nosuid,nodev' /proc/self/mountinfo; "
	    "no sh -c 'head -c 70000000 /dev/zero >/tmp/large'");
	/* The next session has another one. */
	sees(&s, &g, "test -z \"$(ls -A /tmp /var/tmp /dev/shm | grep -v :)\"");
	unlink("/tmp/haild-check-enter");
	/* Nothing has come out. */
	snprintf(script, sizeof(script), "/tmp/one");
	ck_assert_int_ne(access(script, F_OK), 0);
	close(g.tree);
}
END_TEST

START_TEST(a_tmp_as_large_as_memory_max)
{
	const struct service s = { .name = "test",
		.identity = &root,
		.private_tmp = true,
		.memory_max = 1 << 20 };
	struct grant g = NO_GRANT;

	g.tree = make_tree(&s);
	sees(&s, &g,
	    "head -c 1000000 /dev/zero >/tmp/a; "
	    "no sh -c 'head -c 100000 /dev/zero >/tmp/b'");
	close(g.tree);
}
END_TEST

START_TEST(a_tmp_in_a_chroot)
{
	struct service s = {
		.name = "test", .identity = &root, .private_tmp = true
	};
	struct grant g = NO_GRANT;
	char here[256], script[700];

	ck_assert_ptr_nonnull(getcwd(here, sizeof(here)));
	s.chroot = here;
	mkdir("var", 0755);
	mkdir("var/tmp", 0755);
	g.tree = make_tree(&s);
	snprintf(script, sizeof(script),
	    "touch %s/var/tmp/x; grep -q '%s/var/tmp' /proc/self/mountinfo",
	    here, here);
	sees(&s, &g, script);
	ck_assert_int_ne(access("var/tmp/x", F_OK), 0);
	close(g.tree);
}
END_TEST

START_TEST(a_proc_of_its_own)
{
	struct service s = {
		.name = "test", .identity = &root, .private_pids = true
	};
	struct grant g = NO_GRANT;
	char script[512];

	g.tree = make_tree(&s);
	snprintf(script, sizeof(script),
	    "test ! -e /proc/%d; test \"$(readlink /proc/self)\" != %d; "
	    "test -e /proc/$$/status; "
	    /* A user namespace may only cover the daemon's. */
	    "if grep -q 4294967295 /proc/self/uid_map; then "
	    "test \"$(grep -c ' /proc .* - proc ' /proc/self/mountinfo)\" = 1; "
	    "umount /proc; test ! -e /proc/cpuinfo; fi",
	    (int)getpid(), (int)getpid());
	sees(&s, &g, script);
	sees(&s, &g, "test -w /proc/sys/kernel/domainname");
	close(g.tree);
	s.protect_system = PROTECT_SYSTEM_FULL;
	g.tree = make_tree(&s);
	sees(&s, &g,
	    "no test -w /proc/sys/kernel/domainname; "
	    "no test -w /proc/sysrq-trigger; echo x >/proc/self/comm");
	close(g.tree);
}
END_TEST

/* Files of root that a user with a capability may write, too. */
START_TEST(a_proc_of_its_own_with_privileges)
{
	struct service s = { .name = "test",
		.identity = &user,
		.private_pids = true,
		.protect_system = PROTECT_SYSTEM_FULL };
	struct grant g = NO_GRANT;
	static const char protected[] =
	    "for f in acpi asound bus fs irq latency_stats mtrr scsi sys "
	    "sysrq-trigger timer_stats; do test ! -e /proc/$f || "
	    "grep -q \" /proc/$f ro,\" /proc/self/mountinfo; done";

	g.tree = make_tree(&s);
	sees(&s, &g, protected); /* by a set-user-ID program */
	s.no_new_privileges = true;
	s.contained.capabilities = 2;
	sees(&s, &g, protected);
	/* Without privileges it cannot write there: no mounts are made. */
	s.contained.capabilities = 0;
	sees(&s, &g, "no grep -q ' /proc/sys ' /proc/self/mountinfo");
	close(g.tree);
}
END_TEST

/* What one session mounts, the next one does not see. */
START_TEST(mounts_of_a_program)
{
	struct service s = { .name = "test",
		.identity = &root,
		.protect_home = PROTECT_HOME_YES,
		.contained.capabilities = CAPABILITIES_ALL };
	struct grant g = NO_GRANT;
	static const char mounts[] =
	    "mount -t tmpfs none /mnt; touch /mnt/haild-check-enter; "
	    "umount /root";
	static const char clean[] =
	    "test ! -e /mnt/haild-check-enter; "
	    "grep -q ' /root ' /proc/self/mountinfo";

	g.tree = make_tree(&s);
	sees(&s, &g, mounts);
	sees(&s, &g, clean);
	s.identity = &user;
	sees(&s, &g, mounts); /* by a set-user-ID program */
	sees(&s, &g, clean);
	s.no_new_privileges = true;
	s.contained.capabilities = UINT64_C(1) << CAP_SYS_ADMIN;
	sees(&s, &g, mounts);
	sees(&s, &g, clean);
	/* Without that capability there is no namespace of its own. */
	s.contained.capabilities = 2;
	sees(&s, &g, mounts);
	sees(&s, &g, "test -e /mnt/haild-check-enter");
	close(g.tree);
}
END_TEST

START_TEST(terminals_of_its_own)
{
	const struct service s = { .name = "test",
		.identity = &root,
		.private_tmp = true,
		.private_devices = true };
	struct grant g = NO_GRANT;

	g.tree = make_tree(&s);
	sees(&s, &g,
	    "exec 3<>/dev/ptmx; test -e /dev/pts/0; test ! -e /dev/pts/1; "
	    "exec 4<>/dev/ptmx; test -e /dev/pts/1");
	close(g.tree);
}
END_TEST

START_TEST(networks)
{
	struct service s = { .name = "test",
		.identity = &user,
		.no_new_privileges = true,
		.private_network = true };
	struct grant g = NO_GRANT;
	char own[64], script[256];
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	n = readlink("/proc/self/ns/net", own, sizeof(own) - 1);
	ck_assert_int_gt(n, 0);
	own[n] = '\0';
	snprintf(script, sizeof(script),
	    "test \"$(readlink /proc/self/ns/net)\" != '%s'; "
	    "test \"$(sed -n 's/^ *\\(.*\\):.*/\\1/p' /proc/net/dev)\" = lo",
	    own);
	sees(&s, &g, script);
	/* The one that it is given, where scopes divide that. */
	g.network = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	sees(&s, &g, script);
	s.landlock_scope = true;
	snprintf(script, sizeof(script),
	    "test \"$(readlink /proc/self/ns/net)\" = '%s'", own);
	if ((pid = fork()) == 0) {
		if (unshare(CLONE_NEWNET) == -1)
			_exit(1);
		session(&s, &g, script);
	}
	ck_assert_int_eq(unit_wait(pid), 0);
	/* Not root, which could change it. */
	s.identity = &root;
	snprintf(script, sizeof(script),
	    "test \"$(readlink /proc/self/ns/net)\" != '%s'", own);
	sees(&s, &g, script);
	close(g.network);
}
END_TEST

/* A step that fails is not followed by the program. */
START_TEST(failures)
{
	struct service s = { .name = "test",
		.identity = &user,
		.no_new_privileges = true,
		.protect_home = PROTECT_HOME_YES };
	struct grant g = NO_GRANT;

	log_init("test", 0, LOG_DAEMON, LOG_ERR);
	/* No tree was prepared. */
	ck_assert_int_eq(contain_enter(&s, &g), -1);
	g.tree = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(contain_enter(&s, &g), -1);
	s.private_network = true;
	s.landlock_scope = true;
	g.network = g.tree;
	ck_assert_int_eq(contain_enter(&s, &g), -1);
	close(g.tree);
}
END_TEST

static void
add(TCase *tc)
{
	bool able = !unit_is_valgrind() &&
	    unit_can_unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID);
	const char *why = unit_is_valgrind() ? "cannot run under valgrind"
					     : "needs namespaces";

	tcase_add_checked_fixture(tc, unit_enter_dir, unit_leave_dir);
	tcase_add_test(tc, nothing);
	tcase_add_test(tc, failures);
#define ADD(test) UNIT_ADD_IF(able, tc, test, why)
	ADD(a_tmp_of_its_own);
	ADD(a_tmp_as_large_as_memory_max);
	ADD(a_tmp_in_a_chroot);
	ADD(a_proc_of_its_own);
	ADD(a_proc_of_its_own_with_privileges);
	ADD(mounts_of_a_program);
	ADD(terminals_of_its_own);
	ADD(networks);
}

int
main(void)
{
	return unit_run("enter", add);
}
