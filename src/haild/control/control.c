#include "haild/control/control.h"

#include <sys/socket.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/access.h"
#include "control/answer.h"
#include "haild/control/process.h"
#include "lib/bucket.h"
#include "lib/log.h"
#include "lib/pages.h"
#include "lib/process.h"

#define ANSWER_MAX 12288 /* fits the empty buffer of a Unix socket */

/* For clients that may only look: each costs the daemon a fork. */
static const struct rate looks = { 20, SECOND, 20 };

const struct message_kind control_messages[] = {
	{ CONTROL_ACTION, sizeof(struct control_action),
	    sizeof(struct control_action), 0 },
	{ CONTROL_VICTIMS, sizeof(struct control_victim),
	    CONTROL_VICTIMS_MAX * sizeof(struct control_victim), 0 },
	{ 0, 0, 0, 0 },
};

void
control_init(struct control *c)
{
	size_t i;

	*c = (struct control) { .fd = -1, .group = (gid_t)-1 };
	for (i = 0; i < CONTROL_WAITERS; i++)
		c->waiters[i].client = -1;
}

/* --- answers of actions --- */

void
control_answer(int client, enum control_status status, const char *text)
{
	const struct record_kind *kinds = answer_format.kinds;
	const struct answer_result result = { status };
	struct answer_message message;
	char copy[ANSWER_MAX / 2], buf[ANSWER_MAX], *rest = copy;
	struct record_writer w;
	FILE *out = fmemopen(buf, sizeof(buf), "w");
	long len;

	if (out != NULL) {
		strlcpy(copy, text != NULL ? text : "", sizeof(copy));
		record_begin(&w, &answer_format, out);
		while ((message.text = strsep(&rest, "\n")) != NULL)
			if (message.text[0] != '\0')
				record_write(
				    &w, &kinds[ANSWER_MESSAGE], &message);
		record_write(&w, &kinds[ANSWER_RESULT], &result);
		if (record_end(&w) == 0 && (len = ftell(out)) > 0)
			send(client, buf, (size_t)len,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
		fclose(out);
	}
	close(client);
}

bool
control_wait(struct control *c, struct control_process *p,
    enum control_command command, const char *service, int64_t since)
{
	struct control_waiter *w;
	size_t i;

	for (i = 0; i < CONTROL_WAITERS && c->waiters[i].client != -1; i++)
		continue;
	if (i == CONTROL_WAITERS) {
		control_answer(p->client, CONTROL_BUSY,
		    "too many clients wait for a result");
		p->client = -1;
		return false;
	}
	w = &c->waiters[i];
	*w = (struct control_waiter) { p->client, command, since, "" };
	strlcpy(w->service, service, sizeof(w->service));
	p->client = -1;
	return true;
}

void
control_conclude(struct control *c, enum control_command command, int64_t until,
    enum control_status status, const char *text)
{
	struct control_waiter *w;
	size_t i;

	for (i = 0; i < CONTROL_WAITERS; i++) {
		w = &c->waiters[i];
		if (w->client == -1 || w->command != command ||
		    w->since > until)
			continue;
		control_answer(w->client, status, text);
		w->client = -1;
	}
}

/* --- processes --- */

bool
control_is_busy(const struct control *c)
{
	size_t i;

	for (i = 0; i < CONTROL_PROCESSES; i++)
		if (c->processes[i].pid != 0)
			return true;
	return false;
}

static struct control_process *
find_process(struct control *c, pid_t pid)
{
	size_t i;

	for (i = 0; i < CONTROL_PROCESSES; i++)
		if (c->processes[i].pid == pid)
			return &c->processes[i];
	return NULL;
}

bool
control_polls(const struct control *c)
{
	return c->fd != -1 && find_process((struct control *)c, 0) != NULL;
}

/* What a client may do. */
enum permission { MAY_NOTHING, MAY_LOOK, MAY_ACT };

/*
 * The mode of the file lets only these connect; but it may have changed since
 * the client did, as the group may.
 */
static enum permission
permission_of(const struct control *c, const struct client *client)
{
	const struct service members = { .allow_gids = &c->group,
		.nallow_gids = 1 };

	if (client->cred.uid == 0 || client->cred.uid == geteuid())
		return MAY_ACT;
	return c->group != (gid_t)-1 && access_user(&members, client)
	    ? MAY_LOOK
	    : MAY_NOTHING;
}

/* Whether a process is free for a client that may only look. */
static bool
may_look_now(struct control *c, int64_t now)
{
	size_t i, n = 0;

	for (i = 0; i < CONTROL_PROCESSES; i++)
		n += c->processes[i].pid != 0 && !c->processes[i].acts;
	return n < CONTROL_LOOKING && bucket_take(&looks, &c->looks_full, now);
}

/* Fork a process for CLIENT.  Returns false if that fails. */
static bool
start_process(struct control *c, const struct control_view *v,
    const struct client *client, bool acts, int64_t now)
{
	struct control_process *p = find_process(c, 0);
	int64_t start = clock_now();
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return false;
	if ((pid = pages_fork()) == 0)
		control_serve(v, client->fd, pair[1], acts);
	close(pair[1]);
	if (pid == -1) {
		close(pair[0]);
		return false;
	}
	log_debug("control: uid %u: started a process in %d us",
	    (unsigned int)client->cred.uid,
	    (int)((clock_now() - start) / (SECOND / 1000000)));
	*p = (struct control_process) { .pid = pid,
		.channel = pair[0],
		.client = client->fd,
		.acts = acts,
		.deadline = now + CONTROL_TIMEOUT,
		.uid = client->cred.uid };
	return true;
}

void
control_accept(struct control *c, const struct control_view *v, int64_t now)
{
	struct client client = { .cred = { 0, (uid_t)-1, (gid_t)-1 } };
	socklen_t len = sizeof(client.cred);
	enum permission may;

	if (find_process(c, 0) == NULL ||
	    (client.fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC)) == -1)
		return;
	if (getsockopt(
		client.fd, SOL_SOCKET, SO_PEERCRED, &client.cred, &len) == -1) {
		close(client.fd);
		return;
	}
	may = permission_of(c, &client);
	if (may == MAY_NOTHING)
		control_answer(client.fd, CONTROL_DENIED,
		    "only root, the user of haild and the members of "
		    "control-group may use haildctl");
	else if (may == MAY_LOOK && !may_look_now(c, now))
		control_answer(client.fd, CONTROL_BUSY,
		    "haild has too many requests; try again");
	else if (!start_process(c, v, &client, may == MAY_ACT, now)) {
		log_warn("control: cannot start a process");
		control_answer(client.fd, CONTROL_FAILED,
		    "haild cannot start a process for the request");
	}
}

int
control_channel(const struct control *c, size_t i)
{
	const struct control_process *p = &c->processes[i];

	return p->pid != 0 && p->client != -1 && !p->killed ? p->channel : -1;
}

bool
control_exited(struct control *c, pid_t pid, const siginfo_t *info)
{
	struct control_process *p = find_process(c, pid);
	char end[PROCESS_END_MAX];

	if (p == NULL)
		return false;
	if (!p->killed &&
	    (info->si_code != CLD_EXITED || info->si_status == EX_OSERR))
		log_warnx("control: the process of a request %s",
		    process_print_end(info, end, sizeof(end)));
	close(p->channel);
	if (p->client != -1)
		close(p->client);
	*p = (struct control_process) { 0 };
	return true;
}

void
control_kill(struct control_process *p)
{
	kill(p->pid, SIGKILL);
	p->killed = true;
	/* Its client need not wait until it is reaped. */
	if (p->client != -1)
		close(p->client);
	p->client = -1;
}

int64_t
control_expire(struct control *c, int64_t now)
{
	struct control_process *p;
	int64_t next = -1;
	size_t i;

	for (i = 0; i < CONTROL_PROCESSES; i++) {
		p = &c->processes[i];
		if (p->pid == 0 || p->killed)
			continue;
		if (now >= p->deadline) {
			log_info(
			    "control: a request of uid %u took longer "
			    "than %d s",
			    (unsigned int)p->uid,
			    (int)(CONTROL_TIMEOUT / SECOND));
			control_kill(p);
		} else
			next = clock_sooner(next, p->deadline);
	}
	return next;
}
