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

#include "hail/enrol.h"
#include "hail/invocation.h"
#include "hail/option_table.h"
#include "hail/options.h"
#include "hail/relay.h"
#include "hail/run.h"
#include "hail/secure.h"
#include "lib/connect.h"
#include "lib/io.h"

#define SERVER_NAME_MAX (ADDR_HOST_MAX + ADDR_PORT_MAX + ADDR_TEXT_MAX + 8)

static void
print_progress(void *arg, const char *text)
{
	const struct options *o = arg;

	fprintf(stderr, "hail: %s: %s\n", o->target, text);
}

static enum hail_status
connect_server(
    struct connect_result *result, struct options *o, int64_t deadline)
{
	static const enum hail_status statuses[] = {
		[CONNECT_OK] = HAIL_ENDED,
		[CONNECT_UNRESOLVED] = HAIL_UNRESOLVED,
		[CONNECT_FAILED] = HAIL_UNCONNECTED,
		[CONNECT_TIMED_OUT] = HAIL_TIMED_OUT,
	};
	struct connect_how how = { .family = o->family,
		.source = o->source.len != 0 ? &o->source : NULL,
		.deadline = deadline,
		.progress = o->verbose ? print_progress : NULL,
		.arg = o };

	return statuses[o->family == AF_UNIX
		? connect_path(result, o->host, &how)
		: connect_host(result, o->host, o->port, &how)];
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

static int
hail_raw(const struct options *o, struct connection *c, const char *name,
    bool sigpipe_is_ignored)
{
	bool is_command_port = strcmp(o->port, OPTIONS_COMMAND_PORT) == 0;
	const char *target = is_command_port ? o->host : o->target;
	struct relay_end end = relay(c);

	connection_check_output(c);
	if (c->broken_pipe && !sigpipe_is_ignored)
		return die_of_broken_pipe();
	/* A reset may follow the alert. */
	if (end.answer == RELAY_ALERT &&
	    (c->status == HAIL_ENDED || c->status == HAIL_BROKEN))
		return report(o, HAIL_TLS, "%s: " HAIL_ALERT_TEXT, name);
	if (c->status != HAIL_ENDED)
		return report(o, c->status, "%s: %s", name, c->error);
	/* A command service closes the connection when hail half-closes it. */
	if (end.answer == RELAY_EMPTY && !o->allow_empty)
		return is_command_port
		    ? report(o, HAIL_EMPTY,
			  "%s: " HAIL_EMPTY_TEXT
			  "; for a command service, try "
			  "\"hail %s help\"",
			  name, target)
		    : report(o, HAIL_EMPTY, "%s: " HAIL_EMPTY_TEXT, name);
	if (end.answer == RELAY_FRAMES)
		report(o, HAIL_ENDED,
		    "%s: this looks like a command service; try "
		    "\"hail %s help\"",
		    name, target);
	else if (end.answer == RELAY_NONE && is_command_port)
		report(o, HAIL_ENDED,
		    "%s: no reply; for a command service, try "
		    "\"hail %s help\"",
		    name, target);
	else if (end.cut)
		report(o, HAIL_ENDED,
		    "%s: the server closed the connection before it had read "
		    "all input",
		    name);
	return HAIL_ENDED;
}

static int
hail_command(const struct options *o, struct connection *c, const char *name,
    bool sigpipe_is_ignored)
{
	char err[CONNECT_ERROR_MAX], *request;
	struct run_end end;
	size_t len;

	request = invocation_make(
	    &len, o->command, o->variables, o->n_variables, err, sizeof(err));
	if (request == NULL)
		return report(o, HAIL_FAILED, "%s", err);
	run(c, &end, request, len);
	free(request);
	close(c->sock); /* ends the command if it is still running */
	connection_check_output(c);
	if (c->broken_pipe && !sigpipe_is_ignored)
		return die_of_broken_pipe();
	if (c->status != HAIL_ENDED)
		return report(o, HAIL_FAILED, "%s: %s", name, c->error);
	if (o->verbose && end.words[0] != '\0')
		fprintf(stderr, "hail: verdict: %s\n", end.words);
	/* A monitoring system knows only statuses 0 to 3. */
	if (o->fail_status == 0 || end.status <= 3)
		return end.status;
	return report(o, HAIL_FAILED, "%s: %s: exit status %d%s%s", name,
	    o->command[0], end.status, end.first_error[0] != '\0' ? ": " : "",
	    end.first_error);
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

/*
 * Messages name the target, and after connecting also the address.  TOKEN is
 * for an enrolment, or NULL.
 */
static int
hail(struct options *o, const struct token *token, bool sigpipe_is_ignored)
{
	int64_t end = clock_after(clock_now(), o->max_time);
	int64_t deadline =
	    clock_sooner(end, clock_after(clock_now(), o->connect_timeout));
	char name[SERVER_NAME_MAX], addr[ADDR_TEXT_MAX];
	struct connect_result server;
	enum hail_status status;
	struct connection c;

	status = connect_server(&server, o, deadline);
	if (status != HAIL_ENDED)
		return report(o, status, "%s: %s", o->target, server.error);
	c = (struct connection) { .sock = server.fd,
		.sending = server.broken == 0,
		.receiving = true,
		.input = server.broken == 0,
		.no_shutdown = o->no_shutdown,
		.is_unix = o->family == AF_UNIX,
		.broken = server.broken,
		.end = end,
		.idle = o->idle_timeout,
		.quit_after = o->quit_after,
		.last_byte = clock_now(),
		.quit = -1 };
	strlcpy(name, o->target, sizeof(name));
	if (o->family != AF_UNIX)
		snprintf(name, sizeof(name), "%s: %s", o->target,
		    addr_print(&server.addr, addr, sizeof(addr)));
	secure(&c, o, token, &server.addr, name, deadline);
	if (c.status != HAIL_ENDED)
		return report(o, c.status, "%s: %s", name, c.error);
	if (o->show_key)
		return finish_output();
	return o->command != NULL
	    ? hail_command(o, &c, name, sigpipe_is_ignored)
	    : hail_raw(o, &c, name, sigpipe_is_ignored);
}

int
main(int argc, char *argv[])
{
	bool sigpipe_is_ignored;
	struct options o;
	struct token token;
	char err[CONNECT_ERROR_MAX];

	if (io_fill_stdio() == -1) {
		perror("hail: cannot open /dev/null");
		return HAIL_LOCAL;
	}
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
	if (o.no_input) {
		/* open(2) returns the lowest descriptor that is free: 0. */
		close(STDIN_FILENO);
		if (open("/dev/null", O_RDONLY) == -1)
			return report(&o, HAIL_LOCAL,
			    "cannot open /dev/null: %s", strerror(errno));
	}
	if (o.enrol && enrol_prepare(&token, o.token, err, sizeof(err)) == -1)
		return report(&o, HAIL_USAGE, "%s", err);
	/* Writes fail with EPIPE instead. */
	sigpipe_is_ignored = signal(SIGPIPE, SIG_IGN) == SIG_IGN;
	return hail(&o, o.enrol ? &token : NULL, sigpipe_is_ignored);
}
