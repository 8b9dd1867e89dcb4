#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/answer.h"
#include "haild/children/children.h"
#include "haild/children/service_stats.h"
#include "haild/containment/containment.h"
#include "haild/control/process.h"
#include "haild/control/select.h"
#include "lib/io.h"

static const char *
state_of(const struct child *c)
{
	if (c->ending != OUTCOME_NONE)
		return "ending";
	if (c->handshake || (c->pid == 0 && c->relay != 0))
		return "handshake";
	return c->pid == 0 || c->starting || c->proxied ? "starting"
							: "running";
}

/* The user of its program, as its service is configured now; or NULL. */
static const char *
user_of(
    const struct config *config, const struct child *c, char *buf, size_t size)
{
	const struct service *service = config_find(config, c->stats->name);
	uid_t uid = c->uids[CONTAINED_PROGRAM] != 0
	    ? c->uids[CONTAINED_PROGRAM]
	    : c->uids[CONTAINED_SESSION];

	if (service != NULL && c->command != NULL)
		service = config_command(service, c->command->name);
	if (uid == 0 && service == NULL)
		return NULL;
	if (uid == 0 && service->identity != NULL)
		return service->identity->name;
	snprintf(buf, size, "%u", (unsigned int)(uid != 0 ? uid : getuid()));
	return buf;
}

static void
write_session(const struct control_writer *w, const struct child *c)
{
	const struct control_view *v = w->view;
	int64_t left = c->deadline > v->now ? c->deadline - v->now : 0;
	char client[ADDR_TEXT_MAX], user[16];
	const struct answer_session a = {
		.id = c->serial,
		.service = c->stats->name,
		.client =
		    client_print(&c->addr, c->uid, client, sizeof(client)),
		.identity = children_identity(v->children, c),
		.user = user_of(v->config, c, user, sizeof(user)),
		.pid = c->pid,
		.age = v->now > c->started ? v->now - c->started : 0,
		.state = state_of(c),
		.deadline = c->deadline == 0 ? -1 : left,
		.command = c->command != NULL ? c->command->name : NULL,
		.bytes_in = c->has_bytes ? (int64_t)c->bytes_in : -1,
		.bytes_out = c->has_bytes ? (int64_t)c->bytes_out : -1,
	};

	record_write(w->out, &answer_format.kinds[ANSWER_SESSION], &a);
}

/* A session that is to be shown. */
struct shown {
	uint32_t serial, slot;
};

static int
compare_serials(const void *a, const void *b)
{
	uint32_t x = ((const struct shown *)a)->serial,
		 y = ((const struct shown *)b)->serial;

	return x < y ? -1 : x > y;
}

static enum control_status
fail_memory(const struct control_writer *w)
{
	control_say(w, "out of memory");
	return CONTROL_FAILED;
}

/* The sessions in the order in which they began; their slots have another. */
enum control_status
control_write_sessions(const struct control_writer *w)
{
	const struct children *all = w->view->children;
	const char *service = w->request->service;
	const struct child *c;
	struct shown *list;
	size_t i, n = 0;

	if (service != NULL && !select_service(w))
		return CONTROL_NOT_FOUND;
	if ((list = calloc(all->used + 1, sizeof(*list))) == NULL)
		return fail_memory(w);
	for (c = all->slots; c < all->slots + all->used; c++)
		if (select_is_session(c) &&
		    (service == NULL || strcmp(c->stats->name, service) == 0))
			list[n++] = (struct shown) { c->serial,
				(uint32_t)(c - all->slots) };
	/* qsort(3) can call sysinfo(2), which the filter does not allow. */
	if (heapsort(list, n, sizeof(*list), compare_serials) == -1) {
		free(list);
		return fail_memory(w);
	}
	for (i = 0; i < n; i++)
		write_session(w, &all->slots[list[i].slot]);
	free(list);
	return CONTROL_OK;
}
