/*
 * check_explain.c -- the verdict on a client, and the setting that decided.
 */

#include "tests/unit/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/answer.h"
#include "haild/children/children.h"
#include "haild/containment/containment.h"
#include "haild/control/process.h"
#include "haild/listen/listener.h"
#include "lib/io.h"

#define NOW (1000 * SECOND)

static struct service_stats_list all_stats;
static struct listeners listeners;
static struct children children;
static struct admission admission;
static struct containment containment;
static struct control_view view;
static struct listener list[4];

static char said[1024];	  /* "verdict: reason (rule value, where)" */
static char facts[65536]; /* "section name=value where", a line each */
static int64_t status;

/* Serve the services of TEXT, at most as many as LIST has, on one socket each.
 */
static void
serve(const char *text)
{
	const struct config *config = good(text, false);
	size_t i;

	TAILQ_INIT(&all_stats);
	memset(list, 0, sizeof(list));
	memset(&admission, 0, sizeof(admission));
	memset(&containment, 0, sizeof(containment));
	ck_assert_int_eq(children_create(&children), 0);
	ck_assert_int_eq(sources_create(&admission.sources), 0);
	admission.config = config;
	listeners = (struct listeners) { .list = list, .n = config->nservices };
	for (i = 0; i < config->nservices; i++) {
		list[i].service = &config->services[i];
		list[i].addr = config->services[i].endpoints[0].addr;
		list[i].stats =
		    service_stats_get(&all_stats, config->services[i].name);
	}
	view = (struct control_view) { .config = config,
		.children = &children,
		.all_stats = &all_stats,
		.listeners = &listeners,
		.admission = &admission,
		.containment = &containment,
		.now = NOW };
}

static void
add(const char *before, const char *text)
{
	if (text == NULL)
		return;
	strlcat(said, before, sizeof(said));
	strlcat(said, text, sizeof(said));
}

static void
take(void *arg UNUSED, enum answer_kind kind, const void *record)
{
	const struct answer_fact *f = record;
	char line[4096];

	if (kind == ANSWER_RESULT)
		status = ((const struct answer_result *)record)->status;
	if (kind == ANSWER_MESSAGE)
		add("", ((const struct answer_message *)record)->text);
	if (kind != ANSWER_FACT)
		return;
	if (strcmp(f->section, "verdict") == 0) {
		add(said[0] == '\0' ? "" : "; ", f->name);
		add(": ", f->value);
	} else if (strcmp(f->section, "rule") == 0) {
		add(" (", f->name);
		add(" ", f->value);
		add(", ", f->where);
		add("", ")");
	}
	snprintf(line, sizeof(line), "%s %s=%s %s\n", f->section, f->name,
	    f->value != NULL ? f->value : "-",
	    f->where != NULL ? f->where : "-");
	strlcat(facts, line, sizeof(facts));
}

/* What is said of the client of a request with these VALUES. */
static const char *
explain(const char *values)
{
	static struct control_request r;
	char line[1024], error[256], *text;
	struct record_writer out;
	const struct control_writer w = {
		.view = &view, .request = &r, .out = &out
	};
	struct answer_result result;
	size_t size;
	bool other;
	FILE *file = open_memstream(&text, &size);

	snprintf(line, sizeof(line), "haild-control %d explain %s",
	    CONTROL_VERSION, values);
	ck_assert_int_eq(
	    control_request_read(&r, line, error, sizeof(error)), CONTROL_OK);
	record_begin(&out, &answer_format, file);
	result.status = control_write_explanation(&w);
	record_write(&out, &answer_format.kinds[ANSWER_RESULT], &result);
	ck_assert_int_eq(record_end(&out), 0);
	fclose(file);
	said[0] = facts[0] = '\0';
	ck_assert_int_eq(
	    answer_read(text, take, NULL, &other, error, sizeof(error)), 0);
	free(text);
	return said;
}

START_TEST(the_entry_that_decides)
{
	serve(
	    "allow = [\"10.0.0.0/8\", \"192.0.2.0/24\"]\n"
	    "deny = [\"10.9.0.0/16\"]\n"
	    "a: { " M
	    "\n"
	    "deny = [\"10.1.0.0/16\", \"10.1.2.0/24\"] }\n"
	    "b: { listen = [\"127.0.0.1:81\"] message = \"\"\n"
	    "allow = [\"10.1.2.3\"] }");
	ck_assert_str_eq(explain("service=a address=10.1.2.3"),
	    "refused: access (deny 10.1.2.0/24, test.conf:4)");
	ck_assert_int_eq(status, CONTROL_REFUSED);
	ck_assert_str_eq(explain("service=a address=10.1.1.1:99"),
	    "refused: access (deny 10.1.0.0/16, test.conf:4)");
	ck_assert_str_eq(explain("service=a address=10.9.1.1"),
	    "refused: access (deny 10.9.0.0/16, test.conf:2)");
	ck_assert_str_eq(explain("service=a address=203.0.113.1"),
	    "refused: access (allow has no entry for the client, test.conf:1)");
	ck_assert_str_eq(explain("service=a address=192.0.2.1"),
	    "served (allow 192.0.2.0/24, test.conf:1)");
	ck_assert_int_eq(status, CONTROL_OK);
	ck_assert_str_eq(explain("service=b address=10.1.2.3"),
	    "served (allow 10.1.2.3, test.conf:6)");
	ck_assert_str_eq(explain("service=b address=10.1.2.4"),
	    "refused: access (allow has no entry for the client, test.conf:6)");
	ck_assert_str_eq(explain("service=b address=::ffff:10.1.2.3"),
	    "served (allow 10.1.2.3, test.conf:6)");
}
END_TEST

START_TEST(the_limit_that_is_reached)
{
	serve(
	    "max-sessions = 4\nmax-per-source = 2\n"
	    "a: { " M
	    "\nmax-sessions = 3\nmax-per-source = 3 }\n"
	    "b: { listen = [\"127.0.0.1:81\"] message = \"\"\n"
	    "at-limit = \"refuse\"\nmax-sessions = 3 max-per-source = 1\n"
	    "rate = \"1/h\" }");
	ck_assert_str_eq(explain("service=a address=10.0.0.1"),
	    "served (access no list excludes the client)");
	/* The client has been counted in the copy: ask again. */
	explain("service=a address=10.0.0.1");
	ck_assert_str_eq(explain("service=a address=10.0.0.1"),
	    "refused: source limit 2 (max-per-source 2, test.conf:2)");
	explain("service=b address=10.0.0.2");
	ck_assert_str_eq(explain("service=b address=10.0.0.2"),
	    "refused: service rate (rate \"1/h\", test.conf:9)");
	list[1].stats->usage.full_at = 0;
	ck_assert_str_eq(explain("service=b address=10.0.0.2"),
	    "refused: source limit 1 (max-per-source 1, test.conf:8)");
	list[0].stats->usage.live = 3;
	ck_assert_str_eq(explain("service=a address=10.0.0.3"),
	    "waits: service limit 3 (max-sessions 3, test.conf:4)");
	children.live = 4;
	ck_assert_str_eq(explain("service=a address=10.0.0.3"),
	    "waits: total limit 4 (max-sessions 4, test.conf:1)");
	ck_assert_str_eq(explain("service=b address=10.0.0.3"),
	    "refused: total limit 4 (max-sessions 4, test.conf:1)");
}
END_TEST

START_TEST(a_service_that_does_not_listen)
{
	serve("a: { " M
	      "\n"
	      "}\n"
	      "b: { listen = [\"127.0.0.1:81\"] message = \"\"\n"
	      "disable = true }");
	ck_assert_str_eq(explain("service=b address=10.0.0.1"),
	    "refused: disabled (disable true, test.conf:4)");
	ck_assert_str_eq(explain("service=a address=unix uid=1"),
	    "refused: does not listen for such addresses "
	    "(listen [\"127.0.0.1:80\"], test.conf:1)");
	list[0].stats->drained = true;
	ck_assert_str_eq(explain("service=a address=10.0.0.1"),
	    "refused: drained (haildctl drain)");
	list[0].stats->drained = false;
	list[0].stats->out = true;
	strlcpy(list[0].stats->trouble, "cannot listen",
	    sizeof(list[0].stats->trouble));
	ck_assert_str_eq(explain("service=a address=10.0.0.1"),
	    "refused: out of service (listen cannot listen, test.conf:1)");
	view.stopping = true;
	ck_assert_str_eq(explain("service=a address=10.0.0.1"),
	    "refused: haild is stopping");
}
END_TEST

START_TEST(the_user_or_group_that_decides)
{
	serve(
	    "a: { listen = [\"/tmp/a.sock\"] message = \"\"\n"
	    "allow-user = [\"root\", \"daemon\"]\n"
	    "allow-group = [\"adm\"] }");
	ck_assert_str_eq(explain("service=a address=unix uid=1 gid=1"),
	    "served (allow-user daemon, test.conf:2)");
	ck_assert_str_eq(explain("service=a address=unix uid=99 gid=7 gid=4"),
	    "served (allow-group adm, test.conf:3)");
	ck_assert_str_eq(explain("service=a address=unix uid=99 gid=4"),
	    "served (allow-group adm, test.conf:3)");
	ck_assert_str_eq(explain("service=a address=unix uid=99"),
	    "refused: access (allow-user has no entry for the client, "
	    "test.conf:2)");
}
END_TEST

START_TEST(the_identity_that_decides)
{
	serve("a: { " M
	      "tls = true\n"
	      "tls-certificate = \"/c\" tls-key = \"/k\"\n"
	      "tls-client = \"required\" identities = \"/i\"\n"
	      "allow-identity = [\"a.b\", \"*.example.org\"]\n"
	      "max-per-identity = 1 }");
	ck_assert_str_eq(
	    explain("service=a address=10.0.0.1 identity=w.example.org"),
	    "served (allow-identity *.example.org, test.conf:4)");
	ck_assert_ptr_null(strstr(facts, "REMOTE_USER")); /* no program */
	ck_assert_str_eq(
	    explain("service=a address=10.0.0.2 identity=w.example.org"),
	    "refused: identity limit 1 (max-per-identity 1, test.conf:5)");
	ck_assert_str_eq(explain("service=a address=10.0.0.2 identity=x.y"),
	    "refused: identity (allow-identity has no entry for the client, "
	    "test.conf:4)");
	ck_assert_str_eq(explain("service=a address=10.0.0.2"),
	    "refused: tls: no client certificate (tls-client \"required\", "
	    "test.conf:3)");
	ck_assert_str_eq(explain("service=a address=10.0.0.2 identity=*"),
	    "invalid identity");
	ck_assert_int_eq(status, CONTROL_USAGE);
}
END_TEST

START_TEST(each_entry_has_its_own_line)
{
	serve(
	    "deny = [\n\"10.9.0.0/16\",\n\"10.8.0.0/16\"\n]\n"
	    "a: { " M
	    "\n"
	    "deny = [\n\"10.1.0.0/16\",\n\"10.1.2.0/24\"\n] }\n"
	    "b: { listen = [\"/tmp/b.sock\"] message = \"\"\n"
	    "allow-user = [ \"root\",\n\"daemon\"\n\n]\n"
	    "allow-group = [\"bin\",\n\"adm\"] }\n"
	    "c: { listen = [\"127.0.0.1:81\"] commands = { c = {\n"
	    "exec = [\"/bin/sh\"] args = \"0-3\"\n"
	    "arg-match = [\"[a-z]\",\n\"[0-9]\"] } } }");
	ck_assert_str_eq(explain("service=a address=10.8.0.1"),
	    "refused: access (deny 10.8.0.0/16, test.conf:3)");
	ck_assert_str_eq(explain("service=a address=10.1.2.1"),
	    "refused: access (deny 10.1.2.0/24, test.conf:8)");
	ck_assert_str_eq(explain("service=a address=10.1.3.1"),
	    "refused: access (deny 10.1.0.0/16, test.conf:7)");
	ck_assert_str_eq(explain("service=b address=unix uid=1"),
	    "served (allow-user daemon, test.conf:12)");
	ck_assert_str_eq(explain("service=b address=unix uid=9 gid=4"),
	    "served (allow-group adm, test.conf:16)");
	ck_assert_str_eq(
	    explain("service=c address=10.0.0.1 word=c word=a word=b"),
	    "refused: argument 2 (arg-match [0-9], test.conf:20)");
}
END_TEST

START_TEST(what_comes_after_waiting)
{
	serve("a: { " M
	      "\nmax-sessions = 1\ndeny = [\"10.1.0.0/16\"] }\n"
	      "b: { listen = [\"127.0.0.1:81\"] max-sessions = 1\n"
	      "commands = { c = { "
	      "exec = [\"/bin/sh\"]"
	      " } } }");
	list[0].stats->usage.live = list[1].stats->usage.live = 1;
	ck_assert_str_eq(explain("service=a address=10.1.0.1"),
	    "waits: service limit 1; then refused: access "
	    "(max-sessions 1, test.conf:2) (deny 10.1.0.0/16, test.conf:3)");
	ck_assert_int_eq(status, CONTROL_REFUSED);
	ck_assert_uint_eq(list[0].stats->usage.live, 1);
	ck_assert_str_eq(explain("service=a address=10.2.0.1"),
	    "waits: service limit 1 (max-sessions 1, test.conf:2)");
	ck_assert_str_eq(explain("service=b address=10.2.0.1 word=d"),
	    "waits: service limit 1; then refused: unknown command "
	    "(max-sessions 1, test.conf:4)");
	ck_assert_str_eq(explain("service=b address=10.2.0.1 word=c"),
	    "waits: service limit 1 (max-sessions 1, test.conf:4)");
}
END_TEST

START_TEST(a_request_that_contradicts_the_service)
{
	serve("a: { " M
	      " }\n"
	      "b: { listen = [\"127.0.0.1:81\"] message = \"\" tls = true\n"
	      "tls-certificate = \"/c\" tls-key = \"/k\" }");
	ck_assert_str_eq(explain("service=a address=10.0.0.1 identity=x.y"),
	    "service \"a\" is without TLS: its clients have no identity");
	ck_assert_int_eq(status, CONTROL_USAGE);
	ck_assert_str_eq(explain("service=b address=10.0.0.1 identity=x.y"),
	    "service \"b\" does not ask clients for certificates "
	    "(tls-client): they have no identity");
	ck_assert_str_eq(explain("service=a address=10.0.0.1 word=x"),
	    "service \"a\" has no commands");
	ck_assert_str_eq(
	    explain("service=a"), "the client's address is missing");
}
END_TEST

START_TEST(no_value_of_the_environment)
{
	serve(
	    "environment = [\"A=secret\"]\n"
	    "a: { " X
	    "\n"
	    "environment = [\"B=secret\", \"REMOTE_ADDR=secret\"] }");
	explain("service=a address=10.0.0.1:77");
	ck_assert_ptr_null(strstr(facts, "secret"));
	ck_assert_ptr_nonnull(strstr(facts, "environment B=- test.conf:3\n"));
	ck_assert_ptr_nonnull(
	    strstr(facts, "environment REMOTE_ADDR=- test.conf:3\n"));
	ck_assert_ptr_nonnull(
	    strstr(facts, "environment TCPREMOTEIP=10.0.0.1 haild\n"));
	ck_assert_ptr_nonnull(strstr(facts, "user umask=\"0022\" default\n"));
}
END_TEST

START_TEST(services_share_rows)
{
	const struct setting_row *const *a, *const *b;
	size_t same = 0, other = 0;

	serve(
	    "umask = \"077\"\n"
	    "a: { " X
	    "}\n"
	    "b: { listen = [\"127.0.0.1:81\"] exec = [\"/bin/sh\"] }\n");
	a = view.config->services[0].rows;
	b = view.config->services[1].rows;
	for (; *a != NULL; a++, b++) {
		ck_assert_str_eq((*a)->name, (*b)->name);
		if (*a == *b)
			same++;
		else
			other++;
	}
	ck_assert_ptr_null(*b);
	ck_assert_uint_eq(other, 2); /* listen and exec */
	ck_assert_uint_gt(same, 30);
	explain("service=b address=10.0.0.1");
	ck_assert_ptr_nonnull(
	    strstr(facts, "user umask=\"0077\" test.conf:1\n"));
}
END_TEST

static void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, build_leave);
	tcase_add_test(tc, the_entry_that_decides);
	tcase_add_test(tc, the_limit_that_is_reached);
	tcase_add_test(tc, a_service_that_does_not_listen);
	tcase_add_test(tc, the_user_or_group_that_decides);
	tcase_add_test(tc, the_identity_that_decides);
	tcase_add_test(tc, each_entry_has_its_own_line);
	tcase_add_test(tc, what_comes_after_waiting);
	tcase_add_test(tc, a_request_that_contradicts_the_service);
	tcase_add_test(tc, no_value_of_the_environment);
	tcase_add_test(tc, services_share_rows);
}

int
main(void)
{
	return unit_run("explain", add_tests);
}
