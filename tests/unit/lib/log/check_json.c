/*
 * check_json.c -- the object is complete, whatever is put into it.
 */

#include "tests/unit/unit.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log/json.h"
#include "tests/json_object.h"

static char buf[256];

START_TEST(members_of_each_type)
{
	struct json j;

	json_begin(&j, buf, sizeof(buf));
	ck_assert_str_eq(json_end(&j), "{}");
	json_begin(&j, buf, sizeof(buf));
	json_text(&j, "a", "b c");
	json_text(&j, "empty", "");
	json_number(&j, "n", INT64_MIN);
	json_number(&j, "zero", 0);
	json_true(&j, "t");
	json_seconds(&j, "s", INT64_C(12003456789));
	ck_assert_str_eq(json_end(&j),
	    "{\"a\":\"b c\",\"empty\":\"\",\"n\":-9223372036854775808,"
	    "\"zero\":0,\"t\":true,\"s\":12.003456}");
	ck_assert(json_is_object(buf));
}
END_TEST

START_TEST(every_byte_is_escaped)
{
	struct json j;
	char text[2] = "";
	int i;

	json_begin(&j, buf, sizeof(buf));
	json_text(&j, "x", "\"\\/\t\n\033\177\200\377");
	ck_assert_str_eq(json_end(&j),
	    "{\"x\":\"\\\"\\\\/\\u0009\\u000a\\u001b\\u007f\\u0080\\u00ff\"}");
	for (i = 1; i < 256; i++) {
		text[0] = (char)i;
		json_begin(&j, buf, sizeof(buf));
		json_text(&j, "x", text);
		ck_assert(json_is_object(json_end(&j)));
	}
}
END_TEST

START_TEST(what_does_not_fit_is_cut_or_left_out)
{
	char small[32];
	struct json j;
	size_t size;

	json_begin(&j, small, 16);
	json_text(&j, "x", "123456789");
	ck_assert_str_eq(json_end(&j), "{\"x\":\"1234567\"}");
	json_begin(&j, small, 16);
	json_text(&j, "x", "12345\t");
	json_number(&j, "n", 7);
	ck_assert_str_eq(json_end(&j), "{\"x\":\"12345\"}");
	for (size = 3; size <= sizeof(small); size++) {
		memset(small, 'z', sizeof(small));
		json_begin(&j, small, size);
		json_number(&j, "n", 12345);
		json_text(&j, "t", "a\"\\\n\300z");
		json_true(&j, "b");
		json_seconds(&j, "s", 5);
		ck_assert_msg(json_is_object(json_end(&j)), "%s", small);
		ck_assert_uint_lt(strlen(small), size);
	}
}
END_TEST

START_TEST(any_members_make_an_object)
{
	char text[40], names[][4] = { "a", "b", "c", "d", "e", "f" };
	struct json j;
	size_t i, k, len;
	int round;

	srandom(1);
	for (round = 0; round < 20000; round++) {
		json_begin(&j, buf, 3 + (size_t)random() % 200);
		for (i = 0; i < COUNT(names); i++) {
			len = (size_t)random() % sizeof(text);
			for (k = 0; k < len; k++)
				text[k] = (char)(1 + random() % 255);
			text[len] = '\0';
			if (random() % 3 > 0)
				json_text(&j, names[i], text);
			else
				json_number(&j, names[i], random());
		}
		ck_assert_msg(json_is_object(json_end(&j)), "%s", buf);
	}
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, members_of_each_type);
	tcase_add_test(tc, every_byte_is_escaped);
	tcase_add_test(tc, what_does_not_fit_is_cut_or_left_out);
	tcase_add_test(tc, any_members_make_an_object);
}

int
main(void)
{
	return unit_run("json", add);
}
