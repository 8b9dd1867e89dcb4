/*
 * check_request.c -- control requests are read as they are written, and nothing
 * else is.
 */

#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "control/protocol.h"
#include "control/request.h"

static struct control_request request;
static char error[256];

static int
status_of(const char *text)
{
	static char line[CONTROL_REQUEST_MAX];

	ck_assert_uint_lt(strlen(text), sizeof(line));
	strlcpy(line, text, sizeof(line));
	error[0] = '\0';
	return control_request_read(&request, line, error, sizeof(error));
}

/* Write R and read it again into request. */
static void
again(const struct control_request *r)
{
	static char buf[CONTROL_REQUEST_MAX];
	int len = control_request_print(r, buf);

	ck_assert_int_gt(len, 0);
	ck_assert_int_eq(buf[len - 1], '\n');
	buf[len - 1] = '\0';
	ck_assert_ptr_null(strchr(buf, '\n'));
	ck_assert_int_eq(
	    control_request_read(&request, buf, error, sizeof(error)),
	    CONTROL_OK);
	ck_assert_int_eq(request.command, r->command);
}

START_TEST(each_command_has_its_name)
{
	enum control_command c;

	for (c = 0; c < NCONTROL_COMMANDS; c++)
		ck_assert_int_eq(
		    control_command_find(control_command_name(c)), c);
	ck_assert_int_eq(control_command_find("fly"), NCONTROL_COMMANDS);
	ck_assert_int_eq(control_command_find(""), NCONTROL_COMMANDS);
}
END_TEST

START_TEST(who_looks_does_not_act)
{
	static const enum control_command look[] = { CONTROL_STATUS,
		CONTROL_SESSIONS, CONTROL_SOURCES, CONTROL_EXPLAIN,
		CONTROL_COUNTS };
	enum control_command c;
	size_t i, n = 0;

	for (i = 0; i < COUNT(look); i++)
		ck_assert(!control_command_acts(look[i]));
	for (c = 0; c < NCONTROL_COMMANDS; c++)
		n += !control_command_acts(c);
	ck_assert_uint_eq(n, COUNT(look));
}
END_TEST

START_TEST(values_come_back)
{
	static struct control_request r;

	r = (struct control_request) { .command = CONTROL_KILL,
		.service = "a b=c\n\\",
		.source = "2001:db8::/32",
		.identity = "uri:x\xff",
		.ids = { 1, UINT32_MAX },
		.nids = 2 };
	again(&r);
	ck_assert_str_eq(request.service, r.service);
	ck_assert_str_eq(request.source, r.source);
	ck_assert_str_eq(request.identity, r.identity);
	ck_assert_uint_eq(request.nids, 2);
	ck_assert_uint_eq(request.ids[1], UINT32_MAX);

	r = (struct control_request) { .command = CONTROL_EXPLAIN,
		.service = "s",
		.address = "192.0.2.1",
		.words = { "cmd", "a b", "%" },
		.nwords = 3,
		.has_uid = true,
		.uid = 7 };
	again(&r);
	ck_assert_uint_eq(request.nwords, 3);
	ck_assert_str_eq(request.words[1], "a b");
	ck_assert(request.has_uid);
	ck_assert_uint_eq(request.uid, 7);

	again(&(struct control_request) { .command = CONTROL_LOG, .level = 7 });
	ck_assert_int_eq(request.level, 7);
	again(&(struct control_request) {
	    .command = CONTROL_DRAIN, .wait = true });
	ck_assert(request.wait);
	ck_assert_ptr_null(request.service);
}
END_TEST

START_TEST(what_is_too_long_is_not_written)
{
	static char buf[CONTROL_REQUEST_MAX], name[CONTROL_REQUEST_MAX];

	memset(name, 'x', sizeof(name) - 1);
	ck_assert_int_eq(control_request_print(
			     &(struct control_request) {
				 .command = CONTROL_DRAIN, .service = name },
			     buf),
	    -1);
}
END_TEST

static const struct {
	const char *line;
	int status;
} lines[] = {
	{ "haild-control 1 status", CONTROL_OK },
	{ "haild-control 9 status", CONTROL_OK },
	{ "haild-control 4294967295 stop", CONTROL_OK },
	{ "haild-control 9 sessions", CONTROL_VERSION_DIFFERS },
	{ "haild-control 9 fly", CONTROL_VERSION_DIFFERS },
	{ "haild-control 9 status service=x", CONTROL_VERSION_DIFFERS },
	{ "haild-control 1 fly", CONTROL_USAGE },
	{ "haild-control 1 status service=x", CONTROL_USAGE },
	{ "haild-control 1 status ", CONTROL_USAGE },
	{ "haild-control 1 sessions service=", CONTROL_USAGE },
	{ "haild-control 1 sessions service", CONTROL_USAGE },
	{ "haild-control 1 sessions  service=x", CONTROL_USAGE },
	{ "haild-control 1 sessions service=x service=y", CONTROL_USAGE },
	{ "haild-control 1 kill id=0", CONTROL_USAGE },
	{ "haild-control 1 kill id=4294967296", CONTROL_USAGE },
	{ "haild-control 1 kill id=-1", CONTROL_USAGE },
	{ "haild-control 1 kill id=1 id=1", CONTROL_OK },
	{ "haild-control 1 log level=8", CONTROL_USAGE },
	{ "haild-control 1 log", CONTROL_USAGE },
	{ "haild-control 1 drain wait=2", CONTROL_USAGE },
	{ "haild-control 1 explain uid=4294967295", CONTROL_USAGE },
	{ "haild-control 1", CONTROL_USAGE },
	{ "haild-control", CONTROL_USAGE },
	{ "haild-control 01 status", CONTROL_USAGE },
	{ "haild-control 0 status", CONTROL_USAGE },
	{ "GET / HTTP/1.1", CONTROL_USAGE },
	{ "", CONTROL_USAGE },
};

START_TEST(lines_are_judged)
{
	ck_assert_int_eq(status_of(lines[_i].line), lines[_i].status);
	ck_assert_int_eq(error[0] != '\0', lines[_i].status != CONTROL_OK);
}
END_TEST

START_TEST(too_many_ids_are_refused)
{
	static char line[CONTROL_REQUEST_MAX] = "haild-control 1 kill";
	size_t i;

	for (i = 0; i < CONTROL_IDS_MAX; i++)
		strlcat(line, " id=1", sizeof(line));
	ck_assert_int_eq(status_of(line), CONTROL_OK);
	strlcat(line, " id=1", sizeof(line));
	ck_assert_int_eq(status_of(line), CONTROL_USAGE);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, each_command_has_its_name);
	tcase_add_test(tc, who_looks_does_not_act);
	tcase_add_test(tc, values_come_back);
	tcase_add_test(tc, what_is_too_long_is_not_written);
	tcase_add_loop_test(tc, lines_are_judged, 0, COUNT(lines));
	tcase_add_test(tc, too_many_ids_are_refused);
}

int
main(void)
{
	return unit_run("request", add);
}
