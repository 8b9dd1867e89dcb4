#include "haild/control_server.h"

#include <sys/socket.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "haild/relay_begin.h"
#include "haild/report.h"
#include "lib/log.h"

static struct control_view
view_of(struct server *s, int64_t now)
{
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
		.trouble = s->trouble,
		.upgrade_failed = s->upgrade.failed,
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

/* The sessions were told to end as their VICTIMS came. */
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
		strlcpy(text, "no such session is left\n", sizeof(text));
	for (i = 0; i < n && i < CONTROL_MISSING_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "session %" PRIu32 " has ended or does not exist\n",
		    a->missing[i]);
	if (n > CONTROL_MISSING_MAX)
		snprintf(text + len, sizeof(text) - len,
		    "%" PRIu32 " other sessions have ended or do not exist\n",
		    n - CONTROL_MISSING_MAX);
	control_answer(p->client,
	    p->victims > 0 && n == 0 ? CONTROL_OK : CONTROL_NOT_FOUND, text);
	p->client = -1;
}

/* TODO(H4): reload, upgrade, stop, drain, resume, log. */
static act_fn *const actions[NCONTROL_COMMANDS] = {
	[CONTROL_KILL] = act_kill,
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

/* They are of a copy of the table: some may have ended since. */
static void
end_victims(struct server *s, struct control_process *p,
    const struct control_victim *list, size_t n, int64_t now)
{
	struct child *c;
	size_t i;

	for (i = 0; p->acts && i < n; i++) {
		c = children_at(&s->children, list[i].slot, list[i].serial);
		if (c == NULL || c->unreapable)
			continue;
		children_end(c, OUTCOME_ADMIN, now);
		p->victims++;
	}
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
		    "control: a process sent an invalid message (attack "
		    "or bug)");
		control_kill(p);
		break;
	}
}

void
control_server_turn(struct server *s __attribute__((unused)))
{
}
