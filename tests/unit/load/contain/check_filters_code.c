/*
 * check_filters_code.c -- what the code of a filter answers for each number of
 * a call.
 */

#include "tests/unit/unit.h"

#include <sys/syscall.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load/contain/filters_code.h"
#include "load/contain/groups.h"
#include "tests/seccomp_run.h"

#define LIST(...) ((const char *const[]) { __VA_ARGS__, NULL })

static uint32_t
answer(const struct sock_filter *f, size_t len, uint32_t number)
{
	struct seccomp_data data = { .nr = (int)number,
		.arch = seccomp_arch_native() };

	uint32_t action = seccomp_run(f, len, data);

	ck_assert_msg(action != UINT32_MAX, "an unknown instruction or no end");
	return action;
}

struct reference {
	struct filter_set *set;
	scmp_filter_ctx x;
	uint32_t action;
};

static void
add_to_both(void *arg, const char *call)
{
	struct reference *r = arg;
	int number = seccomp_syscall_resolve_name(call);

	if (number < 0)
		return;
	ck_assert_int_eq(seccomp_rule_add(r->x, r->action, number, 0), 0);
	filter_set_add(r->set, number);
}

/* libseccomp's own filter has the same answer for each number. */
static void
compare_with_libseccomp(const char *const *groups, bool denies)
{
	static struct sock_filter theirs[4096];
	struct filter_plan plan = { .calls.denies = denies };
	struct sock_filter *ours;
	struct reference r = { .set = &plan.calls };
	FILE *f = tmpfile();
	uint16_t our_len;
	uint32_t n, want;
	ssize_t len;

	ck_assert_ptr_nonnull(f);
	r.x = seccomp_init(denies ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EPERM));
	r.action = denies ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW;
	ck_assert_int_eq(seccomp_attr_set(r.x, SCMP_FLTATR_ACT_BADARCH,
			     SCMP_ACT_KILL_PROCESS),
	    0);
	for (; *groups != NULL; groups++)
		ck_assert(groups_visit(*groups, add_to_both, &r));
	ck_assert_int_eq(seccomp_export_bpf(r.x, fileno(f)), 0);
	len = pread(fileno(f), theirs, sizeof(theirs), 0) /
	    (ssize_t)sizeof(*theirs);
	ck_assert_int_gt(len, 0);
	plan.newest = FILTER_NUMBERS_END;
	ours = filter_assemble(&plan, &our_len);
	for (n = 0;; n = n == 8192 ? UINT32_MAX - 4096 : n + 1) {
		want = answer(theirs, (size_t)len, n);
		if (n == __NR_clone3 && want != SECCOMP_RET_ALLOW)
			want = SECCOMP_RET_ERRNO | ENOSYS;
		ck_assert_msg(
		    answer(ours, our_len, n) == want, "%x: not %x", n, want);
		if (n == UINT32_MAX)
			break;
	}
	free(ours);
	seccomp_release(r.x);
	fclose(f);
}

START_TEST(libseccomp_agrees)
{
	compare_with_libseccomp(LIST("@clock", "@mount", "@obsolete"), true);
	compare_with_libseccomp(LIST("@default", "@system-service"), false);
	compare_with_libseccomp(LIST("@default", "@basic-io"), false);
}
END_TEST

/* As many ranges as there can be: jumps reach no further than 255. */
START_TEST(many_ranges)
{
	static struct filter_plan plan;
	struct sock_filter *code;
	uint32_t n, want;
	uint16_t len;
	size_t i;

	for (i = 0; i < 2; i++) {
		plan = (struct filter_plan) { .newest = 2 * FILTER_SET_MAX,
			.calls.denies = i == 0 };
		for (n = 0; n < FILTER_SET_MAX; n++)
			filter_set_add(&plan.calls, (int)(2 * n));
		code = filter_assemble(&plan, &len);
		ck_assert_uint_le(len, BPF_MAXINSNS);
		for (n = 0; n < 2 * FILTER_SET_MAX; n++) {
			want = (n % 2 == 0) != (i == 0) ? SECCOMP_RET_ALLOW
							: SECCOMP_RET_ERRNO |
				(n == __NR_clone3 ? ENOSYS : EPERM);
			ck_assert_msg(answer(code, len, n) == want, "%u", n);
		}
		free(code);
	}
}
END_TEST

static void
add(TCase *tc)
{
	UNIT_ADD_IF(!unit_is_valgrind(), tc, libseccomp_agrees,
	    "cannot run under valgrind");
	tcase_add_test(tc, many_ranges);
}

int
main(void)
{
	return unit_run("filters_code", add);
}
