/*
 * check_request.c -- what a client of commands asks for, against each rule.
 */

#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "commands/request.h"
#include "config/command.h"
#include "haild/state.h"

#define LIST(...) ((const char *const[]) { __VA_ARGS__, NULL })

static struct service commands[3];
static const struct service service = { .name = "s", .commands = commands };
static struct client client;
static char why[REQUEST_WHY_MAX];

static void
set_up(void)
{
	static const char *const one[] = { "/bin/one", NULL };
	static const char *const two[] = { "/bin/two", NULL };

	memset(commands, 0, sizeof(commands));
	commands[0].name = "one";
	commands[0].exec = one;
	commands[1].name = "two";
	commands[1].exec = two;
	memset(&client, 0, sizeof(client));
	ck_assert_int_eq(addr_from_numeric(&client.addr, "192.0.2.7", 1000), 0);
	why[0] = '\0';
}

/* --- the record --- */

static char record[256];

static size_t
make(uint32_t nargs, uint32_t nenv, const char *strings, size_t len)
{
	struct request_header h = { nargs, nenv };

	memcpy(record, &h, sizeof(h));
	memcpy(record + sizeof(h), strings, len);
	return sizeof(h) + len;
}

#define MAKE(nargs, nenv, s) make(nargs, nenv, s, sizeof(s))

START_TEST(records)
{
	struct request r;

	ck_assert_int_eq(request_parse(&r, record, MAKE(0, 0, "one")), 0);
	ck_assert_str_eq(r.name, "one");
	ck_assert_uint_eq(r.nargs, 0);
	free(r.args);
	ck_assert_int_eq(
	    request_parse(&r, record, MAKE(2, 1, "a\0\0N=v\0one")), 0);
	ck_assert_str_eq(r.name, "one");
	ck_assert_uint_eq(r.nargs, 2);
	ck_assert_str_eq(r.args[0], "a");
	ck_assert_str_eq(r.args[1], "");
	ck_assert_uint_eq(r.nenv, 1);
	ck_assert_str_eq(r.env[0], "N=v");
	free(r.args);
}
END_TEST

START_TEST(records_that_are_none)
{
	const struct {
		uint32_t nargs, nenv;
		const char *strings;
		size_t len;
	} cases[] = {
		{ 0, 0, "", 0 },	 /* no name */
		{ 0, 0, "one", 3 },	 /* no end of it */
		{ 1, 0, "one", 4 },	 /* an argument too few */
		{ 0, 0, "one\0two", 8 }, /* one too many */
		{ 0, 1, "one", 4 },	 /* a variable too few */
		{ COMMAND_ARGS_MAX + 1, 0, "one", 4 },
		{ 0, COMMAND_ARGS_MAX + 1, "one", 4 },
		{ UINT32_MAX, 2, "one", 4 },
		{ UINT32_MAX, UINT32_MAX, "one", 4 },
	};
	struct request r;
	size_t i, len;

	for (i = 0; i < COUNT(cases); i++) {
		len = make(cases[i].nargs, cases[i].nenv, cases[i].strings,
		    cases[i].len);
		ck_assert_msg(request_parse(&r, record, len) == -1,
		    "case %zu is a record", i);
	}
	for (len = 0; len < sizeof(struct request_header); len++)
		ck_assert_int_eq(request_parse(&r, record, len), -1);
}
END_TEST

/* --- who may --- */

static struct request asked;
static char *words[16];

/* Returns OUTCOME_EXIT if it is allowed. */
#define ALLOWED OUTCOME_EXIT

/* Ask for a command with arguments; the last is NULL. */
static int
ask(const char *name, const char *const *args)
{
	struct outcome outcome = { NOUTCOMES, 0 };
	const struct service *command;
	size_t n;

	memset(&asked, 0, sizeof(asked));
	asked.name = name;
	asked.args = words;
	for (n = 0; args != NULL && args[n] != NULL; n++)
		words[n] = (char *)(uintptr_t)args[n];
	asked.nargs = n;
	if (request_check(&service, &client, &asked, &command, &outcome, why))
		return ALLOWED;
	ck_assert(outcome_is_valid(&outcome));
	return (int)outcome.kind;
}

static void
says(int got, int want, const char *text)
{
	ck_assert_int_eq(got, want);
	ck_assert_str_eq(why, text);
}

#define UNKNOWN(name) "no command \"" name "\"; \"help\" lists the commands"

/* For the client; the log has the difference. */
START_TEST(unknown_and_not_allowed_are_the_same)
{
	struct prefix_node node = { .parent = 0 };
	uid_t uid = 1000;

	set_up();
	ck_assert_int_eq(ask("one", NULL), ALLOWED);
	says(ask("three", NULL), OUTCOME_UNKNOWN, UNKNOWN("three"));
	says(ask("", NULL), OUTCOME_UNKNOWN, UNKNOWN(""));
	says(ask("a\nb", NULL), OUTCOME_UNKNOWN, UNKNOWN("a\\nb"));

	ck_assert_int_eq(
	    prefix_parse(&node.prefix, "192.0.2.0/24", why, sizeof(why)), 0);
	commands[0].deny = (struct prefixes) { &node, 1 };
	says(ask("one", NULL), OUTCOME_NOT_ALLOWED, UNKNOWN("one"));
	commands[0].allow = (struct prefixes) { &node, 1 };
	says(ask("one", NULL), OUTCOME_NOT_ALLOWED, UNKNOWN("one"));
	commands[0].deny.n = 0;
	ck_assert_int_eq(ask("one", NULL), ALLOWED);

	/* for users: not there over TCP */
	commands[1].allow_user = LIST("x");
	commands[1].allow_uids = &uid;
	commands[1].nallow_uids = 1;
	says(ask("two", NULL), OUTCOME_NOT_ALLOWED, UNKNOWN("two"));
	ck_assert_int_eq(addr_from_path(&client.addr, "/x"), 0);
	client.cred.uid = 1001;
	says(ask("two", NULL), OUTCOME_NOT_ALLOWED, UNKNOWN("two"));
	client.cred.uid = 1000;
	ck_assert_int_eq(ask("two", NULL), ALLOWED);
}
END_TEST

/* What "help" prints with ARGS. */
static const char *
help_text(const char *const *args)
{
	static char text[1024];
	FILE *out = fmemopen(text, sizeof(text), "w");

	ck_assert_ptr_nonnull(out);
	ask("help", args);
	request_help(&service, &client, &asked, out);
	fclose(out);
	return text;
}

/* As with allow-user, the command seems not to exist. */
START_TEST(commands_for_some_identities)
{
	struct tls_session tls = { .nnames = 1 };

	set_up();
	commands[1].allow_identity = LIST("ops@example.org");
	commands[1].summary = "secret";
	says(ask("two", NULL), OUTCOME_NOT_ALLOWED, UNKNOWN("two"));
	says(ask("help", LIST("two")), OUTCOME_NOT_ALLOWED, UNKNOWN("two"));
	ck_assert_ptr_null(strstr(help_text(NULL), "two"));
	ck_assert_ptr_null(strstr(help_text(LIST("two")), "secret"));

	client.tls = &tls;
	strlcpy(tls.names[0], "dev@example.org", IDENTITY_SIZE);
	says(ask("two", NULL), OUTCOME_NOT_ALLOWED, UNKNOWN("two"));
	ck_assert_ptr_null(strstr(help_text(NULL), "two"));
	ck_assert_ptr_nonnull(strstr(help_text(NULL), "one\t"));

	strlcpy(tls.names[0], "ops@example.org", IDENTITY_SIZE);
	ck_assert_int_eq(ask("two", NULL), ALLOWED);
	ck_assert_int_eq(ask("help", LIST("two")), ALLOWED);
	ck_assert_ptr_nonnull(strstr(help_text(NULL), "two\tsecret\n"));
	ck_assert_str_eq(help_text(LIST("two")), "two\tsecret\n");
}
END_TEST

START_TEST(names_in_answers_are_bounded)
{
	char name[1000];

	set_up();
	memset(name, '\033', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ck_assert_int_eq(ask(name, NULL), OUTCOME_UNKNOWN);
	ck_assert_ptr_null(strchr(why, '\033'));
	ck_assert_uint_lt(strlen(why), REQUEST_WHY_MAX - 1);
}
END_TEST

START_TEST(out_of_service)
{
	set_up();
	commands[0].missing = "unknown user \"x\"";
	says(ask("one", NULL), OUTCOME_OUT, "one: out of service");
}
END_TEST

START_TEST(help)
{
	set_up();
	ck_assert_int_eq(ask("help", NULL), ALLOWED);
	ck_assert_int_eq(ask("help", LIST("one")), ALLOWED);
	ck_assert_int_eq(ask("help", LIST("help")), ALLOWED);
	says(ask("help", LIST("three")), OUTCOME_UNKNOWN, UNKNOWN("three"));
	says(ask("help", LIST("one", "two")), OUTCOME_COUNT,
	    "help: takes 0 to 1 arguments, got 2");
	commands[0].allow_user = LIST("x");
	says(ask("help", LIST("one")), OUTCOME_NOT_ALLOWED, UNKNOWN("one"));
}
END_TEST

/* --- arguments --- */

START_TEST(how_many)
{
	set_up();
	says(ask("one", LIST("a")), OUTCOME_COUNT,
	    "one: takes 0 arguments, got 1");
	commands[0].args = (struct arg_count) { 1, 1 };
	says(ask("one", NULL), OUTCOME_COUNT, "one: takes 1 argument, got 0");
	ck_assert_int_eq(ask("one", LIST("a")), ALLOWED);
	commands[0].args = (struct arg_count) { 1, 2 };
	says(ask("one", LIST("a", "b", "c")), OUTCOME_COUNT,
	    "one: takes 1 to 2 arguments, got 3");
	commands[0].args = (struct arg_count) { 2, COMMAND_ARGS_MAX };
	says(ask("one", LIST("a")), OUTCOME_COUNT,
	    "one: takes at least 2 arguments, got 1");
	ck_assert_int_eq(ask("one", LIST("a", "b", "c")), ALLOWED);
}
END_TEST

START_TEST(dashes)
{
	set_up();
	commands[0].args = (struct arg_count) { 0, 9 };
	says(ask("one", LIST("a-", "-")), OUTCOME_ARGUMENT,
	    "one: argument 2 begins with a dash");
	commands[0].arg_match = LIST("-.*");
	says(ask("one", LIST("-a")), OUTCOME_ARGUMENT,
	    "one: argument 1 begins with a dash");
	commands[0].arg_dash = true;
	ck_assert_int_eq(ask("one", LIST("-a")), ALLOWED);
}
END_TEST

START_TEST(matched_arguments_have_a_maximum_length)
{
	char longest[REQUEST_MATCH_MAX + 2];

	set_up();
	commands[0].args = (struct arg_count) { 1, 4 };
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	ck_assert_int_eq(ask("one", LIST(longest)), ALLOWED);
	commands[0].arg_match = LIST("x*");
	says(ask("one", LIST(longest)), OUTCOME_ARGUMENT,
	    "one: argument 1 is longer than 4096 bytes");
	longest[REQUEST_MATCH_MAX] = '\0';
	ck_assert_int_eq(ask("one", LIST(longest)), ALLOWED);
}
END_TEST

/* --- what is run --- */

static void
runs(const char *const *want)
{
	char **argv = request_argv(&commands[0], &asked);
	size_t i;

	for (i = 0; want[i] != NULL; i++)
		ck_assert_str_eq(argv[i], want[i]);
	ck_assert_ptr_null(argv[i]);
	free(argv);
}

START_TEST(arguments_and_their_places)
{
	set_up();
	commands[0].args = (struct arg_count) { 0, 12 };
	ask("one", LIST("a", "b", "c"));
	runs(LIST("/bin/one", "a", "b", "c"));
	commands[0].exec = LIST("/bin/one", "-w", "%2", "%2");
	runs(LIST("/bin/one", "-w", "b", "b", "a", "c"));
	/* within a word */
	commands[0].exec = LIST("/bin/one", "--name=%1", "%1%2", "x%3y%1z");
	runs(LIST("/bin/one", "--name=a", "ab", "xcyaz"));
	/* one digit, not 0; all other % are themselves */
	commands[0].exec =
	    LIST("/bin/one", "%10", "%0", "%", "%%", "%s", "%%s");
	runs(LIST("/bin/one", "a0", "%0", "%", "%%", "%s", "%%s", "b", "c"));
	/* %%1 is %1 */
	commands[0].exec = LIST("/bin/one", "%%1", "%%%1", "a%%2b%3");
	runs(LIST("/bin/one", "%1", "%%1", "a%2bc", "a", "b"));
	/* the program's own name is left alone */
	commands[0].exec = LIST("/bin/%1");
	runs(LIST("/bin/%1", "a", "b", "c"));
	/* the tenth has no place */
	commands[0].exec = LIST("/bin/one", "%9");
	ask("one", LIST("1", "2", "3", "4", "5", "6", "7", "8", "9", "10"));
	runs(LIST(
	    "/bin/one", "9", "1", "2", "3", "4", "5", "6", "7", "8", "10"));
}
END_TEST

/* Fault 27. */
START_TEST(an_argument_stays_one_argument)
{
	set_up();
	commands[0].args = (struct arg_count) { 0, 9 };
	commands[0].exec = LIST("/bin/one", "--a=%1", "[%2]");
	ask("one", LIST("b c; d\n'e' \"f\"", ""));
	runs(LIST("/bin/one", "--a=b c; d\n'e' \"f\"", "[]"));
	/* what an argument contains is no place */
	ask("one", LIST("%2 %%1", "x"));
	runs(LIST("/bin/one", "--a=%2 %%1", "[x]"));
}
END_TEST

/* --- the log --- */

START_TEST(what_is_logged)
{
	const int64_t masked[] = { 2, 0 };
	char text[64], tiny[8];

	set_up();
	ask("one", LIST("a", "", "b c", "d\"e", "x"));
	ck_assert_str_eq(
	    request_print(&commands[0], &asked, text, sizeof(text)),
	    "one a \"\" \"b c\" \"d\"\"e\" x");
	commands[0].mask_args = masked;
	ck_assert_str_eq(
	    request_print(&commands[0], &asked, text, sizeof(text)),
	    "one a *** \"b c\" \"d\"\"e\" x");
	ck_assert_str_eq(
	    request_print(NULL, &asked, tiny, sizeof(tiny)), "one a \"");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, records);
	tcase_add_test(tc, records_that_are_none);
	tcase_add_test(tc, unknown_and_not_allowed_are_the_same);
	tcase_add_test(tc, commands_for_some_identities);
	tcase_add_test(tc, names_in_answers_are_bounded);
	tcase_add_test(tc, out_of_service);
	tcase_add_test(tc, help);
	tcase_add_test(tc, how_many);
	tcase_add_test(tc, dashes);
	tcase_add_test(tc, matched_arguments_have_a_maximum_length);
	tcase_add_test(tc, arguments_and_their_places);
	tcase_add_test(tc, an_argument_stays_one_argument);
	tcase_add_test(tc, what_is_logged);
}

int
main(void)
{
	return unit_run("request", add);
}
