/*
 * check_filters.c -- the filters of sessions: what a process with one can call.
 * Each call is made by a child.
 */

#include "tests/unit/load/contain/filtered.h"

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/filter.h>
#include <linux/netlink.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "contain/confine.h"

#define OK 1000 /* the result of a call that did not fail */

/* --- calls --- */

struct attempt {
	long number;
	long a, b, c;
};

/*
 * What a process with the filter gets for a call: OK, an errno, or -1 if it was
 * killed.
 */
static int
attempt_with(const struct service *s, const struct attempt *t)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
		    filter_install(
			s->contained.filter, s->contained.filter_len) == -1)
			syscall(SYS_exit_group, 255);
		errno = 0;
		if (syscall(t->number, t->a, t->b, t->c, 0, 0, 0) != -1)
			syscall(SYS_exit_group, 0);
		syscall(SYS_exit_group, errno);
	}
	ck_assert_int_gt(pid, 0);
	status = unit_wait(pid);
	if (WIFSIGNALED(status)) {
		ck_assert_int_eq(WTERMSIG(status), SIGSYS);
		return -1;
	}
	ck_assert_int_ne(WEXITSTATUS(status), 255);
	return WEXITSTATUS(status) == 0 ? OK : WEXITSTATUS(status);
}

static int
attempt(const struct service *s, long number, long a, long b)
{
	const struct attempt t = { number, a, b, 0 };

	ck_assert_str_eq(errors, "");
	ck_assert_ptr_nonnull(s->contained.filter);
	ck_assert_uint_gt(s->contained.filter_len, 0);
	return attempt_with(s, &t);
}

START_TEST(nothing_is_asked)
{
	static const char *const empty[] = { NULL };
	struct service s = service_with(NULL, NULL, false);

	ck_assert_ptr_null(s.contained.filter);
	ck_assert_uint_eq(s.contained.filter_len, 0);
	ck_assert(!s.no_new_privileges);

	s = service_with(empty, empty, false);
	ck_assert_ptr_null(s.contained.filter);

	s.handler = HANDLER_MESSAGE;
	s.restrict_namespaces = true;
	filters_build(&loader, &s);
	ck_assert_ptr_null(s.contained.filter);
}
END_TEST

START_TEST(list_that_denies)
{
	struct service s = service_with(
	    LIST("~@clock", "~getpriority", "~@keyring"), NULL, false);

	ck_assert(s.no_new_privileges);
	ck_assert_int_eq(attempt(&s, SYS_getpriority, 0, 0), EPERM);
	ck_assert_int_eq(attempt(&s, SYS_settimeofday, 0, 0), EPERM);
	ck_assert_int_eq(attempt(&s, SYS_keyctl, 0, 0), EPERM);
	ck_assert_int_eq(attempt(&s, SYS_getppid, 0, 0), OK);
	ck_assert_int_eq(attempt(&s, SYS_umask, 022, 0), OK);
	ck_assert_int_eq(attempt(&s, 4000, 0, 0), ENOSYS);

	/* a later element takes away from it */
	s = service_with(
	    LIST("~@system-service", "@default", "umask"), NULL, false);
	ck_assert_int_eq(attempt(&s, SYS_umask, 022, 0), OK);
	ck_assert_int_eq(attempt(&s, SYS_getppid, 0, 0), OK);
	ck_assert_int_eq(attempt(&s, SYS_getpriority, 0, 0), EPERM);
}
END_TEST

START_TEST(list_that_allows)
{
	struct service s =
	    service_with(LIST("@system-service", "~umask"), NULL, false);

	ck_assert_int_eq(attempt(&s, SYS_getpriority, 0, 0), OK);
	ck_assert_int_eq(attempt(&s, SYS_umask, 022, 0), EPERM);
	ck_assert_int_eq(attempt(&s, SYS_settimeofday, 0, 0), EPERM);
	ck_assert_int_eq(attempt(&s, SYS_mount, 0, 0), EPERM);

	/* @default is in it; clone3(2) is denied so that libc goes on */
	s = service_with(LIST("umask"), NULL, false);
	ck_assert_int_eq(attempt(&s, SYS_umask, 022, 0), OK);
	ck_assert_int_eq(attempt(&s, SYS_getppid, 0, 0), OK);
	ck_assert_int_eq(attempt(&s, SYS_getpriority, 0, 0), EPERM);
	ck_assert_int_eq(attempt(&s, SYS_clone3, 0, 0), ENOSYS);
	/* a call that came after this libseccomp */
	ck_assert_int_eq(attempt(&s, 4000, 0, 0), ENOSYS);
}
END_TEST

/* With a bit in the high half of the argument, which the kernel does not read.
 */
static long
high(unsigned long n)
{
	return (long)(sizeof(n) == 8 ? n | (unsigned long)1 << 40 : n);
}

START_TEST(typing_into_a_terminal)
{
	struct service allows = service_with(LIST("ioctl"), NULL, false);
	struct service denies = service_with(LIST("~@clock"), NULL, false);
	const struct service *both[] = { &allows, &denies };
	size_t i;

	for (i = 0; i < COUNT(both); i++) {
		ck_assert_int_eq(
		    attempt(both[i], SYS_ioctl, -1, TIOCSTI), EPERM);
		ck_assert_int_eq(
		    attempt(both[i], SYS_ioctl, -1, TIOCLINUX), EPERM);
		ck_assert_int_eq(
		    attempt(both[i], SYS_ioctl, -1, high(TIOCSTI)), EPERM);
		ck_assert_int_eq(
		    attempt(both[i], SYS_ioctl, -1, TIOCGWINSZ), EBADF);
	}
}
END_TEST

/* --- families --- */

static int
make_socket(const struct service *s, long family)
{
	return attempt(s, SYS_socket, family, SOCK_DGRAM | SOCK_CLOEXEC);
}

START_TEST(address_families)
{
	struct service s =
	    service_with(NULL, LIST("AF_UNIX", "AF_INET6"), false);

	ck_assert_int_eq(make_socket(&s, AF_UNIX), OK);
	ck_assert_int_eq(make_socket(&s, AF_INET), EAFNOSUPPORT);
	ck_assert_int_eq(make_socket(&s, AF_NETLINK), EAFNOSUPPORT);
	ck_assert_int_eq(make_socket(&s, high(AF_INET)), EAFNOSUPPORT);
	ck_assert_int_eq(
	    attempt(&s, SYS_socketpair, AF_INET, SOCK_DGRAM), EAFNOSUPPORT);
	ck_assert_int_eq(
	    attempt(&s, SYS_socketpair, AF_UNIX, SOCK_DGRAM), EFAULT);
	ck_assert_int_eq(attempt(&s, SYS_umask, 022, 0), OK);
	ck_assert_int_eq(attempt(&s, SYS_io_uring_setup, 1, 0), EPERM);

	s = service_with(NULL, LIST("~AF_INET", "~AF_NETLINK"), false);
	ck_assert_int_eq(make_socket(&s, AF_UNIX), OK);
	ck_assert_int_eq(make_socket(&s, AF_INET), EAFNOSUPPORT);
	ck_assert_int_eq(make_socket(&s, AF_NETLINK), EAFNOSUPPORT);
	ck_assert_int_eq(
	    attempt(&s, SYS_socketpair, AF_UNIX, SOCK_DGRAM), EFAULT);

	/* a later element takes away */
	s = service_with(NULL, LIST("AF_UNIX", "AF_INET", "~AF_UNIX"), false);
	ck_assert_int_eq(make_socket(&s, AF_UNIX), EAFNOSUPPORT);
	ck_assert_int_eq(make_socket(&s, AF_INET), OK);

	s = service_with(NULL, LIST("none"), false);
	ck_assert_int_eq(make_socket(&s, AF_UNIX), EAFNOSUPPORT);
	ck_assert_int_eq(
	    attempt(&s, SYS_socketpair, AF_UNIX, SOCK_DGRAM), EAFNOSUPPORT);
}
END_TEST

static int
make_netlink(const struct service *s, long protocol)
{
	const struct attempt t = { SYS_socket, AF_NETLINK,
		SOCK_RAW | SOCK_CLOEXEC, protocol };

	return attempt_with(s, &t);
}

START_TEST(messages_by_netlink)
{
	struct service s[2];
	size_t i;

	s[0] = service_with(NULL, LIST("AF_UNIX", "AF_NETLINK"), false);
	s[1] = service_with(NULL, LIST("~AF_INET"), false);
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(make_netlink(&s[i], NETLINK_ROUTE), OK);
		ck_assert_int_eq(
		    make_netlink(&s[i], NETLINK_USERSOCK), EPROTONOSUPPORT);
		ck_assert_int_eq(make_netlink(&s[i], high(NETLINK_USERSOCK)),
		    EPROTONOSUPPORT);
		ck_assert_int_eq(make_socket(&s[i], AF_UNIX), OK);
		ck_assert_int_eq(make_socket(&s[i], AF_INET), EAFNOSUPPORT);
	}
	s[0] = service_with(LIST("~@clock"), NULL, false);
	ck_assert_int_eq(make_netlink(&s[0], NETLINK_USERSOCK), OK);
}
END_TEST

/* --- namespaces --- */

START_TEST(namespaces)
{
	struct service denies = service_with(NULL, NULL, true);
	struct service allows =
	    service_with(LIST("@system-service", "@mount"), NULL, true);
	const struct service *both[] = { &denies, &allows };
	static const long flags[] = { CLONE_NEWNS, CLONE_NEWCGROUP,
		CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID,
		CLONE_NEWNET };
	size_t i, j;

	for (i = 0; i < COUNT(both); i++) {
		for (j = 0; j < COUNT(flags); j++)
#ifdef __s390__
			ck_assert_int_eq(
			    attempt(both[i], SYS_clone, 0, flags[j] | SIGCHLD),
			    EPERM);
#else
			ck_assert_int_eq(
			    attempt(both[i], SYS_clone, flags[j] | SIGCHLD, 0),
			    EPERM);
#endif
		ck_assert_int_eq(
		    attempt(both[i], SYS_unshare, CLONE_NEWUSER, 0), EPERM);
		ck_assert_int_eq(attempt(both[i], SYS_setns, -1, 0), EPERM);
		ck_assert_int_eq(attempt(both[i], SYS_clone3, 0, 0), ENOSYS);
		/* a process may still be made */
#ifndef __s390__
		ck_assert_int_eq(attempt(both[i], SYS_clone, SIGCHLD, 0), OK);
#endif
	}
	/* and without that: */
	denies = service_with(LIST("~@clock"), NULL, false);
	ck_assert_int_eq(attempt(&denies, SYS_clone3, 0, 0), EINVAL);
	ck_assert_int_eq(attempt(&denies, SYS_setns, -1, 0), EBADF);
}
END_TEST

/* --- other architectures --- */

#ifdef __x86_64__
#define X32 0x40000000

/* getpid(2) of i386; its number is that of writev(2) here. */
static int
call_as_i386(void)
{
	int result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
	return result;
}

static int
in_child(const struct service *s)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		if (s != NULL &&
		    (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
			filter_install(s->contained.filter,
			    s->contained.filter_len) == -1))
			syscall(SYS_exit_group, 2);
		syscall(SYS_exit_group, call_as_i386() > 0 ? 0 : 1);
	}
	ck_assert_int_gt(pid, 0);
	status = unit_wait(pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

START_TEST(other_architectures)
{
	struct service denies = service_with(LIST("~@clock"), NULL, false);
	struct service allows = service_with(LIST("@known"), NULL, false);

	/* the kernel may have none of these calls: then there is no defence */
	if (in_child(NULL) == 0) {
		ck_assert_int_eq(in_child(&denies), -SIGSYS);
		ck_assert_int_eq(in_child(&allows), -SIGSYS);
	}
	ck_assert_int_eq(attempt(&denies, X32 | SYS_getppid, 0, 0), -1);
	ck_assert_int_eq(attempt(&allows, X32 | SYS_getppid, 0, 0), -1);
}
END_TEST
#endif

/* --- copies --- */

START_TEST(services_share_filters)
{
	struct service a = service_with(LIST("~@clock"), NULL, true);
	struct service b = service_with(LIST("~@clock"), NULL, true);
	struct service c =
	    service_with(LIST("~settimeofday", "~@clock"), NULL, true);
	struct service other = service_with(LIST("~@clock"), NULL, false);

	ck_assert_ptr_nonnull(a.contained.filter);
	ck_assert_ptr_eq(a.contained.filter, b.contained.filter);
	ck_assert_ptr_eq(a.contained.filter, c.contained.filter);
	ck_assert_uint_eq(a.contained.filter_len, c.contained.filter_len);
	ck_assert_ptr_ne(a.contained.filter, other.contained.filter);
}
END_TEST

/* Linux then does not run it for each number of a call. */
START_TEST(filters_begin_with_an_argument)
{
	struct service s = service_with(LIST("~@clock"), NULL, true);

	ck_assert_uint_eq(s.contained.filter[0].code, BPF_LD | BPF_W | BPF_ABS);
	ck_assert_uint_ge(s.contained.filter[0].k, 16);
}
END_TEST

static void
add(TCase *tc)
{
	bool native = !unit_is_valgrind();
	static const char none[] = "cannot run under valgrind";

	tcase_add_checked_fixture(tc, start, finish);
	tcase_add_test(tc, nothing_is_asked);
	UNIT_ADD_IF(native, tc, list_that_denies, none);
	UNIT_ADD_IF(native, tc, list_that_allows, none);
	UNIT_ADD_IF(native, tc, typing_into_a_terminal, none);
	UNIT_ADD_IF(native, tc, address_families, none);
	UNIT_ADD_IF(native, tc, messages_by_netlink, none);
	UNIT_ADD_IF(native, tc, namespaces, none);
#ifdef __x86_64__
	UNIT_ADD_IF(native, tc, other_architectures, none);
#endif
	tcase_add_test(tc, services_share_filters);
	tcase_add_test(tc, filters_begin_with_an_argument);
}

int
main(void)
{
	return unit_run("filters", add);
}
