/*
 * check_directory.c -- files are replaced as a whole, under a lock, and only by
 * the owner of their directory.
 */

#include "tests/unit/logged.h"
#include "tests/unit/unit.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "enrol/directory.h"

/*
 * If not NULL, renaming this file fails; fsync(2) fails after that many calls.
 */
static const char *no_rename;
static int syncs = -1;

int
renameat(int from, const char *old, int to, const char *new)
{
	if (no_rename != NULL && strcmp(new, no_rename) == 0) {
		errno = ENOSPC;
		return -1;
	}
	return (int)syscall(SYS_renameat, from, old, to, new);
}

int
fsync(int fd)
{
	if (syncs != -1 && syncs-- == 0) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

/*
 * The directory must not belong to root.  Its owner's effective user is enough
 * for most tests, and the real one can clean up.
 */
#define OWNER 65534

static void
be_owner(void)
{
	no_rename = NULL;
	syncs = -1;
	log_to_file();
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(".", OWNER, OWNER), 0);
		ck_assert_int_eq(setegid(OWNER), 0);
		ck_assert_int_eq(seteuid(OWNER), 0);
	}
	ck_assert_int_eq(mkdir("enrol", 0755), 0);
}

static void
be_self(void)
{
	ck_assert_int_eq(seteuid(getuid()), 0);
}

static struct directory d;

static void
opened(void)
{
	ck_assert_int_eq(directory_open(&d, "enrol"), 0);
}

static const char *
content(const char *name)
{
	static char text[256];
	size_t len;
	char *read = directory_read(&d, name, &len);

	ck_assert_ptr_nonnull(read);
	ck_assert_uint_lt(len, sizeof(text));
	memcpy(text, read, len + 1);
	free(read);
	return text;
}

static int
replace(const char *a, const char *b)
{
	const struct draft drafts[] = {
		{ "a", 0600, (char *)(uintptr_t)a, strlen(a) },
		{ "b", 0644, (char *)(uintptr_t)b, strlen(b) },
	};

	return directory_replace(&d, drafts, 2);
}

static bool
exists(const char *name)
{
	return faccessat(d.fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

START_TEST(root_becomes_the_owner)
{
	pid_t pid;

	be_self();
	if ((pid = fork()) == 0) {
		opened();
		_exit(geteuid() == OWNER && getegid() == OWNER &&
			    getgroups(0, NULL) == 0 && setuid(0) == -1
			? 0
			: 1);
	}
	ck_assert_int_eq(unit_wait(pid), 0);
}
END_TEST

START_TEST(a_directory_of_root_is_refused)
{
	be_self();
	ck_assert_int_eq(chown("enrol", 0, 0), 0);
	ck_assert_int_eq(directory_open(&d, "enrol"), -1);
	ck_assert_str_eq(logged(),
	    "test: cannot use enrol: it belongs to root: chown it to "
	    "haild-enrol\n");
	ck_assert_uint_eq(geteuid(), 0);
}
END_TEST

START_TEST(a_directory_of_another_user_is_refused)
{
	be_self();
	ck_assert_int_eq(seteuid(OWNER - 1), 0);
	ck_assert_int_eq(directory_open(&d, "enrol"), -1);
	ck_assert_str_eq(logged(),
	    "test: cannot use enrol: it belongs to another user: run this as "
	    "root\n");
}
END_TEST

START_TEST(a_directory_for_others_is_refused)
{
	ck_assert_int_eq(chmod("enrol", 0775), 0);
	ck_assert_int_eq(directory_open(&d, "enrol"), -1);
	ck_assert_str_eq(logged(),
	    "test: cannot use enrol: other users can write to it: chmod go-w "
	    "it\n");
	ck_assert_int_eq(chmod("enrol", 0757), 0);
	ck_assert_int_eq(directory_open(&d, "enrol"), -1);
}
END_TEST

START_TEST(a_link_to_a_directory_is_refused)
{
	ck_assert_int_eq(symlink("enrol", "link"), 0);
	ck_assert_int_eq(directory_open(&d, "link"), -1);
	ck_assert_str_eq(logged(),
	    "test: cannot open the directory link: Not a directory\n");
	ck_assert_int_eq(directory_open(&d, "missing"), -1);
	ck_assert_str_eq(logged(),
	    "test: cannot open the directory missing: No such file or "
	    "directory\n");
}
END_TEST

START_TEST(files_are_replaced)
{
	struct stat st;

	opened();
	umask(0);
	ck_assert_str_eq(content("a"), "");
	ck_assert_int_eq(replace("1", "2\n"), 0);
	ck_assert_int_eq(replace("3", "4\n"), 0);
	ck_assert_str_eq(content("a"), "3");
	ck_assert_str_eq(content("b"), "4\n");
	ck_assert_int_eq(stat("enrol/a", &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0600);
	ck_assert_int_eq(stat("enrol/b", &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0644);
	ck_assert(!exists("a.new"));
	ck_assert(!exists("b.new"));
	ck_assert_str_eq(logged(), "");
}
END_TEST

START_TEST(the_mode_does_not_depend_on_the_umask)
{
	struct stat st;

	opened();
	umask(077);
	ck_assert_int_eq(replace("1", "2"), 0);
	ck_assert_int_eq(stat("enrol/b", &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0644);
}
END_TEST

START_TEST(what_cannot_be_written_changes_nothing)
{
	int n;

	opened();
	ck_assert_int_eq(replace("1", "2"), 0);
	for (n = 0; n < 2; n++) {
		syncs = n;
		ck_assert_int_eq(replace("3", "4"), -1);
		ck_assert_str_eq(logged(),
		    "test: cannot write the files in enrol: Input/output "
		    "error\n");
		syncs = -1;
		ck_assert_str_eq(content("a"), "1");
		ck_assert_str_eq(content("b"), "2");
		ck_assert(!exists("a.new"));
		ck_assert(!exists("b.new"));
	}
	no_rename = "a";
	ck_assert_int_eq(replace("3", "4"), -1);
	ck_assert_str_eq(content("a"), "1");
	ck_assert_str_eq(content("b"), "2");
}
END_TEST

START_TEST(the_first_file_is_replaced_first)
{
	opened();
	ck_assert_int_eq(replace("1", "2"), 0);
	no_rename = "b";
	ck_assert_int_eq(replace("3", "4"), -1);
	ck_assert_str_eq(content("a"), "3");
	ck_assert_str_eq(content("b"), "2");
	ck_assert(!exists("b.new"));
}
END_TEST

START_TEST(what_a_crash_left_does_not_matter)
{
	ck_assert_int_eq(symlink("../target", "enrol/a.new"), 0);
	unit_write_file("target", "precious");
	unit_write_file("enrol/b.new", "rest");
	opened();
	ck_assert_int_eq(replace("1", "2"), 0);
	ck_assert_str_eq(content("a"), "1");
	ck_assert_str_eq(content("b"), "2");
	ck_assert_int_eq(access("enrol/a.new", F_OK), -1);
}
END_TEST

START_TEST(a_link_is_not_read)
{
	size_t len;

	unit_write_file("target", "precious");
	ck_assert_int_eq(chmod("target", 0644), 0);
	ck_assert_int_eq(symlink("../target", "enrol/a"), 0);
	ck_assert_int_eq(mkfifo("enrol/fifo", 0666), 0);
	opened();
	ck_assert_ptr_null(directory_read(&d, "a", &len));
	ck_assert_str_eq(logged(),
	    "test: cannot read enrol/a: Too many levels of symbolic links\n");
	ck_assert_ptr_null(directory_read(&d, "fifo", &len));
	ck_assert_str_eq(
	    logged(), "test: cannot read enrol/fifo: Invalid argument\n");
	ck_assert_ptr_null(directory_read(&d, "/nonexistent", &len));
	ck_assert_str_eq(logged(),
	    "test: cannot read /nonexistent: No such file or directory\n");
}
END_TEST

/* A process that has the lock and gives it up soon. */
static pid_t
lock_elsewhere(void)
{
	int ready[2];
	pid_t pid;
	char c;

	ck_assert_int_eq(pipe(ready), 0);
	if ((pid = fork()) == 0) {
		opened();
		if (directory_lock(&d) == -1 || write(ready[1], "", 1) != 1)
			_exit(1);
		usleep(50000);
		_exit(0);
	}
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	return pid;
}

START_TEST(the_lock_is_taken_when_another_gives_it_up)
{
	pid_t pid = lock_elsewhere();
	struct stat st;

	opened();
	ck_assert_int_eq(directory_lock(&d), 0);
	ck_assert_int_eq(unit_wait(pid), 0);
	ck_assert_int_eq(fstat(d.lock, &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0600);
	directory_close(&d);
}
END_TEST

START_TEST(a_link_is_not_locked)
{
	unit_write_file("target", "");
	ck_assert_int_eq(symlink("../target", "enrol/lock"), 0);
	opened();
	ck_assert_int_eq(directory_lock(&d), -1);
	ck_assert_str_eq(logged(),
	    "test: cannot open enrol/lock: Too many levels of symbolic "
	    "links\n");
}
END_TEST

static void
add(TCase *tc)
{
	bool root = geteuid() == 0;

	tcase_add_checked_fixture(tc, unit_enter_dir, unit_leave_dir);
	tcase_add_checked_fixture(tc, be_owner, be_self);
	UNIT_ADD_IF(root, tc, root_becomes_the_owner, "needs root");
	UNIT_ADD_IF(root, tc, a_directory_of_root_is_refused, "needs root");
	UNIT_ADD_IF(
	    root, tc, a_directory_of_another_user_is_refused, "needs root");
	tcase_add_test(tc, a_directory_for_others_is_refused);
	tcase_add_test(tc, a_link_to_a_directory_is_refused);
	tcase_add_test(tc, files_are_replaced);
	tcase_add_test(tc, the_mode_does_not_depend_on_the_umask);
	tcase_add_test(tc, what_cannot_be_written_changes_nothing);
	tcase_add_test(tc, the_first_file_is_replaced_first);
	tcase_add_test(tc, what_a_crash_left_does_not_matter);
	tcase_add_test(tc, a_link_is_not_read);
	tcase_add_test(tc, the_lock_is_taken_when_another_gives_it_up);
	tcase_add_test(tc, a_link_is_not_locked);
}

int
main(void)
{
	return unit_run("enrol directory", add);
}
