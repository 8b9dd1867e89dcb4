/*
 * check_tree.c -- what a shell sees in a prepared mount namespace.
 *
 * $D is the directory of the test.  A script that fails is printed.
 */

#include "tests/unit/unit.h"

#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contain/tree.h"

static char dir[256];

static void
enter(void)
{
	unit_enter_dir();
	ck_assert_ptr_nonnull(getcwd(dir, sizeof(dir)));
	setenv("D", dir, 1);
}

/* The text of a setting: TEXT with the directory for each %. */
static const char *
in_dir(const char *text)
{
	static char texts[8][2 * sizeof(dir) + 32];
	static size_t n;
	char *to = texts[n];

	ck_assert_uint_lt(n++, COUNT(texts));
	for (; *text != '\0'; text++)
		if (*text == '%')
			to = stpcpy(to, dir);
		else
			*to++ = *text;
	*to = '\0';
	return texts[n - 1];
}

static bool old_kernel;

/* Linux before 5.12 has no mount_setattr(2). */
static void
become_old(void)
{
	struct sock_filter list[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mount_setattr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = { COUNT(list), list };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == -1)
		_exit(97);
}

static void
build_and_run(const struct service *service, const char *script)
{
	char why[TREE_WHY_MAX];
	int ns;

	if (old_kernel)
		become_old();
	if (tree_build(service, -1, &ns, why) != TREE_BUILT) {
		fprintf(stderr, "# %s\n", why);
		_exit(99);
	}
	execl("/bin/sh", "sh", "-euc",
	    "no() { if \"$@\" 2>/dev/null; then exit 1; fi; }; eval \"$1\"",
	    "sh", script, NULL);
	_exit(98);
}

static void
shows(const struct service *service, const char *script)
{
	pid_t pid = fork();

	if (pid == 0)
		build_and_run(service, script);
	ck_assert_msg(unit_wait(pid) == 0, "%s", script);
}

/* In this test alone. */
static void
mount_tmpfs(const char *path)
{
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ck_assert_int_eq(mount("tmpfs", path, "tmpfs",
			     MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL),
	    0);
}

static void
fails(const struct service *service, const char *want)
{
	char why[TREE_WHY_MAX] = "";
	int fds[2], ns;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	if ((pid = fork()) == 0) {
		if (tree_build(service, -1, &ns, why) == TREE_BUILT)
			strcpy(why, "it succeeds");
		_exit(write(fds[1], why, sizeof(why)) == sizeof(why) ? 0 : 1);
	}
	ck_assert_int_eq(unit_wait(pid), 0);
	ck_assert_int_eq(read(fds[0], why, sizeof(why)), sizeof(why));
	ck_assert_str_eq(why, want);
	close(fds[0]);
	close(fds[1]);
}

/* --- lists of paths --- */

START_TEST(read_only_and_below_it_read_write)
{
	const char *const ro[] = { in_dir("%/a"), "-/none", NULL };
	const char *const rw[] = { in_dir("%/a/b"), NULL };
	const struct service s = { .read_only_paths = ro,
		.read_write_paths = rw };

	mkdir("a", 0755);
	mkdir("a/b", 0755);
	mkdir("a.c", 0755);
	shows(&s,
	    "no touch $D/a/x; touch $D/a/b/x $D/a.c/x; "
	    "no sh -c ': >$D/a/x'");
	/* The host's are as they were. */
	ck_assert_int_eq(access("a/b/x", F_OK), 0);
	ck_assert_int_eq(mkdir("a/x", 0755), 0);
}
END_TEST

START_TEST(mounts_below_are_read_only_too)
{
	const char *const ro[] = { in_dir("%/a"), NULL };
	const struct service s = { .read_only_paths = ro };

	mkdir("a", 0755);
	mkdir("a/b", 0755);
	mount_tmpfs("a/b");
	shows(&s, "no touch $D/a/b/x");
	ck_assert_int_eq(umount("a/b"), 0);
}
END_TEST

START_TEST(inaccessible)
{
	const char *const hide[] = { in_dir("%/a"), in_dir("%/f"), "-/none",
		in_dir("-%/none"), NULL };
	const struct service s = { .inaccessible_paths = hide };

	mkdir("a", 0755);
	unit_write_file("a/x", "secret");
	unit_write_file("f", "secret");
	shows(&s,
	    "test ! -e $D/a/x; test -z \"$(ls -A $D/a)\"; test ! -s $D/f; "
	    "test \"$(stat -c %a $D/a $D/f)\" = '0\n0'; "
	    "no touch $D/a/y; no sh -c ': >>$D/f'; "
	    "test -r /proc/self/status");
}
END_TEST

START_TEST(a_path_below_an_inaccessible_one)
{
	const char *const hide[] = { in_dir("%/a"), NULL };
	const char *const ro[] = { in_dir("%/a/b/f"), NULL };
	const char *const rw[] = { in_dir("%/a/c"), NULL };
	const struct service s = { .inaccessible_paths = hide,
		.read_only_paths = ro,
		.read_write_paths = rw };

	mkdir("a", 0755);
	mkdir("a/b", 0755);
	mkdir("a/c", 0755);
	unit_write_file("a/b/f", "seen");
	unit_write_file("a/b/g", "secret");
	shows(&s,
	    "test \"$(cat $D/a/b/f)\" = seen; test ! -e $D/a/b/g; "
	    "touch $D/a/c/x; no touch $D/a/x; "
	    "no sh -c ': >>$D/a/b/f'");
}
END_TEST

START_TEST(binds)
{
	const char *const rw[] = { in_dir("%/a:%/m"), "-/none:/none", NULL };
	const char *const ro[] = { in_dir("%/f:%/g"), NULL };
	const struct service s = { .bind_paths = rw,
		.bind_read_only_paths = ro };

	mkdir("a", 0755);
	mkdir("m", 0755);
	unit_write_file("f", "seen");
	unit_write_file("g", "");
	shows(&s,
	    "touch $D/m/x; test -e $D/a/x; test \"$(cat $D/g)\" = seen; "
	    "no sh -c ': >>$D/g'");
	ck_assert_int_ne(access("m/x", F_OK), 0);
}
END_TEST

START_TEST(links_are_followed_when_it_is_built)
{
	const char *const hide[] = { in_dir("%/link"), NULL };
	const struct service s = { .inaccessible_paths = hide };

	mkdir("a", 0755);
	unit_write_file("a/x", "");
	ck_assert_int_eq(symlink("a", "link"), 0);
	shows(&s, "test -L $D/link; test ! -e $D/a/x");
}
END_TEST

START_TEST(errors)
{
	const char *const none[] = { "/none/x", NULL };
	const char *const bind[] = { in_dir("%:/none"), NULL };
	const char *const tmp[] = { "/tmp", NULL };
	const char *const root[] = { "/", NULL };

	fails(&(struct service) { .read_only_paths = none },
	    "\"read-only-paths\": /none/x: No such file or directory");
	fails(&(struct service) { .bind_paths = none },
	    "\"bind-paths\": /none/x: No such file or directory");
	/* No mount point is made on the host. */
	fails(&(struct service) { .bind_paths = bind },
	    "\"bind-paths\": cannot mount over /none: No such file or "
	    "directory");
	ck_assert_int_ne(access("/none", F_OK), 0);
	fails(&(struct service) { .inaccessible_paths = tmp,
		  .private_tmp = true },
	    "\"inaccessible-paths\": /tmp: is hidden by \"private-tmp\"");
	fails(&(struct service) { .inaccessible_paths = root },
	    "\"inaccessible-paths\": /: is the root directory");
}
END_TEST

/* --- protect-system --- */

START_TEST(system_files)
{
	const char *const rw[] = { "/etc", NULL };
	struct service s = { .protect_system = PROTECT_SYSTEM_YES };

	shows(&s, "no test -w /usr; no test -w /usr/bin; test -w /etc");
	s.protect_system = PROTECT_SYSTEM_FULL;
	shows(&s,
	    "no test -w /usr; no test -w /etc; no test -w "
	    "/proc/sys/kernel/domainname; "
	    "no test -w /sys; test -w /proc/self/comm; test -w /var");
	s.read_write_paths = rw;
	shows(&s, "no test -w /usr; test -w /etc");
	s.protect_system = PROTECT_SYSTEM_STRICT;
	shows(&s,
	    "no test -w /; no test -w /var; no test -w /tmp; test -w /etc; "
	    "test -w /dev; test -w /dev/shm; test -w /proc/self/comm; "
	    "no test -w /proc/sys/kernel/domainname; no test -w /sys");
}
END_TEST

START_TEST(the_whole_system_is_writable)
{
	const char *const rw[] = { "/", NULL };
	const struct service s = { .protect_system = PROTECT_SYSTEM_STRICT,
		.read_write_paths = rw };

	shows(&s, "test -w /; no test -w /usr");
}
END_TEST

START_TEST(before_mount_setattr)
{
	const char *const hide[] = { in_dir("%/a"), NULL };
	const char *const rw[] = { in_dir("%/w w"), NULL };
	const struct service s = { .protect_system = PROTECT_SYSTEM_STRICT,
		.inaccessible_paths = hide,
		.read_write_paths = rw };

	old_kernel = true;
	mkdir("a", 0755);
	mkdir("w w", 0755);
	mkdir("n n", 0755);
	mount_tmpfs("n n");
	shows(&s,
	    "touch \"$D/w w/x\"; no touch $D/x $D/a/x; no test -w /usr; "
	    "no test -w /sys; test -w /dev; no test -w /etc; "
	    "grep -q '/n.040n ro,nosuid,nodev,noexec,' /proc/self/mountinfo");
	ck_assert_int_eq(umount("n n"), 0);
}
END_TEST

/* --- protect-home --- */

START_TEST(home_directories)
{
	const char *const bind[] = { in_dir("%/a:/home/some/where"), NULL };
	struct service s = { .protect_home = PROTECT_HOME_YES };

	shows(&s,
	    "test -z \"$(ls -A /root /home | grep -v : || :)\"; "
	    "no touch /root/x; test -x /root");
	shows(&s, "test \"$(stat -c %a /root /home)\" = '0\n0'");
	s.protect_home = PROTECT_HOME_TMPFS;
	shows(&s,
	    "test -z \"$(ls -A /root /home | grep -v : || :)\"; "
	    "no touch /root/x; test \"$(stat -c %a /root)\" = 755");
	s.protect_home = PROTECT_HOME_READ_ONLY;
	shows(&s, "no test -w /root; no test -w /home");
	s.protect_home = PROTECT_HOME_YES;
	s.bind_paths = bind;
	mkdir("a", 0755);
	shows(&s,
	    "touch /home/some/where/x; test -e $D/a/x; "
	    "no touch /home/some/x; no touch /home/x");
	ck_assert_int_ne(access("/home/some", F_OK), 0);
}
END_TEST

/* --- private-devices --- */

static const char devices[] =
    "test \"$(ls /dev | grep -v log | tr '\\n' ' ')\" = "
    "'fd full null ptmx pts random shm stderr stdin stdout tty urandom zero '; "
    "test \"$(stat -c %A%t:%T /dev/null /dev/zero /dev/full /dev/random "
    "/dev/urandom /dev/tty | tr '\\n' ' ')\" = "
    "'crw-rw-rw-1:3 crw-rw-rw-1:5 crw-rw-rw-1:7 crw-rw-rw-1:8 crw-rw-rw-1:9 "
    "crw-rw-rw-5:0 '; echo x >/dev/null; test \"$(head -c 3 /dev/zero | wc "
    "-c)\" = 3; "
    "test \"$(ls /dev/pts)\" = ptmx; echo x | cat /dev/stdin >/dev/null; "
    ": <>/dev/ptmx; no touch /dev/x";

START_TEST(a_small_dev)
{
	struct service s = { .private_devices = true };

	shows(&s, devices);
	shows(&s,
	    "test -w /dev/shm; touch /dev/shm/haild-check; rm "
	    "/dev/shm/haild-check");
	s.protect_system = PROTECT_SYSTEM_STRICT;
	shows(&s, devices);
	s.private_tmp = true;
	shows(&s,
	    "no touch /dev/shm/x; test -z \"$(ls -A /dev/shm /dev/pts | grep "
	    "-v :)\"");
}
END_TEST

static bool no_nodes;

int
mknodat(int at, const char *path, mode_t mode, dev_t dev)
{
	if (no_nodes) {
		errno = EPERM;
		return -1;
	}
	return (int)syscall(SYS_mknodat, at, path, mode, (unsigned int)dev);
}

/* In a container. */
START_TEST(devices_of_the_host)
{
	const struct service s = { .private_devices = true };

	no_nodes = true;
	shows(&s, devices);
}
END_TEST

/* --- the namespace --- */

START_TEST(nothing_propagates)
{
	const struct service s = { .protect_home = PROTECT_HOME_YES };

	shows(&s,
	    "no grep -q 'shared:\\|master:' /proc/self/mountinfo; "
	    "mount -t tmpfs none $D; touch $D/x");
	ck_assert_int_ne(access("x", F_OK), 0);
}
END_TEST

START_TEST(what_is_covered_is_taken_out)
{
	const char *const hide[] = { in_dir("%/a"), NULL };
	const struct service s = { .inaccessible_paths = hide };
	pid_t pid;

	mkdir("a", 0755);
	mkdir("a/b", 0755);
	if ((pid = fork()) == 0) {
		if (unshare(CLONE_NEWNS) == -1 ||
		    mount("tmpfs", "a", "tmpfs", 0, NULL) == -1 ||
		    mkdir("a/c", 0755) == -1 ||
		    mount("tmpfs", "a/c", "tmpfs", 0, NULL) == -1)
			_exit(97);
		build_and_run(
		    &s, "test \"$(grep -c $D/a /proc/self/mountinfo)\" = 1");
	}
	ck_assert_int_eq(unit_wait(pid), 0);
}
END_TEST

START_TEST(the_network_in_sys)
{
	const char *const hide[] = { "-/sys/fs/cgroup", "/sys/kernel", NULL };
	const struct service s = { .private_network = true,
		.protect_system = PROTECT_SYSTEM_FULL,
		.inaccessible_paths = hide };

	shows(&s,
	    "no test -w /sys; "
	    "test -z \"$(ls /sys/fs/cgroup /sys/kernel 2>&1 | "
	    "grep -v ':$\\|Permission')\"; "
	    /* A user namespace may be refused a new one. */
	    "if grep -q 4294967295 /proc/self/uid_map; then "
	    "test \"$(ls /sys/class/net | grep -v bonding_masters)\" = lo; "
	    "test \"$(grep -c /sys/ /proc/self/mountinfo)\" = 1; fi");
}
END_TEST

/*
 * In a chroot, which may be a mount of SOURCE: its namespaces would lead out of
 * it.
 */
static void
fails_in_chroot(const char *source)
{
	const struct service s = { .protect_home = PROTECT_HOME_YES };
	char why[TREE_WHY_MAX];
	pid_t pid;
	int ns;

	if ((pid = fork()) == 0) {
		if (unshare(CLONE_NEWNS) == -1 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
		    (source != NULL &&
			mount(source, dir, NULL, MS_BIND, NULL) == -1) ||
		    chdir(dir) == -1 ||
		    mount("/proc", "proc", NULL, MS_BIND, NULL) == -1 ||
		    chroot(".") == -1 ||
		    tree_build(&s, -1, &ns, why) != TREE_DENIED)
			_exit(1);
		_exit(strstr(why, "haild runs in a chroot") != NULL ? 0 : 2);
	}
	ck_assert_int_eq(unit_wait(pid), 0);
}

START_TEST(a_chroot)
{
	mkdir("proc", 0755);
	fails_in_chroot(NULL);
	fails_in_chroot(dir);
	fails_in_chroot("/");
}
END_TEST

START_TEST(services_that_share)
{
	const char *const list[] = { "/a", NULL },
			  *const same[] = { "/a", NULL };
	const char *const other[] = { "/a", "/b", NULL },
			  *const none[] = { NULL };
	static const struct identity user = { .uid = 100 };
	struct service a = { .read_only_paths = list }, b = a;

	ck_assert(tree_is_wanted(&a));
	ck_assert(!tree_is_wanted(&(struct service) {
	    .private_network = true, .read_only_paths = none }));
	b.read_only_paths = same;
	ck_assert(tree_is_same(&a, &b));
	b.read_only_paths = other;
	ck_assert(!tree_is_same(&a, &b));
	ck_assert(!tree_is_same(&b, &a));
	a.read_only_paths = none;
	b.read_only_paths = NULL;
	ck_assert(tree_is_same(&a, &b));
	b.private_pids = true;
	ck_assert(!tree_is_same(&a, &b));
	b.private_pids = false;
	/* One shows the shared network in /sys. */
	a.private_network = a.landlock_scope = a.no_new_privileges = true;
	a.identity = &user;
	b = a;
	ck_assert(tree_is_same(&a, &b));
	b.contained.capabilities = 1;
	ck_assert(!tree_is_same(&a, &b));
}
END_TEST

static void
add(TCase *tc)
{
	bool able =
	    !unit_is_valgrind() && unit_can_unshare(CLONE_NEWNS | CLONE_NEWNET);
	const char *why = unit_is_valgrind() ? "cannot run under valgrind"
					     : "needs namespaces";

	tcase_add_checked_fixture(tc, enter, unit_leave_dir);
	tcase_add_test(tc, services_that_share);
#define ADD(test) UNIT_ADD_IF(able, tc, test, why)
	ADD(read_only_and_below_it_read_write);
	ADD(mounts_below_are_read_only_too);
	ADD(inaccessible);
	ADD(a_path_below_an_inaccessible_one);
	ADD(binds);
	ADD(links_are_followed_when_it_is_built);
	ADD(errors);
	ADD(system_files);
	ADD(the_whole_system_is_writable);
	ADD(before_mount_setattr);
	ADD(home_directories);
	ADD(a_small_dev);
	ADD(devices_of_the_host);
	ADD(nothing_propagates);
	ADD(what_is_covered_is_taken_out);
	ADD(the_network_in_sys);
	ADD(a_chroot);
}

int
main(void)
{
	return unit_run("tree", add);
}
