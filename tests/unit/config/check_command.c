/*
 * check_command.c -- which patterns may be configured, and places of arguments.
 */

#include "tests/unit/unit.h"

#include <string.h>

#include "config/command.h"

static const char *
why_not(const char *pattern)
{
	static char why[128];

	why[0] = '\0';
	ck_assert_int_eq(command_check_pattern(pattern, why, sizeof(why)),
	    why[0] == '\0' ? 0 : -1);
	return why;
}

START_TEST(patterns)
{
	static const char *const fine[] = { "", "a|b", "(a|b)*", "[]\\1]",
		"[^]1\\2]", "[[:digit:]\\1]", "[[.].]\\1]", "\\\\1", "\\.1",
		"a{1,3}", NULL };
	size_t i;

	for (i = 0; fine[i] != NULL; i++)
		ck_assert_msg(why_not(fine[i])[0] == '\0', "%s: %s", fine[i],
		    why_not(fine[i]));
	ck_assert_str_ne(why_not("["), "");
	ck_assert_str_ne(why_not("[a"), "");
	ck_assert_str_ne(why_not("[[:alpha:"), "");
	ck_assert_str_ne(why_not("\\"), "");
	ck_assert_str_ne(why_not("a)(b"), "");
}
END_TEST

/* Fault 82: with these the time is exponential in what the client sends. */
START_TEST(back_references_are_refused)
{
	static const char *const bad[] = { "(a)\\1", "(a*)*\\1b",
		"[x](a)(b)\\2", "\\\\\\9", "[]](a)\\1", "[[:alpha:]](.)\\1",
		NULL };
	size_t i;

	for (i = 0; bad[i] != NULL; i++)
		ck_assert_str_eq(
		    why_not(bad[i]), "back-references are not supported");
}
END_TEST

static void
place(const char *text, ptrdiff_t at, int want)
{
	int n = -1;
	const char *found = command_placeholder(text, &n);

	if (at == -1) {
		ck_assert_ptr_null(found);
		return;
	}
	ck_assert_ptr_nonnull(found);
	ck_assert_int_eq(found - text, at);
	ck_assert_int_eq(n, want);
}

START_TEST(places_of_arguments)
{
	place("%1", 0, 1);
	place("--x=%9y", 4, 9);
	place("%10", 0, 1);
	place("%%1", 0, 0);
	place("%%%1", 1, 0);
	place("%s%2", 2, 2);
	place("", -1, 0);
	place("%", -1, 0);
	place("%%", -1, 0);
	place("%0", -1, 0);
	place("%s %%d %a", -1, 0);
}
END_TEST

/* --- access to a command --- */

static const char *const hosts[] = { "*.example.org", NULL };

static struct client
tcp_client(const struct tls_session *tls)
{
	struct client client = { .fd = -1, .tls = tls };

	addr_from_numeric(&client.addr, "192.0.2.1", 4411);
	return client;
}

START_TEST(a_command_for_some_identities)
{
	struct service command = { .name = "x", .allow_identity = hosts };
	struct tls_session tls = { .nnames = 2 };
	struct client client = tcp_client(&tls);

	strlcpy(tls.names[0], "ops@example.org", IDENTITY_SIZE);
	strlcpy(tls.names[1], "web1.example.org", IDENTITY_SIZE);
	/* one matching name suffices */
	ck_assert(command_may_run(&command, &client));
	tls.nnames = 1;
	ck_assert(!command_may_run(&command, &client));
	/* the daemon gave it no identity */
	tls.nnames = tls.identity = 2;
	ck_assert(!command_may_run(&command, &client));
	tls.nnames = tls.identity = 0;
	ck_assert(!command_may_run(&command, &client));
	command.allow_identity = NULL;
	ck_assert(command_may_run(&command, &client));
}
END_TEST

START_TEST(without_tls_there_is_no_identity)
{
	static const char *const any[] = { "*", NULL };
	struct service command = { .name = "x", .allow_identity = any };
	struct client client = tcp_client(NULL);

	ck_assert(!command_may_run(&command, &client));
	client.addr.sa.sa_family = AF_UNIX;
	ck_assert(!command_may_run(&command, &client));
	command.allow_identity = NULL;
	ck_assert(command_may_run(&command, &client));
}
END_TEST

/* Each setting that excludes a client does so alone. */
START_TEST(an_identity_does_not_replace_access)
{
	static const char *const users[] = { "smith", NULL };
	static const uid_t uids[] = { 1000 };
	struct service command = { .name = "x", .allow_identity = hosts };
	struct tls_session tls = { .nnames = 1 };
	struct client client = tcp_client(&tls);
	struct prefix_node deny = { .parent = 0 };
	char error[128];

	strlcpy(tls.names[0], "web1.example.org", IDENTITY_SIZE);
	ck_assert_int_eq(
	    prefix_parse(&deny.prefix, "192.0.2.1", error, sizeof(error)), 0);
	command.deny = (struct prefixes) { &deny, 1 };
	ck_assert(!command_may_run(&command, &client));
	command.deny.n = 0;
	command.allow_user = users;
	command.allow_uids = uids;
	command.nallow_uids = 1;
	ck_assert(!command_may_run(&command, &client));
	client.addr.sa.sa_family = AF_UNIX;
	client.cred.uid = 1001;
	ck_assert(!command_may_run(&command, &client));
	client.cred.uid = 1000;
	ck_assert(command_may_run(&command, &client));
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, a_command_for_some_identities);
	tcase_add_test(tc, without_tls_there_is_no_identity);
	tcase_add_test(tc, an_identity_does_not_replace_access);
	tcase_add_test(tc, patterns);
	tcase_add_test(tc, back_references_are_refused);
	tcase_add_test(tc, places_of_arguments);
}

int
main(void)
{
	return unit_run("command", add);
}
