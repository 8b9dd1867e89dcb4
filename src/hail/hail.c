/*
 * hail.c -- the client: connect, then copy standard input to the server and its
 * answer to standard output, or run a command there.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hail/invocation.h"
#include "hail/options.h"
#include "hail/relay.h"
#include "hail/run.h"
#include "hail/status.h"
#include "lib/connect.h"
#include "lib/io.h"

#define ERROR_MAX CONNECT_ERROR_MAX
#define SERVER_NAME_MAX (ADDR_HOST_MAX + ADDR_PORT_MAX + ADDR_TEXT_MAX + 8)

static int
discard_input(void)
{
	/* open(2) returns the lowest descriptor that is free: 0. */
	close(STDIN_FILENO);
	return open("/dev/null", O_RDONLY);
}

static void
print_progress(void *arg, const char *text)
{
	const struct options *o = arg;

	fprintf(stderr, "hail: %s: %s\n", o->target, text);
}

static enum hail_status
connect_server(struct connect_result *result, struct options *o, int64_t end)
{
	struct connect_how how = { .family = o->family,
		.source = o->source.len != 0 ? &o->source : NULL,
		.deadline = end,
		.progress = o->verbose ? print_progress : NULL,
		.arg = o };
	enum connect_status status;
	int64_t now = clock_now();

	if (o->connect_timeout != -1 &&
	    (end == -1 || now + o->connect_timeout < end))
		how.deadline = now + o->connect_timeout;
	if (o->family == AF_UNIX)
		status = connect_path(result, o->host, &how);
	else
		status = connect_host(result, o->host, o->port, &how);
	switch (status) {
	case CONNECT_OK:
		return HAIL_ENDED;
	case CONNECT_UNRESOLVED:
		return HAIL_UNRESOLVED;
	case CONNECT_TIMED_OUT:
		return HAIL_TIMED_OUT;
	case CONNECT_FAILED:
		break;
	}
	return HAIL_UNCONNECTED;
}

/* Print a message.  Returns the exit status. */
static int __attribute__((format(printf, 3, 4)))
report(const struct options *o, enum hail_status status, const char *fmt, ...)
{
	/* A monitoring system reads only standard output. */
	FILE *out = o->fail_status != 0 ? stdout : stderr;
	va_list ap;

	fputs("hail: ", out);
	va_start(ap, fmt);
	vfprintf(out, fmt, ap);
	va_end(ap);
	fputc('\n', out);
	fflush(out);
	if (o->fail_status != 0)
		return o->fail_status;
	return o->command != NULL ? HAIL_FAILED : (int)status;
}

/* The target, and its address that was reached unless it is a path. */
static const char *
name_server(const struct options *o, const struct connect_result *server,
    char *buf, size_t size)
{
	char addr[ADDR_TEXT_MAX];

	if (o->family == AF_UNIX)
		return o->target;
	snprintf(buf, size, "%s: %s", o->target,
	    addr_print(&server->addr, addr, sizeof(addr)));
	return buf;
}

static int
hail_raw(const struct options *o, const struct connect_result *server,
    struct deadlines *deadlines)
{
	bool is_command_port = strcmp(o->port, OPTIONS_COMMAND_PORT) == 0;
	const char *target, *hint = NULL;
	char name[SERVER_NAME_MAX];
	struct relay_end end;

	relay(&end, server->fd, server->broken, deadlines);
	target = name_server(o, server, name, sizeof(name));
	if (end.status != HAIL_ENDED)
		return report(o, end.status, "%s: %s", target, end.error);
	/* A command service closes the connection when hail half-closes it. */
	if (end.answer == RELAY_FRAMES)
		hint = "this looks like a command service; try";
	else if (end.answer == RELAY_NONE && is_command_port)
		hint = "no reply; for a command service, try";
	if (hint != NULL)
		report(o, end.status, "%s: %s \"hail %s help\"", target, hint,
		    is_command_port ? o->host : o->target);
	return end.status;
}

/* Die of SIGPIPE, as other programs do whose reader has gone. */
static int
die_of_broken_pipe(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
	return HAIL_FAILED;
}

/* A monitoring system knows only statuses 0 to 3. */
static int
end_command(
    const struct options *o, const char *name, const struct run_end *end)
{
	if (o->fail_status == 0 || end->status <= 3)
		return end->status;
	return report(o, HAIL_FAILED, "%s: %s: exit status %d%s%s", name,
	    o->command[0], end->status, end->first_error[0] != '\0' ? ": " : "",
	    end->first_error);
}

static int
hail_command(const struct options *o, const struct connect_result *server,
    struct deadlines *deadlines, bool sigpipe_is_ignored)
{
	char name[SERVER_NAME_MAX], err[ERROR_MAX], *request;
	enum run_result result;
	const char *target;
	struct run_end end;
	size_t len;

	request = invocation_make(
	    &len, o->command, o->variables, o->n_variables, err, sizeof(err));
	if (request == NULL)
		return report(o, HAIL_FAILED, "%s", err);
	result = run(&end, server->fd, server->broken, request, len, deadlines);
	free(request);
	close(server->fd); /* ends the command if it is still running */
	target = name_server(o, server, name, sizeof(name));
	switch (result) {
	case RUN_EXITED:
		return end_command(o, target, &end);
	case RUN_BROKEN_PIPE:
		if (!sigpipe_is_ignored)
			return die_of_broken_pipe();
		break;
	case RUN_FAILED:
		break;
	}
	return report(o, HAIL_FAILED, "%s: %s", target, end.error);
}

/* Messages name the target; after connecting also the address. */
static int
hail(struct options *o, bool sigpipe_is_ignored)
{
	struct deadlines deadlines = {
		.end = -1, .idle = o->idle_timeout, .quit_after = o->quit_after
	};
	struct connect_result server;
	enum hail_status status;

	if (o->max_time != -1)
		deadlines.end = clock_now() + o->max_time;
	status = connect_server(&server, o, deadlines.end);
	if (status != HAIL_ENDED)
		return report(o, status, "%s: %s", o->target, server.error);
	if (o->command != NULL)
		return hail_command(o, &server, &deadlines, sigpipe_is_ignored);
	return hail_raw(o, &server, &deadlines);
}

/* Flush stdio's buffer: only then does a full disk show. */
static enum hail_status
finish_output(void)
{
	if (fflush(stdout) == 0)
		return HAIL_ENDED;
	perror("hail: cannot write standard output");
	return HAIL_LOCAL;
}

int
main(int argc, char *argv[])
{
	bool sigpipe_is_ignored;
	struct options o;
	char err[ERROR_MAX];

	if (io_fill_stdio() == -1) {
		perror("hail: cannot open /dev/null");
		return HAIL_LOCAL;
	}
	/* Writes fail with EPIPE instead. */
	sigpipe_is_ignored = signal(SIGPIPE, SIG_IGN) == SIG_IGN;

	switch (options_parse(&o, argc, argv, err, sizeof(err))) {
	case OPTIONS_HELP:
		options_help(stdout);
		return finish_output();
	case OPTIONS_VERSION:
		puts("hail " PACKAGE_VERSION);
		return finish_output();
	case OPTIONS_WRONG:
		return report(&o, HAIL_USAGE, "%s; see \"hail -h\"", err);
	case OPTIONS_RUN:
		break;
	}
	if (o.no_input && discard_input() == -1)
		return report(&o, HAIL_LOCAL, "cannot open /dev/null: %s",
		    strerror(errno));
	return hail(&o, sigpipe_is_ignored);
}
