/*
 * check_resolve.c -- names to addresses.
 */

#include "tests/unit/unit.h"

#include <sys/wait.h>

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "lib/io.h"
#include "lib/resolve.h"

START_TEST(numbers_need_no_resolver)
{
	static const char *const hosts[] = { "192.0.2.1", "2001:db8::1" };
	char err[256], text[ADDR_TEXT_MAX];
	struct addr list[RESOLVE_MAX];
	size_t i;

	/* succeeds after the deadline: no resolver was used */
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(resolve(list, hosts[i], "7890", AF_UNSPEC, 0,
				     err, sizeof(err)),
		    1);
		ck_assert_str_eq(
		    addr_print_host(&list[0], text, sizeof(text)), hosts[i]);
		ck_assert_uint_eq(addr_port(&list[0]), 7890);
	}
}
END_TEST

/* Whether the answer or the deadline comes first. */
START_TEST(the_child_is_reaped)
{
	struct addr list[RESOLVE_MAX];
	char err[256];
	int64_t deadline;

	for (deadline = -1; deadline <= 0; deadline++) {
		resolve(list, "localhost", "1", AF_UNSPEC, deadline, err,
		    sizeof(err));
		ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
		ck_assert_int_eq(errno, ECHILD);
	}
}
END_TEST

START_TEST(each_address_comes_once)
{
	struct addr list[RESOLVE_MAX];
	char err[256];
	int i, j, n;

	n = resolve(list, "localhost", "1", AF_UNSPEC, -1, err, sizeof(err));
	ck_assert_int_gt(n, 0);
	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++)
			ck_assert(!addr_equal(&list[i], &list[j]));
}
END_TEST

START_TEST(ports_may_be_names)
{
	struct addr list[RESOLVE_MAX];
	struct servent *http = getservbyname("http", "tcp");
	char err[256];

	ck_assert_int_eq(
	    resolve(list, "127.0.0.1", "http", AF_UNSPEC, -1, err, sizeof(err)),
	    1);
	ck_assert_uint_eq(addr_port(&list[0]), ntohs((in_port_t)http->s_port));
}
END_TEST

START_TEST(errors_of_resolving_are_described)
{
	static const struct {
		const char *host, *port;
		int family;
		const char *err;
	} cases[] = {
		{ "127.0.0.1", "", AF_UNSPEC, "\"\" is not a port" },
		{ "127.0.0.1", "0", AF_UNSPEC, "\"0\" is not a port" },
		{ "127.0.0.1", "65536", AF_UNSPEC, "\"65536\" is not a port" },
		{ "127.0.0.1", "nosuchport", AF_UNSPEC,
		    "unknown port \"nosuchport\"" },
		{ "127.0.0.1", "1", AF_INET6, NULL },
		{ "::1", "1", AF_INET, NULL },
		{ "a..b", "1", AF_UNSPEC, NULL },
	};
	struct addr list[RESOLVE_MAX];
	char err[256];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		err[0] = '\0';
		ck_assert_int_eq(resolve(list, cases[i].host, cases[i].port,
				     cases[i].family, -1, err, sizeof(err)),
		    -1);
		if (cases[i].err != NULL)
			ck_assert_str_eq(err, cases[i].err);
		ck_assert_uint_gt(strlen(err), 0); /* getaddrinfo's words */
	}
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, numbers_need_no_resolver);
	tcase_add_test(tc, the_child_is_reaped);
	tcase_add_test(tc, each_address_comes_once);
	UNIT_ADD_IF(getservbyname("http", "tcp") != NULL, tc,
	    ports_may_be_names, "needs /etc/services");
	tcase_add_test(tc, errors_of_resolving_are_described);
}

int
main(void)
{
	return unit_run("resolve", add);
}
