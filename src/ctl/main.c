/*
 * main.c -- haildctl: see and steer a running haild.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/arguments.h"
#include "ctl/client.h"
#include "ctl/explain.h"
#include "ctl/format.h"
#include "ctl/json.h"

/* Errors go to standard error, what an action has done to standard output. */
static void
print_messages(const struct reply *r)
{
	FILE *out = r->status == CONTROL_OK ? stdout : stderr;
	const struct reply_record *at = r->first;

	while ((at = reply_find(at, ANSWER_MESSAGE)) != NULL) {
		if (out == stderr)
			fputs("haildctl: ", out);
		format_put(reply_text(at), out);
		fputc('\n', out);
		at = at->next;
	}
}

/* Send the one request of V, and print the answer. */
static enum control_status
run_request(const struct invocation *v)
{
	const struct command *c = v->command;
	char error[1024];
	struct reply r;

	reply_begin(&r);
	r.status = v->file != NULL
	    ? explain_ask_file(
		  v->file, &v->request, reply_take, &r, error, sizeof(error))
	    : client_ask(v->socket, &v->request, v->timeout, reply_take, &r,
		  error, sizeof(error));
	if (r.status == CONTROL_LATE && v->request.wait)
		strlcpy(error,
		    "sessions are still open and continue; haild "
		    "accepts no new clients",
		    sizeof(error));
	if (*error != '\0')
		reply_add_message(&r, error);
	if (r.status == CONTROL_ABSENT && v->request.command == CONTROL_EXPLAIN)
		reply_add_message(&r,
		    "use -c to explain a configuration file without a running "
		    "haild");
	if (v->json)
		json_print(&r, c->kinds, stdout);
	else if (c->show != NULL &&
	    (r.status == CONTROL_OK || r.status == CONTROL_REFUSED))
		c->show(&r, stdout);
	if (!v->json || r.status != CONTROL_OK)
		print_messages(&r);
	reply_free(&r);
	return r.status;
}

int
main(int argc, char **argv)
{
	static struct invocation v;
	char error[ARGUMENTS_ERROR_MAX];
	enum control_status status = CONTROL_OK;

	switch (arguments_read(&v, argc, argv, error)) {
	case ARGUMENTS_HELP:
		arguments_usage(true, stdout);
		break;
	case ARGUMENTS_VERSION:
		printf("haildctl %s\n", PACKAGE_VERSION);
		break;
	case ARGUMENTS_WRONG:
		warnx("%s", error);
		arguments_usage(false, stderr);
		return CONTROL_USAGE;
	case ARGUMENTS_COMMAND:
		status = v.command->run != NULL ? v.command->run(&v)
						: run_request(&v);
	}
	if (fflush(stdout) == EOF)
		err(CONTROL_FAILED, "cannot write to standard output");
	return (int)status;
}
