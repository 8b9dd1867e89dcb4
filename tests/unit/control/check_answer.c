/*
 * check_answer.c -- answers are read as they are written; of another version
 * only what never changes.
 */

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/answer.h"
#include "control/protocol.h"

static enum answer_kind taken[16];
static int ntaken;
static int64_t status;
static char message[128], error[256];
static bool other;

static void
take(void *arg UNUSED, enum answer_kind kind, const void *record)
{
	ck_assert_int_lt(ntaken, (int)COUNT(taken));
	taken[ntaken++] = kind;
	if (kind == ANSWER_RESULT)
		status = ((const struct answer_result *)record)->status;
	if (kind == ANSWER_MESSAGE)
		strlcpy(message, ((const struct answer_message *)record)->text,
		    sizeof(message));
}

static int
result_of(const char *text)
{
	char copy[2048];
	int result;

	ntaken = 0;
	status = -1;
	strlcpy(copy, text, sizeof(copy));
	result = answer_read(copy, take, NULL, &other, error, sizeof(error));
	return result;
}

#define HEAD "haild-answer version=1\n"

START_TEST(a_written_answer_is_read)
{
	const struct answer_message m = { "two words\n" };
	const struct answer_session session = { 1, "s", "c", NULL, NULL, 2, 3,
		"running", -1, NULL, -1, 0 };
	const struct answer_result r = { CONTROL_NOT_FOUND };
	struct record_writer w;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	record_begin(&w, &answer_format, out);
	record_write(&w, &answer_format.kinds[ANSWER_SESSION], &session);
	record_write(&w, &answer_format.kinds[ANSWER_MESSAGE], &m);
	record_write(&w, &answer_format.kinds[ANSWER_RESULT], &r);
	ck_assert_int_eq(record_end(&w), 0);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, " deadline=- "));
	ck_assert_msg(result_of(text) == 0, "%s", error);
	ck_assert(!other);
	ck_assert_int_eq(ntaken, 3);
	ck_assert_int_eq(taken[0], ANSWER_SESSION);
	ck_assert_str_eq(message, "two words\n");
	ck_assert_int_eq(status, CONTROL_NOT_FOUND);
	free(text);
}
END_TEST

static const struct {
	const char *text;
	bool good;
} numbers[] = {
	{ "0", true },
	{ "-", true },
	{ "9223372036854775807", true },
	{ "9223372036854775808", false },
	{ "-1", false },
	{ "--", false },
	{ "-0", false },
	{ "", false },
	{ "01", false },
	{ "1x", false },
};

START_TEST(a_number_may_be_unknown)
{
	char text[256];

	snprintf(text, sizeof(text),
	    HEAD "count service=s kind=k name=n value=%s\n"
		 "result status=0\nend lines=3\n",
	    numbers[_i].text);
	ck_assert_int_eq(result_of(text) == 0, numbers[_i].good);
}
END_TEST

static const char *const wrong[] = {
	"",
	"haild-answer version=1",
	HEAD "end lines=1\n",
	HEAD "result status=0\n",
	HEAD "result status=0\nend lines=3\n",
	HEAD "result status=0\nresult status=0\nend lines=3\n",
	HEAD "result status=0\nmessage text=late\nend lines=3\n",
	HEAD "result status=-1\nend lines=2\n",
	HEAD "fly\nresult status=0\nend lines=3\n",
	"haild-state version=1\nresult status=0\nend lines=2\n",
};

START_TEST(others_are_not_read)
{
	ck_assert_int_eq(result_of(wrong[_i]), -1);
	ck_assert_str_ne(error, "");
}
END_TEST

START_TEST(another_version_is_read_as_far_as_it_is_fixed)
{
	ck_assert_int_eq(
	    result_of("haild-answer version=99\n"
		      "haild version=9 pid=1 started=2 now=3 sessions=4 "
		      "max-sessions=5 services=6 out=7 state=serving\n"
		      "daemon is=another\n"
		      "unknown\n"
		      "message text=hello\n"
		      "result status=7\n"
		      "end lines=6\n"),
	    0);
	ck_assert(other);
	ck_assert_int_eq(ntaken, 3);
	ck_assert_int_eq(taken[0], ANSWER_HAILD);
	ck_assert_int_eq(taken[1], ANSWER_MESSAGE);
	ck_assert_int_eq(status, 7);
	ck_assert_int_eq(
	    result_of("haild-answer version=99\nresult status=0\n"), -1);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, a_written_answer_is_read);
	tcase_add_loop_test(
	    tc, a_number_may_be_unknown, 0, COUNT(numbers));
	tcase_add_loop_test(tc, others_are_not_read, 0, COUNT(wrong));
	tcase_add_test(tc, another_version_is_read_as_far_as_it_is_fixed);
}

int
main(void)
{
	return unit_run("answer", add);
}
