/*
 * unit.h -- what every unit test shares: one suite, run and reported as TAP.
 */

#ifndef UNIT_H
#define UNIT_H

#include <sys/types.h>

#include <check.h>
#include <stdbool.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define UNUSED __attribute__((unused))

/* Run the tests that ADD puts into the case; returns main's status. */
int unit_run(const char *name, void (*add)(TCase *));

/*
 * Within ADD, in place of tcase_add_test: the test NAME cannot run here, for a
 * REASON that is in tests/skips.  Both are kept, not copied.
 */
void unit_skip(const char *name, const char *reason);

/* Whether pidfd_open(2) works: an old valgrind does not know it. */
bool unit_has_pidfd(void);

/*
 * Whether valgrind runs the test: it makes system calls of its own, and knows
 * neither Landlock nor filters.
 */
bool unit_is_valgrind(void);

/* Add a test where POSSIBLE, and say that it is skipped where it is not. */
#define UNIT_ADD_IF(possible, tc, test, reason)   \
	do {                                      \
		if (possible)                     \
			tcase_add_test(tc, test); \
		else                              \
			unit_skip(#test, reason); \
	} while (0)

/*
 * For tcase_add_checked_fixture: each test begins in an empty directory of its
 * own, which others can enter, and which is removed with all that is in it.
 */
void unit_enter_dir(void);
void unit_leave_dir(void);

/* Make the file PATH with TEXT in it. */
void unit_write_file(const char *path, const char *text);

/*
 * Make this process unable to write in the directory PATH, also if it is root,
 * until unit_allow, which gets the result.
 */
int unit_forbid(const char *path);
void unit_allow(const char *path, int uid);

/* Start a process that waits to be killed. */
pid_t unit_start_pausing(void);

/* What waitpid(2) says of PID, which must be a child, once it has ended. */
int unit_wait(pid_t pid);

/* Whether unshare(2) with FLAGS works here; tried in a child. */
bool unit_can_unshare(int flags);

#endif
