/*
 * check_families.c -- metrics and health tell what an answer has.
 */

#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/families.h"
#include "ctl/health.h"

static struct reply reply;
static char *text;

static struct answer_haild haild = { .version = "1.2\"3",
	.started = 1700000000,
	.sessions = 3,
	.max_sessions = 100,
	.services = 2,
	.state = "serving" };

static void
take_all(void)
{
	const struct answer_daemon daemon = { .configured = 1700000001,
		.reloads = 4,
		.reloads_failed = 1,
		.reload_error = "x",
		.upgraded = -1,
		.sources = 7,
		.lost_all = 5 };
	const struct answer_service a = { .name = "a",
		.state = "serving",
		.live = 2,
		.max_sessions = -1,
		.accepted = 9,
		.refused = 1,
		.duration = 2500000000,
		.cpu = 1000000,
		.bytes_in = 10,
		.bytes_out = 20 };
	const struct answer_service b = { .name = "b", .state = "out" };
	const struct answer_service c = { .name = "c", .state = "disabled" };
	const struct answer_certificate cert = { "a", "/c.pem", 1800000000 };
	const struct answer_certificate unknown = { "a", "/d.pem", -1 };
	const struct answer_count counts[] = { { "a", "outcome", "exit", 6 },
		{ "a", "duration", "1", 4 }, { "a", "duration", "inf", 2 },
		{ "b", "duration", "1", 4 }, { "a", "refused", "access", 1 } };
	size_t i;

	reply_begin(&reply);
	reply_take(&reply, ANSWER_HAILD, &haild);
	reply_take(&reply, ANSWER_DAEMON, &daemon);
	reply_take(&reply, ANSWER_SERVICE, &a);
	reply_take(&reply, ANSWER_SERVICE, &b);
	reply_take(&reply, ANSWER_SERVICE, &c);
	reply_take(&reply, ANSWER_CERTIFICATE, &cert);
	reply_take(&reply, ANSWER_CERTIFICATE, &cert);
	reply_take(&reply, ANSWER_CERTIFICATE, &unknown);
	for (i = 0; i < COUNT(counts); i++)
		reply_take(&reply, ANSWER_COUNT, &counts[i]);
}

static void
print(bool openmetrics)
{
	size_t size;
	FILE *out;

	free(text);
	out = open_memstream(&text, &size);
	ck_assert_ptr_nonnull(out);
	families_print(&reply, openmetrics, out);
	ck_assert_int_eq(fclose(out), 0);
}

/* How many lines of the text begin with PREFIX. */
static size_t
count(const char *prefix)
{
	const char *p = text;
	size_t n = 0;

	for (; p != NULL && *p != '\0'; p = strchr(p, '\n') + 1)
		n += strncmp(p, prefix, strlen(prefix)) == 0;
	return n;
}

static const char *const lines[] = {
	"haild_build_info{version=\"1.2\\\"3\"} 1\n",
	"haild_start_time_seconds 1700000000\n",
	"haild_ready 1\n",
	"haild_services 2\n",
	"haild_all_sessions_active 3\n",
	"haild_all_sessions_limit 100\n",
	"haild_sources 7\n",
	"haild_log_lines_lost_total 5\n",
	"haild_reloads_total{result=\"success\"} 4\n",
	"haild_reloads_total{result=\"failure\"} 1\n",
	"haild_last_reload_success 0\n",
	"haild_last_reload_success_timestamp_seconds 1700000001\n",
	"haild_last_upgrade_success 1\n",
	"haild_service_up{service=\"a\"} 1\n",
	"haild_service_up{service=\"b\"} 0\n",
	"haild_drained{service=\"a\"} 0\n",
	"haild_sessions_active{service=\"a\"} 2\n",
	"haild_sessions_total{service=\"a\",outcome=\"exit\"} 6\n",
	"haild_accepted_total{service=\"a\"} 9\n",
	"haild_refused_total{service=\"a\",reason=\"access\"} 1\n",
	"haild_session_duration_seconds_bucket{service=\"a\",le=\"0.001\"} 4\n",
	"haild_session_duration_seconds_bucket{service=\"a\",le=\"+Inf\"} 6\n",
	"haild_session_duration_seconds_sum{service=\"a\"} 2.500000000\n",
	"haild_cpu_seconds_total{service=\"a\"} 0.001000000\n",
	"haild_bytes_total{service=\"a\",direction=\"in\"} 10\n",
	"haild_bytes_total{service=\"a\",direction=\"out\"} 20\n",
	"haild_certificate_expiry_timestamp_seconds{service=\"a\",file=\"/"
	"c.pem\"}"
	" 1800000000\n",
};

START_TEST(metrics_have_what_the_answer_has)
{
	int i;

	take_all();
	for (i = 0; i < 2; i++) {
		print(i == 0);
		ck_assert_msg(count(lines[_i]) == 1, "%s", lines[_i]);
	}
}
END_TEST

START_TEST(what_is_not_known_is_left_out)
{
	take_all();
	print(true);
	ck_assert_uint_eq(count("haild_last_upgrade_timestamp_seconds"), 0);
	ck_assert_uint_eq(count("haild_sessions_limit{service=\"a\"}"), 0);
	ck_assert_uint_eq(count("haild_service_up{service=\"c\"}"), 0);
	/* Its last bucket is missing. */
	ck_assert_uint_eq(
	    count("haild_session_duration_seconds_count{service=\"b\"}"), 0);
	ck_assert_uint_eq(count("haild_certificate_"), 1);
}
END_TEST

START_TEST(an_empty_answer_has_families)
{
	reply_begin(&reply);
	print(true);
	ck_assert_uint_eq(count("# TYPE haild_sessions counter\n"), 1);
	ck_assert_uint_eq(count("haild_ready 0\n"), 1);
	ck_assert_uint_eq(count("# EOF\n"), 1);
}
END_TEST

static const struct {
	const char *state;
	int64_t services;
	const char *words; /* NULL: ready */
} states[] = {
	{ "serving", 1, NULL },
	{ "serving", 0, "all services are out of service" },
	{ "drained", 1, "drained" },
	{ "draining", 1, "draining" },
	{ "stopping", 1, "stopping" },
	{ NULL, 1, "unknown state" },
};

START_TEST(health_is_the_state)
{
	const char *words;

	haild.state = states[_i].state;
	haild.services = states[_i].services;
	take_all();
	ck_assert(health_judge(&reply, &words) == (states[_i].words == NULL));
	ck_assert_str_eq(
	    words, states[_i].words != NULL ? states[_i].words : "ready");
	reply_free(&reply);
	reply_begin(&reply);
	ck_assert(!health_judge(&reply, &words));
	ck_assert_str_eq(words, "haild sent no status");
}
END_TEST

static void
forget(void)
{
	reply_free(&reply);
	free(text);
	text = NULL;
}

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, forget);
	tcase_add_loop_test(
	    tc, metrics_have_what_the_answer_has, 0, (int)COUNT(lines));
	tcase_add_test(tc, what_is_not_known_is_left_out);
	tcase_add_test(tc, an_empty_answer_has_families);
	tcase_add_loop_test(tc, health_is_the_state, 0, (int)COUNT(states));
}

int
main(void)
{
	return unit_run("families", add);
}
