/*
 * check_arena.c -- memory that one process fills and others read.
 */

#include "tests/unit/unit.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/arena.h"
#include "lib/log.h"

struct node {
	const char *text;
	struct node *next;
};

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static struct arena arena;
static unsigned int slot;

static void
build_list(void)
{
	struct node *first = arena_alloc(&arena, sizeof(*first));

	first->text = arena_strdup(&arena, "one");
	first->next = arena_alloc(&arena, sizeof(*first));
	first->next->text = arena_strdup(&arena, "two");
}

/* As the daemon does it: filled in a child, sealed here. */
static const struct node *
sealed_list(void)
{
	pid_t pid;
	int status;

	ck_assert_int_eq(arena_create(&arena, slot), 0);
	if ((pid = fork()) == 0) {
		if (arena_open(&arena) == -1)
			_exit(1);
		build_list();
		_exit(arena_finish(&arena) == -1 ? 2 : 0);
	}
	ck_assert_int_gt(pid, 0);
	status = unit_wait(pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	return arena_seal(&arena);
}

START_TEST(memory_is_aligned_zeroed_and_apart)
{
	size_t size, i;
	char *p, *end = NULL;

	ck_assert_int_eq(arena_create(&arena, slot), 0);
	ck_assert_int_eq(arena_open(&arena), 0);
	for (size = 0; size < 100; size++) {
		p = arena_alloc(&arena, size);
		ck_assert_uint_eq((uintptr_t)p % alignof(max_align_t), 0);
		ck_assert(end == NULL ? p == arena.base : p >= end);
		for (i = 0; i < size; i++)
			ck_assert_int_eq(p[i], 0);
		memset(p, 0xff, size);
		end = p + size;
	}
	ck_assert_uint_eq(arena.used, (size_t)(end - arena.base));
	ck_assert_str_eq(arena_strdup(&arena, ""), "");
	ck_assert_str_eq(arena_strdup(&arena, "text"), "text");
	arena_destroy(&arena);
}
END_TEST

START_TEST(pointers_hold_in_another_process)
{
	const struct node *list = sealed_list();

	ck_assert_ptr_nonnull(list);
	ck_assert_ptr_eq(list, arena.base);
	ck_assert_str_eq(list->text, "one");
	ck_assert_str_eq(list->next->text, "two");
	ck_assert_ptr_null(list->next->next);
	arena_destroy(&arena);
}
END_TEST

/* A program that is executed has the memfd and the slot, nothing else. */
START_TEST(a_sealed_one_can_be_mapped_by_another_program)
{
	const struct node *list = sealed_list();
	struct arena other = { .fd = dup(arena.fd), .slot = arena.slot };

	ck_assert_ptr_nonnull(list);
	ck_assert_ptr_null(arena_map(&other));
	ck_assert_int_eq(errno, EEXIST); /* ours is there */
	arena_destroy(&arena);
	ck_assert_ptr_eq(arena_map(&other), list);
	ck_assert_ptr_eq(other.base, list);
	ck_assert_str_eq(list->next->text, "two");
	arena_destroy(&other);
}
END_TEST

START_TEST(one_that_is_not_sealed_is_not_mapped)
{
	static const int seals[] = { F_SEAL_WRITE, F_SEAL_SHRINK, F_SEAL_GROW,
		F_SEAL_SEAL };
	int all = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	size_t i;

	for (i = 0; i < COUNT(seals); i++) {
		ck_assert_int_eq(arena_create(&arena, slot), 0);
		ck_assert_int_eq(ftruncate(arena.fd, 4096), 0);
		ck_assert_int_eq(
		    fcntl(arena.fd, F_ADD_SEALS, all & ~seals[i]), 0);
		ck_assert_ptr_null(arena_map(&arena));
		ck_assert_int_eq(errno, EPERM);
		arena_destroy(&arena);
	}
	/* nor anything that is no memfd */
	arena.fd = open("/dev/zero", O_RDONLY);
	ck_assert_ptr_null(arena_map(&arena));
	arena_destroy(&arena);
}
END_TEST

START_TEST(slots_are_apart)
{
	struct arena other;

	ck_assert_int_eq(arena_create(&arena, 0), 0);
	ck_assert_int_eq(arena_open(&arena), 0);
	ck_assert_int_eq(arena_create(&other, 0), 0);
	ck_assert_int_eq(arena_open(&other), -1);
	ck_assert_int_eq(errno, EEXIST);
	other.slot = 1;
	ck_assert_int_eq(arena_open(&other), 0);
	ck_assert(other.base >= arena.base + ARENA_SIZE);
	arena_destroy(&other);
	ck_assert_int_eq(arena_create(&other, ARENA_SLOTS), 0);
	ck_assert_int_eq(arena_open(&other), -1);
	ck_assert_int_eq(errno, EINVAL);
	arena_destroy(&other);
	arena_destroy(&arena);
}
END_TEST

START_TEST(a_writer_that_lingers_prevents_the_seal)
{
	ck_assert_int_eq(arena_create(&arena, slot), 0);
	ck_assert_int_eq(arena_open(&arena), 0);
	build_list();
	ck_assert_ptr_null(arena_seal(&arena));
	ck_assert_int_eq(errno, EBUSY);
	ck_assert_int_eq(arena_finish(&arena), 0);
	ck_assert_ptr_nonnull(arena_seal(&arena));
	arena_destroy(&arena);
}
END_TEST

START_TEST(an_empty_one_is_refused)
{
	ck_assert_int_eq(arena_create(&arena, slot), 0);
	ck_assert_ptr_null(arena_seal(&arena));
	ck_assert_int_eq(errno, EINVAL);
	arena_destroy(&arena);
}
END_TEST

START_TEST(writing_to_a_sealed_one_faults)
{
	const struct node *list = sealed_list();
	pid_t pid;
	int status;

	ck_assert_ptr_nonnull(list);
	if ((pid = fork()) == 0) {
		signal(SIGSEGV, SIG_DFL); /* a sanitizer may have taken it */
		((volatile struct node *)(uintptr_t)list)->next = NULL;
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	status = unit_wait(pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGSEGV);
	arena_destroy(&arena);
}
END_TEST

/* What a process of a session could try: its own copy is all it gets. */
START_TEST(writing_by_force_reaches_nobody_else)
{
	struct node *list;
	const struct node *again;
	pid_t pid;
	int fd, status;

	ck_assert_int_eq(arena_create(&arena, slot), 0);
	fd = fcntl(arena.fd, F_DUPFD_CLOEXEC, 0);
	ck_assert_int_eq(arena_open(&arena), 0);
	build_list();
	ck_assert_int_eq(arena_finish(&arena), 0);
	list = (struct node *)(uintptr_t)arena_seal(&arena);
	ck_assert_ptr_nonnull(list);

	if ((pid = fork()) == 0) {
		if (mprotect(list, arena.used, PROT_READ | PROT_WRITE) == -1)
			_exit(1);
		list->next = NULL;
		_exit(list->next == NULL ? 0 : 2);
	}
	ck_assert_int_gt(pid, 0);
	status = unit_wait(pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);

	ck_assert_ptr_nonnull(list->next);
	again = mmap(NULL, arena.used, PROT_READ, MAP_PRIVATE, fd, 0);
	ck_assert(again != MAP_FAILED);
	ck_assert_ptr_eq(again->next, list->next);
	munmap((void *)(uintptr_t)again, arena.used);

	/* nor is there a way through the memfd itself */
	ck_assert(mmap(NULL, arena.used, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		      0) == MAP_FAILED);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(pwrite(fd, "x", 1, 0), -1);
	ck_assert_int_eq(ftruncate(fd, 0), -1);
	ck_assert_int_eq(ftruncate(fd, 1 << 20), -1);
	/* F_SEAL_EXEC, too, where the kernel has it. */
	ck_assert_int_eq(fcntl(fd, F_GET_SEALS) & SEALS, SEALS);
	close(fd);
	arena_destroy(&arena);
}
END_TEST

START_TEST(destroyed_twice_is_destroyed)
{
	ck_assert_int_eq(arena_create(&arena, slot), 0);
	arena_destroy(&arena);
	ck_assert_int_eq(arena.fd, -1);
	ck_assert_ptr_null(arena.base);
	arena_destroy(&arena);
}
END_TEST

START_TEST(all_of_it_can_be_used)
{
	ck_assert_int_eq(arena_create(&arena, slot), 0);
	ck_assert_int_eq(arena_open(&arena), 0);
	ck_assert_ptr_eq(arena_alloc(&arena, ARENA_SIZE), arena.base);
	ck_assert_ptr_eq(arena_alloc(&arena, 0), arena.base + ARENA_SIZE);
	arena_destroy(&arena);
}
END_TEST

/* The two below exit. */
START_TEST(more_than_there_is_ends_the_process)
{
	log_init("test", 0, LOG_DAEMON, LOG_INFO);
	ck_assert_int_eq(arena_create(&arena, slot), 0);
	ck_assert_int_eq(arena_open(&arena), 0);
	arena_alloc(&arena, 1);
	arena_alloc(&arena, ARENA_SIZE - 1);
}
END_TEST

START_TEST(a_size_that_wraps_ends_the_process)
{
	log_init("test", 0, LOG_DAEMON, LOG_INFO);
	ck_assert_int_eq(arena_create(&arena, slot), 0);
	ck_assert_int_eq(arena_open(&arena), 0);
	arena_alloc(&arena, 1);
	arena_alloc(&arena, SIZE_MAX - 8);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, memory_is_aligned_zeroed_and_apart);
	tcase_add_test(tc, pointers_hold_in_another_process);
	tcase_add_test(tc, a_sealed_one_can_be_mapped_by_another_program);
	tcase_add_test(tc, one_that_is_not_sealed_is_not_mapped);
	tcase_add_test(tc, slots_are_apart);
	tcase_add_test(tc, a_writer_that_lingers_prevents_the_seal);
	tcase_add_test(tc, an_empty_one_is_refused);
	tcase_add_test(tc, writing_to_a_sealed_one_faults);
	tcase_add_test(tc, writing_by_force_reaches_nobody_else);
	tcase_add_test(tc, destroyed_twice_is_destroyed);
	tcase_add_test(tc, all_of_it_can_be_used);
	tcase_add_exit_test(tc, more_than_there_is_ends_the_process, EX_CONFIG);
	tcase_add_exit_test(tc, a_size_that_wraps_ends_the_process, EX_CONFIG);
}

int
main(void)
{
	return unit_run("arena", add);
}
