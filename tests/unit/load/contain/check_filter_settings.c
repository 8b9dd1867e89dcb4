/*
 * check_filter_settings.c -- what is wrong with the settings of filters, and
 * the names in them.
 */

#include "tests/unit/load/contain/filtered.h"

#include <sys/socket.h>

#include <seccomp.h>
#include <stdio.h>
#include <string.h>

#include "load/contain/families.h"
#include "load/contain/groups.h"

static void
expect(const char *const *calls, const char *const *fams, const char *setting,
    const char *text)
{
	char want[1024];

	finish();
	start();
	service_with(calls, fams, false);
	snprintf(want, sizeof(want), "test.conf:%d: %s",
	    1 + (int)setting_index(setting), text);
	ck_assert_str_eq(errors, want);
	/* a service with the same list does not report it again */
	ck_assert_ptr_null(service_with(calls, fams, false).contained.filter);
	ck_assert_str_eq(errors, want);
}

#define CALLS "system-call-filter"
#define FAMILIES "restrict-address-families"

START_TEST(wrong_settings)
{
	expect(LIST("~@clok"), NULL, CALLS,
	    "\"system-call-filter\": unknown group \"@clok\"; did you mean "
	    "\"@clock\"?");
	expect(LIST("@system-service", "@"), NULL, CALLS,
	    "\"system-call-filter\": unknown group \"@\"");
	expect(LIST("~umsk"), NULL, CALLS,
	    "\"system-call-filter\": unknown system call \"umsk\"; did you "
	    "mean \"umask\"?");
	expect(LIST("~"), NULL, CALLS,
	    "\"system-call-filter\": unknown system call \"\"");
	expect(LIST("~execve"), NULL, CALLS,
	    "\"system-call-filter\" must allow execve, which starts the "
	    "program of \"x\"");
	expect(LIST("~@default"), NULL, CALLS,
	    "\"system-call-filter\" must allow execve, which starts the "
	    "program of \"x\"");
	expect(LIST("@system-service", "~execve"), NULL, CALLS,
	    "\"system-call-filter\" must allow execve, which starts the "
	    "program of \"x\"");
	expect(NULL, LIST("AF_INET7"), FAMILIES,
	    "\"restrict-address-families\": unknown address family "
	    "\"AF_INET7\"; did you mean \"AF_INET\"?");
	expect(NULL, LIST("AF_UNIX", "none"), FAMILIES,
	    "\"restrict-address-families\": \"none\" must be the only "
	    "element");
}
END_TEST

/* The newest calls depend on libseccomp. */
START_TEST(calls_that_libseccomp_does_not_know)
{
	const struct scmp_version *v = seccomp_version();
	char text[256];

	snprintf(text, sizeof(text),
	    "\"system-call-filter\": libseccomp %u.%u.%u does not know "
	    "\"memory_ordering\" yet",
	    v->major, v->minor, v->micro);
	if (seccomp_syscall_resolve_name("memory_ordering") == __NR_SCMP_ERROR)
		expect(LIST("~memory_ordering"), NULL, CALLS, text);
}
END_TEST

START_TEST(privileges_and_a_filter)
{
	struct service s = { .name = "x",
		.handler = HANDLER_EXEC,
		.restrict_namespaces = true };

	origins[setting_index("no-new-privileges")] =
	    (struct origin) { .file = "test.conf", .line = 7 };
	filters_build(&loader, &s);
	ck_assert_str_eq(errors,
	    "test.conf:7: \"no-new-privileges\" must be true in \"x\", which "
	    "has a system call filter");
}
END_TEST

/* Calls that other architectures have are no errors here. */
START_TEST(all_groups_are_known)
{
	/* The loader keeps the lists. */
	static const char *lists[64][3];
	const char *name;
	size_t i;

	for (i = 0; (name = groups_name(i)) != NULL; i++) {
		ck_assert_uint_lt(i, COUNT(lists));
		lists[i][0] = "@default";
		lists[i][1] = name;
		service_with(lists[i], NULL, false);
	}
	ck_assert_str_eq(errors, "");
	ck_assert_uint_eq(i, 30);
	service_with(
	    LIST("~socketcall", "~_llseek", "~riscv_hwprobe"), NULL, false);
}
END_TEST

START_TEST(names_of_families)
{
	ck_assert_int_eq(family_find("AF_UNIX"), AF_UNIX);
	ck_assert_int_eq(family_find("AF_LOCAL"), AF_UNIX);
	ck_assert_int_eq(family_find("AF_INET"), AF_INET);
	ck_assert_int_eq(family_find("AF_INET6"), AF_INET6);
	ck_assert_int_eq(family_find("AF_NETLINK"), AF_NETLINK);
	ck_assert_int_eq(family_find("AF_PACKET"), AF_PACKET);
	ck_assert_int_eq(family_find("AF_ALG"), AF_ALG);
	ck_assert_int_eq(family_find("AF_VSOCK"), AF_VSOCK);
	ck_assert_int_eq(family_find("AF_MCTP"), 45);
	ck_assert_int_eq(family_find("INET"), -1);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, start, finish);
	tcase_add_test(tc, names_of_families);
	tcase_add_test(tc, wrong_settings);
	tcase_add_test(tc, calls_that_libseccomp_does_not_know);
	tcase_add_test(tc, privileges_and_a_filter);
	tcase_add_test(tc, all_groups_are_known);
}

int
main(void)
{
	return unit_run("filter_settings", add);
}
