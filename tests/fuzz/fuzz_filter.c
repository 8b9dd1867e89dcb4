/*
 * fuzz_filter.c -- filters of system calls: for each call of the plan and the
 * numbers beside it, with several arguments, the code answers as the plan says.
 *
 * The input: a byte with flags, lists that deny calls (1) and families (2),
 * whether families are limited (4) and namespaces denied (8); two with the
 * newest call; one with the number of families; the families, a byte each; and
 * the calls, two bytes each.
 */

#include "tests/fuzz/fuzz.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <linux/netlink.h>

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>

#include "load/contain/filters_code.h"
#include "tests/seccomp_run.h"

#define NAMESPACES                                                     \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | \
	    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

/* RET_ALLOW or RET_ERRNO of a call that is not denied, by its arguments. */
static uint32_t
by_arguments(const struct filter_plan *plan, const struct seccomp_data *d)
{
	uint32_t family = (uint32_t)d->args[0];

	if (d->nr == __NR_ioctl)
		return (uint32_t)d->args[1] == TIOCSTI ||
			(uint32_t)d->args[1] == 0x541c /* TIOCLINUX */
		    ? SECCOMP_RET_ERRNO | EPERM
		    : SECCOMP_RET_ALLOW;
	if (d->nr == __NR_clone && plan->no_namespaces)
		return d->args[0] & NAMESPACES ? SECCOMP_RET_ERRNO | EPERM
					       : SECCOMP_RET_ALLOW;
	if ((d->nr != __NR_socket && d->nr != __NR_socketpair) ||
	    plan->families == NULL)
		return SECCOMP_RET_ALLOW;
	if (filter_denies(plan->families, (int)family))
		return SECCOMP_RET_ERRNO | EAFNOSUPPORT;
	return family == AF_NETLINK && (uint32_t)d->args[2] == NETLINK_USERSOCK
	    ? SECCOMP_RET_ERRNO | EPROTONOSUPPORT
	    : SECCOMP_RET_ALLOW;
}

static uint32_t
expected(const struct filter_plan *plan, const struct seccomp_data *d)
{
	if (d->arch != seccomp_arch_native())
		return SECCOMP_RET_KILL_PROCESS;
#ifdef __x86_64__
	/* x32; -1 is no call. */
	if ((uint32_t)d->nr >= 0x40000000 && d->nr != -1)
		return SECCOMP_RET_KILL_PROCESS;
#endif
	if (!filter_denies(&plan->calls, d->nr))
		return by_arguments(plan, d);
	return d->nr == __NR_clone3 ||
		(!plan->calls.denies && d->nr > plan->newest &&
		    d->nr < FILTER_NUMBERS_END)
	    ? SECCOMP_RET_ERRNO | ENOSYS
	    : SECCOMP_RET_ERRNO | EPERM;
}

#define ALL_ARGUMENTS 10

/* The call NUMBER, with NARGS kinds of arguments. */
static void
check(const struct sock_filter *code, uint16_t len,
    const struct filter_plan *plan, int64_t number, size_t nargs)
{
	static const uint64_t args[ALL_ARGUMENTS] = { 0, 1, AF_NETLINK,
		AF_INET6, TIOCSTI, 0x541c, CLONE_NEWNS, CLONE_NEWUSER | 0x11,
		UINT64_MAX, UINT64_C(0xffffffff00000000) | TIOCSTI };
	struct seccomp_data d = { .arch = seccomp_arch_native() };
	size_t i;

	if (number < INT32_MIN || number > INT32_MAX)
		return;
	d.nr = (int)number;
	for (i = 0; i < nargs; i++) {
		d.args[0] = d.args[1] = args[i];
		d.args[2] = i & 1 ? NETLINK_USERSOCK : 0;
		MUST(seccomp_run(code, len, d) == expected(plan, &d));
	}
	d.arch ^= 1;
	MUST(seccomp_run(code, len, d) == SECCOMP_RET_KILL_PROCESS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t edges[] = { -2, -1, 0, __NR_ioctl, __NR_clone,
		__NR_clone3, __NR_socket, __NR_socketpair, 0x40000000,
		INT32_MAX, INT32_MIN, FILTER_NUMBERS_END, 4096 };
	static struct filter_set families;
	static struct filter_plan plan;
	struct sock_filter *code;
	uint16_t len;
	size_t i, n;

	if (size < 4)
		return 0;
	memset(&plan, 0, sizeof(plan));
	memset(&families, 0, sizeof(families));
	plan.calls.denies = data[0] & 1;
	families.denies = data[0] & 2;
	plan.families = data[0] & 4 ? &families : NULL;
	plan.no_namespaces = data[0] & 8;
	plan.newest = data[1] << 8 | data[2];
	n = data[3] < size - 4 ? data[3] : size - 4;
	for (i = 0; i < n; i++)
		filter_set_add(&families, data[4 + i]);
	for (i = 4 + n; i + 1 < size && plan.calls.n < FILTER_SET_MAX; i += 2)
		filter_set_add(&plan.calls, data[i] << 8 | data[i + 1]);
	code = filter_assemble(&plan, &len);
	MUST(len > 0 && len <= BPF_MAXINSNS);
	for (i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
		check(code, len, &plan, edges[i], ALL_ARGUMENTS);
	for (i = 0; i < 3; i++)
		check(code, len, &plan, plan.newest + (int64_t)i - 1, 1);
	for (i = 0; i < 3 * plan.calls.n; i++)
		check(code, len, &plan,
		    plan.calls.list[i / 3] + (int64_t)(i % 3) - 1, 1);
	free(code);
	return 0;
}
