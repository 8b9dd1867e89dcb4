/*
 * check_json.c -- answers as JSON.
 */

#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/json.h"

static char *
string(const char *text)
{
	char *json;
	size_t len;
	FILE *out = open_memstream(&json, &len);

	json_print_string(text, out);
	fclose(out);
	return json;
}

static char *
object(const struct reply *r, unsigned int kinds)
{
	char *json;
	size_t len;
	FILE *out = open_memstream(&json, &len);

	json_print(r, kinds, out);
	fclose(out);
	return json;
}

START_TEST(strings_are_escaped)
{
	char *json = string("a\"b\\c\n\033\177\303\274\377~");

	ck_assert_str_eq(
	    json, "\"a\\\"b\\\\c\\u000a\\u001b\\u007f\\u00c3\\u00bc\\u00ff~\"");
	free(json);
	json = string("");
	ck_assert_str_eq(json, "\"\"");
	free(json);
}
END_TEST

START_TEST(what_comes_once_is_an_object_and_the_rest_arrays)
{
	const struct answer_haild haild = { .version = "1",
		.pid = 7,
		.started = -1,
		.max_sessions = 5,
		.state = "serving" };
	const struct answer_listener listener = {
		.service = NULL, .address = "[::1]:1", .polled = true
	};
	struct reply r;
	char *json;

	reply_begin(&r);
	reply_take(&r, ANSWER_HAILD, &haild);
	reply_take(&r, ANSWER_LISTENER, &listener);
	reply_take(&r, ANSWER_LISTENER, &listener);
	r.status = CONTROL_OK;
	json = object(&r,
	    JSON_KIND(ANSWER_HAILD) | JSON_KIND(ANSWER_DAEMON) |
		JSON_KIND(ANSWER_SERVICE) | JSON_KIND(ANSWER_LISTENER));
	ck_assert_str_eq(json,
	    "{\"haild\":{\"version\":\"1\",\"pid\":7,\"started\":null,"
	    "\"now\":0,\"sessions\":0,\"max_sessions\":5,\"services\":0,"
	    "\"out\":0,\"state\":\"serving\"},\n"
	    "\"daemon\":null,\n"
	    "\"services\":[],\n"
	    "\"listeners\":[{\"service\":null,\"address\":\"[::1]:1\","
	    "\"polled\":true},\n"
	    "{\"service\":null,\"address\":\"[::1]:1\",\"polled\":true}],\n"
	    "\"messages\":[],\n"
	    "\"result\":{\"status\":0}}\n");
	free(json);
	reply_free(&r);
}
END_TEST

/* json_print takes RECORD_NUMBER for a flag of one byte. */
START_TEST(numbers_of_an_answer_are_optional_or_flags)
{
	const struct record_kind *k;
	size_t i, j;

	for (i = 0; i < answer_format.nkinds; i++) {
		k = &answer_format.kinds[i];
		for (j = 0; j < k->nfields; j++) {
			ck_assert(k->fields[j].type == RECORD_WORD ||
			    k->fields[j].type == RECORD_OPTIONAL ||
			    k->fields[j].type == RECORD_NUMBER);
			if (k->fields[j].type != RECORD_NUMBER)
				continue;
			ck_assert_uint_eq(k->fields[j].size, 1);
			ck_assert_uint_eq(k->fields[j].max, 1);
		}
	}
}
END_TEST

START_TEST(messages_are_in_every_object)
{
	struct reply r;
	char *json;

	reply_begin(&r);
	reply_add_message(&r, "no \"x\"");
	r.status = CONTROL_NOT_FOUND;
	json = object(&r, 0);
	ck_assert_str_eq(json,
	    "{\"messages\":[{\"text\":\"no \\\"x\\\"\"}],\n"
	    "\"result\":{\"status\":3}}\n");
	free(json);
	reply_free(&r);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, strings_are_escaped);
	tcase_add_test(tc, what_comes_once_is_an_object_and_the_rest_arrays);
	tcase_add_test(tc, numbers_of_an_answer_are_optional_or_flags);
	tcase_add_test(tc, messages_are_in_every_object);
}

int
main(void)
{
	return unit_run("json", add);
}
