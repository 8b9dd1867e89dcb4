#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "control/answer.h"
#include "contain/confine.h"
#include "haild/children/children.h"
#include "haild/children/service_stats.h"
#include "haild/containment/containment.h"
#include "haild/control/process.h"
#include "haild/listen/listener.h"
#include "haild/listen/polling.h"
#include "lib/log.h"

static void
write_record(
    const struct control_writer *w, enum answer_kind kind, const void *record)
{
	record_write(w->out, &answer_format.kinds[kind], record);
}

/* --- the daemon --- */

/* Services of the configuration that are out of service. */
static int64_t
count_out(const struct control_view *v)
{
	const struct service_stats *t;
	const struct service *service;
	int64_t n = 0;

	TAILQ_FOREACH(t, v->all_stats, entry) {
		service = config_find(v->config, t->name);
		n += t->out && service != NULL && !service->disable;
	}
	return n;
}

static void
write_haild(const struct control_writer *w)
{
	const struct control_view *v = w->view;
	const struct answer_haild haild = {
		.version = PACKAGE_VERSION,
		.pid = v->pid,
		.started = v->history.started,
		.now = time(NULL),
		.sessions = v->children->live - v->children->unreapable,
		.max_sessions = v->config->max_sessions,
		.services = (int64_t)v->nserved,
		.out = count_out(v),
		.state = v->stopping ? "stopping"
		    : v->draining    ? "draining"
		    : v->drained     ? "drained"
				     : "serving",
	};

	write_record(w, ANSWER_HAILD, &haild);
}

static void
write_daemon(const struct control_writer *w)
{
	static const char *const levels[] = {
		[LOG_EMERG] = "emerg",
		[LOG_ALERT] = "alert",
		[LOG_CRIT] = "crit",
		[LOG_ERR] = "err",
		[LOG_WARNING] = "warning",
		[LOG_NOTICE] = "notice",
		[LOG_INFO] = "info",
		[LOG_DEBUG] = "debug",
	};
	const struct control_view *v = w->view;
	const struct control_history *h = &v->history;
	char containment[LEAVES_TEXT_MAX];
	const struct answer_daemon daemon = {
		.config = v->config_name,
		.configured = h->configured,
		.reloads = (int64_t)h->reloads,
		.reloads_failed = (int64_t)h->reloads_failed,
		.reloaded = h->reloaded != 0 ? h->reloaded : -1,
		.reload_error = v->trouble,
		.upgrades = (int64_t)h->upgrades,
		.upgrades_failed = (int64_t)h->upgrades_failed,
		.upgraded = h->upgraded != 0 ? h->upgraded : -1,
		.upgrade_failed = v->upgrade_failed,
		.sources = v->admission->sources.count,
		.lost_all = (int64_t)v->lost.all,
		.lost_syslog = (int64_t)(v->lost.all - v->lost.stderr_all),
		.lost_stderr = (int64_t)v->lost.stderr_all,
		.refusals_left_out = (int64_t)v->refusals_left_out,
		.unreapable = v->children->unreapable,
		.log_level = levels[log_level()],
		.containment = containment,
		.stderr_left_out = (int64_t)h->stderr_left_out,
	};

	leaves_print(&v->containment->leaves, containment, sizeof(containment));
	if (w->landlock < LANDLOCK_SCOPES)
		strlcat(
		    containment, "; no Landlock scopes", sizeof(containment));
	write_record(w, ANSWER_DAEMON, &daemon);
}

/* --- services --- */

static const char *
handler_name(enum handler handler)
{
	return handler == HANDLER_MESSAGE ? "message"
	    : handler == HANDLER_BUILTIN  ? "builtin"
	    : handler == HANDLER_EXEC	  ? "exec"
	    : handler == HANDLER_FORWARD  ? "forward"
					  : "commands";
}

/* Why clients of T's listeners wait; REFUSED_NOT: they do not. */
static struct refusal
waits(const struct control_view *v, const struct service_stats *t)
{
	const struct listener *l;
	struct refusal why = { REFUSED_NOT, 0 };
	size_t i;

	for (i = 0; i < v->listeners->n && why.reason == REFUSED_NOT; i++) {
		l = &v->listeners->list[i];
		if (l->stats == t && l->service != NULL &&
		    l->wait_socket.pid == 0)
			why = polling_limit(l, v->admission, v->containment,
			    v->children->live, v->relay_busy, v->now);
	}
	return why;
}

/* Sets A's state, and its reason, whose text may be in BUF. */
static void
find_state(const struct control_view *v, const struct service *service,
    const struct service_stats *t, struct answer_service *a, char *buf,
    size_t size)
{
	struct refusal why;

	a->state = "serving";
	if (service == NULL)
		a->state = "removed";
	else if (service->disable)
		a->state = "disabled";
	else if (t->out) {
		a->state = "out";
		a->reason =
		    service->missing != NULL ? service->missing : t->trouble;
	} else if (v->stopping)
		a->state = "stopping";
	else if (t->drained)
		a->state = "drained";
	else if ((why = waits(v, t)).reason != REFUSED_NOT) {
		a->state = "waiting";
		a->reason = refusal_print(&why, buf, size);
	}
}

static void
describe(struct answer_service *a, const struct service *service)
{
	bool pool = service->contained.pool_first != 0;

	a->handler = handler_name(service->handler);
	if (pool || service->identity == NULL)
		a->user = service->user;
	else
		a->user = service->identity->name;
	a->file = service->file;
	a->line = service->line;
	a->max_sessions = service->wait ? -1 : service->max_sessions;
	a->max_per_source = service->wait ? -1 : service->max_per_source;
}

static void
add_counts(struct answer_service *a, const struct service_stats *t)
{
	a->live = t->usage.live;
	a->accepted = (int64_t)t->accepted;
	a->refused = (int64_t)t->refused;
	a->failed = (int64_t)t->failed;
	a->unreapable = t->unreapable;
	a->duration = t->counts.duration;
	a->cpu = t->counts.cpu;
	a->bytes_in = (int64_t)t->counts.bytes_in;
	a->bytes_out = (int64_t)t->counts.bytes_out;
}

/* SERVICE: NULL if not configured any more; T: NULL if it never had a session.
 */
static void
write_service(const struct control_writer *w, const char *name,
    const struct service *service, const struct service_stats *t)
{
	static const struct service_stats none = { 0 };
	char reason[REFUSAL_TEXT_MAX];
	struct answer_service a = { .name = name,
		.line = -1,
		.max_sessions = -1,
		.max_per_source = -1 };

	if (t == NULL)
		t = &none;
	if (service != NULL)
		describe(&a, service);
	add_counts(&a, t);
	find_state(w->view, service, t, &a, reason, sizeof(reason));
	write_record(w, ANSWER_SERVICE, &a);
}

static void
write_listeners(const struct control_writer *w)
{
	const struct listeners *all = w->view->listeners;
	char text[ADDR_TEXT_MAX + 8];
	const struct listener *l;

	for (l = all->list; l < all->list + all->n; l++) {
		struct answer_listener a = {
			.service = l->stats != NULL ? l->stats->name : NULL,
			.address = text,
			.polled = l->polled
		};
		/* A later one has its clients. */
		if (l->closing_at != 0)
			continue;
		strlcpy(text, listener_kind(l), sizeof(text));
		addr_print(
		    &l->addr, text + strlen(text), sizeof(text) - strlen(text));
		write_record(w, ANSWER_LISTENER, &a);
	}
}

enum control_status
control_write_status(const struct control_writer *w)
{
	const struct control_view *v = w->view;
	const struct service *s = v->config->services;
	const struct service_stats *t;
	size_t i;

	write_haild(w);
	write_daemon(w);
	for (i = 0; i < v->config->nservices; i++)
		write_service(w, s[i].name, &s[i],
		    service_stats_find(v->all_stats, s[i].name));
	TAILQ_FOREACH(t, v->all_stats, entry)
		if (config_find(v->config, t->name) == NULL)
			write_service(w, t->name, NULL, t);
	write_listeners(w);
	control_write_certificates(w);
	TAILQ_FOREACH(t, v->all_stats, entry)
		control_write_refusals(w, t);
	return CONTROL_OK;
}
