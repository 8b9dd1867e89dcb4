/*
 * check_lockfile.c -- the lock identifies the daemon, and no other file than
 * its own is opened, changed or removed.
 */

#include "tests/unit/unit.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "haild/lockfile.h"

static struct lockfile l;

/* Removed by its last owner just before the next flock, if not NULL. */
static const char *removed;

/* A process that has the lock until after the next flock, if not 0. */
static pid_t looking;

int
flock(int fd, int operation)
{
	int result, error;

	if (removed != NULL)
		ck_assert_int_eq(unlink(removed), 0);
	removed = NULL;
	result = (int)syscall(SYS_flock, fd, operation);
	error = errno;
	if (looking != 0) {
		kill(looking, SIGKILL);
		waitpid(looking, NULL, 0);
	}
	looking = 0;
	errno = error;
	return result;
}

static int
take(const char *path, pid_t *other)
{
	return lockfile_take(&l, path, other);
}

static const char *
content(const char *path)
{
	static char text[64];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	close(fd);
	return text;
}

/* Another process that holds the lock of PATH, until it is killed. */
static pid_t
holder(const char *path)
{
	int ready[2], fd;
	char c;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	if ((pid = fork()) == 0) {
		close(ready[0]);
		fd = open(path, O_RDWR | O_CREAT, 0644);
		if (fd == -1 || flock(fd, LOCK_EX) == -1 ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	close(ready[0]);
	return pid;
}

START_TEST(it_is_made_written_and_removed)
{
	char want[32];
	pid_t other;

	ck_assert_int_eq(take("pid", &other), 0);
	ck_assert_int_eq(lockfile_write(&l), 0);
	snprintf(want, sizeof(want), "%ld\n", (long)getpid());
	ck_assert_str_eq(content("pid"), want);
	lockfile_remove(&l);
	ck_assert_int_eq(access("pid", F_OK), -1);
	ck_assert_int_eq(access("pid.lock", F_OK), -1);
	/* and without a file */
	ck_assert_int_eq(lockfile_write(&l), 0);
	lockfile_remove(&l);
}
END_TEST

START_TEST(the_file_of_a_dead_process_is_taken)
{
	char want[32];
	pid_t other;

	unit_write_file("pid", "1234567890\nlonger");
	ck_assert_int_eq(take("pid", &other), 0);
	ck_assert_int_eq(lockfile_write(&l), 0);
	snprintf(want, sizeof(want), "%ld\n", (long)getpid());
	ck_assert_str_eq(content("pid"), want);
	lockfile_remove(&l);
}
END_TEST

START_TEST(a_lock_of_another_process_is_respected)
{
	pid_t other = -1, pid = holder("pid.lock");

	ck_assert_int_eq(take("pid", &other), -1);
	ck_assert_int_eq(errno, EWOULDBLOCK);
	ck_assert_int_eq(other, 0);
	unit_write_file("pid.lock", "77\n");
	ck_assert_int_eq(take("pid", &other), -1);
	ck_assert_int_eq(errno, EWOULDBLOCK);
	ck_assert_int_eq(other, 77);
	ck_assert_str_eq(content("pid.lock"), "77\n");
	ck_assert_int_eq(access("pid", F_OK), -1);
	kill(pid, SIGKILL);
	unit_wait(pid);
	ck_assert_int_eq(take("pid", &other), 0);
	lockfile_remove(&l);
}
END_TEST

static mode_t
mode_of(const char *path)
{
	struct stat st;

	ck_assert_int_eq(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

/* Fault 78: everyone may open the file with the process ID. */
START_TEST(a_lock_of_the_readable_file_prevents_nothing)
{
	pid_t other, pid = holder("pid");

	umask(0);
	ck_assert_int_eq(take("pid", &other), 0);
	ck_assert_int_eq(lockfile_write(&l), 0);
	ck_assert_int_eq(atoi(content("pid")), getpid());
	ck_assert_uint_eq(mode_of("pid.lock"), 0600);
	lockfile_remove(&l);
	/* a lock file that was open to others is closed to them */
	unit_write_file("pid.lock", "");
	ck_assert_int_eq(chmod("pid.lock", 0666), 0);
	ck_assert_int_eq(take("pid", &other), 0);
	ck_assert_uint_eq(mode_of("pid.lock"), 0600);
	lockfile_remove(&l);
	kill(pid, SIGKILL);
	unit_wait(pid);
}
END_TEST

START_TEST(a_lock_file_of_another_user_is_refused)
{
	pid_t other;

	unit_write_file("pid.lock", "1\n");
	ck_assert_int_eq(chown("pid.lock", 65534, 65534), 0);
	ck_assert_int_eq(take("pid", &other), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_str_eq(l.path, "pid.lock");
	ck_assert_str_eq(content("pid.lock"), "1\n");
}
END_TEST

/* A target that is emptied, written or locked would be an attack by a link. */
START_TEST(a_symbolic_link_is_not_followed)
{
	pid_t other;

	unit_write_file("target", "precious");
	ck_assert_int_eq(symlink("target", "pid"), 0);
	ck_assert_int_eq(take("pid", &other), -1);
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_str_eq(content("target"), "precious");
	ck_assert_int_eq(unlink("pid"), 0);
	ck_assert_int_eq(symlink("nothing", "pid"), 0);
	ck_assert_int_eq(take("pid", &other), -1);
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_int_eq(access("nothing", F_OK), -1);
	ck_assert_int_eq(access("pid.lock", F_OK), -1);
	/* nor one at the lock's place */
	ck_assert_int_eq(unlink("pid"), 0);
	ck_assert_int_eq(symlink("target", "pid.lock"), 0);
	ck_assert_int_eq(take("pid", &other), -1);
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_str_eq(l.path, "pid.lock");
	ck_assert_str_eq(content("target"), "precious");
}
END_TEST

/* Opening a FIFO without O_NONBLOCK, or one that has a reader, would hang. */
START_TEST(only_a_regular_file_will_do)
{
	pid_t other;

	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	ck_assert_int_eq(take("fifo", &other), -1);
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_int_eq(take("/dev/null", &other), -1);
	ck_assert_int_ne(errno, EWOULDBLOCK);
	ck_assert_int_eq(mkdir("dir", 0700), 0);
	ck_assert_int_eq(take("dir", &other), -1);
	ck_assert_int_eq(errno, EISDIR);
	ck_assert_int_eq(take("dir/missing/pid", &other), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

/* After an upgrade the descriptor is open already, and has the lock. */
START_TEST(a_lock_from_before_an_upgrade_is_kept)
{
	struct lockfile before;
	pid_t other;

	ck_assert_int_eq(lockfile_take(&before, "pid", &other), 0);
	ck_assert_int_eq(fcntl(before.lock, F_GETFD), 0); /* survives execve */
	ck_assert_int_eq(fcntl(before.fd, F_GETFD), FD_CLOEXEC);
	close(before.fd);
	ck_assert_int_eq(take("pid", &other), 0);
	ck_assert_int_eq(l.lock, before.lock);
	lockfile_remove(&l);
}
END_TEST

START_TEST(a_file_that_took_its_place_stays)
{
	pid_t other;

	ck_assert_int_eq(take("pid", &other), 0);
	unit_write_file("new", "other\n");
	ck_assert_int_eq(rename("new", "pid"), 0);
	unit_write_file("new", "another\n");
	ck_assert_int_eq(rename("new", "pid.lock"), 0);
	lockfile_remove(&l);
	ck_assert_str_eq(content("pid"), "other\n");
	ck_assert_str_eq(content("pid.lock"), "another\n");
	/* nor is a descriptor of the old one taken for it */
	ck_assert_int_eq(take("pid", &other), 0);
	ck_assert_int_eq(unlink("pid.lock"), 0);
	ck_assert_int_eq(take("pid", &other), 0);
	ck_assert_int_eq(access("pid.lock", F_OK), 0);
	lockfile_remove(&l);
}
END_TEST

/* The lock of a file without a name excludes nobody. */
START_TEST(a_file_that_was_removed_meanwhile_is_made_again)
{
	pid_t other;

	removed = "pid.lock";
	ck_assert_int_eq(take("pid", &other), 0);
	ck_assert_ptr_null(removed);
	ck_assert_int_eq(lockfile_write(&l), 0);
	ck_assert_int_eq(atoi(content("pid")), getpid());
	lockfile_remove(&l);
	ck_assert_int_eq(access("pid", F_OK), -1);
}
END_TEST

START_TEST(who_only_looks_for_a_moment_prevents_nothing)
{
	pid_t other;

	looking = holder("pid.lock");
	ck_assert_int_eq(take("pid", &other), 0);
	ck_assert_int_eq(looking, 0);
	lockfile_remove(&l);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, unit_leave_dir);
	tcase_add_test(tc, it_is_made_written_and_removed);
	tcase_add_test(tc, the_file_of_a_dead_process_is_taken);
	tcase_add_test(tc, a_lock_of_another_process_is_respected);
	tcase_add_test(tc, who_only_looks_for_a_moment_prevents_nothing);
	tcase_add_test(tc, a_lock_of_the_readable_file_prevents_nothing);
	UNIT_ADD_IF(geteuid() == 0, tc, a_lock_file_of_another_user_is_refused,
	    "needs root");
	tcase_add_test(tc, a_symbolic_link_is_not_followed);
	tcase_add_test(tc, only_a_regular_file_will_do);
	tcase_add_test(tc, a_lock_from_before_an_upgrade_is_kept);
	tcase_add_test(tc, a_file_that_took_its_place_stays);
	tcase_add_test(tc, a_file_that_was_removed_meanwhile_is_made_again);
}

int
main(void)
{
	return unit_run("lockfile", add);
}
