/*
 * check_outcome.c -- the words and the statuses of how a command ended.
 */

#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/outcome.h"

static const struct {
	struct outcome outcome;
	const char *text;
	int status;
} all[] = {
	{ { OUTCOME_EXIT, 0 }, "exit 0", 0 },
	{ { OUTCOME_EXIT, 127 }, "exit 127", 127 },
	{ { OUTCOME_SIGNAL, 9 }, "signal 9", 137 },
	{ { OUTCOME_TIMEOUT, 0 }, "timeout session", 124 },
	{ { OUTCOME_START_TIMEOUT, 0 }, "timeout start", 125 },
	{ { OUTCOME_DISCONNECT, 0 }, "disconnect", 125 },
	{ { OUTCOME_NONE, 0 }, "none", 125 },
	{ { OUTCOME_IDLE_TIMEOUT, 0 }, "timeout idle", 125 },
	{ { OUTCOME_ADMIN, 0 }, "killed by admin", 125 },
	{ { OUTCOME_STOP, 0 }, "killed by stop", 125 },
	{ { OUTCOME_MEMORY, 0 }, "limit memory", 137 },
	{ { OUTCOME_TASKS, 0 }, "limit tasks", 125 },
	{ { OUTCOME_TRUNCATED, 0 }, "truncated", 125 },
	{ { OUTCOME_INVALID, 0 }, "invalid message", 125 },
	{ { OUTCOME_MONITOR_EXIT, 3 }, "monitor exit 3", 125 },
	{ { OUTCOME_MONITOR_SIGNAL, 11 }, "monitor signal 11", 125 },
	{ { OUTCOME_PROTOCOL, 0 }, "protocol error", 125 },
	{ { OUTCOME_UNKNOWN, 0 }, "refused: unknown command", 127 },
	{ { OUTCOME_NOT_ALLOWED, 0 }, "refused: access", 127 },
	{ { OUTCOME_OUT, 0 }, "refused: out of service", 126 },
	{ { OUTCOME_LIMIT, 50 }, "refused: command limit 50", 75 },
	{ { OUTCOME_NO_GRANT, 0 }, "refused: no user ID or cgroup free", 75 },
	{ { OUTCOME_COUNT, 0 }, "refused: number of arguments 0", 126 },
	{ { OUTCOME_ARGUMENT, 2 }, "refused: argument 2", 126 },
	{ { OUTCOME_SLOW_PATTERN, 0 }, "refused: slow pattern", 126 },
	{ { OUTCOME_EXECUTE, ENOENT },
	    "failed: execute: No such file or directory", 126 },
	{ { OUTCOME_START, ENOMEM }, "failed: start: Cannot allocate memory",
	    125 },
	{ { OUTCOME_START, 0 }, "failed: start", 125 },
	{ { OUTCOME_SPEAKER, 0 }, "failed: speaker", 125 },
	{ { OUTCOME_UNREAPABLE, 0 }, "unreapable", 125 },
	{ { OUTCOME_DAEMON, 0 }, "failed: no answer from haild", 125 },
	{ { OUTCOME_NO_TARGET, ECONNREFUSED }, "no target: Connection refused",
	    125 },
	{ { OUTCOME_NO_TARGET, 0 }, "no target", 125 },
	{ { OUTCOME_TARGET_RESET, 0 }, "target reset", 125 },
};

START_TEST(each_outcome_has_words_and_a_status)
{
	bool seen[NOUTCOMES] = { false };
	char text[OUTCOME_TEXT_MAX];
	size_t i;

	for (i = 0; i < COUNT(all); i++) {
		ck_assert(outcome_is_valid(&all[i].outcome) ==
		    (all[i].outcome.kind != OUTCOME_NONE));
		ck_assert_str_eq(
		    outcome_print(&all[i].outcome, text, sizeof(text)),
		    all[i].text);
		ck_assert_int_eq(
		    outcome_status(&all[i].outcome), all[i].status);
		seen[all[i].outcome.kind] = true;
	}
	for (i = OUTCOME_NONE + 1; i < NOUTCOMES; i++)
		ck_assert_msg(seen[i], "outcome %zu", i);
}
END_TEST

/* What haild decided never looks as what the program did. */
START_TEST(the_end_of_the_program_is_distinguished)
{
	struct outcome o = { 0, 0 };
	char text[OUTCOME_TEXT_MAX];

	for (o.kind = OUTCOME_SIGNAL + 1; o.kind < NOUTCOMES; o.kind++) {
		outcome_print(&o, text, sizeof(text));
		ck_assert(strncmp(text, "exit", 4) != 0);
		ck_assert(strncmp(text, "signal", 6) != 0);
	}
}
END_TEST

START_TEST(a_received_outcome_is_checked)
{
	static const struct outcome bad[] = { { NOUTCOMES, 0 },
		{ UINT32_MAX, 0 }, { OUTCOME_EXIT, 256 }, { OUTCOME_EXIT, -1 },
		{ OUTCOME_SIGNAL, 128 }, { OUTCOME_STOP, 1 },
		{ OUTCOME_EXECUTE, 4096 } };
	size_t i;

	for (i = 0; i < COUNT(bad); i++)
		ck_assert_msg(!outcome_is_valid(&bad[i]), "case %zu", i);
}
END_TEST

/* The names are for programs: they are words in lower case, and unique. */
START_TEST(each_kind_has_a_name)
{
	uint32_t i, k;

	for (i = 0; i < NOUTCOMES; i++) {
		const char *name = outcome_name(i);

		ck_assert_uint_eq(
		    strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
		for (k = 0; k < i; k++)
			ck_assert_str_ne(name, outcome_name(k));
	}
	ck_assert_str_eq(outcome_name(OUTCOME_STOP), "killed-by-stop");
	ck_assert_str_eq(outcome_number_name(OUTCOME_EXIT), "status");
	ck_assert_ptr_null(outcome_number_name(OUTCOME_EXECUTE));
}
END_TEST

/* The lines of haild(8) from the first to before the next table. */
static char *
read_table(const char *first, char *text, size_t size)
{
	const char *srcdir = getenv("srcdir");
	char path[4096];
	FILE *f;
	char *begin, *end;

	snprintf(path, sizeof(path), "%s/man/haild.8",
	    srcdir != NULL ? srcdir : ".");
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "cannot open %s", path);
	text[fread(text, 1, size - 1, f)] = '\0';
	fclose(f);
	begin = strstr(text, first);
	ck_assert_msg(begin != NULL, "haild(8) lacks %s", first);
	begin += strlen(first);
	ck_assert_ptr_nonnull(end = strstr(begin, ".El\n"));
	*end = '\0';
	return begin;
}

/* The table of haild(8) has each kind, in this order, and nothing else. */
START_TEST(the_manual_has_all_of_them)
{
	static char manual[262144], want[8192];
	char text[OUTCOME_TEXT_MAX], *table;
	struct outcome o;
	size_t used = 0;

	table =
	    read_table(".It Sy outcome Ta Sy END\n", manual, sizeof(manual));
	for (o.kind = OUTCOME_NONE + 1; o.kind < NOUTCOMES; o.kind++) {
		o.number = ENOENT;
		outcome_print(&o, text, sizeof(text));
		if (strstr(text, strerror(ENOENT)) != NULL)
			strlcpy(strstr(text, strerror(ENOENT)), "ERROR",
			    sizeof("ERROR"));
		if (outcome_number_name(o.kind) != NULL)
			strlcpy(strrchr(text, ' '), " N", sizeof(" N"));
		used += (size_t)snprintf(want + used, sizeof(want) - used,
		    ".It Li %s Ta %s\n", outcome_name(o.kind), text);
		ck_assert_uint_lt(used, sizeof(want));
	}
	ck_assert_str_eq(table, want);
}
END_TEST

/* What is written is read again; errors have numbers only on this machine. */
START_TEST(a_verdict_is_read_again)
{
	char line[OUTCOME_VERDICT_MAX], words[OUTCOME_TEXT_MAX];
	struct outcome o;
	size_t i, len;

	for (i = 0; i < COUNT(all); i++) {
		len = outcome_write(&all[i].outcome, line);
		ck_assert_uint_eq(len, strlen(line));
		ck_assert_msg(outcome_parse(&o, words, line, len), "%s", line);
		ck_assert_uint_eq(o.kind, all[i].outcome.kind);
		ck_assert_str_eq(words, all[i].text);
		if (o.kind != OUTCOME_EXECUTE && o.kind != OUTCOME_START &&
		    o.kind != OUTCOME_NO_TARGET)
			ck_assert_int_eq(o.number, all[i].outcome.number);
		ck_assert_int_eq(outcome_status(&o), all[i].status);
	}
}
END_TEST

START_TEST(other_verdicts_are_refused_or_not_known)
{
	static const char *const bad[] = { "", "exit 3", "exit\texit", "\tx",
		"exit 3\t", "exit 256\tx", "exit -1\tx", "exit  3\tx",
		"exit 3 \tx", "exit 03\tx", "signal 128\tx",
		"timeout-session 1\tx", "new 1 2\tx",
		"refused-argument 2147483648\tx" };
	char words[OUTCOME_TEXT_MAX], line[OUTCOME_VERDICT_MAX + 1];
	struct outcome o;
	size_t i;

	for (i = 0; i < COUNT(bad); i++)
		ck_assert_msg(!outcome_parse(&o, words, bad[i], strlen(bad[i])),
		    "%s", bad[i]);
	ck_assert(!outcome_parse(&o, words, "exit 3\te\0it", 11));
	memset(line, 'x', sizeof(line));
	line[4] = '\t';
	ck_assert(!outcome_parse(&o, words, line, sizeof(line) - 1));
	ck_assert(outcome_parse(&o, words, line, sizeof(line) - 2));
	ck_assert_uint_eq(strlen(words), OUTCOME_TEXT_MAX - 1);
	ck_assert(outcome_parse(&o, words, "new-kind 5\tnew \033words", 21));
	ck_assert_uint_eq(o.kind, OUTCOME_NONE);
	ck_assert_str_eq(words, "new \\033words");
	ck_assert(outcome_parse(&o, words, "none\tx", 6));
	ck_assert_uint_eq(o.kind, OUTCOME_NONE);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, a_verdict_is_read_again);
	tcase_add_test(tc, other_verdicts_are_refused_or_not_known);
	tcase_add_test(tc, each_outcome_has_words_and_a_status);
	tcase_add_test(tc, the_end_of_the_program_is_distinguished);
	tcase_add_test(tc, each_kind_has_a_name);
	tcase_add_test(tc, the_manual_has_all_of_them);
	tcase_add_test(tc, a_received_outcome_is_checked);
}

int
main(void)
{
	return unit_run("outcome", add);
}
