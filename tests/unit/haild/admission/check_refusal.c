/*
 * check_refusal.c -- reasons as text, and the log of at most ten a second.
 */

#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/tls.h"
#include "haild/admission/refusal.h"
#include "lib/io.h"
#include "lib/proxy.h"

#define NOW (1000 * SECOND)

static char kinds[320];

static const struct {
	struct refusal why;
	const char *text;
	bool may_tell;
	const char *name;
} all[] = {
	{ { REFUSED_NOT, 0 }, "not refused", false, "none" },
	{ { REFUSED_ACCESS, 0 }, "access", false, "access" },
	{ { REFUSED_PROXY, 0 }, "proxy", false, "proxy" },
	{ { REFUSED_PROXY_FAULT, PROXY_PORT }, "proxy: v1: bad port", false,
	    "proxy-header" },
	{ { REFUSED_LOAD, 0 }, "load", true, "load" },
	{ { REFUSED_TOTAL, 1024 }, "total limit 1024", true, "total-limit" },
	{ { REFUSED_SERVICE, 50 }, "service limit 50", true, "service-limit" },
	{ { REFUSED_SOURCE, 5 }, "source limit 5", true, "source-limit" },
	{ { REFUSED_SERVICE_RATE, 0 }, "service rate", true, "service-rate" },
	{ { REFUSED_SOURCE_RATE, 0 }, "source rate", true, "source-rate" },
	{ { REFUSED_TABLE, 0 }, "table full", true, "table-full" },
	{ { REFUSED_FORK, EAGAIN }, "fork: Resource temporarily unavailable",
	    true, "fork" },
	{ { REFUSED_RELAY, EAGAIN }, "relay: Resource temporarily unavailable",
	    true, "relay" },
	{ { REFUSED_TLS_FAULT, TLS_UNKNOWN_CA }, "tls: unknown CA", false,
	    "tls" },
	{ { REFUSED_CHANGED, 0 }, "service changed", false, "service-changed" },
	{ { REFUSED_IDENTITY, 0 }, "identity", false, "identity" },
	{ { REFUSED_IDENTITY_LIMIT, 3 }, "identity limit 3", true,
	    "identity-limit" },
	{ { REFUSED_IDENTITY_RATE, 0 }, "identity rate", true,
	    "identity-rate" },
	{ { REFUSED_POOL, 0 }, "user pool", true, "user-pool" },
	{ { REFUSED_LEAF, ENOSPC }, "cgroup: No space left on device", true,
	    "cgroup" },
	{ { REFUSED_TASKS, 100 }, "service-tasks-max 100", true,
	    "service-tasks-max" },
	{ { REFUSED_DRAINED, 0 }, "drained", true, "drained" },
};

START_TEST(every_reason_has_its_words)
{
	char text[REFUSAL_TEXT_MAX];
	size_t i;

	ck_assert_uint_eq(COUNT(all), NREFUSALS);
	for (i = 0; i < COUNT(all); i++) {
		ck_assert_int_eq(all[i].why.reason, i);
		ck_assert_str_eq(refusal_print(&all[i].why, text, sizeof(text)),
		    all[i].text);
		ck_assert_str_eq(refusal_name(all[i].why.reason), all[i].name);
		ck_assert(
		    refusal_may_tell(all[i].why.reason) == all[i].may_tell);
	}
}
END_TEST

START_TEST(the_longest_text_fits)
{
	const struct refusal limit = { REFUSED_SERVICE, INT64_MIN };
	char text[REFUSAL_TEXT_MAX];
	int i;

	refusal_print(&limit, text, sizeof(text));
	ck_assert_str_eq(text, "service limit -9223372036854775808");
	for (i = 1; i < PROXY_NFAULTS; i++) {
		const struct refusal fault = { REFUSED_PROXY_FAULT, i };

		refusal_print(&fault, text, sizeof(text));
		ck_assert_uint_lt(strlen(text), sizeof(text) - 1);
	}
	for (i = 1; i < TLS_NFAULTS; i++) {
		const struct refusal fault = { REFUSED_TLS_FAULT, i };

		refusal_print(&fault, text, sizeof(text));
		ck_assert_uint_lt(strlen(text), sizeof(text) - 1);
	}
}
END_TEST

static void
many(struct refusals *r, enum refusal_reason reason, int n)
{
	while (n-- > 0)
		ck_assert(!refusals_pass(r, reason, NOW));
}

START_TEST(refusals_not_logged_are_counted_by_kind)
{
	struct refusals r = { .lines = { .per_second = 10 } };
	int i;

	ck_assert_uint_eq(refusals_left_out(&r, NOW, kinds, sizeof(kinds)), 0);
	for (i = 0; i < 10; i++)
		ck_assert(refusals_pass(&r, REFUSED_ACCESS, NOW));
	many(&r, REFUSED_ACCESS, 20);
	many(&r, REFUSED_SOURCE, 100);
	many(&r, REFUSED_FORK, 1);
	/* not before the second is over */
	ck_assert_uint_eq(
	    refusals_left_out(&r, NOW + SECOND - 1, kinds, sizeof(kinds)), 0);
	ck_assert_str_eq(kinds, "");
	ck_assert_uint_eq(
	    refusals_left_out(&r, NOW + SECOND, kinds, sizeof(kinds)), 121);
	ck_assert_str_eq(kinds, "100 source limit, 20 access, 1 fork");
	ck_assert_uint_eq(
	    refusals_left_out(&r, NOW + 2 * SECOND, kinds, sizeof(kinds)), 0);
	ck_assert(refusals_pass(&r, REFUSED_ACCESS, NOW + 2 * SECOND));
}
END_TEST

/* Clients that come all the time do not put the count off. */
START_TEST(the_count_is_logged_while_more_come)
{
	struct refusals r = { .lines = { .per_second = 1 } };
	unsigned long told = 0;
	int64_t now;
	int lines = 0, passed = 0, n = 0;

	for (now = NOW; now < NOW + 10 * SECOND; now += SECOND / 100, n++) {
		passed += refusals_pass(&r, REFUSED_ACCESS, now);
		told += refusals_left_out(&r, now, kinds, sizeof(kinds));
		lines += kinds[0] != '\0';
	}
	ck_assert_int_eq(passed, 10);
	ck_assert_int_ge(lines, 9);
	ck_assert_int_le(lines, 10);
	now += SECOND;
	told += refusals_left_out(&r, now, kinds, sizeof(kinds));
	ck_assert_uint_eq(told, (unsigned long)(n - passed));
}
END_TEST

START_TEST(every_kind_is_counted)
{
	struct refusals r = { .lines = { .per_second = 0 } };
	size_t i;

	for (i = 1; i < NREFUSALS; i++)
		many(&r, all[i].why.reason, 1);
	ck_assert_uint_eq(
	    refusals_left_out(&r, NOW + SECOND, kinds, sizeof(kinds)),
	    NREFUSALS - 1);
	ck_assert_str_eq(kinds,
	    "1 access, 1 proxy, 1 proxy header, 1 load, 1 total limit, "
	    "1 service limit, "
	    "1 source limit, 1 service rate, 1 source rate, 1 table full, "
	    "1 fork, 1 relay, 1 tls, 1 service changed, 1 identity, "
	    "1 identity limit, 1 identity rate, 1 user pool, 1 cgroup, "
	    "1 service-tasks-max, 1 drained");
}
END_TEST

/* The line of haild(8)'s table of reasons for that reason. */
static void
manual_line(const struct refusal *why, char *buf, size_t size)
{
	const char *detail = refusal_detail(why);
	char text[REFUSAL_TEXT_MAX];

	refusal_print(why, text, sizeof(text));
	if (refusal_limit(why) != -1)
		strlcpy(strrchr(text, ' '), " N", sizeof(" N"));
	if (detail != NULL)
		strlcpy(strstr(text, detail),
		    why->reason == REFUSED_PROXY_FAULT ||
			    why->reason == REFUSED_TLS_FAULT
			? "FAULT"
			: "ERROR",
		    sizeof("FAULT"));
	snprintf(
	    buf, size, "\n.It Li %s Ta %s\n", refusal_name(why->reason), text);
}

START_TEST(the_manual_has_every_reason)
{
	const char *srcdir = getenv("srcdir");
	static char manual[262144];
	char path[4096], line[256];
	FILE *f;
	size_t i;

	snprintf(path, sizeof(path), "%s/man/haild.8",
	    srcdir != NULL ? srcdir : ".");
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "cannot open %s", path);
	manual[fread(manual, 1, sizeof(manual) - 1, f)] = '\0';
	fclose(f);
	for (i = 1; i < COUNT(all); i++) {
		manual_line(&all[i].why, line, sizeof(line));
		ck_assert_msg(
		    strstr(manual, line) != NULL, "haild(8) lacks%s", line);
	}
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, every_reason_has_its_words);
	tcase_add_test(tc, the_manual_has_every_reason);
	tcase_add_test(tc, the_longest_text_fits);
	tcase_add_test(tc, refusals_not_logged_are_counted_by_kind);
	tcase_add_test(tc, the_count_is_logged_while_more_come);
	tcase_add_test(tc, every_kind_is_counted);
}

int
main(void)
{
	return unit_run("refusal", add);
}
