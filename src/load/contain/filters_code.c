/*
 * filters_code.c -- from what is denied to instructions.
 *
 * Neighbouring numbers of calls usually have the same action, so a filter is a
 * binary search among ranges of numbers.  libseccomp, which names the calls
 * here, would compare each number: four times the instructions for
 * "@system-service" (the figures are in HACKING.md), which Linux translates for
 * every process that gets the filter.  It also cannot compare only the low half
 * of an argument for inequality: the kernel ignores the high half of these
 * arguments, so a bit there would evade the filter.
 *
 * Jumps only go forward.  The code is written from its end, so that the target
 * of each jump is known.
 */

#include "load/contain/filters_code.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <linux/netlink.h>
#include <linux/seccomp.h>

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sysexits.h>

#include "lib/log.h"
#include "load/memory.h"

/* In clone(2), whose lowest byte is a signal, there is no CLONE_NEWTIME. */
#define NAMESPACES                                                     \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | \
	    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)
/* CONFIG_CLONE_BACKWARDS2: clone(stack, flags, ...) */
#ifdef __s390__
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

/* x32 has the architecture of x86-64, and numbers from here on. */
#ifdef __x86_64__
#define OTHER_NUMBERS 0x40000000
#else
#define OTHER_NUMBERS UINT32_MAX
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
	if (set->n == FILTER_SET_MAX)
		fatalx(EX_SOFTWARE, "too many system calls for a filter");
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

/* --- what happens to which calls --- */

/* A call is allowed, fails or kills the process, or an argument decides. */
enum action {
	ALLOW,
	NOT_PERMITTED,
	NO_CALL,
	NO_FAMILY,
	KILL,
	IOCTL,
	CLONE,
	SOCKET,
	NFATES
};

/* Up to the next one. */
struct range {
	uint32_t start;
	enum action action;
};

static enum action
action_of(const struct filter_plan *plan, uint32_t number)
{
	int n = (int)number;

	/* -1 is no call: a tracer has prevented it. */
	if (number >= OTHER_NUMBERS && number != UINT32_MAX)
		return KILL;
	if (filter_denies(&plan->calls, n)) {
		if (n == __NR_clone3 ||
		    (!plan->calls.denies && n > plan->newest &&
			n < FILTER_NUMBERS_END))
			return NO_CALL;
		return NOT_PERMITTED;
	}
	if (n == __NR_ioctl)
		return IOCTL;
	if (n == __NR_clone && plan->no_namespaces)
		return CLONE;
	if ((n == __NR_socket || n == __NR_socketpair) &&
	    plan->families != NULL)
		return SOCKET;
	return ALLOW;
}

static int
compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

struct ranges {
	size_t n;
	struct range list[2 * (FILTER_SET_MAX + 16)];
};

/* A range may begin at a call that has its own action, or after it. */
static void
make_ranges(const struct filter_plan *plan, struct ranges *r)
{
	const uint32_t special[] = { __NR_ioctl, __NR_clone, __NR_clone3,
		__NR_socket, __NR_socketpair, (uint32_t)plan->newest,
		FILTER_NUMBERS_END - 1, OTHER_NUMBERS - 1, UINT32_MAX - 1 };
	uint32_t starts[sizeof(r->list) / sizeof(r->list[0])];
	size_t n = 0, i, nspecial = sizeof(special) / sizeof(special[0]);
	uint32_t call;
	enum action action;

	starts[n++] = 0;
	for (i = 0; i < plan->calls.n + nspecial; i++) {
		call = i < nspecial ? special[i]
				    : (uint32_t)plan->calls.list[i - nspecial];
		starts[n++] = call;
		starts[n++] = call + 1;
	}
	qsort(starts, n, sizeof(*starts), compare_numbers);
	r->n = 0;
	for (i = 0; i < n; i++) {
		action = action_of(plan, starts[i]);
		if (r->n == 0 || r->list[r->n - 1].action != action)
			r->list[r->n++] = (struct range) { starts[i], action };
	}
}

/* --- instructions, the last one first --- */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW_HALF 0
#else
#define LOW_HALF 4
#endif
#define ARGUMENT(n) (offsetof(struct seccomp_data, args[n]) + LOW_HALF)

/* Conditional jumps reach 255 instructions; two more may come before one. */
#define REACH 250

struct code {
	struct sock_filter *list;
	size_t n;
};

/* They return the place of the instruction. */

static size_t
emit(struct code *c, int code, uint32_t k, size_t yes, size_t no)
{
	c->list = memory_resize(c->list, c->n + 1, sizeof(*c->list));
	c->list[c->n] = (struct sock_filter)BPF_JUMP(
	    (uint16_t)code, k, (uint8_t)yes, (uint8_t)no);
	return c->n++;
}

/* Go to PLACE: to be before what is not followed. */
static size_t
jump(struct code *c, size_t place)
{
	return emit(c, BPF_JMP | BPF_JA, (uint32_t)(c->n - place - 1), 0, 0);
}

static size_t
near(struct code *c, size_t place)
{
	return c->n - place < REACH ? place : jump(c, place);
}

/* Go to YES if the value compares to K as OPERATOR says, otherwise to NO. */
static size_t
branch(struct code *c, int operator, uint32_t k, size_t yes, size_t no)
{
	yes = near(c, yes);
	no = near(c, no);
	return emit(
	    c, BPF_JMP | operator| BPF_K, k, c->n - yes - 1, c->n - no - 1);
}

/* Load the word at OFFSET, and go to PLACE. */
static size_t
load(struct code *c, size_t offset, size_t place)
{
	if (place != c->n - 1)
		jump(c, place);
	return emit(c, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static size_t
end_with(struct code *c, uint32_t action)
{
	return emit(c, BPF_RET | BPF_K, action, 0, 0);
}

/* With this protocol, any two processes in a network can send messages. */
static size_t
check_netlink(struct code *c, size_t allow)
{
	size_t at = end_with(c, SECCOMP_RET_ERRNO | EPROTONOSUPPORT);

	at = branch(c, BPF_JEQ, NETLINK_USERSOCK, at, allow);
	return load(c, ARGUMENT(2), at);
}

static size_t
check_families(
    struct code *c, const struct filter_set *set, const size_t places[NFATES])
{
	size_t listed = places[set->denies ? NO_FAMILY : ALLOW];
	size_t at = places[set->denies ? ALLOW : NO_FAMILY], i;

	if (!filter_denies(set, AF_NETLINK))
		at = branch(c, BPF_JEQ, AF_NETLINK,
		    check_netlink(c, places[ALLOW]), at);
	for (i = 0; i < set->n; i++)
		if (set->denies || set->list[i] != AF_NETLINK)
			at = branch(
			    c, BPF_JEQ, (uint32_t)set->list[i], listed, at);
	return load(c, ARGUMENT(0), at);
}

/* Write the instruction that ends in each action, and its place to PLACES. */
static void
write_actions(
    struct code *c, const struct filter_plan *plan, size_t places[NFATES])
{
	size_t no;

	places[KILL] = end_with(c, SECCOMP_RET_KILL_PROCESS);
	places[NO_CALL] = end_with(c, SECCOMP_RET_ERRNO | ENOSYS);
	places[NO_FAMILY] = end_with(c, SECCOMP_RET_ERRNO | EAFNOSUPPORT);
	places[NOT_PERMITTED] = end_with(c, SECCOMP_RET_ERRNO | EPERM);
	places[ALLOW] = end_with(c, SECCOMP_RET_ALLOW);
	/*
	 * They put characters into the input of a terminal, as if its user had
	 * typed them.
	 */
	no = branch(c, BPF_JEQ, TIOCSTI, places[NOT_PERMITTED], places[ALLOW]);
	no = branch(c, BPF_JEQ, TIOCLINUX, places[NOT_PERMITTED], no);
	places[IOCTL] = load(c, ARGUMENT(1), no);
	no = branch(
	    c, BPF_JSET, NAMESPACES, places[NOT_PERMITTED], places[ALLOW]);
	places[CLONE] = load(c, ARGUMENT(CLONE_FLAGS), no);
	if (plan->families != NULL)
		places[SOCKET] = check_families(c, plan->families, places);
}

/* Find the number among the N ranges at R. */
static size_t
write_search(struct code *c, const struct range *r, size_t n,
    const size_t places[NFATES])
{
	size_t half = n / 2, upper;

	if (n == 1)
		return places[r->action];
	upper = write_search(c, r + half, n - half, places);
	return branch(
	    c, BPF_JGE, r[half].start, upper, write_search(c, r, half, places));
}

/*
 * The first instruction is as in contain/filter.c: with it, Linux does not run
 * the filter for each number of a call when it is installed.
 *
 * EPERM for a call of another architecture would be worse than the end of the
 * process: its exit(2) would fail, too, and musl calls that in a loop.
 */
struct sock_filter *
filter_assemble(const struct filter_plan *plan, uint16_t *len)
{
	size_t places[NFATES], start, i;
	struct code c = { NULL, 0 };
	struct sock_filter swap;
	struct ranges ranges;

	make_ranges(plan, &ranges);
	write_actions(&c, plan, places);
	start = write_search(&c, ranges.list, ranges.n, places);
	start = load(&c, offsetof(struct seccomp_data, nr), start);
	start = branch(&c, BPF_JEQ, seccomp_arch_native(), start, places[KILL]);
	start = load(&c, offsetof(struct seccomp_data, arch), start);
	load(&c, ARGUMENT(0), start);
	for (i = 0; i < c.n / 2; i++) {
		swap = c.list[i];
		c.list[i] = c.list[c.n - 1 - i];
		c.list[c.n - 1 - i] = swap;
	}
	*len = (uint16_t)c.n; /* less than BPF_MAXINSNS for all ranges */
	return c.list;
}
