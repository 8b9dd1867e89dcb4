#include "haild/control_server.h"

#include <sys/socket.h>

#include "haild/drain.h"
#include "haild/relay_begin.h"
#include "haild/report.h"
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
		.drained = s->all_drained,
		.draining = s->stop_at != 0,
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

#define TEXT_MAX 4096

static void
act_drain(struct server *s, struct control_process *p,
    const struct control_action *a, int64_t now)
{
	char text[TEXT_MAX];
	enum control_status status =
	    drain_start(s, a->service, text, sizeof(text), now);

	if (status == CONTROL_OK && a->wait) {
		drain_wait(s, p, a->service, now);
		return;
	}
	control_answer(p->client, status, text);
	p->client = -1;
}

static void
act_resume(struct server *s, struct control_process *p,
    const struct control_action *a, int64_t now)
{
	char text[TEXT_MAX];
	enum control_status status =
	    drain_end(s, a->service, text, sizeof(text), now);

	control_answer(p->client, status, text);
	p->client = -1;
}

/* TODO(H4): reload, upgrade, stop, log; H3: kill. */
static act_fn *const actions[NCONTROL_COMMANDS] = {
	[CONTROL_DRAIN] = act_drain,
	[CONTROL_RESUME] = act_resume,
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

void
control_server_turn(struct server *s)
{
	drain_turn(s);
}
