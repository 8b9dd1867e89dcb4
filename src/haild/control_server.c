#include "haild/control_server.h"

#include <stdio.h>
#include <time.h>

#include "haild/conclude.h"
#include "haild/relay_begin.h"
#include "haild/reload.h"
#include "haild/report.h"
#include "lib/io.h"
#include "lib/log.h"

static struct control_view
view_of(struct server *s, int64_t now)
{
	return (struct control_view) { .config = s->config,
		.arena = &s->arena,
		.config_name = s->source.file,
		.children = &s->children,
		.all_stats = &s->all_stats,
		.listeners = &s->listeners,
		.admission = &s->admission,
		.containment = &s->containment,
		.relays = &s->relays,
		.history = s->history,
		.nserved = s->nserved,
		.relay_busy = relay_busy(s),
		.trouble = s->trouble,
		.upgrade_failed = s->upgrade.failed,
		.stopping = s->stopping,
		.empty = s->empty,
		.now = now };
}

void
control_server_accept(struct server *s, int64_t now)
{
	const struct control_view v = view_of(s, now);

	control_accept(&s->control, &v, now);
}

/* --- actions --- */

typedef void act_fn(struct server *s, struct control_process *p,
    const struct control_action *a, int64_t now);

static void
answer(struct control_process *p, enum control_status status, const char *text)
{
	control_answer(p->client, status, text);
	p->client = -1;
}

/* The time of the request is now, later than that of the turn. */
static void
act_reload(struct server *s, struct control_process *p,
    const struct control_action *a __attribute__((unused)),
    int64_t turn __attribute__((unused)))
{
	int64_t now = clock_now();

	if (control_wait(&s->control, p, CONTROL_RELOAD, "", now))
		reload_request(s, now);
}

static void
act_upgrade(struct server *s, struct control_process *p,
    const struct control_action *a __attribute__((unused)), int64_t now)
{
	if (s->stopping)
		answer(p, CONTROL_FAILED, "upgrade failed: haild is stopping");
	else if (s->upgrade.pid != 0 || s->upgrade.proved)
		answer(p, CONTROL_BUSY, "another upgrade is in progress");
	else if (control_wait(&s->control, p, CONTROL_UPGRADE, "", now))
		s->upgrade_wanted = true;
}

static void
act_stop(struct server *s, struct control_process *p,
    const struct control_action *a __attribute__((unused)), int64_t now)
{
	if (control_wait(&s->control, p, CONTROL_STOP, "", now))
		s->stops++;
}

static void
act_log(struct server *s, struct control_process *p,
    const struct control_action *a, int64_t now __attribute__((unused)))
{
	char text[64];

	if (a->level < LOG_EMERG || a->level > LOG_DEBUG) {
		answer(p, CONTROL_USAGE, "invalid log level");
		return;
	}
	log_set_level(a->level);
	s->history.log_level = (uint32_t)a->level + 1;
	logger_renew(&s->logger); /* it has the level of its start */
	snprintf(text, sizeof(text), "log level: %s", log_level_name(a->level));
	log_at(LOG_NOTICE, "%s", text);
	answer(p, CONTROL_OK, text);
}

/* TODO(H4): drain, resume; H3: kill. */
static act_fn *const actions[NCONTROL_COMMANDS] = {
	[CONTROL_RELOAD] = act_reload,
	[CONTROL_UPGRADE] = act_upgrade,
	[CONTROL_STOP] = act_stop,
	[CONTROL_LOG] = act_log,
};

static void
act(struct server *s, struct control_process *p, const struct control_action *a,
    int64_t now)
{
	if (!p->acts || a->command >= NCONTROL_COMMANDS ||
	    actions[a->command] == NULL) {
		control_answer(p->client, CONTROL_DENIED, "not allowed");
		p->client = -1;
		return;
	}
	actions[a->command](s, p, a, now);
}

void
control_server_receive(struct server *s, size_t i, int64_t now)
{
	struct control_process *p = &s->control.processes[i];
	union {
		struct control_action action;
		struct control_victim victims[CONTROL_VICTIMS_MAX];
	} u;
	struct message m;

	if (p->pid == 0 || p->client == -1 || p->killed)
		return;
	switch (message_receive(p->channel, control_messages,
	    MESSAGE_BIT(CONTROL_ACTION) | MESSAGE_BIT(CONTROL_VICTIMS), &m, &u,
	    sizeof(u), MSG_DONTWAIT)) {
	case MESSAGE_OK:
		if (m.type == CONTROL_ACTION) {
			u.action.service[SERVICE_NAME_MAX] = '\0';
			act(s, p, &u.action, now);
		}
		break;
	case MESSAGE_NONE:
	case MESSAGE_END:
		break;
	case MESSAGE_BAD:
		log_warnx(
		    "control: a process sent an invalid message (attack "
		    "or bug)");
		kill(p->pid, SIGKILL);
		p->killed = true;
		break;
	}
}

/* An upgrade has failed. */
static void
conclude_upgrade(struct server *s)
{
	char outcome[UPGRADE_FAILURE_MAX];

	s->history.upgrades_failed++;
	s->history.upgraded = time(NULL);
	upgrade_print_failure(&s->upgrade, outcome);
	conclude(&s->control, CONTROL_UPGRADE, INT64_MAX, CONTROL_FAILED,
	    &s->upgrade.errors, outcome);
	s->upgrade.over = false;
}

void
control_server_turn(struct server *s)
{
	if (s->upgrade.over)
		conclude_upgrade(s);
}

void
control_server_resume(struct server *s)
{
	const struct control_history *h = &s->history;

	if (h->log_level != 0)
		log_set_level((int)h->log_level - 1);
	s->history.upgrades++;
	s->history.upgraded = time(NULL);
	control_conclude(&s->control, CONTROL_UPGRADE, INT64_MAX, CONTROL_OK,
	    "now running haild " PACKAGE_VERSION);
}

void
control_server_stopped(struct server *s)
{
	enum control_command c;

	control_conclude(
	    &s->control, CONTROL_STOP, INT64_MAX, CONTROL_OK, "stopped");
	for (c = CONTROL_STATUS; c < NCONTROL_COMMANDS; c++)
		control_conclude(&s->control, c, INT64_MAX, CONTROL_FAILED,
		    "haild has stopped");
}
