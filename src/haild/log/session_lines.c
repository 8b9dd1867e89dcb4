#include "haild/log/session_lines.h"

#include <sys/wait.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "haild/admission/source.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/process.h"
#include "session/session.h"

/* The client's address as the configuration wants it in the log. */
static const char *
print_address(const struct service_stats *stats, const struct addr *addr,
    uid_t uid, char *buf, size_t size)
{
	struct source source;

	if (!stats->log_prefix || addr->sa.sa_family == AF_UNIX ||
	    addr->sa.sa_family == AF_UNSPEC)
		return client_print(addr, uid, buf, size);
	source_make(&source, 0, addr, uid, stats->log_v4, stats->log_v6);
	return source_print(&source, buf, size);
}

#define CLIENT_MAX (ADDR_TEXT_MAX + IDENTITY_SIZE)

/* What lines about a session begin with. */
struct subject {
	char address[ADDR_TEXT_MAX];
	char client[CLIENT_MAX]; /* "192.0.2.1:4411 web1.example.org" */
	struct log_event event;
};

static void
describe(struct subject *s, const char *event, const struct child *c,
    const char *identity)
{
	print_address(
	    c->stats, &c->addr, c->uid, s->address, sizeof(s->address));
	snprintf(s->client, sizeof(s->client), "%s%s%s", s->address,
	    identity == NULL ? "" : " ", identity == NULL ? "" : identity);
	s->event = (struct log_event) { .name = event };
	log_add_text(&s->event, "service", c->stats->name);
	log_add_text(&s->event, "client", s->address);
	log_add_text(&s->event, "identity", identity);
	log_add_number(&s->event, "session_pid", c->pid);
}

void
report_start(const struct child *c, const char *identity, int level)
{
	struct subject s;

	if (level > log_level())
		return;
	describe(&s, "session-start", c, identity);
	log_event(level, &s.event, "%s: %s pid %ld start", c->stats->name,
	    s.client, (long)c->pid);
}

/*
 * A monitor that has reported nothing failed itself, or was killed.  A program
 * that is killed for lack of memory ends by signal 9, as by any other kill; one
 * that was denied a process may still have exited with 0, which is no failure.
 */
struct outcome
report_outcome(const struct child *c, const siginfo_t *info,
    const struct channel_report *report, const struct leaf_account *a)
{
	bool exited = info->si_code == CLD_EXITED;
	struct outcome o = { exited ? OUTCOME_EXIT : OUTCOME_SIGNAL,
		info->si_status };

	if (c->ending != OUTCOME_NONE)
		return (struct outcome) { c->ending, 0 };
	if (report != NULL)
		o = report->outcome;
	else if (c->monitor)
		o.kind = exited ? OUTCOME_MONITOR_EXIT : OUTCOME_MONITOR_SIGNAL;
	else if (c->own && exited && o.number == SESSION_START_TIMEOUT)
		return (struct outcome) { OUTCOME_START_TIMEOUT, 0 };
	else if (c->own && exited && o.number == SESSION_IDLE_TIMEOUT)
		return (struct outcome) { OUTCOME_IDLE_TIMEOUT, 0 };
	if (o.kind != OUTCOME_EXIT && o.kind != OUTCOME_SIGNAL &&
	    o.kind != OUTCOME_MONITOR_EXIT && o.kind != OUTCOME_MONITOR_SIGNAL)
		return o;
	if (a->memory_limit)
		return (struct outcome) { OUTCOME_MEMORY, 0 };
	if (a->tasks_limit &&
	    (o.number != 0 ||
		(o.kind != OUTCOME_EXIT && o.kind != OUTCOME_MONITOR_EXIT)))
		return (struct outcome) { OUTCOME_TASKS, 0 };
	return o;
}

/* "0.013s" */
static void
print_seconds(int64_t ns, char *buf, size_t size)
{
	const int64_t one = SECOND / 1000;
	int64_t ms = ns / one + (ns % one >= one / 2);

	snprintf(buf, size, "%" PRId64 ".%03ds", ms / 1000, (int)(ms % 1000));
}

/* " cpu 0.004s mem 1.2M", without unknown values. */
static void
print_account(const struct leaf_account *a, char *buf, size_t size)
{
	static const char units[] = "KMGT";
	int64_t one = 1024, tenths;
	const char *unit = units;
	char text[32];

	*buf = '\0';
	if (a->cpu >= 0) {
		print_seconds(a->cpu, text, sizeof(text));
		snprintf(buf, size, " cpu %s", text);
	}
	if (a->memory_peak < 0)
		return;
	for (; a->memory_peak / one >= 1024 && unit[1] != '\0'; unit++)
		one *= 1024;
	tenths = a->memory_peak / one * 10 +
	    (a->memory_peak % one * 10 + one / 2) / one;
	snprintf(text, sizeof(text), " mem %" PRId64 ".%d%c", tenths / 10,
	    (int)(tenths % 10), *unit);
	strlcat(buf, text, size);
}

/* " in 12 out 3456", unless they are not known. */
static const char *
print_bytes(const struct child *c, char *buf, size_t size)
{
	*buf = '\0';
	if (c->has_bytes)
		snprintf(buf, size, " in %" PRIu64 " out %" PRIu64, c->bytes_in,
		    c->bytes_out);
	return buf;
}

/* Add how C ended, and what it has used. */
static void
add_end(struct log_event *e, const struct child *c, const struct outcome *o,
    const struct leaf_account *account, int64_t took)
{
	log_add_text(e, "outcome", outcome_name(o->kind));
	log_add_number(e, outcome_number_name(o->kind),
	    outcome_number_name(o->kind) != NULL ? o->number : -1);
	log_add_seconds(e, "duration", took);
	log_add_seconds(e, "cpu", account->cpu);
	log_add_number(e, "memory_peak", account->memory_peak);
	if (c->has_bytes) {
		log_add_number(e, "bytes_in", (int64_t)c->bytes_in);
		log_add_number(e, "bytes_out", (int64_t)c->bytes_out);
	}
	log_add_true(e, "truncated", c->truncated);
}

/*
 * The line is for debugging: C's client was a health check, or a proxy that
 * disconnected before it announced its client.
 */
static bool
is_quiet(const struct child *c, const struct outcome *o)
{
	return c->quiet || (c->proxied && c->ending == OUTCOME_DISCONNECT) ||
	    (c->stats->health && o->kind == OUTCOME_EXIT && o->number == 0);
}

/* TARGET in "to TARGET", which a forwarding session reports; or NULL. */
static const char *
target_of(const struct child *c, const char *text)
{
	static const char before[] = "to ";

	return c->own && strncmp(text, before, strlen(before)) == 0
	    ? text + strlen(before)
	    : NULL;
}

void
report_end(const struct child *c, const char *identity, const siginfo_t *info,
    const struct channel_report *report, const struct leaf_account *account,
    int64_t now)
{
	static const struct leaf_account none = { -1, -1, false, false };
	char end[OUTCOME_TEXT_MAX], took[32], used[64], bytes[64];
	struct outcome outcome;
	const char *text = report != NULL ? report->text : "";
	struct subject s;

	if (c->refused)
		return;
	if (account == NULL)
		account = &none;
	outcome = report_outcome(c, info, report, account);
	outcome_print(&outcome, end, sizeof(end));
	print_seconds(now - c->started, took, sizeof(took));
	print_account(account, used, sizeof(used));
	describe(&s, "session-end", c, identity);
	add_end(&s.event, c, &outcome, account, now - c->started);
	log_add_text(&s.event, "target", target_of(c, text));
	log_add_text(&s.event, "detail", *text == '\0' ? NULL : text);
	log_event(is_quiet(c, &outcome) ? LOG_DEBUG : LOG_INFO, &s.event,
	    "%s: %s pid %ld %s %s%s%s%s%s%s", c->stats->name, s.client,
	    (long)c->pid, end, took, used, print_bytes(c, bytes, sizeof(bytes)),
	    c->truncated ? " truncated" : "", *text == '\0' ? "" : " ", text);
}

static struct log_event
session_event(const char *name, const struct child *c)
{
	struct log_event e = { .name = name };

	log_add_text(&e, "service", c->stats->name);
	log_add_number(&e, "session_pid", c->pid);
	return e;
}

void
report_unreapable(const struct child *c)
{
	const struct log_event e = session_event("unreapable", c);
	char text[64];

	process_describe(c->pid, text, sizeof(text));
	log_event(LOG_WARNING, &e,
	    "%s: pid %ld cannot be reaped: %s; it now counts only for "
	    "the top-level max-sessions",
	    c->stats->name, (long)c->pid,
	    *text == '\0' ? "it has not exited" : text);
}

void
report_reaped(const struct child *c)
{
	const struct log_event e = session_event("reaped", c);

	log_event(LOG_INFO, &e, "%s: pid %ld was reaped", c->stats->name,
	    (long)c->pid);
}

void
report_refused(struct refusals *refusals, const struct service_stats *stats,
    const struct addr *addr, uid_t uid, const struct refusal *why,
    const char *identity)
{
	char client[ADDR_TEXT_MAX], text[REFUSAL_TEXT_MAX];
	/* A failed fork is a fault of this host, not of the client. */
	int level = why->reason == REFUSED_FORK ? LOG_WARNING : LOG_INFO;
	struct log_event e = { .name = "refused" };

	/* Health checks close without a byte. */
	if (why->reason == REFUSED_TLS_FAULT && why->number == TLS_UNUSED)
		level = LOG_DEBUG;
	if (level > log_level() ||
	    !refusals_pass(refusals, why->reason, clock_now()))
		return;
	print_address(stats, addr, uid, client, sizeof(client));
	log_add_text(&e, "service", stats->name);
	log_add_text(&e, "client", client);
	log_add_text(&e, "identity", identity);
	log_add_text(&e, "reason", refusal_name(why->reason));
	log_add_number(&e, "limit", refusal_limit(why));
	log_add_text(&e, "detail", refusal_detail(why));
	log_event(level, &e, "%s: %s refused: %s%s%s", stats->name, client,
	    refusal_print(why, text, sizeof(text)),
	    identity == NULL ? "" : ": ", identity == NULL ? "" : identity);
}
