/*
 * check_match.c -- arguments and variables of clients, against patterns.
 */

#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "commands/match.h"
#include "config/command.h"
#include "config/variable.h"

#define LIST(...) ((const char *const[]) { __VA_ARGS__, NULL })

static struct service command;
static struct outcome outcome;

static bool
matches(const char *const *args)
{
	struct request r = { .args = (char **)(uintptr_t)args };

	outcome = (struct outcome) { NOUTCOMES, 0 };
	while (args[r.nargs] != NULL)
		r.nargs++;
	return match_arguments(&command, &r, &outcome);
}

/* The argument at POSITION is refused. */
static void
refused(const char *const *args, int32_t position)
{
	ck_assert_msg(!matches(args), "%s matches", args[position - 1]);
	ck_assert_int_eq(outcome.kind, OUTCOME_ARGUMENT);
	ck_assert_int_eq(outcome.number, position);
}

/* Fault 27. */
START_TEST(patterns_match_whole_arguments)
{
	static const char *const no[] = { "", "a1%", "1%a", "1", "1%\n", "\n1%",
		"1%\n1%", "1%;", "$(id)", NULL };
	size_t i;

	ck_assert(matches(LIST("anything")));
	command.arg_match = LIST("[0-9]+%");
	ck_assert(matches(LIST("10%")));
	for (i = 0; no[i] != NULL; i++)
		refused(LIST(no[i]), 1);
	/* alternatives are all anchored */
	command.arg_match = LIST("a|b");
	ck_assert(matches(LIST("b")));
	refused(LIST("ax"), 1);
	refused(LIST("xb"), 1);
}
END_TEST

START_TEST(each_argument_has_a_pattern_and_the_rest_the_last)
{
	command.arg_match = LIST("a", "b");
	ck_assert(matches(LIST("a")));
	ck_assert(matches(LIST("a", "b", "b", "b")));
	refused(LIST("b", "b"), 1);
	refused(LIST("a", "b", "b", "a"), 4);
	ck_assert_str_eq(match_pattern(&command, 1), "a");
	ck_assert_str_eq(match_pattern(&command, 2), "b");
	ck_assert_str_eq(match_pattern(&command, 4096), "b");
	/* without arguments nothing is matched */
	ck_assert(matches((const char *const[]) { NULL }));
}
END_TEST

/* More bytes than a pattern is kept for. */
START_TEST(a_pattern_is_compiled_again)
{
	static char text[REQUEST_MATCH_MAX + 2];
	const char *args[8] = { text, text, "x", text, "xy", text, text, NULL };

	memset(text, 'x', REQUEST_MATCH_MAX);
	command.arg_match = LIST("x*");
	refused(args, 5);
	args[4] = "x";
	ck_assert(matches(args));
	/* never of more than it is bounded for */
	text[REQUEST_MATCH_MAX] = 'x';
	refused(args, 1);
}
END_TEST

static void
accepts(const char *variable, bool want)
{
	char *list[2] = { (char *)(uintptr_t)variable, NULL };
	struct request r = { .env = list, .nenv = 1 };

	ck_assert(match_variables(&command, &r));
	ck_assert_msg((r.nenv == 1) == want, "%s", variable);
	ck_assert_ptr_null(r.env[r.nenv]);
}

/* Faults 30 and 80. */
START_TEST(variables_are_accepted_by_name)
{
	static const char *const never[] = { "PATH=x", "USER=root", "LOGNAME=x",
		"HOME=x", "SHELL=x", "IFS=x", "LD_PRELOAD=x", "LD_AUDIT=x",
		"BASH_ENV=x", "BASH_FUNC_x%%=() {", "ENV=x", "PS4=x",
		"PERL5OPT=x", "PYTHONPATH=x", "REMOTE_ADDR=x", "TCPREMOTEIP=x",
		"PROTO=x", "LOCPATH=x", "CLASSPATH=x", "GIT_SSH_COMMAND=x",
		"LANG=() { x; }", "", "=x", "x", "A B=x", "A`=x", "A-B=x",
		"A\nB=x", NULL };
	size_t i;

	accepts("LANG=x", false);
	command.accept_env = LIST("LANG", "LC_*");
	accepts("LANG=x", true);
	accepts("LANGUAGE=x", false);
	accepts("LAN=x", false);
	accepts("LC_ALL=x", true);
	accepts("LC_=", true);
	accepts("lc_all=x", false);
	/* whatever is configured */
	command.accept_env = LIST("*=.*");
	accepts("ANY=x", true);
	for (i = 0; never[i] != NULL; i++)
		accepts(never[i], false);
}
END_TEST

START_TEST(values_without_a_pattern_are_plain)
{
	static const char *const no[] = { "A=/etc/x", "A=../x", "A=-x", "A=a b",
		"A=a\nb", "A=$x", "A=a;b", "A=\303\251", "A=a=b", "A=`x`",
		"A=\033[m", NULL };
	char big[3 + VARIABLE_VALUE_MAX + 1] = "A=";
	size_t i;

	command.accept_env = LIST("A");
	accepts("A=", true);
	accepts("A=de_DE.UTF-8@euro", true);
	accepts("A=1,2:3+4", true);
	for (i = 0; no[i] != NULL; i++)
		accepts(no[i], false);
	memset(big + 2, 'x', VARIABLE_VALUE_MAX);
	accepts(big, true);
	big[2 + VARIABLE_VALUE_MAX] = 'x';
	accepts(big, false);
}
END_TEST

START_TEST(patterns_match_whole_values)
{
	command.accept_env = LIST("TZ=[A-Za-z_]+(/[A-Za-z_]+)*", "X*=a|b=c");
	accepts("TZ=Europe/Berlin", true);
	accepts("TZ=:/etc/passwd", false);
	accepts("TZ=../x", false);
	accepts("TZ=", false);
	accepts("TZ=UTC\n", false);
	accepts("TZ2=UTC", false);
	accepts("X=a", true);
	accepts("XY=b=c", true);
	accepts("XY=ab", false);
	/* any of several elements */
	command.accept_env = LIST("N=[0-9]", "N=[a-z]", "N*");
	accepts("N=1", true);
	accepts("N=a", true);
	accepts("N=a/b", false);
	accepts("N2=A.b", true);
}
END_TEST

START_TEST(several_variables)
{
	char a[] = "LANG=C", b[] = "LD_X=1", c[] = "N=1", d[] = "N=x";
	char *list[] = { a, b, c, d, NULL };
	struct request r = { .env = list, .nenv = 4 };

	command.accept_env = LIST("L*", "N=[0-9]");
	ck_assert(match_variables(&command, &r));
	ck_assert_uint_eq(r.nenv, 2);
	ck_assert_str_eq(r.env[0], "LANG=C");
	ck_assert_str_eq(r.env[1], "N=1");
	ck_assert_ptr_null(r.env[2]);
}
END_TEST

static void
enter(void)
{
	memset(&command, 0, sizeof(command));
	command.name = "one";
}

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, NULL);
	tcase_add_test(tc, patterns_match_whole_arguments);
	tcase_add_test(tc, each_argument_has_a_pattern_and_the_rest_the_last);
	tcase_add_test(tc, a_pattern_is_compiled_again);
	tcase_add_test(tc, variables_are_accepted_by_name);
	tcase_add_test(tc, values_without_a_pattern_are_plain);
	tcase_add_test(tc, patterns_match_whole_values);
	tcase_add_test(tc, several_variables);
}

int
main(void)
{
	return unit_run("match", add);
}
