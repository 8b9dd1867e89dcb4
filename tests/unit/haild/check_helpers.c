/*
 * check_helpers.c -- haild-load is executed, and what becomes of its work.
 */

#include "tests/unit/unit.h"

#include <sys/syscall.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "haild/helpers/load.h"
#include "lib/log.h"

static const struct config_source source = { .file = "test.conf" };
static pid_t parent; /* what getppid(2) returns; 0: the truth */

pid_t
getppid(void)
{
	return parent != 0 ? parent : (pid_t)syscall(SYS_getppid);
}

static struct helpers
open_helper(const char *path)
{
	struct helpers h = { .load = open(path, O_RDONLY | O_CLOEXEC),
		.tls = open("/bin/true", O_RDONLY | O_CLOEXEC) };

	ck_assert_int_ne(h.load, -1);
	ck_assert_int_ne(h.tls, -1);
	log_init("test", 0, LOG_DAEMON, LOG_INFO);
	return h;
}

static void
close_helper(const struct helpers *h)
{
	close(h->load);
	close(h->tls);
}

/* Run HELPER to its end; INFO is how it came. */
static void
run(struct load *load, const char *path, siginfo_t *info)
{
	struct helpers helper = open_helper(path);

	ck_assert_int_eq(
	    load_start(load, &helper, LOAD_START, &source, NULL), 0);
	ck_assert_int_eq(waitid(P_PID, (id_t)load->pid, info, WEXITED), 0);
	close_helper(&helper);
}

START_TEST(it_is_executed)
{
	struct load load;
	siginfo_t info;

	run(&load, "/bin/true", &info);
	ck_assert_int_eq(info.si_code, CLD_EXITED);
	ck_assert_int_eq(info.si_status, 0);
	load_discard(&load);
}
END_TEST

/* haild was killed before prctl(PR_SET_PDEATHSIG): nothing would end it. */
START_TEST(not_for_a_parent_that_has_ended)
{
	struct load load;
	siginfo_t info;

	parent = 1;
	run(&load, "/bin/true", &info);
	parent = 0;
	ck_assert_int_eq(info.si_code, CLD_EXITED);
	ck_assert_int_eq(info.si_status, EX_OSERR);
	ck_assert_ptr_null(load_finish(&load, &info));
}
END_TEST

START_TEST(what_cannot_be_executed_fails)
{
	struct load load;
	siginfo_t info;

	run(&load, "/etc/passwd", &info);
	ck_assert_int_eq(info.si_status, EX_OSERR);
	ck_assert_str_eq(load_trouble(&info), "haild-load failed");
	ck_assert_ptr_null(load_finish(&load, &info));
	ck_assert_ptr_null(load.arena.base);
	ck_assert_int_eq(load.arena.fd, -1);
}
END_TEST

START_TEST(what_it_makes_must_be_a_configuration)
{
	const siginfo_t ended = { .si_code = CLD_EXITED };
	struct load load = { .channel = -1 };

	log_init("test", 0, LOG_DAEMON, LOG_INFO);
	/* nothing at all */
	ck_assert_int_eq(arena_create(&load.arena, 0), 0);
	ck_assert_ptr_null(load_finish(&load, &ended));
	/* something else */
	ck_assert_int_eq(arena_create(&load.arena, 0), 0);
	ck_assert_int_eq(arena_open(&load.arena), 0);
	memset(arena_alloc(&load.arena, 65536), 'x', 65536);
	ck_assert_int_eq(arena_finish(&load.arena), 0);
	ck_assert_ptr_null(load_finish(&load, &ended));
	ck_assert_ptr_null(load.arena.base);
	/* what is still written to */
	ck_assert_int_eq(arena_create(&load.arena, 0), 0);
	ck_assert_int_eq(arena_open(&load.arena), 0);
	ck_assert_ptr_null(load_finish(&load, &ended));
}
END_TEST

START_TEST(an_error_is_no_configuration)
{
	struct arena arena;
	struct trees trees;
	struct helpers helper = open_helper("/bin/false");
	int status = 0;

	ck_assert_ptr_null(load_now(&helper, &source, &arena, &trees, &status));
	ck_assert_int_eq(status, 1);
	ck_assert_int_eq(load_test(&helper, LOAD_TEST, &source, NULL), 1);
	close_helper(&helper);
}
END_TEST

/* Two arenas are in use during a reload. */
START_TEST(the_slots_are_used_in_turn)
{
	struct arena present = { .fd = -1 };
	struct helpers helper = open_helper("/bin/true");
	struct load load;

	for (present.slot = 0; present.slot < ARENA_SLOTS; present.slot++) {
		present.fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		ck_assert_int_eq(
		    load_start(&load, &helper, LOAD_RELOAD, &source, &present),
		    0);
		ck_assert_uint_eq(load.arena.slot, 1 - present.slot);
		unit_wait(load.pid);
		load_discard(&load);
		close(present.fd);
	}
	close_helper(&helper);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, it_is_executed);
	tcase_add_test(tc, not_for_a_parent_that_has_ended);
	tcase_add_test(tc, what_cannot_be_executed_fails);
	tcase_add_test(tc, what_it_makes_must_be_a_configuration);
	tcase_add_test(tc, an_error_is_no_configuration);
	tcase_add_test(tc, the_slots_are_used_in_turn);
}

int
main(void)
{
	return unit_run("helpers", add);
}
