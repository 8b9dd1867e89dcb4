#include "haild/control_server.h"

#include <sys/socket.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "haild/conclude.h"
#include "haild/drain.h"
#include "haild/relay_begin.h"
#include "haild/reload.h"
#include "haild/report.h"
#include "lib/io.h"
#include "lib/log.h"

/* The logger keeps the count itself. */
static void
count_left_out(struct server *s)
{
	s->history.stderr_left_out =
	    logger_counts_get(&s->logger.tally).left_out;
}

static struct control_view
view_of(struct server *s, int64_t now)
{
	count_left_out(s);
	/* While no client comes, turns do not read it (polling.h). */
	admit_read_load(&s->admission, now);
	return (struct control_view) { .config = s->config,
		.arena = &s->arena,
		.config_name = s->source.file != NULL ? s->source.file
		    : s->source.inetd != NULL	      ? s->source.inetd
						      : "command line",
		.children = &s->children,
		.all_stats = &s->all_stats,
		.listeners = &s->listeners,
		.admission = &s->admission,
		.containment = &s->containment,
		.relays = &s->relays,
		.history = s->history,
		.nserved = s->nserved,
		.relay_busy = relay_busy(s),
		.lost = logger_counts_add(&s->logger.tally, log_lost()),
		.trouble = s->trouble,
		.upgrade_failed = s->upgrade.failed,
		.drained = s->all_drained,
		.draining = s->stop_at != 0,
		.stopping = s->stopping,
		.empty = s->empty,
		.now = now,
		.pid = getpid(),
		.loaded = s->loaded != NULL ? &s->load.arena : NULL,
		.oom_protected = s->oom_protected };
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
log_request(const struct control_process *p, const char *what)
{
	log_info("control: uid %u: %s", (unsigned int)p->uid, what);
}

/* COMMAND: of SERVICE, or of all services if that is "". */
static void
log_drain(const struct control_process *p, enum control_command command,
    const char *service)
{
	char text[SERVICE_NAME_MAX + 16];

	snprintf(text, sizeof(text), "%s %s", control_command_name(command),
	    service[0] != '\0' ? service : "all services");
	log_request(p, text);
}

static void
answer(struct control_process *p, enum control_status status, const char *text)
{
	control_answer(p->client, status, text);
	p->client = -1;
}

/* Keep the client of P for the end of COMMAND, which is logged. */
static bool
keep_client(struct server *s, struct control_process *p,
    enum control_command command, int64_t now)
{
	if (!control_wait(&s->control, p, command, "", now))
		return false;
	log_request(p, control_command_name(command));
	return true;
}

/* The request came after the turn had begun. */
static void
act_reload(struct server *s, struct control_process *p,
    const struct control_action *a __attribute__((unused)),
    int64_t turn __attribute__((unused)))
{
	int64_t now = clock_now();

	if (keep_client(s, p, CONTROL_RELOAD, now))
		reload_request(s, now);
}

static void
act_upgrade(struct server *s, struct control_process *p,
    const struct control_action *a __attribute__((unused)), int64_t now)
{
	if (s->stopping || s->stop_at != 0)
		answer(p, CONTROL_FAILED, "upgrade failed: haild is stopping");
	else if (s->upgrade.pid != 0 || s->upgrade.proved)
		answer(p, CONTROL_BUSY, "another upgrade is in progress");
	else if (keep_client(s, p, CONTROL_UPGRADE, now))
		s->upgrade_wanted = true;
}

static void
act_stop(struct server *s, struct control_process *p,
    const struct control_action *a __attribute__((unused)), int64_t now)
{
	if (keep_client(s, p, CONTROL_STOP, now))
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
	snprintf(text, sizeof(text), "log level: %s", log_level_name(a->level));
	if (a->level > log_level())
		log_set_level(a->level);
	log_request(p, text);
	log_set_level(a->level);
	s->history.log_level = (uint32_t)a->level + 1;
	logger_renew(&s->logger); /* it has the level of its start */
	answer(p, CONTROL_OK, text);
}

/* The daemon has begun to end the sessions as it received CONTROL_VICTIMS. */
static void
act_kill(struct server *s __attribute__((unused)), struct control_process *p,
    const struct control_action *a, int64_t now __attribute__((unused)))
{
	uint32_t n = a->nmissing, i;
	char text[1024] = "";
	size_t len = 0;

	if (p->victims > 0) {
		len = (size_t)snprintf(text, sizeof(text),
		    "ending %" PRIu64 " session%s\n", p->victims,
		    p->victims == 1 ? "" : "s");
		log_info("control: uid %u: kill: ending %" PRIu64 " session%s",
		    (unsigned int)p->uid, p->victims,
		    p->victims == 1 ? "" : "s");
	} else if (n == 0)
		strlcpy(text, "these sessions have ended\n", sizeof(text));
	for (i = 0; i < n && i < CONTROL_MISSING_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "session %" PRIu32 " has ended or does not exist\n",
		    a->missing[i]);
	if (n > CONTROL_MISSING_MAX)
		snprintf(text + len, sizeof(text) - len,
		    "%" PRIu32 " other sessions have ended or do not exist\n",
		    n - CONTROL_MISSING_MAX);
	answer(
	    p, p->victims > 0 && n == 0 ? CONTROL_OK : CONTROL_NOT_FOUND, text);
}

#define TEXT_MAX 4096

static void
act_drain(struct server *s, struct control_process *p,
    const struct control_action *a, int64_t now)
{
	char text[TEXT_MAX];
	enum control_status status;

	log_drain(p, CONTROL_DRAIN, a->service);
	status = drain_start(s, a->service, text, sizeof(text), now);
	if (status == CONTROL_OK && a->wait) {
		drain_wait(s, p, a->service, now);
		return;
	}
	answer(p, status, text);
}

static void
act_resume(struct server *s, struct control_process *p,
    const struct control_action *a, int64_t now)
{
	char text[TEXT_MAX];
	enum control_status status;

	log_drain(p, CONTROL_RESUME, a->service);
	status = drain_end(s, a->service, text, sizeof(text), now);
	answer(p, status, text);
}

static act_fn *const actions[NCONTROL_COMMANDS] = {
	[CONTROL_RELOAD] = act_reload,
	[CONTROL_UPGRADE] = act_upgrade,
	[CONTROL_STOP] = act_stop,
	[CONTROL_KILL] = act_kill,
	[CONTROL_DRAIN] = act_drain,
	[CONTROL_RESUME] = act_resume,
	[CONTROL_LOG] = act_log,
};

static void
act(struct server *s, struct control_process *p, const struct control_action *a,
    int64_t now)
{
	if (a->command >= NCONTROL_COMMANDS || actions[a->command] == NULL) {
		answer(p, CONTROL_DENIED, "permission denied");
		return;
	}
	actions[a->command](s, p, a, now);
}

/* The list is from a copy of the table: some sessions may have ended since. */
static void
end_victims(struct server *s, struct control_process *p,
    const struct control_victim *list, size_t n, int64_t now)
{
	size_t i;

	for (i = 0; i < n; i++)
		p->victims += children_end_at(&s->children, list[i].slot,
		    list[i].serial, OUTCOME_ADMIN, now);
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
	uint32_t expected = 0;

	if (p->pid == 0 || p->client == -1 || p->killed)
		return;
	/* For other clients it refuses actions itself. */
	if (p->acts)
		expected =
		    MESSAGE_BIT(CONTROL_ACTION) | MESSAGE_BIT(CONTROL_VICTIMS);
	switch (message_receive(p->channel, control_messages, expected, &m, &u,
	    sizeof(u), MSG_DONTWAIT)) {
	case MESSAGE_OK:
		if (m.type == CONTROL_VICTIMS) {
			end_victims(s, p, u.victims,
			    m.length / sizeof(u.victims[0]), now);
			break;
		}
		u.action.service[SERVICE_NAME_MAX] = '\0';
		act(s, p, &u.action, now);
		/* The process exits. */
		shutdown(p->channel, SHUT_RDWR);
		break;
	case MESSAGE_NONE:
		break;
	case MESSAGE_END:
		/* No action will come: do not poll it any more. */
		close(p->client);
		p->client = -1;
		break;
	case MESSAGE_BAD:
		log_warnx(
		    "control: the process of a request sent an invalid "
		    "message (attack or bug)");
		control_kill(p);
		break;
	}
}

void
control_server_exiting(struct server *s, pid_t pid, int64_t now)
{
	const struct control_process *p = s->control.processes;
	size_t i = 0;
	char byte;

	while (i < CONTROL_PROCESSES && p[i].pid != pid)
		i++;
	while (i < CONTROL_PROCESSES && control_channel(&s->control, i) != -1 &&
	    recv(p[i].channel, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
		control_server_receive(s, i, now);
}

/* An upgrade has failed. */
static void
conclude_upgrade(struct server *s)
{
	char outcome[UPGRADE_FAILURE_MAX];

	s->history.upgrades_failed++;
	s->history.upgraded = time(NULL);
	upgrade_print_failure(&s->upgrade, outcome);
	/* Before the answer: its client may ask for the status at once. */
	status_send(s, clock_now());
	conclude(&s->control, CONTROL_UPGRADE, INT64_MAX, CONTROL_FAILED,
	    &s->upgrade.errors, outcome);
	s->upgrade.over = false;
}

void
control_server_turn(struct server *s)
{
	drain_turn(s);
	if (s->upgrade.over)
		conclude_upgrade(s);
}

void
control_server_hand_over(struct server *s)
{
	s->lost = logger_counts_add(&s->logger.tally, log_lost());
	count_left_out(s);
}

void
control_server_resume(struct server *s)
{
	const struct control_history *h = &s->history;

	s->logger.tally.ended.left_out = h->stderr_left_out;
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
	control_finish(&s->control);
}
