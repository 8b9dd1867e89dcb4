/*
 * filters_code.c -- from what is denied to instructions.
 *
 * libseccomp compares numbers of calls, in a binary tree; what depends on an
 * argument comes before that, by hand.  The kernel looks only at the low half
 * of these arguments, but libseccomp can compare only whole ones for
 * inequality, so that a filter with a bit in the high half would pass.
 */

#include "load/contain/filters_code.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/seccomp.h>

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/log.h"
#include "load/memory.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
/* In clone(2), whose lowest byte is a signal, so not CLONE_NEWTIME. */
#define NAMESPACES                                                     \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | \
	    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)
/* CONFIG_CLONE_BACKWARDS2: clone(stack, flags, ...) */
#ifdef __s390__
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

/* --- sets --- */

static size_t
find(const struct filter_set *set, int i)
{
	size_t at = 0;

	while (at < set->n && set->list[at] != i)
		at++;
	return at;
}

bool
filter_denies(const struct filter_set *set, int i)
{
	return (find(set, i) < set->n) == set->denies;
}

void
filter_set_add(struct filter_set *set, int i)
{
	if (find(set, i) < set->n)
		return;
	if (set->n == sizeof(set->list) / sizeof(set->list[0]))
		fatal(EX_SOFTWARE, "too many system calls for a filter");
	set->list[set->n++] = i;
}

void
filter_set_remove(struct filter_set *set, int i)
{
	size_t at = find(set, i);

	if (at < set->n)
		set->list[at] = set->list[--set->n];
}

int
filter_number(const char *name)
{
	return seccomp_syscall_resolve_name(name);
}

/* --- what depends on an argument --- */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW_HALF 0
#else
#define LOW_HALF 4
#endif
#define ARGUMENT(n) \
	((uint32_t)(offsetof(struct seccomp_data, args[n]) + LOW_HALF))

struct code {
	struct sock_filter *list;
	size_t n;
};

static void
emit(struct code *c, int code, uint32_t k, size_t yes, size_t no)
{
	c->list = memory_resize(c->list, c->n + 1, sizeof(*c->list));
	c->list[c->n++] = (struct sock_filter)BPF_JUMP(
	    (uint16_t)code, k, (uint8_t)yes, (uint8_t)no);
}

static void
load(struct code *c, size_t offset)
{
	emit(c, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void
load_number(struct code *c)
{
	load(c, offsetof(struct seccomp_data, nr));
}

/* Skip YES or NO instructions. */
static void
equals(struct code *c, int value, size_t yes, size_t no)
{
	emit(c, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)value, yes, no);
}

static void
fail_with(struct code *c, int error)
{
	emit(c, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)error, 0, 0);
}

/*
 * They put characters into the input of a terminal, as if its user had typed
 * them.
 */
static void
deny_typing(struct code *c)
{
	equals(c, __NR_ioctl, 0, 5);
	load(c, ARGUMENT(1));
	equals(c, TIOCSTI, 1, 0);
	equals(c, TIOCLINUX, 0, 1);
	fail_with(c, EPERM);
	load_number(c);
}

static void
deny_namespaces(struct code *c)
{
	equals(c, __NR_clone, 0, 4);
	load(c, ARGUMENT(CLONE_FLAGS));
	emit(c, BPF_JMP | BPF_JSET | BPF_K, NAMESPACES, 0, 1);
	fail_with(c, EPERM);
	load_number(c);
}

static void
deny_families(struct code *c, const struct filter_set *families)
{
	size_t i, n = families->n;

	equals(c, __NR_socket, 1, 0);
	equals(c, __NR_socketpair, 0, n + 3 + families->denies);
	load(c, ARGUMENT(0));
	/* to the instruction after the last of these, or the next but one */
	for (i = 0; i < n; i++)
		equals(c, families->list[i], n - i, 0);
	if (families->denies)
		emit(c, BPF_JMP | BPF_JA, 1, 0, 0);
	fail_with(c, EAFNOSUPPORT);
	load_number(c);
}

static void
deny_newer(struct code *c, int newest)
{
	emit(c, BPF_JMP | BPF_JGT | BPF_K, (uint32_t)newest, 0, 2);
	emit(c, BPF_JMP | BPF_JGE | BPF_K, FILTER_NUMBERS_END, 1, 0);
	fail_with(c, ENOSYS);
}

/*
 * The first instruction is as in contain/filter.c: with it, Linux does not run
 * the filter for each number of a call when it is installed.
 */
static void
begin(struct code *c, const struct filter_plan *plan)
{
	struct code rest = { NULL, 0 };
	size_t i;

	load_number(&rest);
	if (!plan->calls.denies)
		deny_newer(&rest, plan->newest);
	deny_typing(&rest);
	if (plan->no_namespaces)
		deny_namespaces(&rest);
	if (plan->families != NULL)
		deny_families(&rest, plan->families);

	load(c, ARGUMENT(0));
	load(c, offsetof(struct seccomp_data, arch));
	equals(c, (int)seccomp_arch_native(), 1, 0);
	emit(c, BPF_JMP | BPF_JA, (uint32_t)rest.n, 0, 0);
	for (i = 0; i < rest.n; i++)
		emit(c, rest.list[i].code, rest.list[i].k, rest.list[i].jt,
		    rest.list[i].jf);
	free(rest.list);
}

/* --- the others --- */

static void __attribute__((noreturn)) fail(int result)
{
	errno = -result;
	fatal(EX_OSERR, "cannot build a system call filter");
}

/*
 * EPERM for a call of another architecture would be worse than the end of the
 * process: its exit(2) fails, too, and musl calls that in a loop.
 */
static scmp_filter_ctx
begin_calls(bool denies)
{
	scmp_filter_ctx x =
	    seccomp_init(denies ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EPERM));
	int result;

	if (x == NULL)
		fail(-ENOMEM);
	if ((result = seccomp_attr_set(
		 x, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS)) != 0 ||
	    (result = seccomp_attr_set(x, SCMP_FLTATR_CTL_OPTIMIZE, 2)) != 0)
		fail(result);
	return x;
}

static void
add_rule(scmp_filter_ctx x, uint32_t action, int number)
{
	int result = seccomp_rule_add(x, action, number, 0);

	if (result != 0)
		fail(result);
}

static void
add_rules(scmp_filter_ctx x, const struct filter_set *calls)
{
	int clone3 = filter_number("clone3");
	size_t i;

	for (i = 0; i < calls->n; i++)
		if (calls->list[i] != clone3)
			add_rule(x,
			    calls->denies ? SCMP_ACT_ERRNO(EPERM)
					  : SCMP_ACT_ALLOW,
			    calls->list[i]);
	if (clone3 < 0)
		return;
	if (filter_denies(calls, clone3))
		add_rule(x, SCMP_ACT_ERRNO(ENOSYS), clone3);
	else if (!calls->denies)
		add_rule(x, SCMP_ACT_ALLOW, clone3);
}

/* Add what libseccomp makes, by way of a file. */
static void export(struct code *c, scmp_filter_ctx x)
{
	int fd = memfd_create("filter", MFD_CLOEXEC), result;
	struct stat st;
	size_t size;

	if (fd == -1)
		fail(-errno);
	if ((result = seccomp_export_bpf(x, fd)) != 0)
		fail(result);
	if (fstat(fd, &st) == -1)
		fail(-errno);
	size = (size_t)st.st_size;
	c->list = memory_resize(
	    c->list, c->n + size / sizeof(*c->list), sizeof(*c->list));
	if (pread(fd, c->list + c->n, size, 0) != (ssize_t)size)
		fail(-errno);
	c->n += size / sizeof(*c->list);
	close(fd);
}

struct sock_filter *
filter_assemble(const struct filter_plan *plan, uint16_t *len)
{
	scmp_filter_ctx x = begin_calls(plan->calls.denies);
	struct code c = { NULL, 0 };

	begin(&c, plan);
	add_rules(x, &plan->calls);
	export(&c, x);
	seccomp_release(x);
	if (c.n > BPF_MAXINSNS)
		fail(-E2BIG);
	*len = (uint16_t)c.n;
	return c.list;
}
