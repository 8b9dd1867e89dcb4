#include "haild/control/process.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/arena.h"
#include "config/config.h"
#include "contain/confine.h"
#include "control/answer.h"
#include "lib/fds.h"
#include "lib/log.h"
#include "lib/signals.h"

typedef enum control_status write_fn(const struct control_writer *w);

/* Those that are not here are actions. */
static write_fn *const writers[NCONTROL_COMMANDS] = {
	[CONTROL_STATUS] = control_write_status,
	[CONTROL_SESSIONS] = control_write_sessions,
	[CONTROL_SOURCES] = control_write_sources,
	[CONTROL_COUNTS] = control_write_counts,
	[CONTROL_EXPLAIN] = control_write_explanation,
};

void
control_say(const struct control_writer *w, const char *fmt, ...)
{
	char text[1024];
	const struct answer_message message = { text };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	record_write(w->out, &answer_format.kinds[ANSWER_MESSAGE], &message);
}

/* Read one line into BUF, without its newline.  Returns 0, or -1. */
static int
read_line(int client, char *buf, size_t size)
{
	int64_t deadline = clock_now() + CONTROL_REQUEST_TIMEOUT;
	size_t used = 0;
	ssize_t n;
	char *end;

	while (used < size - 1) {
		if (io_wait(client, POLLIN, deadline) <= 0 ||
		    (n = recv(client, buf + used, size - 1 - used,
			 MSG_DONTWAIT)) <= 0)
			return -1;
		used += (size_t)n;
		buf[used] = '\0';
		if ((end = strchr(buf, '\n')) != NULL) {
			*end = '\0';
			return 0;
		}
	}
	return -1;
}

/* Have the daemon do it.  Returns CONTROL_OK if it answers the client. */
static enum control_status
send_action(const struct control_view *v, const struct control_request *r,
    int channel)
{
	struct control_victim list[CONTROL_VICTIMS_MAX];
	struct control_action a;
	uint32_t at = 0;
	size_t n;

	memset(&a, 0, sizeof(a));
	a.command = r->command;
	a.level = r->level;
	a.wait = r->wait;
	if (r->service != NULL)
		strlcpy(a.service, r->service, sizeof(a.service));
	if (r->command == CONTROL_KILL)
		while ((n = control_find_victims(
			    v, r, &at, list, CONTROL_VICTIMS_MAX)) > 0)
			if (message_send(channel, CONTROL_VICTIMS, list,
				n * sizeof(list[0]), 0) == -1)
				return CONTROL_FAILED;
	return message_send(channel, CONTROL_ACTION, &a, sizeof(a), 0) == -1
	    ? CONTROL_FAILED
	    : CONTROL_OK;
}

static enum control_status
answer(const struct control_writer *w, enum control_status status,
    const char *error)
{
	const struct answer_result result = { status };
	struct answer_result r = result;

	if (status != CONTROL_OK)
		control_say(w, "%s", error);
	else
		r.status = writers[w->request->command](w);
	record_write(w->out, &answer_format.kinds[ANSWER_RESULT], &r);
	return status;
}

static void
serve(const struct control_view *v, int client, int channel, bool acts)
{
	char line[CONTROL_REQUEST_MAX], error[256] = "";
	static struct control_request request;
	enum control_status status;
	struct record_writer out;
	FILE *file;

	if (read_line(client, line, sizeof(line)) == -1)
		_exit(EX_PROTOCOL);
	status = (enum control_status)control_request_read(
	    &request, line, error, sizeof(error));
	if (status == CONTROL_OK && control_command_acts(request.command)) {
		if (!acts) {
			status = CONTROL_DENIED;
			snprintf(error, sizeof(error),
			    "only root and the user of haild may do \"%s\"",
			    control_command_name(request.command));
		} else if (send_action(v, &request, channel) == CONTROL_OK)
			_exit(EX_OK);
		else {
			status = CONTROL_FAILED;
			strlcpy(error, "cannot reach the daemon",
			    sizeof(error));
		}
	}
	if ((file = fdopen(client, "w")) == NULL)
		_exit(EX_OSERR);
	record_begin(&out, &answer_format, file);
	answer(&(struct control_writer) { v, &request, &out }, status, error);
	_exit(record_end(&out) == 0 ? EX_OK : EX_IOERR);
}

void
control_serve(
    const struct control_view *v, int client, int channel, bool acts)
{
	const struct confinement confinement = { .name = "control",
		.identity = &v->config->haild,
		.root = v->empty,
		.limits = true,
		.parent = getppid() };
	const int keep[] = { client, channel };

	/*
	 * TODO(H3): the title, scrub secrets (environment, texts), a user of
	 * its own, the filter of system calls.
	 */
	signals_in_child();
	if (confine(&confinement) == -1)
		_exit(EX_OSERR);
	fds_close_others(keep, 2);
	serve(v, client, channel, acts);
	_exit(EX_OK);
}
