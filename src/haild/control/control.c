#include "haild/control/control.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "control/answer.h"
#include "haild/control/process.h"
#include "lib/log.h"
#include "lib/pages.h"

#define BACKLOG 64
#define ANSWER_MAX 12288 /* fits the empty buffer of a Unix socket */

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

/* --- the socket --- */

static void
close_socket(struct control *c)
{
	struct stat st;

	if (c->fd == -1)
		return;
	close(c->fd);
	c->fd = -1;
	if (lstat(c->path, &st) == 0 && st.st_dev == c->dev &&
	    st.st_ino == c->ino)
		unlink(c->path);
}

/* Remove the file of a socket that no process listens on. */
static int
clear_path(const struct sockaddr_un *un)
{
	struct stat st;
	int fd, result;

	if (lstat(un->sun_path, &st) == -1)
		return errno == ENOENT ? 0 : -1;
	errno = EEXIST;
	if (!S_ISSOCK(st.st_mode))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	result = connect(fd, (const struct sockaddr *)un, sizeof(*un));
	close(fd);
	if (result == -1 && errno == ECONNREFUSED)
		return unlink(un->sun_path);
	errno = EADDRINUSE;
	return -1;
}

/* Returns 0, or -1 with errno. */
static int
open_socket(struct control *c, const char *path, int group)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	mode_t mode = group == -1 ? 0600 : 0660, old;
	struct stat st;
	int error;

	errno = ENAMETOOLONG;
	if (strlcpy(un.sun_path, path, sizeof(un.sun_path)) >=
		sizeof(un.sun_path) ||
	    clear_path(&un) == -1)
		return -1;
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd == -1)
		return -1;
	old = umask(0177);
	if (bind(c->fd, (const struct sockaddr *)&un, sizeof(un)) == -1) {
		error = errno;
		umask(old);
		close(c->fd);
		c->fd = -1;
		errno = error;
		return -1;
	}
	umask(old);
	strlcpy(c->path, path, sizeof(c->path));
	if (lstat(path, &st) == 0) {
		c->dev = st.st_dev;
		c->ino = st.st_ino;
	}
	if ((group != -1 && chown(path, (uid_t)-1, (gid_t)group) == -1) ||
	    chmod(path, mode) == -1 || listen(c->fd, BACKLOG) == -1) {
		error = errno;
		close_socket(c);
		errno = error;
		return -1;
	}
	return 0;
}

int
control_want(struct control *c, const struct config *config)
{
	struct control new;

	control_init(&new);
	if (config->control == NULL) {
		close_socket(c);
		return 0;
	}
	/* TODO(H3): the same path with another group; keep waiters. */
	if (c->fd != -1 && strcmp(c->path, config->control) == 0)
		return 0;
	if (open_socket(&new, config->control, config->control_gid) == -1) {
		if (config->control_is_preset) {
			log_info("control: %s: %s; haildctl cannot reach this "
				 "haild",
			    config->control, strerror(errno));
			return 0;
		}
		log_err("control: cannot listen on %s", config->control);
		return -1;
	}
	close_socket(c);
	c->fd = new.fd;
	memcpy(c->path, new.path, sizeof(c->path));
	c->dev = new.dev;
	c->ino = new.ino;
	c->group = (gid_t)config->control_gid;
	return 0;
}

void
control_close(struct control *c)
{
	close_socket(c);
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
		    "too many clients wait for haild");
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
control_conclude(struct control *c, enum control_command command,
    int64_t until, enum control_status status, const char *text)
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

void
control_accept(struct control *c, const struct control_view *v, int64_t now)
{
	struct control_process *p = find_process(c, 0);
	struct ucred cred;
	socklen_t len = sizeof(cred);
	int client, pair[2];
	bool acts;
	pid_t pid;

	if (p == NULL ||
	    (client = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC)) == -1)
		return;
	/* TODO(H3): CONTROL_LOOKING; a uid that may do neither; timeouts. */
	if (getsockopt(client, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1) {
		close(client);
		return;
	}
	acts = cred.uid == 0 || cred.uid == geteuid();
	if ((pid = pages_fork()) == 0)
		control_serve(v, client, pair[1], acts);
	close(pair[1]);
	if (pid == -1) {
		control_answer(client, CONTROL_FAILED, "cannot fork");
		close(pair[0]);
		return;
	}
	*p = (struct control_process) { pid, pair[0], client, acts, false,
		now + CONTROL_TIMEOUT, 0 };
}

int
control_channel(const struct control *c, size_t i)
{
	const struct control_process *p = &c->processes[i];

	return p->pid != 0 && p->client != -1 && !p->killed ? p->channel : -1;
}

bool
control_exited(struct control *c, pid_t pid)
{
	struct control_process *p = find_process(c, pid);

	if (p == NULL)
		return false;
	close(p->channel);
	if (p->client != -1)
		close(p->client);
	*p = (struct control_process) { 0 };
	return true;
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
			kill(p->pid, SIGKILL);
			p->killed = true;
		} else
			next = clock_sooner(next, p->deadline);
	}
	return next;
}
