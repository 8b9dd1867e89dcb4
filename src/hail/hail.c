/*
 * hail.c -- the client: connect, send standard input, print what comes.
 */

#include "hail.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "connect.h"
#include "io.h"
#include "options.h"
#include "relay.h"

#define ERROR_MAX CONNECT_ERROR_MAX

static int
discard_input(void)
{
	int fd;

	if ((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	if (dup2(fd, STDIN_FILENO) == -1) {
		close(fd);
		return -1;
	}
	return close(fd);
}

static void
tell(void *arg, const char *what)
{
	const struct options *o = arg;

	fprintf(stderr, "hail: %s: %s\n", o->target, what);
}

static enum hail_status
connect_server(struct connect_result *result, struct options *o, int64_t end)
{
	struct connect_how how = { .family = o->family,
		.source = o->source.len != 0 ? &o->source : NULL,
		.deadline = end,
		.tell = o->verbose ? tell : NULL,
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

/* "TARGET: WHAT: WHY" of connecting; from then on with the address reached. */
static enum hail_status
hail(struct options *o)
{
	struct relay_limits limits = {
		.end = -1, .idle = o->idle_timeout, .quit_after = o->quit_after
	};
	char err[ERROR_MAX], addr[ADDR_TEXT_MAX];
	struct connect_result server;
	enum hail_status status;

	if (o->max_time != -1)
		limits.end = clock_now() + o->max_time;
	status = connect_server(&server, o, limits.end);
	if (status != HAIL_ENDED) {
		fprintf(stderr, "hail: %s: %s\n", o->target, server.error);
		return status;
	}
	status = relay(server.fd, server.broken, &limits, err, sizeof(err));
	close(server.fd);
	if (status == HAIL_ENDED)
		return status;
	if (o->family == AF_UNIX) /* its address is the target */
		fprintf(stderr, "hail: %s: %s\n", o->target, err);
	else
		fprintf(stderr, "hail: %s: %s: %s\n", o->target,
		    addr_print(&server.addr, addr, sizeof(addr)), err);
	return status;
}

/* What was printed may still sit in stdio's buffer, and not fit the disk. */
static enum hail_status
finish_output(void)
{
	if (fflush(stdout) == 0)
		return HAIL_ENDED;
	perror("hail: could not write standard output");
	return HAIL_LOCAL;
}

int
main(int argc, char *argv[])
{
	struct options o;
	char err[ERROR_MAX];

	if (io_fill_stdio() == -1) {
		perror("hail: /dev/null");
		return HAIL_LOCAL;
	}
	signal(SIGPIPE, SIG_IGN); /* a failing write says it */

	switch (options_parse(&o, argc, argv, err, sizeof(err))) {
	case OPTIONS_HELP:
		options_help(stdout);
		return finish_output();
	case OPTIONS_VERSION:
		puts("hail " PACKAGE_VERSION);
		return finish_output();
	case OPTIONS_WRONG:
		fprintf(stderr, "hail: %s\nusage: hail [options] host[:port]\n",
		    err);
		return HAIL_USAGE;
	case OPTIONS_RUN:
		break;
	}
	if (o.no_input && discard_input() == -1) {
		perror("hail: /dev/null");
		return HAIL_LOCAL;
	}
	return hail(&o);
}
