/*
 * check_pages.c -- which children have which mappings.
 */

#include "tests/unit/unit.h"

#include <sys/wait.h>

#include <signal.h>
#include <unistd.h>

#include "lib/pages.h"

#define SIZE 8192

/* Whether a child, made by FORK, reads what P has; it writes there, too. */
static bool
child_reads(pid_t (*fork_one)(void), volatile char *p)
{
	pid_t pid = fork_one();
	int status;

	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		if (p[0] != 'x')
			_exit(2);
		p[0] = 'y';
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(p[0], 'x');
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

START_TEST(only_children_of_pages_fork_have_tables)
{
	char *plain = pages_map(SIZE), *own = pages_map_own(SIZE),
	     *table = pages_map_table(SIZE);

	ck_assert(plain != NULL && own != NULL && table != NULL);
	plain[0] = own[0] = table[0] = 'x';
	ck_assert(child_reads(fork, plain));
	ck_assert(!child_reads(fork, own));
	ck_assert(!child_reads(fork, table));
	ck_assert(child_reads(pages_fork, table));
	ck_assert(!child_reads(pages_fork, own));
	/* Also after it. */
	ck_assert(!child_reads(fork, table));
}
END_TEST

START_TEST(there_is_a_limit_of_tables)
{
	int i;

	for (i = 0; i < PAGES_TABLES; i++)
		ck_assert_ptr_nonnull(pages_map_table(SIZE));
	ck_assert_ptr_null(pages_map_table(SIZE));
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, only_children_of_pages_fork_have_tables);
	tcase_add_test(tc, there_is_a_limit_of_tables);
}

int
main(void)
{
	return unit_run("pages", add);
}
