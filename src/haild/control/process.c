#include "haild/control/process.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/arena.h"
#include "config/config.h"
#include "contain/confine.h"
#include "control/answer.h"
#include "haild/control/messages.h"
#include "haild/control/secrets.h"
#include "haild/control/select.h"
#include "lib/fds.h"
#include "lib/log.h"
#include "lib/message.h"
#include "lib/process.h"
#include "lib/signals.h"

#define BUFFER 65536 /* of the answer */

typedef enum control_status write_fn(const struct control_writer *w);

/* Commands that are not in this table are actions. */
static write_fn *const writers[NCONTROL_COMMANDS] = {
	[CONTROL_STATUS] = control_write_status,
	[CONTROL_SESSIONS] = control_write_sessions,
	[CONTROL_SOURCES] = control_write_sources,
	[CONTROL_COUNTS] = control_write_counts,
	[CONTROL_EXPLAIN] = control_write_explanation,
};

/* Not _exit(2): before it the address sanitizer makes other calls. */
static void __attribute__((noreturn)) leave(int status)
{
	for (;;)
		syscall(__NR_exit_group, status);
}

/*
 * Read one line into BUF, without its newline, and nothing after it.  Returns
 * CONTROL_OK; CONTROL_USAGE: it is too long or has a NUL; CONTROL_LATE: the
 * client has closed, or takes too long.
 */
static enum control_status
read_line(int client, char *buf, size_t size)
{
	int64_t deadline = clock_now() + CONTROL_REQUEST_TIMEOUT;
	size_t used = 0;
	ssize_t n;
	char *end;

	while (used < size) {
		if (io_wait(client, POLLIN, deadline) <= 0 ||
		    (n = recv(client, buf + used, size - used, MSG_DONTWAIT)) <=
			0)
			return CONTROL_LATE;
		end = memchr(buf + used, '\n', (size_t)n);
		used += (size_t)n;
		if (end == NULL)
			continue;
		*end = '\0';
		return strlen(buf) == (size_t)(end - buf) ? CONTROL_OK
							  : CONTROL_USAGE;
	}
	return CONTROL_USAGE;
}

/* --- actions --- */

/* Send the sessions that are to be ended.  Returns how many; -1 with errno. */
static int64_t
send_victims(const struct control_writer *w, int channel)
{
	struct control_victim list[CONTROL_VICTIMS_MAX];
	int64_t total = 0;
	uint32_t at = 0;
	size_t n;

	while ((n = select_victims(
		    w->view, w->request, &at, list, CONTROL_VICTIMS_MAX)) > 0) {
		if (message_send(channel, CONTROL_VICTIMS, list,
			n * sizeof(list[0]), 0) == -1)
			return -1;
		total += (int64_t)n;
	}
	return total;
}

/* Complete A, a CONTROL_KILL; for all but CONTROL_OK with a message. */
static enum control_status
prepare_kill(
    const struct control_writer *w, int channel, struct control_action *a)
{
	enum control_status status = select_check_kill(w);
	int64_t n;

	if (status != CONTROL_OK)
		return status;
	select_missing(w->view, w->request, a);
	n = send_victims(w, channel);
	if (n == -1)
		return CONTROL_FAILED;
	if (n > 0 || a->nmissing > 0)
		return CONTROL_OK;
	control_say(w, "no session matches");
	return CONTROL_NOT_FOUND;
}

/* Have the daemon do it.  Returns CONTROL_OK if it answers the client. */
static enum control_status
act(const struct control_writer *w, int channel, bool acts)
{
	const struct control_request *r = w->request;
	enum control_status status = CONTROL_OK;
	struct control_action a;

	if (!acts) {
		control_say(w, "only root and the user of haild may do \"%s\"",
		    control_command_name(r->command));
		return CONTROL_DENIED;
	}
	memset(&a, 0, sizeof(a));
	a.command = r->command;
	a.level = r->level;
	a.wait = r->wait;
	if (r->service != NULL &&
	    strlcpy(a.service, r->service, sizeof(a.service)) >=
		sizeof(a.service)) {
		select_service(w);
		return CONTROL_NOT_FOUND;
	}
	if (r->command == CONTROL_KILL)
		status = prepare_kill(w, channel, &a);
	if (status == CONTROL_OK &&
	    message_send(channel, CONTROL_ACTION, &a, sizeof(a), 0) == -1)
		status = CONTROL_FAILED;
	if (status == CONTROL_FAILED)
		control_say(w, "cannot reach the daemon");
	return status;
}

/* --- requests --- */

/* Answer LINE, unless the daemon does. */
static void
answer(struct control_writer *w, char *line, int channel, bool acts,
    enum control_status status)
{
	static struct control_request request;
	struct answer_result result = { .status = status };
	char error[256] = "the request is too long, or not text";

	w->request = &request;
	if (status == CONTROL_OK)
		result.status =
		    control_request_read(&request, line, error, sizeof(error));
	if (result.status != CONTROL_OK)
		control_say(w, "%s", error);
	else if (control_command_acts(request.command)) {
		result.status = act(w, channel, acts);
		if (result.status == CONTROL_OK) {
			/*
			 * When the process exits, valgrind would write what is
			 * still in the buffer.
			 */
			__fpurge(w->out->out);
			/* The daemon shuts the channel down when it is done. */
			io_wait(channel, POLLIN, clock_now() + CONTROL_TIMEOUT);
			leave(EX_OK);
		}
	} else
		result.status = writers[request.command](w);
	record_write(w->out, &answer_format.kinds[ANSWER_RESULT], &result);
	leave(record_end(w->out) == 0 ? EX_OK : EX_IOERR);
}

/* Give up all that it does not need.  Returns 0, or -1 (logged). */
static int
give_up(const struct control_view *v, int client, int channel)
{
	const struct confinement confinement = { .name = "control",
		.identity = &v->config->speaker,
		.root = v->empty != -1 ? v->empty : CONFINE_NO_FILES,
		.limits = true,
		.parent = v->pid };
	const int keep[] = { client, channel, v->empty };

	/* A session of its own: Ctrl-C is for the daemon alone. */
	if (setsid() == -1 ||
	    (v->oom_protected && process_oom_unprotect() == -1)) {
		log_err("control: cannot prepare the process");
		return -1;
	}
	fds_close_others(keep, v->empty != -1 ? 3 : 2);
	if (confine(&confinement) == -1)
		return -1;
	if (v->empty != -1)
		close(v->empty);
	if (secrets_overwrite(v->arena, v->config, v->loaded) == 0 &&
	    confine_controlling(client, channel) == 0)
		return 0;
	log_err("control: cannot restrict the process");
	return -1;
}

void
control_serve(const struct control_view *v, int client, int channel, bool acts)
{
	static char line[CONTROL_REQUEST_MAX], buffer[BUFFER];
	struct record_writer out;
	struct control_writer w = { v, NULL, &out, landlock_version() };
	enum control_status status;
	FILE *file;

	signals_in_child();
	signal(SIGPIPE, SIG_IGN);
	setproctitle("control");
	if ((file = fdopen(client, "w")) == NULL ||
	    setvbuf(file, buffer, _IOFBF, sizeof(buffer)) != 0 ||
	    give_up(v, client, channel) == -1)
		leave(EX_OSERR);
	status = read_line(client, line, sizeof(line));
	if (status == CONTROL_LATE)
		leave(EX_OK);
	record_begin(&out, &answer_format, file);
	answer(&w, line, channel, acts, status);
	leave(EX_OK);
}
