/*
 * check_privileges.c -- becoming another user where system calls lie.
 *
 * The functions below take the place of libc's.  Each lie alone must make
 * privileges_become() fail.
 */

#include "tests/unit/unit.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <unistd.h>

#include "contain/privileges.h"
#include "lib/log.h"

enum lie {
	NO_LIE,
	KEEPS_SAVED_UID, /* and getresuid(2) does not show it */
	KEEPS_UID,
	KEEPS_GID,
	KEEPS_EUID,
	KEEPS_EGID,
	STAYS_ANOTHER, /* cannot become root again */
	KEEPS_GROUPS,
	DENIES_GROUPS, /* as a user namespace may */
};

static enum lie lie;

static const gid_t group = 65534;
static const struct identity nobody = { .name = "nobody",
	.uid = 65534,
	.gid = 65534,
	.groups = &group,
	.ngroups = 1 };

int
setresuid(uid_t r, uid_t e, uid_t s)
{
	if (lie == KEEPS_UID)
		return 0;
	if (lie == KEEPS_SAVED_UID && s == nobody.uid)
		s = 0;
	return (int)syscall(SYS_setresuid, r, e, s);
}

int
getresuid(uid_t *r, uid_t *e, uid_t *s)
{
	int result = (int)syscall(SYS_getresuid, r, e, s);

	if (lie == KEEPS_SAVED_UID)
		*s = *e;
	return result;
}

int
setresgid(gid_t r, gid_t e, gid_t s)
{
	return lie == KEEPS_GID ? 0 : (int)syscall(SYS_setresgid, r, e, s);
}

int
seteuid(uid_t uid)
{
	if (lie == KEEPS_EUID || (lie == STAYS_ANOTHER && uid == 0))
		return 0;
	return (int)syscall(SYS_setresuid, -1, uid, -1);
}

int
setegid(gid_t gid)
{
	return lie == KEEPS_EGID ? 0 : (int)syscall(SYS_setresgid, -1, gid, -1);
}

int
setgroups(size_t n, const gid_t *groups)
{
	if (lie == DENIES_GROUPS) {
		errno = EPERM;
		return -1;
	}
	return lie == KEEPS_GROUPS ? 0 : (int)syscall(SYS_setgroups, n, groups);
}

/* Returns whether it succeeded, and the process is nobody for good. */
static int
become(enum lie how)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		/* not a group of nobody's, for KEEPS_GROUPS */
		const gid_t own[] = { 0, 1 };

		lie = NO_LIE;
		if (setgroups(2, own) == -1)
			_exit(10);
		lie = how;
		_exit(privileges_become(&nobody, "test") == 0 ? 0 : 1);
	}
	status = unit_wait(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(without_a_lie)
{
	ck_assert_int_eq(become(NO_LIE), 0);
}
END_TEST

START_TEST(each_lie_is_found)
{
	ck_assert_int_eq(become((enum lie)_i), 1);
}
END_TEST

/* --- where setgroups is denied --- */

static const struct {
	gid_t own[3];
	size_t n;
	gid_t wanted[2];
	size_t nwanted;
	int result;
} denied[] = {
	{ { 7, 8 }, 2, { 7, 8 }, 2, 0 },
	{ { 8 }, 1, { 7, 8 }, 2, 0 }, /* 7 is the gid */
	{ { 7, 8 }, 2, { 8 }, 1, 0 },
	{ { 0 }, 0, { 7 }, 1, 0 },
	{ { 7, 8, 9 }, 3, { 7, 8 }, 2, 1 },
	{ { 7 }, 1, { 7, 8 }, 2, 1 },
	{ { 0 }, 0, { 8 }, 1, 1 },
	{ { 4 }, 1, { 8 }, 1, 1 },
	/* It may be any group that the namespace does not map. */
	{ { 7, 65534 }, 2, { 7, 65534 }, 2, 1 },
};

START_TEST(groups_that_are_right_may_stay)
{
	const struct identity id = { .name = "test",
		.uid = 65534,
		.gid = 7,
		.groups = denied[_i].wanted,
		.ngroups = denied[_i].nwanted };
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		if (setgroups(denied[_i].n, denied[_i].own) == -1)
			_exit(10);
		lie = DENIES_GROUPS;
		_exit(privileges_become(&id, "test") == 0 ? 0 : 1);
	}
	status = unit_wait(pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), denied[_i].result);
}
END_TEST

/* --- privileges_act_as --- */

static bool denied_access;

/* PATH is root's, and of the group 1, which this process is in. */
static void
look(void *path)
{
	denied_access = open(path, O_PATH) == -1 && errno == EACCES;
}

/* Returns 0 if all was as it should be. */
static int
act_as(enum lie how)
{
	static char path[] = "secret/file";
	const gid_t own[] = { 0, 1 };
	gid_t now[4];

	if (setgroups(2, own) == -1 || mkdir("secret", 0710) == -1 ||
	    chown("secret", 0, 1) == -1)
		return 10;
	unit_write_file(path, "");
	lie = how;
	if (privileges_act_as(&nobody, "test", look, path) == -1)
		return 1;
	lie = NO_LIE;
	if (!denied_access)
		return 2;
	/* All is as before. */
	if (geteuid() != 0 || getegid() != 0 || getuid() != 0 ||
	    getgroups(4, now) != 2 || now[0] != 0 || now[1] != 1 ||
	    open(path, O_PATH) == -1)
		return 3;
	return 0;
}

static int
act_as_in_child(enum lie how)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0)
		_exit(act_as(how));
	status = unit_wait(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(acting_as_another_user)
{
	ck_assert_int_eq(act_as_in_child(NO_LIE), 0);
}
END_TEST

START_TEST(each_lie_while_acting_is_found)
{
	static const char *const reasons[] = {
		[KEEPS_EUID] = "user or groups are not those of nobody",
		[KEEPS_EGID] = "user or groups are not those of nobody",
		[STAYS_ANOTHER] = "user or groups are not those of root",
		[KEEPS_GROUPS] = "user or groups are not those of nobody",
		[DENIES_GROUPS] =
		    "cannot act as nobody: setgroups: Operation not permitted",
	};
	char want[128], text[256];
	int fd = open("log", O_RDWR | O_CREAT | O_APPEND, 0600);
	ssize_t n;

	ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	log_init("t", LOG_TO_STDERR | LOG_PLAIN, LOG_DAEMON, LOG_INFO);
	ck_assert_int_eq(act_as_in_child((enum lie)_i), 1);
	n = pread(fd, text, sizeof(text) - 1, 0);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	snprintf(want, sizeof(want), "test: %s\n", reasons[_i]);
	ck_assert_ptr_nonnull(strstr(text, want));
}
END_TEST

/* Without root there is no other user. */
START_TEST(acting_without_root)
{
	static char path[] = "open";
	int status;
	pid_t pid;

	unit_write_file(path, "");
	if ((pid = fork()) == 0) {
		if (setresuid(65533, 65533, 65533) == -1)
			_exit(10);
		denied_access = true;
		_exit(privileges_act_as(&nobody, "test", look, path) == 0 &&
			    !denied_access && geteuid() == 65533
			? 0
			: 1);
	}
	status = unit_wait(pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

static void
add(TCase *tc)
{
	if (geteuid() != 0) {
		unit_skip("without_a_lie", "needs root");
		return;
	}
	tcase_add_checked_fixture(tc, unit_enter_dir, unit_leave_dir);
	tcase_add_test(tc, without_a_lie);
	tcase_add_loop_test(
	    tc, each_lie_is_found, KEEPS_SAVED_UID, KEEPS_GID + 1);
	tcase_add_loop_test(
	    tc, each_lie_is_found, KEEPS_GROUPS, DENIES_GROUPS + 1);
	tcase_add_loop_test(
	    tc, groups_that_are_right_may_stay, 0, COUNT(denied));
	tcase_add_test(tc, acting_as_another_user);
	tcase_add_loop_test(
	    tc, each_lie_while_acting_is_found, KEEPS_EUID, DENIES_GROUPS + 1);
	tcase_add_test(tc, acting_without_root);
}

int
main(void)
{
	return unit_run("privileges", add);
}
