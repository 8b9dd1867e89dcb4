/*
 * unit.c -- run one suite of unit tests.
 */

#include "tests/unit/unit.h"

#include <sys/fsuid.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <ftw.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[] = "/tmp/haild-check.XXXXXX";

#define SKIPS_MAX 24

static struct {
	const char *name, *reason;
} skips[SKIPS_MAX];
static size_t nskips;

bool
unit_has_pidfd(void)
{
	int fd = pidfd_open(getpid(), 0);

	if (fd != -1)
		close(fd);
	return fd != -1;
}

bool
unit_is_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return preload != NULL && strstr(preload, "vgpreload") != NULL;
}

void
unit_skip(const char *name, const char *reason)
{
	if (nskips == SKIPS_MAX)
		abort();
	skips[nskips].name = name;
	skips[nskips++].reason = reason;
}

/*
 * Check knows no skips: its TAP is printed without its plan, which comes last,
 * then the skips, and the plan for all.  Returns whether that went well.
 */
static bool
print_tap(FILE *tap)
{
	char line[4096];
	int ran = 0;
	size_t i;

	rewind(tap);
	while (fgets(line, sizeof(line), tap) != NULL)
		if (sscanf(line, "1..%d", &ran) != 1)
			fputs(line, stdout);
	for (i = 0; i < nskips; i++)
		printf("ok %zu - %s # SKIP %s\n", (size_t)ran + i + 1,
		    skips[i].name, skips[i].reason);
	printf("1..%zu\n", (size_t)ran + nskips);
	return (size_t)ran + nskips > 0 && !ferror(tap) && fflush(stdout) == 0;
}

int
unit_run(const char *name, void (*add)(TCase *))
{
	FILE *tap = tmpfile();
	char path[64];
	bool printed;
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *runner;
	int failed;

	if (tap == NULL)
		return EXIT_FAILURE;
	add(tc);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fileno(tap));
	srunner_set_tap(runner, path);
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	printed = print_tap(tap);
	fclose(tap);
	return failed == 0 && printed ? EXIT_SUCCESS : EXIT_FAILURE;
}

void
unit_enter_dir(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chmod(dir, 0755), 0);
	ck_assert_int_eq(chdir(dir), 0);
}

static int
remove_one(const char *path, const struct stat *st UNUSED, int kind UNUSED,
    struct FTW *ftw UNUSED)
{
	return remove(path);
}

void
unit_leave_dir(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

void
unit_write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ne(fputs(text, f), EOF);
	ck_assert_int_eq(fclose(f), 0);
}

int
unit_forbid(const char *path)
{
	ck_assert_int_eq(chmod(path, 0555), 0);
	return setfsuid(65534); /* root may write everywhere */
}

void
unit_allow(const char *path, int uid)
{
	setfsuid((uid_t)uid);
	ck_assert_int_eq(chmod(path, 0755), 0);
}

pid_t
unit_start_pausing(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	ck_assert_int_gt(pid, 0);
	return pid;
}

int
unit_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		ck_assert_int_eq(errno, EINTR);
	return status;
}

bool
unit_can_unshare(int flags)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(unshare(flags) == 0 ? 0 : 1);
	return unit_wait(pid) == 0;
}
