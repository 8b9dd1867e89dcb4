/*
 * help.c -- the command "help", which each service with commands has.
 */

#include "commands/help.h"

#include <string.h>

#include "config/command.h"

void
help_print(const struct service *service, const struct client *client,
    const struct request *r, FILE *out)
{
	static const char own[] = "list the commands, or explain one";
	const struct service *c;

	if (r->nargs > 0 &&
	    (c = command_find(service, client, r->args[0])) != NULL) {
		fprintf(out, "%s\t%s\n", c->name,
		    c->summary != NULL ? c->summary : "");
		if (c->help != NULL)
			fprintf(out, "%s%s", c->help,
			    c->help[0] != '\0' &&
				    c->help[strlen(c->help) - 1] == '\n'
				? ""
				: "\n");
		return;
	}
	fprintf(out, "%s\t%s\n", "help", own);
	if (r->nargs > 0)
		return;
	for (c = service->commands; c->name != NULL; c++)
		if (command_may_run(c, client))
			fprintf(out, "%s\t%s\n", c->name,
			    c->summary != NULL ? c->summary : "");
}
