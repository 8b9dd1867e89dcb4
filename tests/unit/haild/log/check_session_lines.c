/*
 * check_session_lines.c -- the lines about sessions and refused clients, as
 * text and as JSON.
 */

#include "tests/unit/unit.h"

#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/tls.h"
#include "haild/log/session_lines.h"
#include "haild/report.h"
#include "lib/io.h"
#include "tests/json_object.h"
#include "tests/unit/logged.h"

static void
enter(void)
{
	unit_enter_dir();
	log_to_file();
	log_set_json(false);
}

/* What is logged of a session that ended as HOW, without its beginning. */
static const char *
end_line(enum outcome_kind ending, int code, int status,
    const struct channel_report *report, const struct leaf_account *account)
{
	const siginfo_t how = { .si_code = code, .si_status = status };
	struct service_stats stats = { .name = (char[]) { "x" } };
	struct child c = { .stats = &stats,
		.pid = 7,
		.ending = (uint8_t)ending,
		.started = 0 };
	const char *text;

	report_end(&c, NULL, &how, report, account, 13 * SECOND / 1000);
	text = strstr(logged(), "pid 7 ");
	ck_assert_ptr_nonnull(text);
	return text + strlen("pid 7 ");
}

static const struct {
	struct leaf_account account;
	const char *line;
} accounts[] = {
	{ { -1, -1, false, false }, "exit 1 0.013s\n" },
	{ { 4 * SECOND / 1000, -1, false, false },
	    "exit 1 0.013s cpu 0.004s\n" },
	{ { 61 * SECOND, 0, false, false },
	    "exit 1 0.013s cpu 61.000s mem 0.0K\n" },
	{ { 0, 1023 * 1024, false, false },
	    "exit 1 0.013s cpu 0.000s mem 1023.0K\n" },
	{ { 0, 1258291, false, false }, "exit 1 0.013s cpu 0.000s mem 1.2M\n" },
	{ { 0, INT64_C(3) << 30, true, false },
	    "limit memory 0.013s cpu 0.000s mem 3.0G\n" },
	{ { 0, 1 << 20, true, true },
	    "limit memory 0.013s cpu 0.000s mem 1.0M\n" },
	{ { 0, -1, false, true }, "limit tasks 0.013s cpu 0.000s\n" },
};

START_TEST(the_line_has_what_was_used)
{
	ck_assert_str_eq(
	    end_line(OUTCOME_NONE, CLD_EXITED, 1, NULL, &accounts[_i].account),
	    accounts[_i].line);
}
END_TEST

START_TEST(a_limit_is_named_unless_haild_ended_it)
{
	const struct leaf_account memory = { -1, -1, true, false };
	const struct leaf_account tasks = { -1, -1, false, true };
	struct channel_report r = { .outcome = { OUTCOME_SIGNAL, 9 } };

	ck_assert_str_eq(
	    end_line(OUTCOME_TIMEOUT, CLD_KILLED, 9, NULL, &memory),
	    "timeout session 0.013s\n");
	ck_assert_str_eq(end_line(OUTCOME_NONE, CLD_KILLED, 9, NULL, &memory),
	    "limit memory 0.013s\n");
	/* It went on with what it had. */
	ck_assert_str_eq(end_line(OUTCOME_NONE, CLD_EXITED, 0, NULL, &tasks),
	    "exit 0 0.013s\n");
	ck_assert_str_eq(end_line(OUTCOME_NONE, CLD_EXITED, 0, NULL, NULL),
	    "exit 0 0.013s\n");
	/* A monitor exits; its report tells how the program ended. */
	ck_assert_str_eq(end_line(OUTCOME_NONE, CLD_EXITED, 0, &r, &memory),
	    "limit memory 0.013s\n");
	ck_assert_str_eq(end_line(OUTCOME_NONE, CLD_EXITED, 0, &r, &tasks),
	    "limit tasks 0.013s\n");
	r.outcome = (struct outcome) { OUTCOME_EXIT, 0 };
	ck_assert_str_eq(end_line(OUTCOME_NONE, CLD_EXITED, 0, &r, &tasks),
	    "exit 0 0.013s\n");
	r.outcome = (struct outcome) { OUTCOME_TIMEOUT, 0 };
	ck_assert_str_eq(end_line(OUTCOME_NONE, CLD_EXITED, 0, &r, &memory),
	    "timeout session 0.013s\n");
}
END_TEST

START_TEST(the_line_has_bytes_if_they_are_known)
{
	const struct channel_report r = { .outcome = { OUTCOME_EXIT, 0 },
		.text = "user nobody" };
	const siginfo_t how = { .si_code = CLD_EXITED };
	struct service_stats stats = { .name = (char[]) { "x" } };
	struct child c = { .stats = &stats,
		.pid = 7,
		.has_bytes = true,
		.bytes_out = UINT64_MAX,
		.truncated = true };

	report_end(&c, "a.example", &how, &r, NULL, 0);
	ck_assert_str_eq(logged(),
	    "test: x: wait a.example pid 7 exit 0 0.000s in 0 out "
	    "18446744073709551615 truncated user nobody\n");
}
END_TEST

/* --- JSON --- */

/* The line that was logged, from its event on. */
static const char *
object(void)
{
	static char line[LOG_JSON_MAX];
	const char *event;

	strlcpy(line, logged(), sizeof(line));
	line[strcspn(line, "\n")] = '\0';
	ck_assert_msg(json_is_object(line), "%s", line);
	ck_assert_ptr_nonnull(event = strstr(line, "\"event\":"));
	return event;
}

static void
set_address(struct addr *a, const char *host)
{
	ck_assert_int_eq(addr_from_numeric(a, host, 4411), 0);
}

START_TEST(an_end_has_fields)
{
	const siginfo_t how = { .si_code = CLD_EXITED, .si_status = 3 };
	const struct leaf_account account = { SECOND / 4, 4096, false, false };
	struct service_stats stats = { .name = (char[]) { "x" } };
	struct child c = { .stats = &stats,
		.pid = 7,
		.has_bytes = true,
		.bytes_in = 12,
		.truncated = true };

	log_set_json(true);
	set_address(&c.addr, "192.0.2.77");
	report_start(&c, NULL, LOG_INFO);
	ck_assert_str_eq(object(),
	    "\"event\":\"session-start\",\"service\":\"x\","
	    "\"client\":\"192.0.2.77:4411\",\"session_pid\":7,"
	    "\"message\":\"x: 192.0.2.77:4411 pid 7 start\"}");
	report_end(&c, "a\"b", &how, NULL, &account, 5 * SECOND / 2);
	ck_assert_str_eq(object(),
	    "\"event\":\"session-end\",\"service\":\"x\","
	    "\"client\":\"192.0.2.77:4411\",\"identity\":\"a\\\"b\","
	    "\"session_pid\":7,\"outcome\":\"exit\",\"status\":3,"
	    "\"duration\":2.500000,\"cpu\":0.250000,\"memory_peak\":4096,"
	    "\"bytes_in\":12,\"bytes_out\":0,\"truncated\":true,"
	    "\"message\":\"x: 192.0.2.77:4411 a\\\"b pid 7 exit 3 2.500s "
	    "cpu 0.250s mem 4.0K in 12 out 0 truncated\"}");
}
END_TEST

/* Only of a session that forwards; others report texts of their own. */
START_TEST(a_target_is_a_field)
{
	const siginfo_t how = { .si_code = CLD_EXITED };
	const struct channel_report r = { .outcome = { OUTCOME_EXIT, 0 },
		.text = "to [::1]:80" };
	struct service_stats stats = { .name = (char[]) { "x" } };
	struct child c = { .stats = &stats, .pid = 7, .own = true };

	log_set_json(true);
	report_end(&c, NULL, &how, &r, NULL, 0);
	ck_assert_ptr_nonnull(strstr(
	    object(), "\"target\":\"[::1]:80\",\"detail\":\"to [::1]:80\","));
	c.own = false;
	report_end(&c, NULL, &how, &r, NULL, 0);
	ck_assert_ptr_null(strstr(object(), "\"target\""));
}
END_TEST

START_TEST(a_health_check_that_failed_is_logged)
{
	const siginfo_t good = { .si_code = CLD_EXITED },
			bad = { .si_code = CLD_KILLED, .si_status = 11 };
	struct service_stats stats = { .name = (char[]) { "x" },
		.health = true };
	struct child c = { .stats = &stats, .pid = 7 };

	log_set_level(LOG_INFO);
	report_end(&c, NULL, &good, NULL, NULL, 0);
	report_end(&c, NULL, &bad, NULL, NULL, 0);
	ck_assert_str_eq(logged(), "test: x: wait pid 7 signal 11 0.000s\n");
}
END_TEST

/* Only what is known is a field. */
START_TEST(an_outcome_without_number_has_none)
{
	const siginfo_t how = { .si_code = CLD_KILLED, .si_status = 15 };
	struct service_stats stats = { .name = (char[]) { "x" } };
	struct child c = { .stats = &stats, .pid = 7, .ending = OUTCOME_STOP };

	log_set_json(true);
	report_end(&c, NULL, &how, NULL, NULL, SECOND);
	ck_assert_str_eq(object(),
	    "\"event\":\"session-end\",\"service\":\"x\","
	    "\"client\":\"wait\",\"session_pid\":7,"
	    "\"outcome\":\"killed-by-stop\",\"duration\":1.000000,"
	    "\"message\":\"x: wait pid 7 killed by stop 1.000s\"}");
}
END_TEST

/* The longest line is complete, and has the numbers. */
START_TEST(long_texts_are_cut)
{
	const siginfo_t how = { .si_code = CLD_EXITED, .si_status = 0 };
	char name[SERVICE_NAME_MAX + 1] = "", identity[IDENTITY_SIZE];
	struct channel_report r = { .outcome = { OUTCOME_EXIT, 0 } };
	const struct leaf_account account = { INT64_MAX, INT64_MAX, false,
		false };
	struct service_stats stats = { .name = name };
	struct child c = { .stats = &stats,
		.pid = INT32_MAX,
		.has_bytes = true,
		.bytes_in = INT64_MAX,
		.bytes_out = INT64_MAX };
	const char *line;

	log_set_json(true);
	memset(name, 's', SERVICE_NAME_MAX);
	memset(identity, '"', sizeof(identity) - 1);
	identity[sizeof(identity) - 1] = '\0';
	memset(r.text, '\\', sizeof(r.text) - 1);
	report_end(&c, identity, &how, &r, &account, INT64_MAX / 2);
	line = object();
	ck_assert_ptr_nonnull(strstr(line, "\"outcome\":\"exit\""));
	ck_assert_ptr_nonnull(
	    strstr(line, "\"bytes_out\":9223372036854775807"));
	ck_assert_ptr_nonnull(strstr(line, "\"message\":\"sss"));
}
END_TEST

/* --- refusals --- */

static const struct {
	struct refusal why;
	const char *identity, *text, *fields;
} refused[] = {
	{ { REFUSED_ACCESS, 0 }, NULL, "access", "\"reason\":\"access\"" },
	{ { REFUSED_SERVICE, 50 }, NULL, "service limit 50",
	    "\"reason\":\"service-limit\",\"limit\":50" },
	{ { REFUSED_TLS_FAULT, TLS_UNKNOWN_CA }, NULL, "tls: unknown CA",
	    "\"reason\":\"tls\",\"detail\":\"unknown CA\"" },
	{ { REFUSED_FORK, EAGAIN }, NULL,
	    "fork: Resource temporarily unavailable",
	    "\"reason\":\"fork\",\"detail\":\"Resource temporarily "
	    "unavailable\"" },
	{ { REFUSED_IDENTITY, 0 }, "eve", "identity: eve",
	    "\"identity\":\"eve\",\"reason\":\"identity\"" },
};

START_TEST(a_refusal_has_fields)
{
	struct refusals r = { .lines.per_second = 10 };
	const struct service_stats stats = { .name = (char[]) { "x" } };
	char want[512];
	struct addr a;

	log_set_json(true);
	set_address(&a, "2001:db8::1");
	report_refused(
	    &r, &stats, &a, 0, &refused[_i].why, refused[_i].identity);
	snprintf(want, sizeof(want),
	    "\"event\":\"refused\",\"service\":\"x\","
	    "\"client\":\"[2001:db8::1]:4411\",%s,"
	    "\"message\":\"x: [2001:db8::1]:4411 refused: %s\"}",
	    refused[_i].fields, refused[_i].text);
	ck_assert_str_eq(object(), want);
}
END_TEST

/* --- log-address = "prefix" --- */

static const struct {
	const char *address;
	unsigned int v4, v6;
	const char *text;
} prefixes[] = {
	{ "192.0.2.77", 32, 64, "192.0.2.77" },
	{ "192.0.2.77", 24, 64, "192.0.2.0/24" },
	{ "192.0.2.77", 0, 64, "0.0.0.0/0" },
	{ "2001:db8:1:2:3::9", 32, 64, "2001:db8:1:2::/64" },
	{ "2001:db8:1:2:3::9", 24, 128, "2001:db8:1:2:3::9" },
};

START_TEST(an_address_may_be_cut)
{
	const siginfo_t how = { .si_code = CLD_EXITED };
	struct refusals r = { .lines.per_second = 10 };
	const struct refusal why = { REFUSED_ACCESS, 0 };
	struct service_stats stats = { .name = (char[]) { "x" },
		.log_prefix = true,
		.log_v4 = prefixes[_i].v4,
		.log_v6 = prefixes[_i].v6 };
	struct child c = { .stats = &stats, .pid = 7 };
	char want[256];

	set_address(&c.addr, prefixes[_i].address);
	report_start(&c, NULL, LOG_INFO);
	report_end(&c, NULL, &how, NULL, NULL, 0);
	report_refused(&r, &stats, &c.addr, 0, &why, NULL);
	snprintf(want, sizeof(want),
	    "test: x: %s pid 7 start\ntest: x: %s pid 7 exit 0 0.000s\n"
	    "test: x: %s refused: access\n",
	    prefixes[_i].text, prefixes[_i].text, prefixes[_i].text);
	ck_assert_str_eq(logged(), want);
	log_set_json(true);
	report_start(&c, NULL, LOG_INFO);
	snprintf(want, sizeof(want), "\"client\":\"%s\",", prefixes[_i].text);
	ck_assert_ptr_nonnull(strstr(object(), want));
}
END_TEST

START_TEST(a_unix_client_is_its_uid)
{
	struct service_stats stats = { .name = (char[]) { "x" },
		.log_prefix = true };
	struct child c = { .stats = &stats,
		.pid = 7,
		.uid = 1000,
		.addr.sa.sa_family = AF_UNIX };

	report_start(&c, NULL, LOG_INFO);
	c.addr.sa.sa_family = AF_UNSPEC;
	report_start(&c, NULL, LOG_INFO);
	ck_assert_str_eq(logged(),
	    "test: x: uid:1000 pid 7 start\ntest: x: wait pid 7 start\n");
}
END_TEST

/* A service that a reload has removed keeps its prefixes. */
START_TEST(the_configuration_decides)
{
	const struct config cut = { .log_address = LOG_ADDRESS_PREFIX };
	const struct service service = { .source_v4 = 24, .source_v6 = 48 };
	struct service_stats_list all = TAILQ_HEAD_INITIALIZER(all);
	struct service_stats *t = service_stats_get(&all, "x");

	ck_assert(!t->log_prefix);
	service_stats_configure(t, &cut, NULL);
	ck_assert(t->log_prefix);
	ck_assert_uint_eq(t->log_v4, 32);
	ck_assert_uint_eq(t->log_v6, 64);
	service_stats_configure(t, &cut, &service);
	service_stats_configure(t, &(struct config) { 0 }, NULL);
	ck_assert(!t->log_prefix);
	ck_assert_uint_eq(t->log_v4, 24);
	ck_assert_uint_eq(t->log_v6, 48);
	service_stats_forget(&all, &(struct config) { 0 });
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, unit_leave_dir);
	tcase_add_loop_test(
	    tc, the_line_has_what_was_used, 0, (int)COUNT(accounts));
	tcase_add_test(tc, a_limit_is_named_unless_haild_ended_it);
	tcase_add_test(tc, the_line_has_bytes_if_they_are_known);
	tcase_add_test(tc, an_end_has_fields);
	tcase_add_test(tc, a_target_is_a_field);
	tcase_add_test(tc, a_health_check_that_failed_is_logged);
	tcase_add_test(tc, an_outcome_without_number_has_none);
	tcase_add_test(tc, long_texts_are_cut);
	tcase_add_loop_test(tc, a_refusal_has_fields, 0, (int)COUNT(refused));
	tcase_add_loop_test(tc, an_address_may_be_cut, 0, (int)COUNT(prefixes));
	tcase_add_test(tc, a_unix_client_is_its_uid);
	tcase_add_test(tc, the_configuration_decides);
}

int
main(void)
{
	return unit_run("session_lines", add);
}
