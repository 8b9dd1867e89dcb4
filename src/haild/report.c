#include "haild/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "contain/confine.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/process.h"
#include "session/session.h"

#define PLURAL(n) ((n) == 1 ? "" : "s")

void
report_serving(const struct server *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->listeners.n; i++)
		n += s->listeners.list[i].service != NULL;
	log_info("haild %s serving %zu service%s on %zu listener%s",
	    PACKAGE_VERSION, s->nserved, PLURAL(s->nserved), n, PLURAL(n));
}

static uint32_t
sessions(const struct server *s)
{
	return s->children.live - s->children.unreapable;
}

/* ", N unreapable", unless there are none. */
static const char *
print_unreapable(unsigned int n, char *buf, size_t size)
{
	*buf = '\0';
	if (n > 0)
		snprintf(buf, size, ", %u unreapable", n);
	return buf;
}

void
report_summary(const struct server *s)
{
	char text[32], leaves[LEAVES_TEXT_MAX];
	const struct service_stats *t;

	log_info("summary: %zu service%s, %u session%s, %lu lost messages%s",
	    s->nserved, PLURAL(s->nserved), sessions(s), PLURAL(sessions(s)),
	    log_lost().all,
	    print_unreapable(s->children.unreapable, text, sizeof(text)));
	log_info("summary: %u source%s in the table",
	    s->admission.sources.count, PLURAL(s->admission.sources.count));
	log_info("summary: containment: %s%s",
	    leaves_print(&s->containment.leaves, leaves, sizeof(leaves)),
	    landlock_version() < LANDLOCK_SCOPES ? "; no Landlock scopes" : "");
	TAILQ_FOREACH(t, &s->all_stats, entry)
		log_info("summary: %s: %u live, %" PRIu64 " accepted, %" PRIu64
			 " refused, %" PRIu64 " failed%s%s",
		    t->name, t->usage.live, t->accepted, t->refused, t->failed,
		    print_unreapable(t->unreapable, text, sizeof(text)),
		    t->out	     ? ", out of service"
			: t->drained ? ", drained"
				     : "");
}

#define CLIENT_MAX (ADDR_TEXT_MAX + IDENTITY_SIZE)

/* "192.0.2.1:4411 web1.example.org". */
static const char *
print_client(
    const struct child *c, const char *identity, char *buf, size_t size)
{
	client_print(&c->addr, c->uid, buf, size);
	if (identity != NULL) {
		strlcat(buf, " ", size);
		strlcat(buf, identity, size);
	}
	return buf;
}

void
report_start(const struct child *c, const char *identity, int level)
{
	char client[CLIENT_MAX];

	if (level > log_level())
		return;
	log_at(level, "%s: %s pid %ld start", c->stats->name,
	    print_client(c, identity, client, sizeof(client)), (long)c->pid);
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
	int64_t ms = (ns + SECOND / 2000) / (SECOND / 1000);

	snprintf(buf, size, "%" PRId64 ".%03ds", ms / 1000, (int)(ms % 1000));
}

/* " cpu 0.004s mem 1.2M", without what is not known. */
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

void
report_end(const struct child *c, const char *identity, const siginfo_t *info,
    const struct channel_report *report, const struct leaf_account *account,
    int64_t now)
{
	static const struct leaf_account none = { -1, -1, false, false };
	char client[CLIENT_MAX], end[OUTCOME_TEXT_MAX], took[32], used[64];
	struct outcome outcome;
	const char *text = report != NULL ? report->text : "";
	bool quiet = c->quiet;

	if (c->refused)
		return;
	/* A proxy that disconnected before it announced its client. */
	if (c->proxied && c->ending == OUTCOME_DISCONNECT)
		quiet = true;
	if (account == NULL)
		account = &none;
	outcome = report_outcome(c, info, report, account);
	outcome_print(&outcome, end, sizeof(end));
	print_seconds(now - c->started, took, sizeof(took));
	print_account(account, used, sizeof(used));
	log_at(quiet ? LOG_DEBUG : LOG_INFO, "%s: %s pid %ld %s %s%s%s%s%s",
	    c->stats->name, print_client(c, identity, client, sizeof(client)),
	    (long)c->pid, end, took, used, c->truncated ? " truncated" : "",
	    *text == '\0' ? "" : " ", text);
}

void
report_unreapable(const struct child *c)
{
	char text[64];

	process_describe(c->pid, text, sizeof(text));
	log_warnx(
	    "%s: pid %ld cannot be reaped: %s; it now counts only for "
	    "the top-level max-sessions",
	    c->stats->name, (long)c->pid,
	    *text == '\0' ? "it has not exited" : text);
}

void
report_reaped(const struct child *c)
{
	log_info("%s: pid %ld was reaped", c->stats->name, (long)c->pid);
}

void
report_refused(struct refusals *refusals, const struct service_stats *stats,
    const struct addr *addr, uid_t uid, const struct refusal *why,
    const char *identity)
{
	char client[ADDR_TEXT_MAX], text[REFUSAL_TEXT_MAX];
	/* A failed fork is a fault of this host, not of the client. */
	int level = why->reason == REFUSED_FORK ? LOG_WARNING : LOG_INFO;

	/* Health checks close without a byte. */
	if (why->reason == REFUSED_TLS_FAULT && why->number == TLS_UNUSED)
		level = LOG_DEBUG;
	if (level > log_level() ||
	    !refusals_pass(refusals, why->reason, clock_now()))
		return;
	log_at(level, "%s: %s refused: %s%s%s", stats->name,
	    client_print(addr, uid, client, sizeof(client)),
	    refusal_print(why, text, sizeof(text)),
	    identity == NULL ? "" : ": ", identity == NULL ? "" : identity);
}

void
report_accept_error(struct server *s, const struct listener *l, int error)
{
	char text[ADDR_TEXT_MAX];

	if (ratelimit_pass(&s->accept_errors, clock_now()))
		log_warnx("%s: cannot accept on %s: %s", l->service->name,
		    addr_print(&l->addr, text, sizeof(text)), strerror(error));
}

static int64_t
when_due(const struct ratelimit *r)
{
	return r->left_out == 0 ? -1 : r->left_out_since + SECOND;
}

int64_t
report_left_out(struct server *s, int64_t now)
{
	char kinds[320];
	unsigned long n;

	if ((n = refusals_left_out(&s->refusals, now, kinds, sizeof(kinds))) >
	    0)
		log_info("%lu more refusals not logged: %s", n, kinds);
	if ((n = ratelimit_left_out(&s->accept_errors, now)) > 0)
		log_warnx("%lu more accept errors not logged", n);
	return clock_sooner(
	    when_due(&s->refusals.lines), when_due(&s->accept_errors));
}

/* --- the status --- */

void
report_drained(const struct server *s, char *buf, size_t size)
{
	const char *before = "; drained: ";
	const struct service_stats *t;

	TAILQ_FOREACH(t, &s->all_stats, entry) {
		if (!t->drained)
			continue;
		strlcat(buf, before, size);
		strlcat(buf, t->name, size);
		before = ", ";
	}
}

void
report_out(const struct server *s, char *buf, size_t size)
{
	const char *before = "; out of service: ";
	const struct service_stats *t;

	TAILQ_FOREACH(t, &s->all_stats, entry) {
		if (!t->out)
			continue;
		strlcat(buf, before, size);
		strlcat(buf, t->name, size);
		before = ", ";
	}
}

void
status_describe(const struct server *s, char *buf, size_t size)
{
	char text[32];

	snprintf(buf, size, "%zu service%s, %" PRIu32 " session%s%s",
	    s->nserved, PLURAL(s->nserved), sessions(s), PLURAL(sessions(s)),
	    print_unreapable(s->children.unreapable, text, sizeof(text)));
	report_drained(s, buf, size);
	report_out(s, buf, size);
	if (s->trouble != NULL) {
		strlcat(buf, "; last reload failed: ", size);
		strlcat(buf, s->trouble, size);
	}
	if (s->upgrade.failed)
		strlcat(buf, "; last upgrade failed", size);
}

static void
send_status(struct server *s, int64_t now)
{
	char text[STATUS_MAX];

	s->status = (struct status_sent) { .at = now,
		.sessions = sessions(s),
		.upgrade_failed = s->upgrade.failed };
	status_describe(s, text, sizeof(text));
	notify_status(&s->notify, text);
}

void
status_ready(struct server *s)
{
	send_status(s, clock_now());
	notify_send(&s->notify, "READY=1");
}

/* Compares numbers: making the text in each turn of the loop costs more. */
int64_t
status_expire(struct server *s, int64_t now)
{
	const struct status_sent *sent = &s->status;

	if (s->notify.fd == -1 ||
	    (!sent->outdated && sessions(s) == sent->sessions &&
		s->upgrade.failed == sent->upgrade_failed))
		return -1;
	if (now < sent->at + SECOND)
		return sent->at + SECOND;
	send_status(s, now);
	return -1;
}
